// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * lifecycle.c - see lifecycle.h
 */
#include "core/conn/lifecycle.h"

#include "base/units.h"
#include "core/conn/owner.h"
#include "core/conn/settle.h"
#include "core/conn/slots.h"
#include "core/engine.h"
#include "core/fate/verdict.h"
#include "core/states.h"

static struct tf_conn *conn_at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

/* --- listeners ---------------------------------------------------------------------------------*/

/* The slot stays for the generation: the socket may connect next. */
static void stop_listening(struct tf_core *core, uint32_t handle)
{
	if (!handle || conn_at(core, handle)->phase != TF_PHASE_LISTENER)
		return;
	core->gone[core->n_gone++ % TF_GONE] =
		(struct tf_gone_listener){*conn_at(core, handle), core->now};
	tf_table_unlisten(&core->table, handle);
	conn_at(core, handle)->phase = TF_PHASE_STUB;
	tf_table_enqueue(&core->table, handle, TF_QUEUE_STUB);
}

/* The life that has just begun is no connection. */
static void start_listening(struct tf_core *core, uint32_t handle)
{
	core->stats.live--;
	core->stats.connections--;
	conn_at(core, handle)->state = TF_TCP_LISTEN;
	tf_table_listen(&core->table, handle);
	tf_table_enqueue(&core->table, handle, TF_QUEUE_LISTENER);
}

/* The caller has a transition to or from LISTEN. From it also clones come: children in SYN_RECV,
 * which have no slot yet. */
static void note_listener(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	if (event->new_state != TF_TCP_LISTEN) {
		stop_listening(core, handle);
		return;
	}
	handle = tf_slots_start(core, handle, event);
	if (!handle)
		return;
	start_listening(core, handle);
	if (event->flags & TF_F_TASK)
		tf_owner_note(conn_at(core, handle), TF_OWNER_LISTEN, event->pid, event->comm);
}

/* listen() on a socket without a port: the kernel chooses it past the transition. */
static void correct_address(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	struct tf_conn *conn = conn_at(core, handle);

	if (conn->tuple.lport == event->tuple.lport)
		return;
	tf_table_unlisten(&core->table, handle);
	conn->tuple = event->tuple;
	tf_table_listen(&core->table, handle);
}

uint32_t tf_lifecycle_listener(struct tf_core *core, uint32_t handle,
			       const struct tf_ev_state *event)
{
	if (handle && conn_at(core, handle)->phase == TF_PHASE_LISTENER) {
		correct_address(core, handle, event);
		return handle;
	}
	handle = tf_slots_start(core, handle, event);
	if (!handle)
		return 0;
	conn_at(core, handle)->began_before = true;
	conn_at(core, handle)->from_scan = true;
	start_listening(core, handle);
	return handle;
}

/* --- order and duplicates ----------------------------------------------------------------------*/

/* Steps that a segment of the peer makes, in softirq. They carry no fact that a verdict needs. */
static bool is_step_of_peer(uint8_t from, uint8_t to)
{
	static const uint32_t next[TF_TCP_STATE_MAX] = {
		[TF_TCP_SYN_SENT] = TF_STATE_BIT(TF_TCP_ESTABLISHED),
		[TF_TCP_SYN_RECV] = TF_STATE_BIT(TF_TCP_ESTABLISHED),
		[TF_TCP_ESTABLISHED] = TF_STATE_BIT(TF_TCP_CLOSE_WAIT),
		[TF_TCP_FIN_WAIT1] = TF_STATE_BIT(TF_TCP_FIN_WAIT2) | TF_STATE_BIT(TF_TCP_CLOSING),
	};

	return next[from] & TF_STATE_BIT(to);
}

/* With losses counted, anything may be missing. With none, the kernel did not call a program; if
 * that hides one step of the peer, the step is known all the same, but for its time. */
void tf_lifecycle_skip_to(struct tf_core *core, struct tf_conn *conn,
			  const struct tf_ev_state *event)
{
	bool counted = conn->lost != event->ev.lost;

	if (!counted) {
		tf_gaps_count(core, TF_GAP_HOOK, 1);
		core->lost_ns = core->now;
	}
	if (counted || !is_step_of_peer(conn->state, event->old_state)) {
		conn->history |= TF_HIST_LOST;
	} else {
		conn->holed = true;
		tf_conn_add_state(&conn->path, conn->state, TF_UNKNOWN_U64);
	}
	conn->state = event->old_state & 0xf;
	conn->since_ns = TF_UNKNOWN_U64;
	if (tf_conn_was_established(event->old_state) == TF_YES)
		conn->established = TF_YES;
}

