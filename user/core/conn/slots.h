/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * slots.h - a place in the table for each life of a socket: how one begins, or is first seen
 * half-way
 *
 * May be used by core/ only. Each takes the slot that the socket has so far (@handle, 0: none) and
 * returns the slot of the life that it begins or finds; 0: no room. If another life of the socket
 * was there, its record is written first.
 *
 * At the ceiling a connection that begins takes the place of the least recently active one. One
 * that is first seen half-way, by an event or by a scan, gets a place only if one is free: nothing
 * whose history is known goes for one whose history is not. Its end always has a place. What has
 * none is counted once (outside.h).
 */
#ifndef TCPFATE_CORE_CONN_SLOTS_H
#define TCPFATE_CORE_CONN_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;

/* A life that begins with @event: connect() or listen(). */
uint32_t tf_slots_start(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event);

/* The life that @ev is about, of a socket in @state. If none is known, one begins: in SYN_RECV a
 * child, which its listener's owner has so far; in any other state it was there before us, or its
 * start was missed. */
uint32_t tf_slots_meet(struct tf_core *core, uint32_t handle, const struct tf_event *ev,
		       const struct tf_tuple *tuple, uint8_t state);

/* Whether scans had ended the life in slot @handle, and it goes on: an event or a scan shows the
 * socket in @state. Its record was written too early, and it is alive again. (Only a cookie says
 * that it is the same socket.) */
bool tf_slots_resume(struct tf_core *core, uint32_t handle, uint8_t state);

/* A scan begins: from here on it may take the places that stayed free since the last one. */
void tf_slots_scan_begins(struct tf_core *core);

/* A socket that a scan found and that is not known to be alive. */
uint32_t tf_slots_meet_in_scan(struct tf_core *core, uint32_t handle,
			       const struct tf_ev_state *event);

#endif
