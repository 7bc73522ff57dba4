// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * ending.c - see ending.h
 */
#include "core/fate/ending.h"

#include <string.h>

#include "base/units.h"
#include "core/engine.h"
#include "core/fate/cause.h"
#include "core/fate/verdict.h"
#include "core/states.h"

#define F TF_FACT_BIT

/* The same on every architecture, wherever a recording was made. */
enum { SIGNAL_HUP = 1, SIGNAL_INT = 2, SIGNAL_TERM = 15 };

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
		uint64_t spent_us = (uint64_t)path->spent_hi[i] << 32 | path->spent_lo[i];

		out->states[i].state = path->state[i];
		out->states[i].spent_us = tf_maybe_if(!(path->unknown >> i & 1), spent_us);
	}
}

/* A slot's number, whose largest value means unknown. */
static struct tf_maybe maybe_u32(uint32_t value)
{
	return tf_maybe_if(value != TF_UNKNOWN_U32, value);
}

/* Fills in what is known of a connection without its end. All else stays unknown. */
static void fill_life(struct tf_conn_record *out, const struct tf_conn *conn)
{
	*out = (struct tf_conn_record){
		.started_ns = tf_maybe_if(!conn->began_before, conn->started_ns),
		.sock = conn->sock,
		.generation = conn->generation,
		.origin = conn->from_scan ? TF_ORIGIN_SNAPSHOT : TF_ORIGIN_EVENT,
		.role = conn->role,
		.netns = conn->netns,
		.tuple = conn->tuple,
		.v6_socket = conn->v6_socket,
		.owner = tf_ending_owner(conn),
		.uid = maybe_u32(conn->uid),
		.cgroup = conn->cgroup,
		.established = conn->established,
		.handshake_us = maybe_u32(conn->handshake_us),
		.how = conn->how,
		.how_signal = conn->how_signal,
		.rst_reason = tf_maybe_if(conn->rst_reason >= 0, (uint64_t)conn->rst_reason),
	};
	fill_path(out, &conn->path);
}

/* The end was missed: only that, and when it was noticed, is known. */
static void fill_missed(const struct tf_core *core, struct tf_conn_record *out)
{
	out->time_ns = core->now;
	out->evidence = F(HISTORY_LOST);
}

/* Bytes, retransmissions and round-trip times, as far as the end shows them. */
static void fill_counts(struct tf_conn_record *out, const struct tf_conn *conn,
			const struct tf_end *end)
{
	out->bytes_received = tf_maybe_of(end->bytes_received);
	out->bytes_unread = tf_maybe_of(end->bytes_unread);
	out->bytes_unsent = tf_maybe_of(end->bytes_unsent);
	out->bytes_unacked = tf_maybe_of(end->bytes_unacked);
	out->retransmits = tf_maybe_of(end->retransmits);
	out->srtt_us = maybe_u32(end->srtt_us);
	out->min_rtt_us = maybe_u32(end->min_rtt_us);
	/* tcpi_bytes_acked counts a client's SYN, too: without the role one byte is in doubt.
	 * A restored one sent none. */
	if (conn->role == TF_ROLE_UNKNOWN && !conn->restored)
		return;
	out->bytes_acked = tf_maybe_of(end->bytes_acked);
	out->bytes_sent = tf_maybe_of(end->bytes_acked + end->bytes_unacked);
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
}

/* The time from CLOSE to close(), of a socket that died while an application held it. */
static struct tf_maybe dead_held_us(const struct tf_conn *conn, const struct tf_end *end,
				    enum tf_fate fate)
{
	bool from_outside =
		tf_fates_info(fate)->class == TF_CLASS_TIMEOUT || fate == TF_FATE_ABORTED_BY_ADMIN;
	bool own_call = (end->facts & F(BY_TASK)) && (end->facts & F(ERR_NONE)) && !from_outside;

	if (!(end->flags & TF_F_HAS_SOCKET) || own_call || !(conn->history & TF_HIST_DESTROYED) ||
	    end->destroyed_ns < end->closed_ns)
		return (struct tf_maybe){0};
	return tf_maybe_of((end->destroyed_ns - end->closed_ns) / NS_PER_US);
}

