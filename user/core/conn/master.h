/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * master.h - what the MPTCP connection above a subflow adds to it
 *
 * The application closes, and waits for the peer to close, on the MPTCP socket; the subflow, the
 * TCP connection that has the record, stays ESTABLISHED meanwhile and is closed by the kernel.
 *
 * May be used by core/ only. @handle is the slot of the subflow in the table.
 */
#ifndef TCPFATE_CORE_CONN_MASTER_H
#define TCPFATE_CORE_CONN_MASTER_H

#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;
struct tf_conn;

/* The MPTCP connection goes to another state: who closes, and how; what it waits for. @handle may
 * be 0: the subflow is not followed. */
void tf_master_state(struct tf_core *core, uint32_t handle, const struct tf_ev_master *event);

/* A scan has found the subflow, which is live, and its MPTCP connection in event->master_state. */
void tf_master_found(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);

/* The state in which the application has @conn, which is live. */
uint8_t tf_master_shown_state(const struct tf_conn *conn);

#endif
