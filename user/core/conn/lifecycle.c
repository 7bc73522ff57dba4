// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * lifecycle.c - connections through their states, one function for each kind of event
 *
 * The first event of a connection is its SYN_SENT or, for an accepted one, what follows SYN_RECV. Any
 * other first event means that it was there before us: then its start is unknown, but its end is as
 * good as any.
 */
#include <string.h>

#include "core/engine.h"
#include "base/units.h"
#include "core/states.h"
#include "core/fate/verdict.h"

static struct tf_conn *at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

enum tf_queue tf_lifecycle_queue(uint8_t state)
{
	static const uint8_t queues[TF_TCP_STATE_MAX] = {
		[TF_TCP_SYN_SENT] = TF_QUEUE_SYN_SENT,	 [TF_TCP_FIN_WAIT1] = TF_QUEUE_FIN_WAIT1,
		[TF_TCP_FIN_WAIT2] = TF_QUEUE_FIN_WAIT2, [TF_TCP_CLOSE_WAIT] = TF_QUEUE_CLOSE_WAIT,
		[TF_TCP_LAST_ACK] = TF_QUEUE_LAST_ACK,
	};

	return queues[state] ? queues[state] : TF_QUEUE_ACTIVE;
}

bool tf_lifecycle_wants(const struct tf_core *core, const struct tf_tuple *tuple, uint32_t netns)
{
	return !core->options.filter || tf_filter_tuple(core->options.filter, tuple, netns);
}

/* Its records are not wanted (any more). What had ended was: that is written. The slot stays for the
 * generation. */
static void forget(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = at(core, handle);

	if (conn->phase == TF_PHASE_HELD)
		tf_settle_now(core, handle);
	if (conn->phase != TF_PHASE_LIVE)
		return;
	core->stats.live--;
	core->stats.connections--;
	conn->phase = TF_PHASE_STUB;
	tf_table_enqueue(&core->table, handle, TF_QUEUE_STUB);
}

void tf_lifecycle_check_loss(struct tf_conn *conn, const struct tf_event *ev)
{
	const uint8_t resets =
		TF_HIST_RESET_RAN | TF_HIST_RST_ACTIVE | TF_HIST_RST_SENT | TF_HIST_SIMULTANEOUS;

	if (conn->lost == ev->lost)
		return;
	conn->lost = ev->lost;
	conn->history |= TF_HIST_LOST;
	if (conn->phase != TF_PHASE_LIVE)
		return;
	conn->history &= (uint8_t)~resets;
	conn->rst_reason = -1;
}

bool tf_lifecycle_outlived(struct tf_core *core, uint32_t handle, const struct tf_event *ev)
{
	struct tf_conn *conn = at(core, handle);

	if (conn->phase != TF_PHASE_HELD || conn->lost == ev->lost ||
	    (tf_table_end(&core->table, conn)->flags & TF_F_DEAD)) /* nobody can connect it again */
		return false;
	conn->history |= TF_HIST_LOST;
	tf_settle_now(core, handle);
	return true;
}

static bool is_start(const struct tf_ev_state *event)
{
	return event->old_state == TF_TCP_CLOSE &&
	       (event->new_state == TF_TCP_SYN_SENT || event->new_state == TF_TCP_LISTEN);
}

static uint32_t slot_for(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle;

	if (is_start(event))
		return tf_slots_start(core, event);
	handle = tf_table_find(&core->table, event->ev.sock);
	if (handle && at(core, handle)->phase != TF_PHASE_LIVE && event->old_state == TF_TCP_CLOSE)
		return 0; /* nothing that begins or ends */
	return tf_lifecycle_meet(core, &event->ev, &event->tuple, event->old_state);
}

static void note_handshake(struct tf_conn *conn, const struct tf_ev_state *event)
{
	uint64_t us = event->srtt_us;

	if (event->old_state == TF_TCP_SYN_SENT && event->new_state == TF_TCP_SYN_RECV)
		conn->history |= TF_HIST_SIMULTANEOUS;
	if (event->new_state != TF_TCP_ESTABLISHED)
		return;
	conn->established = TF_YES;
	if (conn->role == TF_ROLE_CLIENT && conn->started_ns != TF_UNKNOWN_U64)
		us = (event->ev.time_ns - conn->started_ns) / NS_PER_US;
	if (us && us < TF_UNKNOWN_U32)
		conn->handshake_us = (uint32_t)us;
}

/* States that are only reached through ESTABLISHED, or in which that is open (FIN_WAIT1 may follow
 * SYN_RECV). */
