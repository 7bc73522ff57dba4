/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * help.h - --help and --version
 */
#ifndef TCPFATE_CLI_HELP_H
#define TCPFATE_CLI_HELP_H

#include <stdbool.h>

#include "cli/options.h"

/* Parses the command line of @command. True: go on. False: nothing more is to be done, and
 * @ret_status is the exit status: help or version was asked for and printed, or it was wrong and
 * that has been said. */
bool tf_help_options(enum tf_command_bit command, int argc, char **argv,
		     struct tf_options *ret_options, int *ret_status);

/* Flushes what was printed with stdio. Returns the exit status; a failure has been said. */
int tf_help_close_stdout(void);

#endif
