// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * conn.c - what can be said of one connection by itself
 */
#include "core/conn/conn.h"

#include "core/states.h"

/* These states are only reached through ESTABLISHED, or it is open whether they were: FIN_WAIT1 may
 * follow SYN_RECV. */
enum tf_tri tf_conn_was_established(uint8_t state)
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

enum tf_queue tf_conn_live_queue(uint8_t state)
{
	static const uint8_t queues[TF_TCP_STATE_MAX] = {
		[TF_TCP_SYN_SENT] = TF_QUEUE_SYN_SENT,	 [TF_TCP_FIN_WAIT1] = TF_QUEUE_FIN_WAIT1,
		[TF_TCP_FIN_WAIT2] = TF_QUEUE_FIN_WAIT2, [TF_TCP_CLOSE_WAIT] = TF_QUEUE_CLOSE_WAIT,
		[TF_TCP_LAST_ACK] = TF_QUEUE_LAST_ACK,
	};

	return queues[state] ? queues[state] : TF_QUEUE_ACTIVE;
}

/* Adds to the time in the last state of @path. */
static void add_time(struct tf_path *path, uint64_t spent_us)
{
	unsigned int last = path->n - 1u;
	uint64_t sum_us = ((uint64_t)path->spent_hi[last] << 32 | path->spent_lo[last]) + spent_us;

	if (spent_us == TF_UNKNOWN_U64)
		path->unknown |= (uint8_t)(1u << last);
	path->spent_lo[last] = (uint32_t)sum_us;
	path->spent_hi[last] = (uint16_t)(sum_us >> 32);
}

void tf_conn_add_state(struct tf_path *path, uint8_t state, uint64_t spent_us)
{
	if (path->n && path->state[path->n - 1] == state) {
		add_time(path, spent_us);
		return;
	}
	if (path->n == TF_STATES_MAX)
		return;
	if (spent_us == TF_UNKNOWN_U64)
		path->unknown |= (uint8_t)(1u << path->n);
	path->state[path->n] = state;
	path->spent_lo[path->n] = (uint32_t)spent_us;
	path->spent_hi[path->n] = (uint16_t)(spent_us >> 32);
	path->n++;
}

void tf_conn_check_loss(struct tf_conn *conn, const struct tf_event *ev)
{
	const uint8_t resets = TF_HIST_RESET_RAN | TF_HIST_RST_ACTIVE | TF_HIST_RST_MINISOCK |
			       TF_HIST_RST_SENT | TF_HIST_SIMULTANEOUS;

	if (conn->lost == ev->lost)
		return;
	conn->lost = ev->lost;
	conn->history |= TF_HIST_LOST;
	if (conn->phase != TF_PHASE_LIVE)
		return;
	conn->history &= (uint8_t)~resets;
	conn->rst_reason = -1;
}
