// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * master.c - see master.h
 */
#include "core/conn/master.h"

#include <string.h>

#include "base/units.h"
#include "core/conn/owner.h"
#include "core/engine.h"
#include "core/states.h"

/* Moves @conn to the queue of @state, in which it is since @since_ns. The time in its own state
 * goes on: it is added up in its path. */
static void wait_in(struct tf_core *core, uint32_t handle, uint8_t state, uint64_t since_ns,
		    bool at_least)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);
	bool known = conn->since_ns <= core->now && !conn->since_at_least;

	if (conn->queue == tf_conn_live_queue(state))
		return;
	tf_conn_add_state(&conn->path, conn->state,
			  known ? (core->now - conn->since_ns) / NS_PER_US : TF_UNKNOWN_U64);
	conn->since_ns = since_ns;
	conn->since_at_least = at_least;
	tf_table_enqueue(&core->table, handle, tf_conn_live_queue(state));
}

/* Who ends the connection, by the same facts as of a TCP socket. */
static void note_closer(struct tf_conn *conn, const struct tf_ev_master *event)
{
	struct tf_ev_state act = {
		.flags = event->flags,
		.old_state = event->old_state,
		.new_state = event->new_state,
		.shutdown = event->shutdown,
		.exit_signal = event->exit_signal,
		.pid = event->pid,
	};
	bool ends = event->new_state == TF_TCP_FIN_WAIT1 || event->new_state == TF_TCP_LAST_ACK ||
		    event->new_state == TF_TCP_CLOSE;

	memcpy(act.comm, event->comm, sizeof(act.comm));
	tf_owner_act(conn, &act, ends && !(conn->history & TF_HIST_RESET_RAN));
}

void tf_master_state(struct tf_core *core, uint32_t handle, const struct tf_ev_master *event)
{
	struct tf_conn *conn = handle ? tf_table_conn(&core->table, handle) : NULL;

	if (!conn || conn->phase != TF_PHASE_LIVE)
		return;
	tf_conn_check_loss(conn, &event->ev);
	note_closer(conn, event);
	if (conn->state == TF_TCP_ESTABLISHED)
		wait_in(core, handle, tf_states_of_subflow(conn->state, event->new_state),
			event->ev.time_ns, false);
}

/* The peer's DATA_FIN came with its last segment at the earliest. */
void tf_master_found(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	struct tf_conn *conn = tf_table_conn(&core->table, handle);
	uint64_t since_ns = event->st.ev.time_ns;

	conn->mptcp = event->st.flags & TF_F_MPTCP;
	if (!conn->mptcp || conn->state != TF_TCP_ESTABLISHED)
		return;
	if (event->silent_ms != UINT32_MAX && event->silent_ms * NS_PER_MS < since_ns)
		since_ns -= event->silent_ms * NS_PER_MS;
	wait_in(core, handle, tf_states_of_subflow(conn->state, event->master_state), since_ns,
		true);
}

uint8_t tf_master_shown_state(const struct tf_conn *conn)
{
	if (conn->state != TF_TCP_ESTABLISHED)
		return conn->state;
	return conn->queue == TF_QUEUE_CLOSE_WAIT ? TF_TCP_CLOSE_WAIT :
	       conn->queue == TF_QUEUE_FIN_WAIT2  ? TF_TCP_FIN_WAIT2 :
						    conn->state;
}
