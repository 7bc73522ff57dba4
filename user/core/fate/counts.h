/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * counts.h - bytes and FINs of a connection that ended, from the numbers of its CLOSE
 */
#ifndef TCPFATE_CORE_FATE_COUNTS_H
#define TCPFATE_CORE_FATE_COUNTS_H

#include "bpf/abi.h"
#include "core/conn/conn.h"

/* Whether @event ends a connect() whose SYN never left: its sequence numbers count nothing. */
bool tf_counts_no_syn(const struct tf_ev_close *event);

/* Fills the counts of data of @end, without SYN and FIN, fin_sent and eof_read. A count of what the
 * kernel had not begun to count is 0. */
void tf_counts_read(const struct tf_conn *conn, const struct tf_ev_close *event,
		    struct tf_end *end);

#endif
