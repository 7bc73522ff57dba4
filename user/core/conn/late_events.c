// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * late_events.c - see late_events.h
 */
#include "core/conn/late_events.h"

#include <string.h>

#include "core/conn/owner.h"
#include "core/conn/settle.h"
#include "core/conn/slots.h"
#include "core/engine.h"
#include "core/states.h"

/* Flags of a segment, as in its TCP header. */
#define SEGMENT_FIN 0x01
#define SEGMENT_SYN 0x02

static struct tf_conn *conn_at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

static bool wants_reset(const struct tf_core *core, const struct tf_ev_reset *event)
{
	return tf_filter_tuple(core->options.filter, &event->tuple, event->ev.netns);
}

static uint32_t relived_generation(const struct tf_core *core, uint64_t sock)
{
	for (unsigned int i = 0; i < TF_RELIVED; i++)
		if (core->relived[i].sock == sock)
			return core->relived[i].generation;
	return 0;
}

static int16_t reason_of(const struct tf_ev_reset *event)
{
	return event->reason < INT16_MAX ? (int16_t)event->reason : -1;
}

/* Whether the segment that was answered is a SYN, with ACK or without. */
static bool answers_syn(const struct tf_ev_reset *event)
{
	return (event->flags & TF_F_SYN) || (event->segment & SEGMENT_SYN);
}

/* The peer's next segments are answered, too, without a socket. */
static void remember_answer(struct tf_core *core, const struct tf_ev_reset *event,
			    struct tf_life life)
{
	core->answered[core->n_answered++ % TF_ANSWERED] = (struct tf_answered){
		.life = life,
		.time_ns = event->ev.time_ns,
		.tuple = event->tuple,
		.netns = event->ev.netns,
	};
}

/* --- after the hand-off to a minisock ---------------------------------------------------------*/

/* Whether the socket itself may answer yet: data that came with the acknowledgement of our FIN ends
 * it before that is on its way, and what comes next meets nobody, on another CPU. */
static bool may_still_answer(struct tf_core *core, const struct tf_conn *conn,
			     const struct tf_ev_reset *event, enum tf_handed_answer answer)
{
	const struct tf_end *end = tf_table_end(&core->table, conn);

	return answer != TF_HANDED_BY_MINISOCK && answer != TF_HANDED_BARE_DATA &&
	       event->ev.time_ns < end->closed_ns + core->options.destroy_grace_ns;
}

/* A segment of the peer was answered after the hand-off of a connection, which waits for just that;
 * or whose CLOSE comes next, since tcp_time_wait() has hashed the minisock before it. */
static void join_handed(struct tf_core *core, uint32_t handle, const struct tf_ev_reset *event,
			enum tf_handed_answer answer)
{
	struct tf_conn *conn = conn_at(core, handle);

	remember_answer(core, event, (struct tf_life){conn->sock, conn->generation});
	if (!(conn->history & TF_HIST_RST_MINISOCK)) {
		conn->history |= TF_HIST_RST_MINISOCK;
		conn->handed_answer = answer & 7;
		conn->rst_reason = reason_of(event);
	}
	if (conn->phase == TF_PHASE_HELD && !may_still_answer(core, conn, event, answer))
		tf_settle_now(core, handle);
}

/* The reset of a minisock whose connection is written already, or was never seen; @unseen: the
 * latter, another life of the socket is known. */
static void report_minisock_reset(struct tf_core *core, const struct tf_ev_reset *event,
				  bool unseen)
{
	struct tf_life life = {0};

	if (core->info->cookies && !unseen)
		life = (struct tf_life){event->ev.sock, relived_generation(core, event->ev.sock)};
	if (!answers_syn(event))
		remember_answer(core, event, life);
	core->outlets->reset(core, event,
			     answers_syn(event) ? TF_RESET_LATE_SYN : TF_RESET_LATE_DATA, life,
			     NULL);
}

/* A new SYN of the peer fell into the minisock's window: no data came, and the minisock is gone. */
static void report_late_syn(struct tf_core *core, uint32_t handle, const struct tf_ev_reset *event)
{
	const struct tf_conn *conn = conn_at(core, handle);

	core->outlets->reset(core, event, TF_RESET_LATE_SYN,
			     (struct tf_life){conn->sock, conn->generation}, NULL);
	if (conn->queue == TF_QUEUE_HANDOFF)
		tf_settle_now(core, handle);
}

static uint32_t find_handed(struct tf_core *core, const struct tf_ev_reset *event)
{
	uint32_t handle = tf_table_handed(&core->table, event->ev.netns, &event->tuple);

	return handle ? handle : tf_table_finishing(&core->table, event->ev.netns, &event->tuple);
}

