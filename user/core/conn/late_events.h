/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * late_events.h - events that are no transition but join a connection: resets, the end of its
 * socket, accept()
 *
 * A reset names its connection by the socket's identity, which a TIME_WAIT minisock has inherited
 * where that is the cookie. A reset without a socket of ours is a record of its own.
 *
 * May be used by core/ only. @handle is the slot of the event's socket in the table, 0: none.
 */
#ifndef TCPFATE_CORE_CONN_LATE_EVENTS_H
#define TCPFATE_CORE_CONN_LATE_EVENTS_H

#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;

/* An RST was sent: by the socket, by its minisock, or by no socket at all. */
void tf_late_events_rst_sent(struct tf_core *core, uint32_t handle,
			     const struct tf_ev_reset *event);

/* tcp_reset() ran on the socket. */
void tf_late_events_rst_received(struct tf_core *core, uint32_t handle,
				 const struct tf_ev_reset *event);

/* The socket is destroyed (tcp_destroy_sock). */
void tf_late_events_destroy(struct tf_core *core, uint32_t handle,
			    const struct tf_ev_destroy *event);

/* accept() returned the socket. */
void tf_late_events_accept(struct tf_core *core, uint32_t handle, const struct tf_ev_accept *event);

#endif
