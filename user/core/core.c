// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * core.c - conducts the stages: decode, connection, fate and cause, alerts, emit
 *
 * tf_core_feed() takes one record through them. Events move connections (conn/); what happens to a
 * connection comes back through the outlets below, which take it through the later stages.
 */
#include "core/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "core/alert/schedule.h"
#include "core/conn/late_events.h"
#include "core/conn/master.h"
#include "core/conn/lifecycle.h"
#include "core/conn/settle.h"
#include "core/emit.h"
#include "core/engine.h"
#include "core/fate/ending.h"
#include "core/stream/decode.h"

/* --- outlets: what happens to connections, through the later stages --------------------- */

static void count_ended(struct tf_core *core, const struct tf_conn_record *ended)
{
	core->stats.ended++;
	core->stats.fates[ended->fate]++;
	core->stats.incomplete += !ended->complete;
}

/* Connection, fate and cause, alerts, emit. */
static void conn_ended(struct tf_core *core, const struct tf_conn *conn, const struct tf_end *end,
		       bool lost)
{
	struct tf_conn_record ended;
	struct tf_record record = {.type = TF_RECORD_CONN, .conn = &ended};

	tf_ending_describe(core, conn, lost, &ended);
	tf_ending_judge(core, conn, end, lost, &ended);
	count_ended(core, &ended);
	tf_schedule_ended(core, &ended);
	tf_emit_record(core, &record);
}

/* A connection has changed its state: a `state` record. */
static void conn_moved(struct tf_core *core, const struct tf_conn *conn,
		       const struct tf_ev_state *event, uint64_t spent_us)
{
	struct tf_state_record state = {
		.time_ns = event->ev.time_ns,
		.sock = conn->sock,
		.generation = conn->generation,
		.netns = conn->netns,
		.tuple = conn->tuple,
		.v6_socket = conn->v6_socket,
		.owner = tf_ending_owner(conn),
		.old_state = event->old_state,
		.new_state = conn->state,
		.spent_us = tf_maybe_if(spent_us != TF_UNKNOWN_U64, spent_us),
	};
	struct tf_record record = {.type = TF_RECORD_STATE, .state = &state};

	tf_emit_record(core, &record);
}

/* A reset that belongs to no connection, or came after its end: a `reset` record. */
static void reset_seen(struct tf_core *core, const struct tf_ev_reset *event,
		       enum tf_reset_kind kind, struct tf_life life, const struct tf_conn *listener)
{
	struct tf_reset_record reset = {
		.time_ns = event->ev.time_ns,
		.kind = kind,
		.sock = life.sock,
		.generation = life.generation,
		.netns = event->ev.netns,
		.tuple = event->tuple,
		.rst_reason = tf_maybe_if(event->reason >= 0, (uint64_t)event->reason),
	};
	struct tf_record record = {.type = TF_RECORD_RESET, .reset = &reset};

	if (listener)
		reset.owner = tf_ending_owner(listener);
	core->stats.resets++;
	tf_emit_record(core, &record);
}

static const struct tf_outlets core_outlets = {
	.ended = conn_ended,
	.moved = conn_moved,
	.reset = reset_seen,
};

/* --- a core, made and freed ------------------------------------------------------------- */

#define DEFAULT_CONNECTIONS (1u << 20)
#define MAX_CONNECTIONS (1u << 28)

static void set_defaults(struct tf_core_options *options)
{
	if (!options->max_connections)
		options->max_connections = DEFAULT_CONNECTIONS;
	if (options->max_connections > MAX_CONNECTIONS)
		options->max_connections = MAX_CONNECTIONS;
	if (!options->destroy_grace_ns)
		options->destroy_grace_ns = 10 * NS_PER_MS;
	if (!options->ran_grace_ns)
		options->ran_grace_ns = NS_PER_S;
	if (!options->dead_grace_ns)
		options->dead_grace_ns = 100 * NS_PER_MS;
	if (!options->handoff_grace_ns)
		options->handoff_grace_ns = 2 * NS_PER_S;
}

/* Places beyond the ceiling, for listeners and for ends. */
static uint32_t with_spare(uint32_t max)
{
	return max + max / 64 + 64;
}

/* How many without a place are known: 16 bytes each. */
static uint32_t max_outside(uint32_t max)
{
	const uint32_t least = 1u << 16, most = 1u << 20;
	uint32_t wanted = max < most ? 4 * max : most;

	return wanted < least ? least : wanted < most ? wanted : most;
}

static int32_t find_reason(const struct tf_run_info *info, const char *name)
{
	for (int32_t i = 0; i < TF_REASONS_MAX; i++)
		if (!strcmp(info->reason[i], name))
			return i;
	return -1;
}