/* A TIME_WAIT minisock sent an RST. Where there are no cookies a minisock has an address of its
 * own, and only the tuple joins it. */
static void join_minisock_reset(struct tf_core *core, uint32_t handle,
				const struct tf_ev_reset *event)
{
	struct tf_conn *conn;

	if (!core->info->cookies)
		handle = find_handed(core, event);
	conn = handle ? conn_at(core, handle) : NULL;
	if (!conn || (conn->queue != TF_QUEUE_HANDOFF && conn->phase != TF_PHASE_LIVE)) {
		report_minisock_reset(core, event, conn && conn->phase == TF_PHASE_HELD);
		return;
	}
	/* Without cookies the counter is another bucket's; the total of losses decides. */
	if (core->info->cookies)
		tf_conn_check_loss(conn, &event->ev);
	if (answers_syn(event))
		report_late_syn(core, handle, event);
	else
		join_handed(core, handle, event, TF_HANDED_BY_MINISOCK);
}

/* --- without a connection ---------------------------------------------------------------------*/

static enum tf_handed_answer bare_answer(const struct tf_ev_reset *event)
{
	if (!event->segment)
		return TF_HANDED_BARE_ANYTHING;
	if (event->data_len)
		return TF_HANDED_BARE_DATA;
	return event->segment & SEGMENT_FIN ? TF_HANDED_BARE_FIN : TF_HANDED_BARE_ACK;
}

/* The connection whose peer was answered before, a short time ago. */
static struct tf_life find_answered(const struct tf_core *core, const struct tf_ev_reset *event)
{
	for (unsigned int i = 0; i < TF_ANSWERED; i++) {
		const struct tf_answered *answered = &core->answered[i];

		if (answered->netns == event->ev.netns &&
		    answered->time_ns + core->options.handoff_grace_ns > event->ev.time_ns &&
		    !memcmp(&answered->tuple, &event->tuple, sizeof(event->tuple)))
			return answered->life;
	}
	return (struct tf_life){0};
}

/* The listener that answered; NULL: it is not known. */
static const struct tf_conn *answering_listener(struct tf_core *core, uint32_t handle,
						const struct tf_ev_reset *event)
{
	if (!handle || conn_at(core, handle)->phase != TF_PHASE_LISTENER)
		handle = tf_table_listener(&core->table, event->ev.netns, &event->tuple, 0);
	return handle ? conn_at(core, handle) : NULL;
}

/* Whether a pending handshake was known and is dropped now (tcp_check_req()): for want of room in
 * the accept queue with tcp_abort_on_overflow, or for a SYN with another number. */
static bool drops_request(const struct tf_core *core, const struct tf_ev_reset *event)
{
	if (!(event->flags & TF_F_LISTENER))
		return event->flags & TF_F_REQUEST;
	return (event->flags & TF_F_SYN) ||
	       (core->reason_invalid_syn >= 0 && event->reason == core->reason_invalid_syn);
}

/* An RST that no connection sends answers a segment, other than a SYN and of no pending handshake.
 * With tcp_max_tw_buckets used up there is no minisock: then it is that of a connection which was
 * handed over. Where the kernel gives no reason, a full queue may have dropped a handshake. */
static void report_unknown_segment(struct tf_core *core, uint32_t listener,
				   const struct tf_ev_reset *event)
{
	enum tf_reset_kind kind = TF_RESET_STRAY_SEGMENT;
	uint32_t handle = find_handed(core, event);
	struct tf_life life;

	if (handle) {
		join_handed(core, handle, event, bare_answer(event));
		return;
	}
	life = find_answered(core, event);
	if (life.sock && event->data_len)
		kind = TF_RESET_LATE_DATA;
	else if (!life.sock && event->reason < 0 && (event->flags & TF_F_QUEUE_FULL))
		kind = TF_RESET_TURNED_AWAY;
	core->outlets->reset(
		core, event, kind, life,
		kind == TF_RESET_TURNED_AWAY ? answering_listener(core, listener, event) : NULL);
}

/* An RST that no connection sends, @handle: the listener that does. (A SYN that is answered without
 * one has met none.) */
static void report_bare_reset(struct tf_core *core, uint32_t handle,
			      const struct tf_ev_reset *event)
{
	const struct tf_life nobody = {0};

	if (drops_request(core, event))
		core->outlets->reset(core, event, TF_RESET_TURNED_AWAY, nobody,
				     answering_listener(core, handle, event));
	else if (event->flags & TF_F_SYN)
		core->outlets->reset(core, event, TF_RESET_REFUSED_INBOUND, nobody, NULL);
	else if (answers_syn(event))
		core->outlets->reset(core, event, TF_RESET_STRAY_SEGMENT, nobody, NULL);
	else
		report_unknown_segment(core, handle, event);
}

