// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * ending.c - see ending.h
 */
#include "core/fate/ending.h"

#include <string.h>

#include "base/units.h"
#include "core/engine.h"
#include "core/fate/verdict.h"
#include "core/states.h"

#define F TF_FACT_BIT

struct tf_owner tf_ending_owner(const struct tf_conn *conn)
{
	struct tf_owner owner = {.from = conn->owner_from, .pid = conn->pid};

	memcpy(owner.comm, conn->comm, sizeof(owner.comm));
	return owner;
}

static void fill_path(struct tf_conn_record *out, const struct tf_path *path)
{
	out->n_states = path->n;
	for (unsigned int i = 0; i < path->n; i++) {
		out->states[i].state = path->state[i];
		out->states[i].spent_us = (uint64_t)path->spent_hi[i] << 32 | path->spent_lo[i];
		if (path->unknown >> i & 1)
			out->states[i].spent_us = TF_UNKNOWN_U64;
	}
}

/* What is known of a connection without its end. */
static void fill_life(struct tf_conn_record *out, const struct tf_conn *conn)
{
	*out = (struct tf_conn_record){
		.started_ns = conn->started_ns,
		.sock = conn->sock,
		.generation = conn->generation,
		.origin = conn->origin,
		.role = conn->role,
		.netns = conn->netns,
		.tuple = conn->tuple,
		.v6_socket = conn->v6_socket,
		.owner = tf_ending_owner(conn),
		.uid = conn->uid,
		.cgroup = conn->cgroup,
		.established = conn->established,
		.duration_us = TF_UNKNOWN_U64,
		.handshake_us =
			conn->handshake_us == TF_UNKNOWN_U32 ? TF_UNKNOWN_U64 : conn->handshake_us,
		.how = conn->how,
		.how_signal = conn->how_signal,
		.rst_reason = conn->rst_reason,
		.end_state = conn->state,
		.dead_held_us = TF_UNKNOWN_U64,
	};
	fill_path(out, &conn->path);
}

/* The end was missed: nothing of it is known. */
static void fill_missed(struct tf_core *core, struct tf_conn_record *out)
{
	out->time_ns = core->now;
	out->end_state = 0;
	out->fate = TF_FATE_UNKNOWN;
	out->fin_sent = out->fin_received = TF_UNKNOWN;
	out->rst_sent = out->rst_received = TF_UNKNOWN;
	out->err_delivered = out->eof_read = TF_UNKNOWN;
	out->bytes_sent = out->bytes_acked = out->bytes_received = TF_UNKNOWN_U64;
	out->bytes_unread = out->bytes_unsent = out->bytes_unacked = TF_UNKNOWN_U64;
	out->retransmits = out->srtt_us = out->min_rtt_us = TF_UNKNOWN_U32;
	out->evidence = F(HISTORY_LOST);
}

static void fill_counts(struct tf_conn_record *out, const struct tf_conn *conn,
			const struct tf_end *end)
{
	out->bytes_received = end->bytes_received;
	out->bytes_unread = end->bytes_unread;
	out->bytes_unsent = end->bytes_unsent;
	out->bytes_unacked = end->bytes_unacked;
	out->retransmits = end->retransmits;
	out->srtt_us = end->srtt_us;
	out->min_rtt_us = end->min_rtt_us;
	if (conn->role == TF_ROLE_UNKNOWN) {
		/* tcpi_bytes_acked counts a client's SYN: one byte that cannot be told. */
		out->bytes_acked = out->bytes_sent = TF_UNKNOWN_U64;
		return;
	}
	out->bytes_acked = end->bytes_acked;
	out->bytes_sent = end->bytes_acked + end->bytes_unacked;
}

static enum tf_tri was_seen(bool yes, uint64_t doubts, uint64_t of)
{
	return yes ? TF_YES : doubts & of ? TF_UNKNOWN : TF_NO;
}

