// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * settle.c - see settle.h
 */
#include "core/conn/settle.h"

#include "core/conn/owner.h"
#include "core/engine.h"
#include "core/fate/verdict.h"
#include "core/states.h"

#define F TF_FACT_BIT

/* In these states a passive RST can follow tcp_destroy_sock (tcp_rcv_state_process()). */
static bool reset_may_follow(const struct tf_end *end)
{
	const uint32_t states = TF_STATE_BIT(TF_TCP_FIN_WAIT1) | TF_STATE_BIT(TF_TCP_FIN_WAIT2) |
				TF_STATE_BIT(TF_TCP_CLOSING) | TF_STATE_BIT(TF_TCP_LAST_ACK);

	return (states & TF_STATE_BIT(end->state)) && !(end->facts & F(BY_CLOSE));
}

/* tcp_reset() ran after our close(), for an RST or for data that nobody can read: then the answer
 * follows, some microseconds later, or when a CPU that was taken away comes back. That no segment
 * of this moment acknowledged anything proves the RST. */
static bool may_be_late_data(const struct tf_conn *conn, const struct tf_end *end)
{
	const uint32_t states = TF_STATE_BIT(TF_TCP_FIN_WAIT1) | TF_STATE_BIT(TF_TCP_FIN_WAIT2);

	return (states & TF_STATE_BIT(end->state)) && (end->facts & F(SHUTDOWN_BOTH)) &&
	       ((conn->history & TF_HIST_RESET_RAN) || (end->facts & F(ERR_RESET))) &&
	       !(conn->history & TF_HIST_RST_ANSWER) && !(end->flags & TF_F_ACK_OLDER);
}

/* FIN_WAIT2 -> CLOSE of an orphan is the hand-off to a minisock (tcp_time_wait()), unless
 * TCP_LINGER2 forbids one. */
static bool handed_over(const struct tf_end *end)
{
	const uint64_t facts = F(ORPHAN) | F(ERR_NONE);

	return end->state == TF_TCP_FIN_WAIT2 && (end->facts & facts) == facts &&
	       !(end->facts & F(LINGER2_NEGATIVE));
}

/* Both FINs are in and ours is acknowledged, and no application holds a dead socket: an
 * orphan, or the owned half-closed socket that the peer's FIN finishes. */
static bool over_and_done(const struct tf_end *end)
{
	if (!(end->facts & F(ERR_NONE)) || !(end->facts & F(FIN_RECEIVED)) ||
	    (end->facts & (F(OUTSTANDING) | F(BY_CLOSE))))
		return false;
	return end->state == TF_TCP_FIN_WAIT2 ||
	       ((end->facts & F(ORPHAN)) &&
		(end->state == TF_TCP_LAST_ACK || end->state == TF_TCP_CLOSING));
}

static void hold_back(struct tf_core *core, uint32_t handle, enum tf_queue queue, uint64_t grace_ns)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_end *end = tf_table_end(&core->table, conn);

	end->due_ns = core->now + grace_ns;
	if (end->due_ns < core->earliest_due)
		core->earliest_due = end->due_ns;
	tf_table_enqueue(&core->table, handle, queue);
}

void tf_settle_closed(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);
	const struct tf_end *end = tf_table_end(&core->table, conn);

	if (over_and_done(end) || (handed_over(end) && (conn->history & TF_HIST_RST_MINISOCK)))
		tf_settle_now(core, handle);
	else if (handed_over(end))
		hold_back(core, handle, TF_QUEUE_HANDOFF, core->options.handoff_grace_ns);
	else if (may_be_late_data(conn, end))
		hold_back(core, handle, TF_QUEUE_RAN, core->options.ran_grace_ns);
	else
		hold_back(core, handle, TF_QUEUE_DEAD, core->options.dead_grace_ns);
}

void tf_settle_answered(struct tf_core *core, uint32_t handle)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	bool answer = conn->history & TF_HIST_RST_ANSWER;

	if (conn->queue == TF_QUEUE_DESTROY || (conn->queue == TF_QUEUE_HANDOFF && answer) ||
	    (conn->queue == TF_QUEUE_RAN && answer && (conn->history & TF_HIST_DESTROYED)))
		tf_settle_now(core, handle);
	else if (conn->queue == TF_QUEUE_RAN && answer)
		hold_back(core, handle, TF_QUEUE_DEAD, core->options.dead_grace_ns);
}