int tf_core_new(const struct tf_core_options *options, const struct tf_run_info *info,
		tf_emit_fn emit, void *emit_ctx, struct tf_core **ret_core)
{
	struct tf_core *core = calloc(1, sizeof(*core));

	if (!core)
		return -ENOMEM;
	core->options = *options;
	set_defaults(&core->options);
	if (tf_table_init(&core->table, with_spare(core->options.max_connections),
			  info->hash_key) ||
	    tf_outside_init(&core->outside, max_outside(core->options.max_connections),
			    info->hash_key) ||
	    tf_cgroups_init(&core->cgroups, info->hash_key)) {
		tf_core_free(core);
		return -ENOMEM;
	}
	core->info = info;
	core->outlets = &core_outlets;
	core->emit = emit;
	core->emit_ctx = emit_ctx;
	core->now = info->start_ns;
	core->earliest_due = UINT64_MAX;
	core->reason_memory = find_reason(info, "TCP_ABORT_ON_MEMORY");
	core->reason_invalid_syn = find_reason(info, "INVALID_SYN");
	if (tf_schedule_init(core)) {
		tf_core_free(core);
		return -ENOMEM;
	}
	*ret_core = core;
	return 0;
}

void tf_core_free(struct tf_core *core)
{
	if (!core)
		return;
	tf_table_fini(&core->table);
	tf_outside_fini(&core->outside);
	tf_cgroups_fini(&core->cgroups);
	tf_merge_fini(core);
	tf_schedule_fini(core);
	free(core);
}

/* --- time and losses -------------------------------------------------------------------- */

static bool is_scan(int hook)
{
	return hook == TF_HOOK_SOCKETS || hook == TF_HOOK_HOLDERS;
}

/* What the hooks of scans lost (@scans), or all others. */
static uint64_t sum_lost(const struct tf_ev_counters *counters, bool scans)
{
	uint64_t lost = 0;

	for (int i = 0; i < TF_HOOK_MAX; i++)
		lost += is_scan(i) == scans ? counters->hook[i].lost : 0;
	return lost;
}

/* The events lost up to @event, as far as a history can have a hole by it: not who accepted, nor
 * what a scan lost, which the next one finds again. The counters are read at leisure, after the
 * ring: the events themselves may know better. */
static uint32_t lost_so_far(const union tf_any_event *event)
{
	uint64_t lost;

	if (event->ev.kind != TF_EV_COUNTERS)
		return event->ev.lost_total;
	lost = sum_lost(&event->counters, false) - event->counters.hook[TF_HOOK_ACCEPT].lost;
	if ((int32_t)(event->ev.lost_total - (uint32_t)lost) > 0)
		return event->ev.lost_total; /* the programs count it before the others */
	return (uint32_t)lost;
}

/* Losses count before what is due is settled: a record that waited must not be called complete
 * by an event that brings the news of a loss. */
static void advance_time(struct tf_core *core, const union tf_any_event *event)
{
	uint32_t lost = lost_so_far(event);

	if (event->ev.time_ns > core->now)
		core->now = event->ev.time_ns;
	if ((int32_t)(lost - core->lost_total) > 0) {
		core->lost_total = lost;
		core->lost_ns = core->now;
	}
	if (core->now >= core->earliest_due)
		tf_settle_due(core);
	/* A single scan is judged at its end, when all is there. */
	if (core->now >= core->alerting.next_ns && !core->options.standing)
		tf_schedule_time(core);
	if (core->gaps.waits && core->now >= tf_gaps_due(core))
		tf_gaps_report(core, false);
}

/* --- the stages ------------------------------------------------------------------------- */

/* An event of the kernel's: to the connection of its socket, whose slot is looked up once. */
static void take_event(struct tf_core *core, const union tf_any_event *event)
{
	uint32_t handle = event->ev.sock ? tf_table_find(&core->table, event->ev.sock) : 0;

	switch (event->ev.kind) {
	case TF_EV_STATE:
		tf_lifecycle_state(core, handle, &event->state);
		break;
	case TF_EV_CLOSE:
		tf_lifecycle_close(core, handle, &event->close);
		break;
	case TF_EV_RST_SENT:
		tf_late_events_rst_sent(core, handle, &event->reset);
		break;
	case TF_EV_RST_RECEIVED:
		tf_late_events_rst_received(core, handle, &event->reset);
		break;
	case TF_EV_DESTROY:
		tf_late_events_destroy(core, handle, &event->destroy);
		break;
	case TF_EV_MASTER:
		tf_master_state(core, handle, &event->master);
		break;
	case TF_EV_ACCEPT:
		tf_late_events_accept(core, handle, &event->accept);
		break;
	default: /* TF_EV_SYNACK_RETRANS belongs to no connection yet */
		break;
	}
}

