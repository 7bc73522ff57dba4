// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * merge.c - sockets that a scan finds, compared with those that the table knows
 */
#include "core/conn/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "core/conn/lifecycle.h"
#include "core/conn/master.h"
#include "core/conn/missing.h"
#include "core/conn/owner.h"
#include "core/conn/role.h"
#include "core/conn/slots.h"
#include "core/engine.h"
#include "core/sequence.h"
#include "core/states.h"

/* Before 5.15 a scan does not hold the socket's lock: it can still find the state that a hook has
 * just seen to be left. Within this time after a change nothing is concluded. */
#define RACE_NS NS_PER_MS

static struct tf_conn *conn_at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

void tf_merge_fini(struct tf_core *core)
{
	free(core->merge.now.space);
	free(core->merge.last.space);
	free(core->merge.handovers);
	core->merge = (struct tf_merge){0};
}

static void begin_scan(struct tf_core *core)
{
	struct tf_merge *merge = &core->merge;
	struct tf_merge_spaces spare = merge->last;

	merge->last_stamp = merge->stamp;
	merge->stamp = merge->stamp == UINT8_MAX ? 1 : merge->stamp + 1;
	merge->last = merge->now;
	merge->now = spare;
	merge->now.n = 0;
	merge->n_handovers = 0;
	tf_slots_scan_begins(core);
}

/* Whether holders of the socket matter: it is a connection, or a listener. */
static bool has_holders(const struct tf_conn *conn)
{
	return conn->phase == TF_PHASE_LIVE || conn->phase == TF_PHASE_LISTENER;
}

/* Several processes hold the socket, and which of them owns it is unknown: a name that they share
 * is kept, a pid is not. */
static void share_ownership(struct tf_conn *conn, uint32_t pid, const uint8_t comm[TF_COMM_LEN])
{
	if (conn->pid == pid || conn->owner_from != TF_OWNER_HOLDER)
		return;
	conn->pid = 0;
	conn->fd = -1;
	if (comm[0] && !memcmp(conn->comm, comm, sizeof(conn->comm)))
		return;
	memset(conn->comm, 0, sizeof(conn->comm));
	conn->owner_from = TF_OWNER_NONE;
}

/* A process that connected, accepted or listened and no longer holds the socket has handed it over:
 * whoever does hold it owns it now. */
static void take_handovers(struct tf_core *core)
{
	for (uint32_t i = 0; i < core->merge.n_handovers; i++) {
		const struct tf_handover *other = &core->merge.handovers[i];
		struct tf_conn *conn = conn_at(core, other->handle);

		/* The slot may be another socket's by now, of which this scan found no holder. */
		if (!has_holders(conn) || conn->holders_scan != core->merge.stamp ||
		    conn->how != TF_HOW_NONE || conn->owner_from == TF_OWNER_NONE)
			continue;
		if (conn->owner_from == TF_OWNER_HOLDER) /* by the handover before */
			share_ownership(conn, other->pid, other->comm);
		if (conn->owner_holds)
			continue;
		conn->owner_holds = true;
		conn->owner_from = TF_OWNER_HOLDER;
		conn->pid = other->pid;
		conn->fd = other->fd;
		memcpy(conn->comm, other->comm, sizeof(conn->comm));
	}
}

/* Who holds a listener now owns what waits there. */
static void renew_waiting(struct tf_core *core)
{
	for (int queue = TF_QUEUE_LIVE_FIRST; queue <= TF_QUEUE_LIVE_LAST; queue++) {
		uint32_t handle = core->table.queue[queue].head;

		for (; handle; handle = conn_at(core, handle)->next) {
			struct tf_conn *conn = conn_at(core, handle);

			if (conn->phase == TF_PHASE_LIVE && conn->waits &&
			    conn->holders_scan != core->merge.stamp)
				tf_owner_renew(&core->table, conn);
		}
	}
}

static void end_scan(struct tf_core *core, bool whole)
{
	tf_merge_spaces_sort(core);
	tf_missing_settle(core);
	if (whole && core->merge.last_stamp)
		tf_outside_forget(&core->outside, core->merge.stamp, core->merge.last_stamp);
}

void tf_merge_step(struct tf_core *core, const struct tf_ev_scan *event)
{
	struct tf_merge_space *space;

	switch (event->step) {
	case TF_SCAN_BEGIN:
		begin_scan(core);
		break;
	case TF_SCAN_NETNS:
		tf_merge_spaces_begin(core, event);
		break;
	case TF_SCAN_NETNS_END:
		space = tf_merge_spaces_present(core, event->ev.netns);
		if (space)
			space->whole = event->whole;
		break;
	case TF_SCAN_HOLDERS_END:
		if (!event->whole)
			break;
		take_handovers(core);
		renew_waiting(core);
		break;
	case TF_SCAN_END:
		end_scan(core, event->whole);
		break;
	default:
		break;
	}
}