static bool has_passed(const struct tf_core *core, uint64_t sock)
{
	for (unsigned int i = 0; i < TF_PASSED; i++)
		if (core->passed[i] == sock)
			return true;
	return false;
}

/* Whether @event is the same transition as the socket's last one. Several programs of the hook can
 * report the same event (bpf/programs.bpf.h); of one socket nothing comes between. */
static bool is_duplicate(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	const struct tf_conn *conn = handle ? conn_at(core, handle) : NULL;

	if (!conn)
		return event->new_state == TF_TCP_CLOSE && has_passed(core, event->ev.sock);
	switch (conn->phase) {
	case TF_PHASE_LIVE:
		return conn->state == event->new_state &&
		       (!conn->path.n || conn->path.state[conn->path.n - 1] == event->old_state);
	case TF_PHASE_LISTENER:
		return event->new_state == TF_TCP_LISTEN;
	default:
		return event->new_state == TF_TCP_CLOSE;
	}
}

/* --- one transition ----------------------------------------------------------------------------*/

/* The user does not want its records (any more). If it has ended, it was wanted then: its record is
 * written. The slot stays for the generation. */
static void forget_unwanted(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = conn_at(core, handle);

	if (conn->phase == TF_PHASE_HELD) {
		tf_settle_now(core, handle);
		return;
	}
	if (conn->phase != TF_PHASE_LIVE)
		return;
	core->stats.live--;
	core->stats.connections--;
	conn->phase = TF_PHASE_STUB;
	tf_table_enqueue(&core->table, handle, TF_QUEUE_STUB);
}

/* The slot of the connection that makes this transition, made if it is the first that we see. 0: no
 * room, or it neither begins nor ends anything. */
static uint32_t find_slot(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	if (event->old_state == TF_TCP_CLOSE && event->new_state == TF_TCP_SYN_SENT)
		return tf_slots_start(core, handle, event);
	if (handle && conn_at(core, handle)->phase != TF_PHASE_LIVE &&
	    event->old_state == TF_TCP_CLOSE)
		return 0;
	return tf_slots_meet(core, handle, &event->ev, &event->tuple, event->old_state);
}

/* connect() in repair mode goes through SYN_SENT without a SYN (tcp_connect()): the connection was
 * made elsewhere, by either side. The first event of it that we see decides: repair mode that comes
 * later changes nothing. */
static void note_restored(struct tf_conn *conn, const struct tf_ev_state *event)
{
	if (event->old_state == TF_TCP_CLOSE ||
	    (event->old_state == TF_TCP_SYN_SENT && event->new_state == TF_TCP_ESTABLISHED &&
	     conn->began_before))
		conn->restored = event->flags & TF_F_REPAIR;
}

/* Brings the slot up to what the event says of the socket, whatever the transition is. */
static void refresh_conn(struct tf_core *core, struct tf_conn *conn,
			 const struct tf_ev_state *event)
{
	if (conn->state != event->old_state)
		tf_lifecycle_skip_to(core, conn, event);
	tf_conn_check_loss(conn, &event->ev);
	conn->unseen = 0;
	note_restored(conn, event);
	if (!conn->restored &&
	    (event->old_state == TF_TCP_CLOSE || event->old_state == TF_TCP_SYN_SENT))
		conn->role = TF_ROLE_CLIENT;
	if (event->old_state == TF_TCP_CLOSE)
		conn->may_defer = event->flags & TF_F_SYN_WAITS;
	conn->syn_waits = event->old_state == TF_TCP_CLOSE && conn->may_defer;
	if (event->tuple.rport)
		conn->tuple = event->tuple;
	conn->netns = event->ev.netns;
	conn->uid = event->uid;
	if (event->cgroup)
		conn->cgroup = event->cgroup;
	conn->v6_socket = event->flags & TF_F_V6;
	if (conn->established != TF_YES && conn->path.n == 0)
		conn->established = tf_conn_was_established(event->old_state);
}

/* What the transitions of a handshake say: crossed SYNs, that it was established, how long it
 * took. */
static void note_handshake(struct tf_conn *conn, const struct tf_ev_state *event)
{
	uint64_t us = event->srtt_us;

	if (event->old_state == TF_TCP_SYN_SENT && event->new_state == TF_TCP_SYN_RECV)
		conn->history |= TF_HIST_SIMULTANEOUS;
	if (event->new_state != TF_TCP_ESTABLISHED)
		return;
	conn->established = TF_YES;
	if (conn->restored) /* no handshake */
		return;
	/* Where the SYN may have left later, its answer is the first measured round trip. */
	if (conn->role == TF_ROLE_CLIENT && !conn->began_before && !conn->may_defer)
		us = (event->ev.time_ns - conn->started_ns) / NS_PER_US;
	if (us && us < TF_UNKNOWN_U32)
		conn->handshake_us = (uint32_t)us;
}