enum tf_tri tf_lifecycle_was_established(uint8_t state)
{
	switch (state) {
	case TF_TCP_CLOSE:
	case TF_TCP_SYN_SENT:
	case TF_TCP_SYN_RECV:
		return TF_NO;
	case TF_TCP_ESTABLISHED:
	case TF_TCP_CLOSE_WAIT:
	case TF_TCP_LAST_ACK:
		return TF_YES;
	default:
		return TF_UNKNOWN;
	}
}

static void add_state(struct tf_path *path, uint8_t state, uint64_t spent_us)
{
	if (path->n == TF_STATES_MAX)
		return;
	if (spent_us == TF_UNKNOWN_U64)
		path->unknown |= (uint8_t)(1u << path->n);
	path->state[path->n] = state;
	path->spent_lo[path->n] = (uint32_t)spent_us;
	path->spent_hi[path->n] = (uint16_t)(spent_us >> 32);
	path->n++;
}

/* Closes the account of the state that is left. Returns the time spent in it. */
static uint64_t note_path(struct tf_conn *conn, const struct tf_ev_state *event)
{
	bool known = conn->since_ns != TF_UNKNOWN_U64 && event->ev.time_ns >= conn->since_ns &&
		     !conn->since_at_least;
	uint64_t spent_us = known ? (event->ev.time_ns - conn->since_ns) / NS_PER_US : 0;
	struct tf_path *path = &conn->path;
	bool child = event->old_state == TF_TCP_SYN_RECV && !path->n && !known;

	conn->since_ns = event->ev.time_ns;
	conn->since_at_least = false;
	conn->state = event->new_state & 0xf;
	if (event->old_state == TF_TCP_CLOSE || path->n == TF_STATES_MAX)
		return known ? spent_us : TF_UNKNOWN_U64;
	/* A child goes through SYN_RECV unseen and at once, unless it dies there. */
	if (child && event->new_state != TF_TCP_CLOSE)
		return TF_UNKNOWN_U64;
	add_state(path, event->old_state, known ? spent_us : TF_UNKNOWN_U64);
	return known ? spent_us : TF_UNKNOWN_U64;
}

static void note_end(struct tf_core *core, uint32_t handle, const struct tf_ev_close *event)
{
	struct tf_conn *conn = at(core, handle);

	conn->end = tf_pool_new(&core->table.ends);
	core->stats.live--;
	if (!conn->end) { /* no memory: counted like an eviction, for it is one */
		core->stats.evicted++;
		tf_report_lost(core, TF_GAP_TABLE, 1);
		tf_table_del(&core->table, handle);
		return;
	}
	conn->phase = TF_PHASE_HELD;
	conn->state = event->st.old_state;
	tf_verdict_read(conn, event, tf_table_end(&core->table, conn));
	tf_settle_closed(core, handle);
}

/* The slot stays for the generation: the socket may connect next. */
static void stop_listening(struct tf_core *core, uint32_t handle)
{
	tf_table_unlisten(&core->table, handle);
	at(core, handle)->phase = TF_PHASE_STUB;
	tf_table_enqueue(&core->table, handle, TF_QUEUE_STUB);
}

/* What has just begun is no connection. */
static void listens(struct tf_core *core, uint32_t handle)
{
	core->stats.live--;
	core->stats.connections--;
	at(core, handle)->state = TF_TCP_LISTEN;
	tf_table_listen(&core->table, handle);
	tf_table_enqueue(&core->table, handle, TF_QUEUE_LISTENER);
}

static void listener_state(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle;

	if (event->new_state != TF_TCP_LISTEN) {
		handle = tf_table_find(&core->table, event->ev.sock);
		if (handle && at(core, handle)->phase == TF_PHASE_LISTENER)
			stop_listening(core, handle);
		return;
	}
	handle = tf_slots_start(core, event);
	if (!handle)
		return;
	listens(core, handle);
	if (event->flags & TF_F_TASK)
		tf_owner_note(at(core, handle), TF_OWNER_LISTEN, event->pid, event->comm);
}

uint32_t tf_lifecycle_listener(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle = tf_table_find(&core->table, event->ev.sock);

	if (handle && at(core, handle)->phase == TF_PHASE_LISTENER)
		return handle;
	handle = tf_slots_start(core, event);
	if (!handle)
		return 0;
	at(core, handle)->started_ns = TF_UNKNOWN_U64;
	at(core, handle)->origin = TF_ORIGIN_SNAPSHOT;
	listens(core, handle);
	return handle;
}