void tf_merge_netns(struct tf_core *core, const struct tf_ev_netns *event)
{
	struct tf_merge_space *space = tf_merge_spaces_present(core, event->ev.netns);

	if (space)
		space->facts = *event;
}

/* Whether the socket is in SYN_SENT and its SYN has not left: its other numbers are not set yet. */
static bool syn_waits(const struct tf_ev_sock *event)
{
	return event->st.new_state == TF_TCP_SYN_SENT &&
	       !tf_sequence_syn_sent(event->snd_queue - event->unsent, event->unsent,
				     event->st.flags & TF_F_FASTOPEN);
}

/* For how long the socket has been in its state at least: one entered by a segment of the peer
 * began at the latest when its last segment came, SYN_SENT with the first SYN. Of others nothing is
 * known but that they are there now. */
static uint64_t lasted_ns(uint8_t state, const struct tf_ev_sock *event)
{
	if (state == TF_TCP_SYN_SENT)
		return syn_waits(event) ? 0 : event->waits_ms * NS_PER_MS;
	if ((state == TF_TCP_CLOSE_WAIT || state == TF_TCP_FIN_WAIT2) &&
	    event->silent_ms != UINT32_MAX)
		return event->silent_ms * NS_PER_MS;
	return 0;
}

static void note_since(struct tf_conn *conn, const struct tf_ev_sock *event)
{
	uint64_t ns = lasted_ns(conn->state, event);

	conn->since_ns = event->st.ev.time_ns;
	conn->since_at_least = true;
	if (ns < conn->since_ns)
		conn->since_ns -= ns;
}

/* Whatever was lost before, the socket is alive now: no reset has ended it, and its next events
 * will be seen. So the loss leaves a hole in its history but no doubt about its end. How a
 * handshake began, which matters in SYN_RECV alone, cannot be seen. */
static void heal_history(struct tf_conn *conn, const struct tf_event *ev)
{
	tf_conn_check_loss(conn, ev);
	if (!(conn->history & TF_HIST_LOST) || conn->state == TF_TCP_SYN_RECV)
		return;
	conn->history &= (uint8_t)~TF_HIST_LOST;
	conn->holed = true;
}

/* The FIN has a place in the sequence of bytes, but is none. */
static uint32_t unread_bytes(const struct tf_ev_sock *event)
{
	if (event->st.new_state == TF_TCP_SYN_SENT)
		return 0;
	if ((int32_t)event->rcv_queue <= 0)
		return event->master_unread;
	return event->rcv_queue - !!(event->st.flags & TF_F_DONE) + event->master_unread;
}

/* Brings up to date what a scan sees better than the events, whatever else is known. */
static void refresh_conn(struct tf_core *core, struct tf_conn *conn, const struct tf_ev_sock *event)
{
	const struct tf_ev_state *st = &event->st;

	heal_history(conn, &st->ev);
	conn->scan = core->merge.stamp;
	conn->unseen = 0;
	conn->scanned = true;
	conn->keepalive = st->flags & TF_F_KEEPOPEN;
	conn->syn_waits = syn_waits(event);
	conn->unanswered = event->retransmits && !conn->syn_waits;
	conn->eof_read = (st->flags & TF_F_DONE) && !event->rcv_queue;
	conn->waits = conn->role != TF_ROLE_CLIENT && st->new_state != TF_TCP_LISTEN &&
		      !(st->flags & (TF_F_HAS_SOCKET | TF_F_DEAD));
	if (st->flags & TF_F_DEAD)
		conn->fd = -1;
	conn->uid = st->uid;
	if (st->tuple.rport) /* connect() chose the local port after SYN_SENT */
		conn->tuple = st->tuple;
	if (st->cgroup)
		conn->cgroup = st->cgroup;
}

/* The role of a connection whose start nobody saw. A listener that is found after it, in this scan
 * or the next, decides over its ports. */
static void find_role(struct tf_core *core, struct tf_conn *conn)
{
	const struct tf_merge_space *space = tf_merge_spaces_find(core, conn->netns, false);

	conn->role = tf_role_of_found(&core->table, conn, space ? space->facts.port_low : 0,
				      space ? space->facts.port_high : 0);
	if (conn->role == TF_ROLE_SERVER && conn->owner_from == TF_OWNER_NONE)
		tf_owner_inherit(&core->table, conn);
}

/* It is at least as old as the last segment in either direction. */
static void note_first_known(struct tf_conn *conn, const struct tf_ev_sock *event)
{
	const uint32_t ages[] = {event->silent_ms, event->idle_ms};
	uint64_t ns = lasted_ns(conn->state, event);

	for (size_t i = 0; conn->state != TF_TCP_SYN_SENT && i < 2; i++)
		if (ages[i] != UINT32_MAX && ages[i] * NS_PER_MS > ns)
			ns = ages[i] * NS_PER_MS;
	conn->started_ns = event->st.ev.time_ns;
	if (ns < conn->started_ns)
		conn->started_ns -= ns;
}