/* Closes the account of the state that is left. Returns the microseconds spent in it,
 * TF_UNKNOWN_U64 when they are not known. */
static uint64_t leave_state(struct tf_conn *conn, const struct tf_ev_state *event)
{
	bool known = conn->since_ns != TF_UNKNOWN_U64 && event->ev.time_ns >= conn->since_ns &&
		     !conn->since_at_least;
	uint64_t spent_us =
		known ? (event->ev.time_ns - conn->since_ns) / NS_PER_US : TF_UNKNOWN_U64;
	struct tf_path *path = &conn->path;
	bool child = event->old_state == TF_TCP_SYN_RECV && !path->n && !known;

	conn->since_ns = event->ev.time_ns;
	conn->since_at_least = false;
	conn->state = event->new_state & 0xf;
	/* A child goes through SYN_RECV unseen and at once, unless it dies there. */
	if (event->old_state != TF_TCP_CLOSE && !(child && event->new_state != TF_TCP_CLOSE))
		tf_conn_add_state(path, event->old_state, spent_us);
	return spent_us;
}

/* The part that all transitions of connections have in common. @ends: by it the application ends
 * the connection. Returns the slot; 0: it is of no connection that is followed. */
static uint32_t follow_transition(struct tf_core *core, uint32_t handle,
				  const struct tf_ev_state *event, bool ends)
{
	struct tf_conn *conn;
	uint64_t spent_us;

	if (!tf_filter_tuple(core->options.filter, &event->tuple, event->ev.netns)) {
		if (handle)
			forget_unwanted(core, handle);
		return 0;
	}
	handle = find_slot(core, handle, event);
	if (!handle || conn_at(core, handle)->phase != TF_PHASE_LIVE)
		return 0;
	conn = conn_at(core, handle);
	refresh_conn(core, conn, event);
	note_handshake(conn, event);
	/* What tcp_reset() ends, no call does, though SO_ERROR may have fetched the errno. */
	tf_owner_act(conn, event, ends && !(conn->history & TF_HIST_RESET_RAN));
	spent_us = leave_state(conn, event);
	if (core->options.states)
		core->outlets->moved(core, conn, event, spent_us);
	return handle;
}

/* Takes in what CLOSE says, while the kernel still has it. Without memory the connection is dropped
 * and counted as evicted. */
static void note_end(struct tf_core *core, uint32_t handle, const struct tf_ev_close *event)
{
	struct tf_conn *conn = conn_at(core, handle);

	conn->end = tf_pool_new(&core->table.ends);
	core->stats.live--;
	if (!conn->end) {
		core->stats.evicted++;
		tf_gaps_count(core, TF_GAP_TABLE, 1);
		tf_table_del(&core->table, handle);
		return;
	}
	conn->phase = TF_PHASE_HELD;
	conn->state = event->st.old_state;
	tf_verdict_read(conn, event, tf_table_end(&core->table, conn));
	tf_settle_closed(core, handle);
}

/* Whether there is nothing to follow: close() after shutdown() (the kernel side leaves it out), a
 * duplicate, or a listener, which is noted here. */
static bool is_no_transition(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	if (event->old_state == event->new_state)
		return true;
	if ((event->flags & TF_F_STAND_IN) && is_duplicate(core, handle, event)) {
		core->stats.duplicates++;
		return true;
	}
	if (event->old_state != TF_TCP_LISTEN && event->new_state != TF_TCP_LISTEN)
		return false;
	note_listener(core, handle, event);
	return true;
}

void tf_lifecycle_state(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	bool fin = event->new_state == TF_TCP_FIN_WAIT1 || event->new_state == TF_TCP_LAST_ACK;

	if (is_no_transition(core, handle, event))
		return;
	handle = follow_transition(core, handle, event, fin);
	if (!handle)
		return;
	if (event->new_state == TF_TCP_ESTABLISHED)
		tf_settle_replaced(core, handle);
	tf_table_enqueue(&core->table, handle, tf_conn_live_queue(event->new_state));
}

void tf_lifecycle_close(struct tf_core *core, uint32_t handle, const struct tf_ev_close *event)
{
	if (is_no_transition(core, handle, &event->st))
		return;
	handle = follow_transition(core, handle, &event->st, !event->err);
	if (handle)
		note_end(core, handle, event);
}