void tf_settle_accepted(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);

	if (conn->queue == TF_QUEUE_DEAD &&
	    (tf_table_end(&core->table, conn)->facts & F(UNACCEPTED)))
		hold_back(core, handle, TF_QUEUE_DEAD, core->options.dead_grace_ns);
}

void tf_settle_destroyed(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);
	const struct tf_end *end = tf_table_end(&core->table, conn);

	if (conn->queue == TF_QUEUE_HANDOFF || conn->queue == TF_QUEUE_RAN)
		return;
	if (reset_may_follow(end) && !(conn->history & TF_HIST_RST_ANSWER))
		hold_back(core, handle, TF_QUEUE_DESTROY, core->options.destroy_grace_ns);
	else
		tf_settle_now(core, handle);
}

/* Whether an event of the connection may be missing. Its own events compare the loss counter of its
 * bucket; losses after the last of them show in the total only. */
static bool history_lost(const struct tf_core *core, const struct tf_conn *conn,
			 const struct tf_end *end)
{
	return (conn->history & TF_HIST_LOST) || core->lost_total != end->lost_total;
}

static void remember_life(struct tf_core *core, const struct tf_conn *conn)
{
	if (!conn->generation)
		return;
	core->relived[core->n_relived++ % TF_RELIVED] =
		(struct tf_life){.sock = conn->sock, .generation = conn->generation};
}

/* What stays once the record is written: while the socket exists, its generation. */
static void leave_stub(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);

	if (conn->end)
		tf_pool_del(&core->table.ends, conn->end);
	conn->end = 0;
	conn->phase = TF_PHASE_STUB;
	tf_table_enqueue(&core->table, handle, TF_QUEUE_STUB);
}

static bool never_was(const struct tf_core *core, const struct tf_conn *conn,
		      const struct tf_end *end, bool lost)
{
	uint64_t facts = tf_verdict_facts(conn, end, core->reason_memory);

	return tf_verdict_never_was(end->state, facts, tf_verdict_doubts(core->info, facts, lost));
}

/* What died in the accept queue and is still there: since tcp_migrate_req (5.14) that can be the
 * queue of another listener than it came from. */
static bool still_waits(const struct tf_conn *conn, const struct tf_end *end)
{
	return (end->facts & F(UNACCEPTED)) && !(end->facts & F(ERR_NONE)) &&
	       !(conn->history & TF_HIST_DESTROYED) &&
	       (conn->owner_from == TF_OWNER_NONE || conn->owner_from == TF_OWNER_LISTEN);
}

bool tf_settle_now(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);
	const struct tf_end *end = tf_table_end(&core->table, conn);
	bool gone = (conn->history & TF_HIST_DESTROYED) || (end->facts & F(ORPHAN));
	bool lost = history_lost(core, conn, end);

	if (still_waits(conn, end))
		tf_owner_inherit(&core->table, conn);
	if (end->state == TF_TCP_SYN_RECV && never_was(core, conn, end, lost))
		core->stats.connections--;
	else
		core->outlets->ended(core, conn, end, lost);
	if (!gone) {
		leave_stub(core, handle);
		return true;
	}
	if (handed_over(end))
		remember_life(core, conn);
	core->passed[core->n_passed++ % TF_PASSED] = conn->sock;
	tf_table_del(&core->table, handle);
	return false;
}

void tf_settle_missed(struct tf_core *core, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);

	core->stats.live--;
	core->outlets->ended(core, conn, NULL, true);
	leave_stub(core, handle);
}

bool tf_settle_outlived(struct tf_core *core, uint32_t *handle, const struct tf_event *ev)
{
	struct tf_conn *conn = tf_table_conn(&core->table, *handle);

	if (conn->phase != TF_PHASE_HELD || conn->lost == ev->lost ||
	    (tf_table_end(&core->table, conn)->flags & TF_F_DEAD)) /* it cannot connect again */
		return false;
	conn->history |= TF_HIST_LOST;
	if (!tf_settle_now(core, *handle))
		*handle = 0;
	return true;
}

void tf_settle_replaced(struct tf_core *core, uint32_t by)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, by);
	uint32_t former;

	if (!core->table.queue[TF_QUEUE_HANDOFF].n)
		return;
	former = tf_table_handed(&core->table, conn->netns, &conn->tuple);
	if (former)
		tf_settle_now(core, former);
}

