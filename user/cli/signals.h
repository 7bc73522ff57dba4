/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * signals.h - signals as events of the loop
 */
#ifndef TCPFATE_CLI_SIGNALS_H
#define TCPFATE_CLI_SIGNALS_H

/* From now on SIGPIPE is ignored, and SIGINT, SIGTERM and SIGHUP make the descriptor readable that
 * is returned (the caller's; or a negative errno). Those that whoever started us has us ignore
 * (nohup, a shell's background job) stay ignored. */
int tf_signals_open(void);

/* Takes the signals that made @fd readable, so that they are no more pending. */
void tf_signals_take(int fd);

/* Only the first of it: writes to a reader that went away fail with EPIPE. */
void tf_signals_ignore_pipe(void);

/* The signals do again what they do by default, so that one more of them ends the process at once. */
void tf_signals_default(void);

#endif
