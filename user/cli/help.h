/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * help.h - --help and --version
 */
#ifndef TCPFATE_CLI_HELP_H
#define TCPFATE_CLI_HELP_H

#include <stdbool.h>

#include "cli/options.h"

/* Parses the command line of @command. True: run the command. False: end with *@ret_status,
 * because --help or --version was printed, or the command line was wrong and a message on
 * stderr says so. */
bool tf_help_options(enum tf_command_bit command, int argc, char **argv,
		     struct tf_options *ret_options, int *ret_status);

/* Flushes standard output. Returns the exit status; a failure has been reported on stderr. */
int tf_help_close_stdout(void);

#endif
