// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * joins.c - events that are no transition but join a connection: resets, the end of its socket,
 * accept()
 *
 * A reset names its connection by the socket's identity, which a TIME_WAIT minisock has inherited where that
 * is the cookie.
 * One without a socket of ours is a record of its own.
 */
#include "core/engine.h"
#include "core/states.h"

static struct tf_conn *at(struct tf_core *core, uint32_t handle)
{
	return tf_table_conn(&core->table, handle);
}

static uint32_t relived_generation(const struct tf_core *core, uint64_t sock)
{
	for (unsigned int i = 0; i < TF_RELIVED; i++)
		if (core->relived[i].sock == sock)
			return core->relived[i].generation;
	return 0;
}

/* A TIME_WAIT minisock has its socket's cookie. Where there are no cookies it has an address of its own, and
 * only the tuple joins it; the hand-off is held, or it is not known any more. */
static uint32_t minisock_slot(const struct tf_core *core, const struct tf_ev_reset *event)
{
	if (core->info->cookies)
		return tf_table_find(&core->table, event->ev.sock);
	return tf_table_handed(&core->table, event->ev.netns, &event->tuple);
}

/* Held, the connection learns of it; already written, it is named. */
static void minisock_reset(struct tf_core *core, const struct tf_ev_reset *event)
{
	uint32_t handle = minisock_slot(core, event);
	struct tf_conn *conn = handle ? at(core, handle) : NULL;

	if (conn && conn->phase == TF_PHASE_LIVE)
		tf_settle_missed(core, handle); /* where there is a minisock, there was a CLOSE */
	if (!conn || conn->phase != TF_PHASE_HELD) {
		tf_report_reset(core, event, TF_RESET_LATE_DATA,
				relived_generation(core, event->ev.sock));
		return;
	}
	if (core->info
		    ->cookies) /* else another bucket's losses; the total of losses tells, when it is settled */
		tf_lifecycle_check_loss(conn, &event->ev);
	conn->history |= TF_HIST_RST_MINISOCK;
	conn->rst_reason = event->reason;
	tf_settle_now(core, handle);
}

static void orphan_reset(struct tf_core *core, const struct tf_ev_reset *event)
{
	tf_report_reset(core, event,
			event->flags & TF_F_SYN ? TF_RESET_REFUSED_INBOUND : TF_RESET_STRAY_SEGMENT,
			0);
}

/* Whether a reset of a full socket is news of a connection: not of one that ended unmet. */
static uint32_t reset_slot(struct tf_core *core, const struct tf_ev_reset *event)
{
	uint32_t handle = tf_table_find(&core->table, event->ev.sock);

	if (handle && tf_lifecycle_outlived(core, handle, &event->ev))
		return 0;
	if (!handle && event->state != TF_TCP_CLOSE)
		handle = tf_lifecycle_meet(core, &event->ev, &event->tuple, event->state);
	if (!handle)
		return 0;
	if (at(core, handle)->phase != TF_PHASE_LIVE && at(core, handle)->phase != TF_PHASE_HELD)
		return 0;
	return handle;
}

void tf_late_events_rst_sent(struct tf_core *core, const struct tf_ev_reset *event)
{
	struct tf_conn *conn;
	uint32_t handle;

	if (!tf_lifecycle_wants(core, &event->tuple, event->ev.netns))
		return;
	if (event->flags & TF_F_MINISOCK) {
		minisock_reset(core, event);
		return;
	}
	if (!event->ev.sock || (event->flags & (TF_F_LISTENER | TF_F_REQUEST))) {
		orphan_reset(core, event);
		return;
	}
	handle = reset_slot(core, event);
	if (!handle)
		return;
	conn = at(core, handle);
	tf_lifecycle_check_loss(conn, &event->ev);
	conn->history |= TF_HIST_RST_SENT;
	conn->rst_reason = event->reason;
	if (event->flags & TF_F_ACTIVE)
		conn->history |= TF_HIST_RST_ACTIVE;
	else if (conn->phase == TF_PHASE_HELD)
		conn->history |= TF_HIST_RST_ANSWER;
	if (conn->queue == TF_QUEUE_DESTROY ||
	    (conn->queue == TF_QUEUE_HANDOFF && (conn->history & TF_HIST_RST_ANSWER)))
		tf_settle_now(core, handle); /* that is what it was held for */
}

void tf_late_events_rst_received(struct tf_core *core, const struct tf_ev_reset *event)
{
	uint32_t handle;

	if (!tf_lifecycle_wants(core, &event->tuple, event->ev.netns))
		return;
	handle = reset_slot(core, event);
	if (!handle)
		return;
	tf_lifecycle_check_loss(at(core, handle), &event->ev);
	at(core, handle)->history |= TF_HIST_RESET_RAN;
}

void tf_late_events_destroy(struct tf_core *core, const struct tf_ev_destroy *event)
{
	uint32_t handle = tf_table_find(&core->table, event->ev.sock);
	struct tf_conn *conn;
	struct tf_end *end;

	if (!handle)
		return;
	if (tf_lifecycle_outlived(core, handle, &event->ev) &&
	    !tf_table_find(&core->table, event->ev.sock))
		return;
	conn = at(core, handle);
	if (conn->phase == TF_PHASE_LIVE)
		tf_settle_missed(core, handle);
	if (conn->phase != TF_PHASE_HELD) {
		tf_table_del(&core->table, handle);
		return;
	}
	tf_lifecycle_check_loss(conn, &event->ev);
	if ((event->flags & TF_F_TASK) && conn->role != TF_ROLE_CLIENT)
		tf_owner_note(conn, TF_OWNER_CLOSE, event->pid, event->comm);
	conn->history |= TF_HIST_DESTROYED;
	end = tf_table_end(&core->table, conn);
	end->destroyed_ns = event->ev.time_ns;
	end->err_left = event->err;
	/* Up to here its own counter tells. (core->lost_total may know of later losses: the counters are read
	 * ahead of events that still stand in the ring.) */
	end->lost_total = event->ev.lost_total;
	tf_settle_destroyed(core, handle);
}

void tf_late_events_accept(struct tf_core *core, const struct tf_ev_accept *event)
{
	uint32_t handle = tf_table_find(&core->table, event->ev.sock);
	struct tf_conn *conn;

	if (!handle)
		return;
	if (tf_lifecycle_outlived(core, handle, &event->ev))
		return;
	conn = at(core, handle);
	if (conn->phase == TF_PHASE_LISTENER || conn->phase == TF_PHASE_STUB)
		return;
	tf_lifecycle_check_loss(conn, &event->ev);
	tf_owner_note(conn, TF_OWNER_ACCEPT, event->pid, event->comm);
	conn->uid = event->uid;
	tf_settle_accepted(core, handle);
}