/* tcp_reset() also runs when the kernel resets itself on late data: no RST came then. */
static void fill_resets(const struct tf_core *core, struct tf_conn_record *out,
			const struct tf_conn *conn, uint64_t facts, uint64_t doubts)
{
	bool late = out->fate == TF_FATE_ABORTED_LATE_DATA;

	out->rst_sent = was_seen(conn->history & (TF_HIST_RST_SENT | TF_HIST_RST_MINISOCK), doubts,
				 F(RST_SENT_ACTIVE) | F(RST_SENT_ANSWER));
	if (out->rst_sent == TF_NO && out->fin_received == TF_UNKNOWN &&
	    !tf_run_info_has_capability(core->info, TF_CAPABILITY_RST_BARE))
		out->rst_sent = TF_UNKNOWN; /* by the minisock, unseen here */
	/* Where the hook or its event is missing, the errno still says so. */
	if (out->fate != TF_FATE_UNKNOWN && (facts & F(ERR_RESET)))
		facts |= F(RESET_RAN);
	out->rst_received =
		was_seen((facts & F(RESET_RAN)) && !late, late ? 0 : doubts, F(RESET_RAN));
	if (out->rst_received == TF_YES && out->fate == TF_FATE_UNKNOWN &&
	    (doubts & F(RST_SENT_ANSWER)))
		out->rst_received = TF_UNKNOWN;
	if (out->rst_received == TF_UNKNOWN && (facts & F(ERR_NONE)))
		out->rst_received = TF_NO;
}

/* The time from CLOSE to close(), of a socket that died while an application held it. */
static uint64_t dead_held_us(const struct tf_conn *conn, const struct tf_end *end)
{
	bool own_call = (end->facts & F(BY_TASK)) && (end->facts & F(ERR_NONE));

	if (!(end->flags & TF_F_HAS_SOCKET) || own_call || !(conn->history & TF_HIST_DESTROYED) ||
	    end->destroyed_ns < end->closed_ns)
		return TF_UNKNOWN_U64;
	return (end->destroyed_ns - end->closed_ns) / NS_PER_US;
}

/* sk_err still set at destroy: no call of the application fetched it. */
static void fill_errno(struct tf_conn_record *out, const struct tf_conn *conn,
		       const struct tf_end *end)
{
	out->err = tf_verdict_errno(out->fate, end);
	out->err_delivered = TF_UNKNOWN;
	if (out->err && out->err != end->err)
		out->err_delivered = TF_YES;
	else if (out->err && (conn->history & TF_HIST_DESTROYED))
		out->err_delivered = end->err_left ? TF_NO : TF_YES;
}

static void fill_end(struct tf_core *core, struct tf_conn_record *out, const struct tf_conn *conn,
		     const struct tf_end *end, bool lost)
{
	uint64_t facts = tf_verdict_facts(conn, end, core->reason_memory);
	uint64_t doubts = tf_verdict_doubts(core->info, facts, lost);

	if (lost)
		facts |= F(HISTORY_LOST);
	out->time_ns = end->closed_ns;
	if (conn->started_ns != TF_UNKNOWN_U64 && end->closed_ns >= conn->started_ns)
		out->duration_us = (end->closed_ns - conn->started_ns) / NS_PER_US;
	out->fate = tf_verdict(end->state, facts, doubts);
	out->closed_first = tf_verdict_closed_first(out->fate, end->state, facts);
	out->end_state = end->state;
	out->fin_sent = end->fin_sent;
	out->fin_received = end->fin_received;
	if (out->fin_received == TF_UNKNOWN && (facts & F(RST_SENT_ANSWER)))
		out->fin_received = TF_NO; /* it was no hand-off: the socket died of late data */
	out->eof_read = end->eof_read;
	out->dead_held_us = dead_held_us(conn, end);
	out->evidence = facts;
	fill_counts(out, conn, end);
	fill_resets(core, out, conn, facts, doubts);
	fill_errno(out, conn, end);
}

void tf_ending_describe(struct tf_core *core, const struct tf_conn *conn, bool lost,
			struct tf_conn_record *ret)
{
	fill_life(ret, conn);
	ret->names = tf_cgroups_find(&core->cgroups, conn->cgroup, conn->pid);
	ret->complete = !lost && !conn->holed && conn->started_ns != TF_UNKNOWN_U64;
}

void tf_ending_judge(struct tf_core *core, const struct tf_conn *conn, const struct tf_end *end,
		     bool lost, struct tf_conn_record *record)
{
	if (end)
		fill_end(core, record, conn, end, lost);
	else
		fill_missed(core, record);
}
