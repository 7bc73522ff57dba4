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

/* What wants a place. */
enum claim {
	CLAIM_SCANNED, /* a connection that a scan found */
	CLAIM_FOUND,   /* one that an event found half-way */
	CLAIM_ENDED,   /* likewise, and it ends with this event */
	CLAIM_BEGUN,   /* a connection that begins */
	CLAIM_LISTENER,
	CLAIM_SCANNED_LISTENER,
};

/* How many of the held ones stand within the ceiling: those for which the spare places, beyond it,
 * are too few. */
static uint32_t held_within(const struct tf_core *core)
{
	uint32_t spare = core->table.conns.max - core->options.max_connections;
	uint32_t held = core->table.ends.used;

	return held > spare ? held - spare : 0;
}

/* How many more the ceiling allows. Listeners, and written ones, do not count. */
static uint32_t places_left(const struct tf_core *core)
{
	uint64_t taken = core->stats.live + held_within(core);
	uint32_t max = core->options.max_connections;

	return max > taken ? (uint32_t)(max - taken) : 0;
}

void tf_slots_scan_begins(struct tf_core *core)
{
	struct tf_places *places = &core->merge.places;
	uint32_t left = places_left(core);

	places->scan = places->watched && places->least < left ? places->least : left;
	places->least = left;
	places->watched = true;
}

/* Whether the ceiling allows @claim; makes room for a connection that begins. A scan takes only
 * places that nobody has needed since the one before: they would be taken from others next. */
static bool may_claim(struct tf_core *core, enum claim claim)
{
	switch (claim) {
	case CLAIM_SCANNED:
		return core->merge.places.scan && places_left(core);
	case CLAIM_FOUND:
		return places_left(core);
	case CLAIM_BEGUN:
		while (!places_left(core))
			if (!tf_settle_make_room(core,
						 held_within(core) ? TF_ROOM_HELD : TF_ROOM_LIVE))
				return false;
		return true;
	default:
		return true;
	}
}

/* A slot for @sock, in the place of whom the claim may displace. 0: none gives way. */
static uint32_t take_place(struct tf_core *core, uint64_t sock, enum claim claim)
{
	static const unsigned int gives[] = {
		[CLAIM_SCANNED] = TF_ROOM_WRITTEN,
		[CLAIM_FOUND] = TF_ROOM_WRITTEN,
		[CLAIM_ENDED] = TF_ROOM_WRITTEN | TF_ROOM_HELD,
		[CLAIM_BEGUN] = TF_ROOM_WRITTEN | TF_ROOM_HELD | TF_ROOM_LIVE,
		[CLAIM_LISTENER] = TF_ROOM_WRITTEN | TF_ROOM_HELD | TF_ROOM_LIVE,
		[CLAIM_SCANNED_LISTENER] = TF_ROOM_WRITTEN,
	};
	uint32_t handle;

	if (!may_claim(core, claim))
		return 0;
	while (!(handle = tf_table_add(&core->table, sock)))
		if (!tf_settle_make_room(core, gives[claim]))
			return 0;
	return handle;
}

/* There is no place for @sock: it is counted, unless it is known. One that ends now is known no
 * longer. */
static void count_unplaced(struct tf_core *core, uint64_t sock, enum claim claim)
{
	bool known = claim == CLAIM_ENDED ?
			     tf_outside_remove(&core->outside, sock) :
			     !tf_outside_add(&core->outside, sock, core->merge.stamp);

	if (known)
		return;
	tf_gaps_count(core, TF_GAP_TABLE, 1);
	if (claim == CLAIM_LISTENER || claim == CLAIM_SCANNED_LISTENER)
		return;
	core->stats.connections++;
	core->stats.evicted++;
}

static uint32_t add_slot(struct tf_core *core, uint64_t sock, enum claim claim)
{
	uint32_t handle = take_place(core, sock, claim);

	if (handle)
		conn_at(core, handle)->generation = core->generation;
	else
		count_unplaced(core, sock, claim);
	return handle;
}

