/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * log.h - how a call is written down
 *
 * log_begin() before the call, log_end() behind it with its answer, which it returns (and leaves
 * errno alone). What a process was killed in has a begin only.
 */
#ifndef TCPFATE_WITNESS_LOG_H
#define TCPFATE_WITNESS_LOG_H

#include "witness.h"

struct entry *log_begin(const struct job *j, const struct sock *s, enum call call, long argument);

/* Adds the socket's two addresses, as far as it has them. */
void log_names(struct entry *e, int fd);
long log_end(struct entry *e, long answer);
uint64_t log_now(void);

#endif
