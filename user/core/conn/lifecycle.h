/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * lifecycle.h - connections through their states
 *
 * The first event of a connection is its SYN_SENT or, for an accepted one, what follows SYN_RECV.
 * Any other first event means that it was there before us: then its start is unknown, but its end
 * is as good as any.
 *
 * May be used by core/ only. @handle is the slot of the event's socket in the table, 0: none.
 */
#ifndef TCPFATE_CORE_CONN_LIFECYCLE_H
#define TCPFATE_CORE_CONN_LIFECYCLE_H

#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;
struct tf_conn;

/* A transition to another state than CLOSE. */
void tf_lifecycle_state(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event);

/* The transition to CLOSE. */
void tf_lifecycle_close(struct tf_core *core, uint32_t handle, const struct tf_ev_close *event);

/* The slot of a listener that a scan found. 0: no room. */
uint32_t tf_lifecycle_listener(struct tf_core *core, uint32_t handle,
			       const struct tf_ev_state *event);

/* @conn is found in @event's old state, and no event said how it came there. */
void tf_lifecycle_skip_to(struct tf_core *core, struct tf_conn *conn,
			  const struct tf_ev_state *event);

#endif