/* The queue whose head is due first; its time goes to @ret_due. */
static enum tf_queue first_due(const struct tf_core *core, uint64_t *ret_due)
{
	static const enum tf_queue timed[] = {TF_QUEUE_DESTROY, TF_QUEUE_DEAD, TF_QUEUE_RAN,
					      TF_QUEUE_HANDOFF};
	enum tf_queue first = TF_QUEUE_NONE;

	*ret_due = UINT64_MAX;
	for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++) {
		uint32_t head = core->table.queue[timed[i]].head;
		uint64_t due;

		if (!head)
			continue;
		due = tf_table_end(&core->table, tf_table_conn(&core->table, head))->due_ns;
		if (due < *ret_due) {
			*ret_due = due;
			first = timed[i];
		}
	}
	return first;
}

uint64_t tf_settle_next_due(const struct tf_core *core)
{
	uint64_t due;

	first_due(core, &due);
	return due;
}

void tf_settle_due(struct tf_core *core)
{
	enum tf_queue queue;
	uint64_t due;

	while ((queue = first_due(core, &due)) != TF_QUEUE_NONE && due <= core->now)
		tf_settle_now(core, core->table.queue[queue].head);
	core->earliest_due = due;
}

void tf_settle_all(struct tf_core *core)
{
	static const enum tf_queue queues[] = {TF_QUEUE_DESTROY, TF_QUEUE_DEAD, TF_QUEUE_RAN,
					       TF_QUEUE_HANDOFF};

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		while (core->table.queue[queues[i]].head)
			tf_settle_now(core, core->table.queue[queues[i]].head);
	core->earliest_due = UINT64_MAX;
}

/* Gives up a slot without a record to come, or whose record is lost. The socket may come back: its
 * next lives get numbers that no record had. */
static void give_up(struct tf_core *core, uint32_t handle)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);

	if (conn->generation >= core->generation)
		core->generation = conn->generation + 1;
	if (conn->phase == TF_PHASE_LIVE) {
		core->stats.live--;
		core->stats.evicted++;
	}
	if (conn->phase !=
	    TF_PHASE_STUB) { /* of a listener, what is lost is the owner of its children */
		tf_gaps_count(core, TF_GAP_TABLE, 1);
		tf_outside_add(&core->outside, conn->sock, core->merge.stamp);
	}
	tf_table_del(&core->table, handle);
}

/* Among the live ones, the one that did nothing for longest; a listener only when there is nothing
 * else, because it knows the owner of many. 0: there is none. */
static uint32_t least_active(const struct tf_core *core)
{
	uint64_t least = UINT64_MAX;
	uint32_t best = 0;

	for (int queue = TF_QUEUE_LIVE_FIRST; queue <= TF_QUEUE_LIVE_LAST; queue++) {
		uint32_t head = core->table.queue[queue].head;
		uint64_t since = head ? tf_table_conn(&core->table, head)->since_ns : 0;

		if (!head || (best && since != TF_UNKNOWN_U64 && since >= least))
			continue;
		best = head;
		least = since == TF_UNKNOWN_U64 ? 0 : since;
	}
	return best ? best : core->table.queue[TF_QUEUE_LISTENER].head;
}

/* Writes a held one early: first a hand-off, which waits for data that hardly ever comes. A reset
 * can stand right behind CLOSE, or behind the end of the socket; that it has not come yet proves
 * nothing. False: none is held. */
static bool hurry_one(struct tf_core *core)
{
	uint32_t handle = core->table.queue[TF_QUEUE_HANDOFF].head;
	struct tf_conn *conn;
	uint64_t due;

	if (!handle)
		handle = core->table.queue[first_due(core, &due)].head;
	if (!handle)
		return false;
	conn = tf_table_conn(&core->table, handle);
	if (conn->queue == TF_QUEUE_DESTROY || conn->queue == TF_QUEUE_RAN ||
	    core->now - tf_table_end(&core->table, conn)->closed_ns <
		    core->options.destroy_grace_ns)
		conn->history |= TF_HIST_LOST;
	tf_settle_now(core, handle);
	return true;
}

bool tf_settle_make_room(struct tf_core *core, unsigned int from)
{
	uint32_t written = core->table.queue[TF_QUEUE_STUB].head, live;

	if ((from & TF_ROOM_WRITTEN) && written) {
		give_up(core, written);
		return true;
	}
	if ((from & TF_ROOM_HELD) && hurry_one(core))
		return true;
	live = from & TF_ROOM_LIVE ? least_active(core) : 0;
	if (live)
		give_up(core, live);
	return live;
}