static void fill_found(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	struct tf_conn *conn = conn_at(core, handle);

	conn->v6_socket = event->st.flags & TF_F_V6;
	find_role(core, conn);
	note_since(conn, event);
	note_first_known(conn, event);
}

/* The table knows it, but in another state: changes of it were missed. */
static void correct_state(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	struct tf_conn *conn = conn_at(core, handle);
	bool recent =
		conn->since_ns != TF_UNKNOWN_U64 && event->st.ev.time_ns - conn->since_ns < RACE_NS;

	if (conn->state == event->st.new_state || recent)
		return;
	tf_lifecycle_skip_to(core, conn, &event->st);
	note_since(conn, event);
	tf_table_enqueue(&core->table, handle, tf_conn_live_queue(conn->state));
}

static uint32_t merge_listener(struct tf_core *core, uint32_t handle,
			       const struct tf_ev_sock *event)
{
	handle = tf_lifecycle_listener(core, handle, &event->st);
	if (handle)
		refresh_conn(core, conn_at(core, handle), event);
	return handle;
}

/* Whether the connection has just ended: the scan found the socket before that. */
static bool has_just_ended(struct tf_core *core, uint32_t handle, uint64_t time_ns)
{
	const struct tf_conn *conn = conn_at(core, handle);

	return conn->phase == TF_PHASE_HELD &&
	       time_ns - tf_table_end(&core->table, conn)->closed_ns < RACE_NS;
}

uint32_t tf_merge_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	const struct tf_ev_state *st = &event->st;

	if (st->new_state == TF_TCP_CLOSE ||
	    !tf_filter_tuple(core->options.filter, &st->tuple, st->ev.netns))
		return 0;
	if (st->new_state == TF_TCP_LISTEN)
		return merge_listener(core, handle, event);
	if (handle && has_just_ended(core, handle, st->ev.time_ns))
		return 0;
	if (tf_slots_resume(core, handle, st->new_state) ||
	    (handle && conn_at(core, handle)->phase == TF_PHASE_LIVE)) {
		correct_state(core, handle, event);
		if (conn_at(core, handle)->began_before)
			find_role(core, conn_at(core, handle));
	} else {
		handle = tf_slots_meet_in_scan(core, handle, st);
		if (!handle)
			return 0;
		fill_found(core, handle, event);
	}
	refresh_conn(core, conn_at(core, handle), event);
	conn_at(core, handle)->unread = unread_bytes(event);
	tf_master_found(core, handle, event);
	return handle;
}

static void note_handover(struct tf_core *core, uint32_t handle, const struct tf_ev_holder *event)
{
	struct tf_merge *merge = &core->merge;
	struct tf_handover *other;

	if (!merge->handovers)
		merge->handovers = calloc(TF_MERGE_HANDOVERS, sizeof(*merge->handovers));
	if (!merge->handovers || merge->n_handovers == TF_MERGE_HANDOVERS)
		return; /* the next scan tries again */
	other = &merge->handovers[merge->n_handovers++];
	*other = (struct tf_handover){.handle = handle, .pid = event->pid, .fd = event->fd};
	memcpy(other->comm, event->comm, sizeof(other->comm));
}

static void first_holder(struct tf_conn *conn, const struct tf_ev_holder *event)
{
	conn->owner_from = TF_OWNER_HOLDER;
	conn->pid = event->pid;
	conn->fd = event->fd;
	conn->owner_holds = true;
	memcpy(conn->comm, event->comm, sizeof(conn->comm));
}

void tf_merge_holder(struct tf_core *core, uint32_t handle, const struct tf_ev_holder *event)
{
	struct tf_conn *conn;
	bool first, guessed;

	if (!handle)
		return;
	conn = conn_at(core, handle);
	if (!has_holders(conn))
		return;
	first = conn->holders_scan != core->merge.stamp;
	conn->holders_scan = core->merge.stamp;
	if (first)
		conn->owner_holds = false;
	/* Who listens is the accepted one's owner only for want of a better. */
	guessed = conn->owner_from == TF_OWNER_NONE || conn->owner_from == TF_OWNER_HOLDER ||
		  (conn->owner_from == TF_OWNER_LISTEN && conn->phase == TF_PHASE_LIVE);
	/* Who has ended it stays the owner. */
	guessed = guessed && conn->how == TF_HOW_NONE;
	if (guessed && first)
		first_holder(conn, event);
	else if (guessed)
		share_ownership(conn, event->pid, event->comm);
	else if (conn->pid == event->pid && !conn->owner_holds) {
		conn->owner_holds = true;
		conn->fd = event->fd;
	} else if (conn->pid != event->pid && !conn->owner_holds && conn->how == TF_HOW_NONE) {
		note_handover(core, handle, event);
	}
}