/* A socket, or a holder of one, that a scan found: to the connection, then to the alerts. Nothing
 * is concluded from a minisock for the socket that it came from: tcp_time_wait() hashes it
 * before CLOSE is reported. If that never is, the next scans miss the socket. */
static void take_scanned(struct tf_core *core, const union tf_any_event *event)
{
	uint32_t handle = event->ev.sock ? tf_table_find(&core->table, event->ev.sock) : 0;

	switch (event->ev.kind) {
	case TF_EV_SOCK:
		handle = tf_merge_sock(core, handle, &event->sock);
		if (handle)
			tf_schedule_sock(core, handle, &event->sock);
		break;
	case TF_EV_MINISOCK:
		if (tf_filter_tuple(core->options.filter, &event->minisock.tuple, event->ev.netns))
			tf_schedule_minisock(core, &event->minisock);
		break;
	default:
		tf_merge_holder(core, handle, &event->holder);
		break;
	}
}

static void take_scan_step(struct tf_core *core, const struct tf_ev_scan *event)
{
	tf_merge_step(core, event);
	if (event->step == TF_SCAN_BEGIN)
		tf_schedule_scan_begin(core);
	else if (event->step == TF_SCAN_END)
		tf_schedule_scan_end(core);
}

static void take_counters(struct tf_core *core, const struct tf_ev_counters *event)
{
	memcpy(core->stats.hook, event->hook, sizeof(core->stats.hook));
	tf_gaps_count_up_to(core, TF_GAP_RING, sum_lost(event, false));
	tf_gaps_count_up_to(core, TF_GAP_SCAN, sum_lost(event, true));
	tf_gaps_report(core, false);
}

/* A record that user space put into the stream. */
static void take_note(struct tf_core *core, const union tf_any_event *event)
{
	switch (event->ev.kind) {
	case TF_EV_COUNTERS:
		take_counters(core, &event->counters);
		break;
	case TF_EV_SCAN:
		take_scan_step(core, &event->scan);
		break;
	case TF_EV_NETNS:
		tf_merge_netns(core, &event->netns);
		break;
	case TF_EV_CGROUP:
		tf_cgroups_take(&core->cgroups, &event->cgroup);
		break;
	default: /* TF_EV_TICK was time alone */
		break;
	}
}

static bool is_scanned(uint8_t kind)
{
	return kind == TF_EV_SOCK || kind == TF_EV_MINISOCK || kind == TF_EV_HOLDER;
}

int tf_core_feed(struct tf_core *core, const void *record, size_t size)
{
	union tf_any_event scratch;
	const union tf_any_event *event;

	if (tf_decode(record, size, &scratch, &event)) {
		core->stats.malformed++;
		core->lost_ns = core->now;
		tf_gaps_count(core, TF_GAP_STREAM, 1);
		tf_gaps_report(core, false);
		return -EBADMSG;
	}
	advance_time(core, event);
	core->stats.events += event->ev.kind < TF_EV_USER;
	if (event->ev.kind >= TF_EV_USER)
		take_note(core, event);
	else if (is_scanned(event->ev.kind))
		take_scanned(core, event);
	else
		take_event(core, event);
	return 0;
}

/* --- what the owner asks for ------------------------------------------------------------ */

void tf_core_sink_lost(struct tf_core *core, uint64_t count)
{
	tf_gaps_count(core, TF_GAP_SINK, count);
	tf_gaps_report(core, false);
}

void tf_core_flush(struct tf_core *core)
{
	tf_settle_all(core);
	tf_gaps_report(core, true);
}

uint64_t tf_core_next_due(const struct tf_core *core)
{
	uint64_t due = tf_settle_next_due(core), alert = tf_schedule_next_due(core);
	uint64_t gap = tf_gaps_due(core);

	if (alert < due)
		due = alert;
	return gap < due ? gap : due;
}

const struct tf_stats *tf_core_stats(struct tf_core *core)
{
	const struct tf_list *queue = core->table.queue;

	core->stats.held = queue[TF_QUEUE_DESTROY].n + queue[TF_QUEUE_DEAD].n +
			   queue[TF_QUEUE_RAN].n + queue[TF_QUEUE_HANDOFF].n;
	core->stats.unplaced = tf_outside_count(&core->outside);
	core->stats.alerts_uncounted = tf_schedule_uncounted(core);
	core->stats.names_forgotten = core->cgroups.forgotten;
	return &core->stats;
}

void tf_core_emit_stats(struct tf_core *core)
{
	struct tf_stats_record stats = {.time_ns = core->now, .stats = *tf_core_stats(core)};
	struct tf_record record = {.type = TF_RECORD_STATS, .stats = &stats};

	tf_emit_record(core, &record);
}
