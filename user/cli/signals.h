/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * signals.h - signals as events of the loop
 */
#ifndef TCPFATE_CLI_SIGNALS_H
#define TCPFATE_CLI_SIGNALS_H

/* Ignores SIGPIPE, blocks SIGINT, SIGTERM and SIGHUP, and returns a descriptor (the caller's)
 * that they make readable, or a negative errno. A signal that is ignored at the start (nohup, a
 * background job of a shell) stays ignored. */
int tf_signals_open(void);

/* Reads the pending signals from @fd. */
void tf_signals_take(int fd);

/* Ignores SIGPIPE only: writes to a reader that went away fail with EPIPE. */
void tf_signals_ignore_pipe(void);

/* Unblocks the signals: one more of them ends the process at once. */
void tf_signals_default(void);

#endif