/* Steps that a segment of the peer makes, in softirq. They carry no fact that a verdict needs. */
static bool peer_steps(uint8_t from, uint8_t to)
{
	static const uint32_t next[TF_TCP_STATE_MAX] = {
		[TF_TCP_SYN_SENT] = TF_STATE_BIT(TF_TCP_ESTABLISHED),
		[TF_TCP_SYN_RECV] = TF_STATE_BIT(TF_TCP_ESTABLISHED),
		[TF_TCP_ESTABLISHED] = TF_STATE_BIT(TF_TCP_CLOSE_WAIT),
		[TF_TCP_FIN_WAIT1] = TF_STATE_BIT(TF_TCP_FIN_WAIT2) | TF_STATE_BIT(TF_TCP_CLOSING),
	};

	return next[from] & TF_STATE_BIT(to);
}

/* With losses counted, anything may be missing. With none, the kernel did not call a program; if what
 * it was not called for is one step of the peer, the step is known all the same, but for its time. */
void tf_lifecycle_skip_to(struct tf_core *core, struct tf_conn *conn,
			  const struct tf_ev_state *event)
{
	bool counted = conn->lost != event->ev.lost;

	if (!counted)
		tf_report_lost(core, TF_GAP_HOOK, 1);
	if (counted || !peer_steps(conn->state, event->old_state)) {
		conn->history |= TF_HIST_LOST;
	} else {
		conn->holed = true;
		add_state(&conn->path, conn->state, TF_UNKNOWN_U64);
	}
	conn->state = event->old_state & 0xf;
	conn->since_ns = TF_UNKNOWN_U64;
	if (tf_lifecycle_was_established(event->old_state) == TF_YES)
		conn->established = TF_YES;
}

static void check_order(struct tf_core *core, struct tf_conn *conn, const struct tf_ev_state *event)
{
	if (conn->state != event->old_state)
		tf_lifecycle_skip_to(core, conn, event);
}

/* Brings the slot up to what the event says of the socket, whatever the transition is. */
static void refresh(struct tf_core *core, uint32_t handle, const struct tf_ev_state *event)
{
	struct tf_conn *conn = at(core, handle);

	check_order(core, conn, event);
	tf_lifecycle_check_loss(conn, &event->ev);
	if (event->old_state == TF_TCP_CLOSE || event->old_state == TF_TCP_SYN_SENT)
		conn->role = TF_ROLE_CLIENT;
	if (event->tuple.rport)
		conn->tuple = event->tuple;
	conn->netns = event->ev.netns;
	conn->uid = event->uid;
	if (event->cgroup)
		conn->cgroup = event->cgroup;
	conn->v6_socket = event->flags & TF_F_V6;
	if (conn->established != TF_YES && conn->path.n == 0)
		conn->established = tf_lifecycle_was_established(event->old_state);
}

static bool has_passed(const struct tf_core *core, uint64_t sock)
{
	for (unsigned int i = 0; i < TF_PASSED; i++)
		if (core->passed[i] == sock)
			return true;
	return false;
}

/* Whether it is the same transition as the socket's last one. A stand-in can emit an event
 * again that the first program has emitted (bpf/programs.bpf.h); of one socket nothing comes between. */
static bool told_before(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle = tf_table_find(&core->table, event->ev.sock);
	const struct tf_conn *conn = handle ? at(core, handle) : NULL;

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

void tf_lifecycle_state(struct tf_core *core, const struct tf_ev_state *event)
{
	uint32_t handle;
	uint64_t spent_us;

	if (event->old_state == event->new_state)
		return; /* close() after shutdown(); the kernel side folds them */
	if ((event->flags & TF_F_STAND_IN) && told_before(core, event)) {
		core->stats.duplicates++;
		return;
	}
	if (event->old_state == TF_TCP_LISTEN || event->new_state == TF_TCP_LISTEN) {
		listener_state(core, event);
		return;
	}
	if (!tf_lifecycle_wants(core, &event->tuple, event->ev.netns)) {
		handle = tf_table_find(&core->table, event->ev.sock);
		if (handle)
			forget(core, handle);
		return;
	}
	handle = slot_for(core, event);
	if (!handle || at(core, handle)->phase != TF_PHASE_LIVE)
		return;
	refresh(core, handle, event);
	note_handshake(at(core, handle), event);
	tf_owner_act(at(core, handle), event);
	spent_us = note_path(at(core, handle), event);
	if (core->options.states)
		tf_report_state(core, at(core, handle), event->ev.time_ns, event->old_state,
				spent_us);
	if (event->new_state == TF_TCP_CLOSE)
		note_end(core, handle, (const void *)event);
	else
		tf_table_enqueue(&core->table, handle, tf_lifecycle_queue(event->new_state));
}
