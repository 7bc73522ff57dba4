// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * late_events.c - see late_events.h
 */
#include "core/conn/late_events.h"

#include "core/conn/owner.h"
#include "core/conn/settle.h"
#include "core/conn/slots.h"
#include "core/engine.h"
#include "core/states.h"

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

/* A TIME_WAIT minisock sent an RST. Its connection may be held for just that; if its record was
 * written already, the reset's record names it. Where there are no cookies a minisock has an
 * address of its own, and only the tuple joins it. */
static void join_minisock_reset(struct tf_core *core, uint32_t handle,
				const struct tf_ev_reset *event)
{
	struct tf_conn *conn;

	if (!core->info->cookies)
		handle = tf_table_handed(&core->table, event->ev.netns, &event->tuple);
	conn = handle ? conn_at(core, handle) : NULL;
	if (conn && conn->phase == TF_PHASE_LIVE)
		tf_settle_missed(core, handle); /* where there is a minisock, there was a CLOSE */
	if (!conn || conn->phase != TF_PHASE_HELD) {
		core->outlets->reset(core, event, TF_RESET_LATE_DATA,
				     relived_generation(core, event->ev.sock));
		return;
	}
	/* Without cookies the counter is another bucket's; the total of losses decides. */
	if (core->info->cookies)
		tf_conn_check_loss(conn, &event->ev);
	conn->history |= TF_HIST_RST_MINISOCK;
	conn->rst_reason = event->reason;
	tf_settle_now(core, handle);
}

static void report_bare_reset(struct tf_core *core, const struct tf_ev_reset *event)
{
	bool syn = event->flags & TF_F_SYN;

	core->outlets->reset(core, event, syn ? TF_RESET_REFUSED_INBOUND : TF_RESET_STRAY_SEGMENT,
			     0);
}

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
	conn->rst_reason = event->reason;
	if (event->flags & TF_F_ACTIVE)
		conn->history |= TF_HIST_RST_ACTIVE;
	else if (conn->phase == TF_PHASE_HELD)
		conn->history |= TF_HIST_RST_ANSWER;
	if (conn->queue == TF_QUEUE_DESTROY ||
	    (conn->queue == TF_QUEUE_HANDOFF && (conn->history & TF_HIST_RST_ANSWER)))
		tf_settle_now(core, handle);
}

void tf_late_events_rst_sent(struct tf_core *core, uint32_t handle, const struct tf_ev_reset *event)
{
	if (!wants_reset(core, event))
		return;
	if (event->flags & TF_F_MINISOCK)
		join_minisock_reset(core, handle, event);
	else if (!event->ev.sock || (event->flags & (TF_F_LISTENER | TF_F_REQUEST)))
		report_bare_reset(core, event);
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
	if ((event->flags & TF_F_TASK) && conn->role != TF_ROLE_CLIENT)
		tf_owner_note(conn, TF_OWNER_CLOSE, event->pid, event->comm);
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
	tf_owner_note(conn, TF_OWNER_ACCEPT, event->pid, event->comm);
	conn->uid = event->uid;
	tf_settle_accepted(core, handle);
}