/* --- of full sockets --------------------------------------------------------------------------*/

/* The slot of the connection that a full socket's reset is about; 0: it ended before we saw
 * anything of it. */
static uint32_t find_reset_slot(struct tf_core *core, uint32_t handle,
				const struct tf_ev_reset *event)
{
	if (handle && tf_settle_outlived(core, &handle, &event->ev))
		return 0;
	if (!handle && event->state != TF_TCP_CLOSE)
		handle = tf_slots_meet(core, handle, &event->ev, &event->tuple, event->state);
	if (!handle)
		return 0;
	if (conn_at(core, handle)->phase != TF_PHASE_LIVE &&
	    conn_at(core, handle)->phase != TF_PHASE_HELD)
		return 0;
	return handle;
}

/* It was no hand-off then, and what seemed to be answered after one met nobody. */
static void note_answer(struct tf_conn *conn)
{
	conn->history |= TF_HIST_RST_ANSWER;
	conn->history &= ~TF_HIST_RST_MINISOCK;
	conn->handed_answer = 0;
}

/* A full socket sent an RST: of its own accord, or in answer to a segment. A connection that was
 * held for it is written at once. */
static void join_reset(struct tf_core *core, uint32_t handle, const struct tf_ev_reset *event)
{
	struct tf_conn *conn;

	handle = find_reset_slot(core, handle, event);
	if (!handle)
		return;
	conn = conn_at(core, handle);
	tf_conn_check_loss(conn, &event->ev);
	conn->history |= TF_HIST_RST_SENT;
	conn->rst_reason = reason_of(event);
	if (event->flags & TF_F_ACTIVE)
		conn->history |= TF_HIST_RST_ACTIVE;
	else if (conn->phase == TF_PHASE_HELD)
		note_answer(conn);
	if (conn->phase == TF_PHASE_HELD)
		tf_settle_answered(core, handle);
}

void tf_late_events_rst_sent(struct tf_core *core, uint32_t handle, const struct tf_ev_reset *event)
{
	if (!wants_reset(core, event))
		return;
	if (event->flags & TF_F_MINISOCK)
		join_minisock_reset(core, handle, event);
	else if (!event->ev.sock || (event->flags & (TF_F_LISTENER | TF_F_REQUEST)))
		report_bare_reset(core, handle, event);
	else
		join_reset(core, handle, event);
}

void tf_late_events_rst_received(struct tf_core *core, uint32_t handle,
				 const struct tf_ev_reset *event)
{
	if (!wants_reset(core, event))
		return;
	handle = find_reset_slot(core, handle, event);
	if (!handle)
		return;
	tf_conn_check_loss(conn_at(core, handle), &event->ev);
	conn_at(core, handle)->history |= TF_HIST_RESET_RAN;
}

void tf_late_events_destroy(struct tf_core *core, uint32_t handle,
			    const struct tf_ev_destroy *event)
{
	struct tf_conn *conn;
	struct tf_end *end;

	if (!handle)
		tf_outside_remove(&core->outside, event->ev.sock);
	if (!handle || (tf_settle_outlived(core, &handle, &event->ev) && !handle))
		return;
	conn = conn_at(core, handle);
	if (conn->phase == TF_PHASE_LIVE)
		tf_settle_missed(core, handle);
	if (conn->phase != TF_PHASE_HELD) {
		tf_table_del(&core->table, handle);
		return;
	}
	tf_conn_check_loss(conn, &event->ev);
	if (event->flags & TF_F_TASK)
		tf_owner_note_last(conn, event->pid, event->comm);
	conn->history |= TF_HIST_DESTROYED;
	end = tf_table_end(&core->table, conn);
	end->destroyed_ns = event->ev.time_ns;
	end->err_left = event->err;
	/* Up to here its own counter decides. (core->lost_total may know of later losses: the
	 * counters are read ahead of events that still stand in the ring.) */
	end->lost_total = event->ev.lost_total;
	tf_settle_destroyed(core, handle);
}

void tf_late_events_accept(struct tf_core *core, uint32_t handle, const struct tf_ev_accept *event)
{
	struct tf_conn *conn;

	if (!handle || tf_settle_outlived(core, &handle, &event->ev))
		return;
	conn = conn_at(core, handle);
	if (conn->phase == TF_PHASE_LISTENER || conn->phase == TF_PHASE_STUB)
		return;
	tf_conn_check_loss(conn, &event->ev);
	if (event->pid) /* else a kernel thread */
		tf_owner_note(conn, TF_OWNER_ACCEPT, event->pid, event->comm);
	conn->uid = event->uid;
	tf_settle_accepted(core, handle);
}
