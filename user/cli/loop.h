/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * loop.h - the live run: attaches the hooks, then one loop until something ends it
 */
#ifndef TCPFATE_CLI_LOOP_H
#define TCPFATE_CLI_LOOP_H

#include <stdbool.h>

#include "cli/options.h"

/* Traces this host as @options say. @recording: a file to record to; NULL: none. @show: whether
 * records go to the output. Returns the exit status; errors have been reported on stderr. */
int tf_loop_run(const struct tf_options *options, const char *recording, bool show);

#endif
