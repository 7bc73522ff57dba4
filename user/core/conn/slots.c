// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * slots.c - a place in the table for each life of a socket: how one begins, or is met half-way
 */
#include "core/engine.h"
#include "core/states.h"

static struct tf_conn *at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

static uint32_t add(struct tf_core *core, uint64_t sock)
{
	uint32_t handle;

	while (!(handle = tf_table_add(&core->table, sock)))
		if (!tf_settle_make_room(core))
			return 0;
	at(core, handle)->generation = core->generation;
	return handle;
}

/* Makes the slot of a connection that begins, or is first met, in @state. */
static void begin(struct tf_core *core, uint32_t handle, const struct tf_event *ev,
		  const struct tf_tuple *tuple, uint8_t state)
{
	struct tf_conn *conn = at(core, handle);

	conn->phase = TF_PHASE_LIVE;
	conn->state = state & 0xf;
	/* An address comes back with the next socket: there the number makes the id unique. */
	if (!core->info->cookies)
		conn->generation = core->n_begun;
	conn->since_ns = TF_UNKNOWN_U64;
	conn->started_ns = TF_UNKNOWN_U64;
	conn->handshake_us = TF_UNKNOWN_U32;
	conn->uid = TF_UNKNOWN_U32;
	conn->rst_reason = -1;
	conn->lost = ev->lost;
	conn->netns = ev->netns;
	conn->tuple = *tuple;
	conn->fd = -1;
	conn->scan = core->scan.stamp; /* it is there as if this scan had met it */
	tf_table_enqueue(&core->table, handle, tf_lifecycle_queue(state));
	core->n_begun++;
	core->stats.connections++;
	core->stats.live++;
}

/* Clears the slot for another life of the same socket; what it was before is written first. 0: none. */
static uint32_t clear(struct tf_core *core, uint64_t sock)
{
	uint32_t handle = tf_table_find(&core->table, sock);
	struct tf_conn *conn, next;

	if (!handle)
		return 0;
	conn = at(core, handle);
	/* An orphan that was handed over has no other life: its address is another socket's now. */
	if (!core->info->cookies && conn->queue == TF_QUEUE_HANDOFF) {
		tf_table_unname(&core->table, handle);
		return 0;
	}
	if (conn->phase == TF_PHASE_LISTENER)
		tf_table_unlisten(&core->table, handle);
	else if (conn->phase == TF_PHASE_LIVE)
		tf_settle_missed(core, handle);
	else if (conn->phase == TF_PHASE_HELD)
		tf_settle_now(core, handle);
	if (!tf_table_find(&core->table, sock))
		return 0;
	next = (struct tf_conn){
		.sock = sock,
		.generation = conn->generation + 1,
		.next_same = conn->next_same,
		.prev = conn->prev,
		.next = conn->next,
		.queue = conn->queue,
	};
	*conn = next;
	return handle;
}

uint32_t tf_lifecycle_meet(struct tf_core *core, const struct tf_event *ev,
			   const struct tf_tuple *tuple, uint8_t state)
{
	uint32_t handle = tf_table_find(&core->table, ev->sock);
	bool again = handle;
	/* A cookie is never used twice: an older slot of the same one is that of a client, whose SYN
	 * crossed another. */
	bool child = state == TF_TCP_SYN_RECV && (!again || !core->info->cookies);

	if (handle && at(core, handle)->phase == TF_PHASE_LIVE)
		return handle;
	if (!handle || !(handle = clear(core, ev->sock)))
		handle = add(core, ev->sock);
	if (!handle)
		return 0;
	begin(core, handle, ev, tuple, state);
	if (child) {
		at(core, handle)->started_ns = ev->time_ns;
		at(core, handle)->role = TF_ROLE_SERVER;
		tf_owner_inherit(core, at(core, handle));
		again = false;
	}
	/* It may have been here before a loss as well as before us; so may a child that dies at once, of
	 * a reset. */
	if (again || (ev->lost && (!child || ev->kind == TF_EV_CLOSE)))
		at(core, handle)->history |= TF_HIST_LOST;
	return handle;
}

uint32_t tf_lifecycle_meet_in_scan(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle = tf_table_find(&core->table, event->ev.sock);

	if (!handle || !(handle = clear(core, event->ev.sock)))
		handle = add(core, event->ev.sock);
	if (!handle)
		return 0;
	begin(core, handle, &event->ev, &event->tuple, event->new_state);
	at(core, handle)->origin = TF_ORIGIN_SNAPSHOT;
	return handle;
}

uint32_t tf_slots_start(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle = clear(core, event->ev.sock);

	if (!handle)
		handle = add(core, event->ev.sock);
	if (!handle)
		return 0;
	begin(core, handle, &event->ev, &event->tuple, event->old_state);
	at(core, handle)->started_ns = event->ev.time_ns;
	return handle;
}
