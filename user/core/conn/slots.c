// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * slots.c - see slots.h
 */
#include "core/conn/slots.h"

#include "core/conn/owner.h"
#include "core/conn/settle.h"
#include "core/engine.h"
#include "core/states.h"

static struct tf_conn *conn_at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

static uint32_t add_slot(struct tf_core *core, uint64_t sock)
{
	uint32_t handle;

	while (!(handle = tf_table_add(&core->table, sock)))
		if (!tf_settle_make_room(core))
			return 0;
	conn_at(core, handle)->generation = core->generation;
	return handle;
}

/* Makes an empty slot that of a connection that begins, or is first seen, in @state. */
static void begin_life(struct tf_core *core, uint32_t handle, const struct tf_event *ev,
		       const struct tf_tuple *tuple, uint8_t state)
{
	struct tf_conn *conn = conn_at(core, handle);

	conn->phase = TF_PHASE_LIVE;
	conn->state = state & 0xf;
	/* An address comes back with the next socket: there the number makes the id unique. */
	if (!core->info->cookies)
		conn->generation = core->n_begun;
	conn->established = tf_conn_was_established(state);
	conn->since_ns = TF_UNKNOWN_U64;
	conn->started_ns = TF_UNKNOWN_U64;
	conn->handshake_us = TF_UNKNOWN_U32;
	conn->uid = TF_UNKNOWN_U32;
	conn->rst_reason = -1;
	conn->lost = ev->lost;
	conn->netns = ev->netns;
	conn->tuple = *tuple;
	conn->fd = -1;
	conn->scan = core->merge.stamp; /* as if this scan had found it */
	tf_table_enqueue(&core->table, handle, tf_conn_live_queue(state));
	core->n_begun++;
	core->stats.connections++;
	core->stats.live++;
}

/* Writes the record of the life that the slot had. False: the slot is gone, or another socket's by
 * now. */
static bool end_former_life(struct tf_core *core, uint32_t handle)
{
	const struct tf_conn *conn = conn_at(core, handle);

	/* An orphan that was handed over has no other life: its address is another socket's now. */
	if (!core->info->cookies && conn->queue == TF_QUEUE_HANDOFF) {
		tf_table_unname(&core->table, handle);
		return false;
	}
	switch (conn->phase) {
	case TF_PHASE_LISTENER:
		tf_table_unlisten(&core->table, handle);
		return true;
	case TF_PHASE_LIVE:
		tf_settle_missed(core, handle);
		return true;
	case TF_PHASE_HELD:
		return tf_settle_now(core, handle);
	default:
		return true;
	}
}

/* A slot for another life of socket @sock, empty but for its place in the table. 0: no room. */
static uint32_t renew_slot(struct tf_core *core, uint32_t handle, uint64_t sock)
{
	struct tf_conn *conn;

	if (!handle || !end_former_life(core, handle))
		return add_slot(core, sock);
	conn = conn_at(core, handle);
	*conn = (struct tf_conn){
		.sock = sock,
		.generation = conn->generation + 1,
		.next_same = conn->next_same,
		.prev = conn->prev,
		.next = conn->next,
		.queue = conn->queue,
	};
	return handle;
}

uint32_t tf_slots_start(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	handle = renew_slot(core, handle, event->ev.sock);
	if (!handle)
		return 0;
	begin_life(core, handle, &event->ev, &event->tuple, event->old_state);
	conn_at(core, handle)->started_ns = event->ev.time_ns;
	return handle;
}

uint32_t tf_slots_meet(struct tf_core *core, uint32_t handle, const struct tf_event *ev,
		       const struct tf_tuple *tuple, uint8_t state)
{
	bool again = handle;
	/* A cookie is never used twice: an older slot of the same one is that of a client, whose
	 * SYN crossed another. */
	bool child = state == TF_TCP_SYN_RECV && (!again || !core->info->cookies);
	struct tf_conn *conn;

	if (handle && conn_at(core, handle)->phase == TF_PHASE_LIVE)
		return handle;
	handle = renew_slot(core, handle, ev->sock);
	if (!handle)
		return 0;
	begin_life(core, handle, ev, tuple, state);
	conn = conn_at(core, handle);
	if (child) {
		conn->started_ns = ev->time_ns;
		conn->role = TF_ROLE_SERVER;
		tf_owner_inherit(&core->table, conn);
		again = false;
	}
	/* It may have been here before a loss as well as before us; so may a child that dies at
	 * once, of a reset. */
	if (again || (ev->lost && (!child || ev->kind == TF_EV_CLOSE)))
		conn->history |= TF_HIST_LOST;
	return handle;
}

uint32_t tf_slots_meet_in_scan(struct tf_core *core, uint32_t handle,
			       const struct tf_ev_state *event)
{
	handle = renew_slot(core, handle, event->ev.sock);
	if (!handle)
		return 0;
	begin_life(core, handle, &event->ev, &event->tuple, event->new_state);
	conn_at(core, handle)->from_scan = true;
	return handle;
}