/* Counts a life that has its place; it was counted before if it comes back. */
static void count_life(struct tf_core *core, uint64_t sock, enum claim claim)
{
	bool was_outside = tf_outside_remove(&core->outside, sock);
	struct tf_places *places = &core->merge.places;

	core->stats.live++;
	if (claim == CLAIM_SCANNED && places->scan)
		places->scan--;
	if (places_left(core) < places->least)
		places->least = places_left(core);
	if (was_outside && claim < CLAIM_BEGUN)
		core->stats.returned++;
	else
		core->stats.connections++;
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
	conn->started_ns = ev->time_ns;
	conn->began_before = true;
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
static uint32_t renew_slot(struct tf_core *core, uint32_t handle, uint64_t sock, enum claim claim)
{
	struct tf_conn *conn;
	bool relived;

	if (!handle || !end_former_life(core, handle)) {
		handle = add_slot(core, sock, claim);
		if (handle)
			count_life(core, sock, claim);
		return handle;
	}
	count_life(core, sock, claim);
	conn = conn_at(core, handle);
	relived = conn->relived || conn->established != TF_NO;
	*conn = (struct tf_conn){
		.sock = sock,
		.generation = conn->generation + 1,
		.relived = relived,
		.next_same = conn->next_same,
		.prev = conn->prev,
		.next = conn->next,
		.queue = conn->queue,
	};
	return handle;
}

/* The known facts stay; the number is another, because an id has one record. */
bool tf_slots_resume(struct tf_core *core, uint32_t handle, uint8_t state)
{
	struct tf_conn *conn = handle ? conn_at(core, handle) : NULL;

	if (!conn || conn->phase != TF_PHASE_STUB || !conn->unseen || state == TF_TCP_CLOSE ||
	    !core->info->cookies)
		return false;
	count_life(core, conn->sock, CLAIM_FOUND);
	conn->phase = TF_PHASE_LIVE;
	conn->generation++;
	conn->unseen = 0;
	conn->holed = true;
	tf_table_enqueue(&core->table, handle, tf_conn_live_queue(conn->state));
	core->n_begun++;
	return true;
}

uint32_t tf_slots_start(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	enum claim claim = event->ev.kind == TF_EV_SOCK	     ? CLAIM_SCANNED_LISTENER :
			   event->new_state == TF_TCP_LISTEN ? CLAIM_LISTENER :
							       CLAIM_BEGUN;

	handle = renew_slot(core, handle, event->ev.sock, claim);
	if (!handle)
		return 0;
	begin_life(core, handle, &event->ev, &event->tuple, event->old_state);
	conn_at(core, handle)->began_before = false;
	return handle;
}

uint32_t tf_slots_meet(struct tf_core *core, uint32_t handle, const struct tf_event *ev,
		       const struct tf_tuple *tuple, uint8_t state)
{
	bool again = handle;
	/* A cookie is never used twice: an older slot of the same one is that of a client, whose
	 * SYN crossed another, and one that had to leave comes back. */
	bool back = state == TF_TCP_SYN_RECV && core->info->cookies &&
		    tf_outside_has(&core->outside, ev->sock);
	bool child = state == TF_TCP_SYN_RECV && !back && (!again || !core->info->cookies);
	struct tf_conn *conn;

	if (handle && conn_at(core, handle)->phase == TF_PHASE_LIVE)
		return handle;
	if (tf_slots_resume(core, handle, state))
		return handle;
	handle = renew_slot(core, handle, ev->sock,
			    child		    ? CLAIM_BEGUN :
			    ev->kind == TF_EV_CLOSE ? CLAIM_ENDED :
						      CLAIM_FOUND);
	if (!handle)
		return 0;
	begin_life(core, handle, ev, tuple, state);
	conn = conn_at(core, handle);
	if (child) {
		conn->began_before = false;
		conn->role = TF_ROLE_SERVER;
		tf_owner_inherit(&core->table, conn);
		tf_owner_inherit_gone(core, conn);
		again = false;
	}
	/* It may have been here before a loss as well as before us; so may a child that dies at
	 * once, of a reset. */
	if (again || back || (ev->lost && (!child || ev->kind == TF_EV_CLOSE)))
		conn->history |= TF_HIST_LOST;
	return handle;
}

uint32_t tf_slots_meet_in_scan(struct tf_core *core, uint32_t handle,
			       const struct tf_ev_state *event)
{
	handle = renew_slot(core, handle, event->ev.sock, CLAIM_SCANNED);
	if (!handle)
		return 0;
	begin_life(core, handle, &event->ev, &event->tuple, event->new_state);
	conn_at(core, handle)->from_scan = true;
	return handle;
}