/* sk_err still set at destroy: no call of the application fetched it. */
static void fill_errno(struct tf_conn_record *out, const struct tf_conn *conn,
		       const struct tf_end *end, uint64_t facts)
{
	out->err = tf_verdict_errno(out->fate, end, facts);
	out->err_delivered = TF_UNKNOWN;
	if (out->err && out->err != end->err)
		out->err_delivered = TF_YES;
	else if (out->err && (conn->history & TF_HIST_DESTROYED))
		out->err_delivered = end->err_left ? TF_NO : TF_YES;
}

/* Fills the part of the record that rests on CLOSE; @lost: events before it may be missing. */
static void fill_end(struct tf_core *core, struct tf_conn_record *out, const struct tf_conn *conn,
		     const struct tf_end *end, bool lost)
{
	uint64_t facts = tf_verdict_facts(conn, end, core->reason_memory);
	uint64_t doubts = tf_verdict_doubts(core->info, facts, lost);
	bool answered = conn->history & TF_HIST_RST_MINISOCK;

	if (lost)
		facts |= F(HISTORY_LOST);
	if (answered && conn->handed_answer == TF_HANDED_BARE_ANYTHING)
		doubts |= F(ANSWERED_DATA);
	out->time_ns = end->closed_ns;
	out->duration_us = tf_maybe_if(conn->started_ns <= end->closed_ns,
				       (end->closed_ns - conn->started_ns) / NS_PER_US);
	if (tf_maybe_known(out->duration_us))
		out->duration_at_least = conn->began_before || conn->restored ? TF_YES : TF_NO;
	out->fate = tf_verdict(end->state, facts, doubts, &out->evidence);
	out->cause = tf_cause_find(out->fate, facts, doubts, &out->evidence);
	out->closed_first = tf_verdict_closed_first(out->fate, end->state, facts);
	out->end_state = end->state;
	out->fin_sent = end->fin_sent;
	out->fin_received = end->fin_received;
	if (out->fin_received == TF_UNKNOWN && (facts & F(RST_SENT_ANSWER)))
		out->fin_received = TF_NO; /* it was no hand-off: the socket died of late data */
	if (answered && conn->handed_answer == TF_HANDED_BARE_FIN)
		out->fin_received = TF_YES;
	out->eof_read = end->eof_read;
	out->dead_held_us = dead_held_us(conn, end, out->fate);
	fill_counts(out, conn, end);
	fill_resets(core, out, conn, facts, tf_verdict_credible(end->state, facts, doubts));
	fill_errno(out, conn, end, facts);
}

void tf_ending_describe(struct tf_core *core, const struct tf_conn *conn, bool lost,
			struct tf_conn_record *ret)
{
	fill_life(ret, conn);
	ret->names = tf_cgroups_find(&core->cgroups, conn->cgroup, conn->pid);
	ret->complete = !lost && !conn->holed && !conn->began_before;
}

/* A clean end is abnormal when its process did not want to end: it was killed, or crashed. SIGTERM,
 * SIGINT and SIGHUP are the usual ways to stop one. */
static enum tf_tri is_abnormal(const struct tf_conn_record *record)
{
	if (tf_fates_info(record->fate)->class != TF_CLASS_CLEAN || record->how == TF_HOW_OOM)
		return TF_YES;
	if (record->how == TF_HOW_NONE)
		return TF_UNKNOWN;
	if (record->how != TF_HOW_SIGNAL || record->how_signal == SIGNAL_TERM ||
	    record->how_signal == SIGNAL_INT || record->how_signal == SIGNAL_HUP)
		return TF_NO;
	return record->how_signal ? TF_YES : TF_UNKNOWN;
}

void tf_ending_judge(struct tf_core *core, const struct tf_conn *conn, const struct tf_end *end,
		     bool lost, struct tf_conn_record *record)
{
	if (end)
		fill_end(core, record, conn, end, lost);
	else
		fill_missed(core, record);
	record->abnormal = is_abnormal(record);
}
