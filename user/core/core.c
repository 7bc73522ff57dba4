// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * core.c - the entrance: records in, time forward, each to the function of its kind
 */
#include "core/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "core/alert/schedule.h"
#include "core/stream/decode.h"
#include "core/engine.h"

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
	if (!options->dead_grace_ns)
		options->dead_grace_ns = 100 * NS_PER_MS;
	if (!options->handoff_grace_ns)
		options->handoff_grace_ns = 2000 * NS_PER_MS;
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
	if (tf_table_init(&core->table, core->options.max_connections, info->hash_key) ||
	    (!info->cookies && tf_table_index_handed(&core->table)) ||
	    tf_cgroups_init(&core->cgroups, info->hash_key)) {
		tf_core_free(core);
		return -ENOMEM;
	}
	core->info = info;
	core->emit = emit;
	core->emit_ctx = emit_ctx;
	core->now = info->start_ns;
	core->earliest_due = UINT64_MAX;
	core->reason_memory = find_reason(info, "TCP_ABORT_ON_MEMORY");
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
	tf_cgroups_fini(&core->cgroups);
	tf_merge_fini(core);
	tf_schedule_fini(core);
	free(core);
}

static bool is_scan(int hook)
{
	return hook == TF_HOOK_SOCKETS || hook == TF_HOOK_HOLDERS;
}

static uint64_t events_lost(const struct tf_ev_counters *counters)
{
	uint64_t lost = 0;

	for (int i = 0; i < TF_HOOK_MAX; i++)
		lost += is_scan(i) ? 0 : counters->hook[i].lost;
	return lost;
}

/* What a scan loses is no part of any history: the next one meets it again. Nor is who accepted. */
static uint64_t history_lost(const struct tf_ev_counters *counters)
{
	return events_lost(counters) - counters->hook[TF_HOOK_ACCEPT].lost;
}

/* The events lost up to @event. The counters are read at leisure, after the ring: the events themselves
 * may know better. */
static uint32_t lost_so_far(const union tf_any_event *event)
{
	uint64_t lost;

	if (event->ev.kind != TF_EV_COUNTERS)
		return event->ev.lost_total;
	lost = history_lost(&event->counters);
	if ((int32_t)(event->ev.lost_total - (uint32_t)lost) > 0)
		return event->ev.lost_total; /* the programs count it before the others */
	return (uint32_t)lost;
}

/* Losses count before what is due is settled: a record that waited must not be called complete by an
 * event that brings the news of a loss. */
static void advance(struct tf_core *core, const union tf_any_event *event)
{
	uint32_t lost = lost_so_far(event);

	if ((int32_t)(lost - core->lost_total) > 0)
		core->lost_total = lost;
	if (event->ev.time_ns > core->now)
		core->now = event->ev.time_ns;
	if (core->now >= core->earliest_due)
		tf_settle_due(core);
	/* One look is judged at its end, when all is there. */
	if (core->now >= core->alerting.next_ns && !core->options.standing)
		tf_schedule_time(core);
	if (core->gap_waits && core->now >= tf_report_gaps_due(core))
		tf_report_gaps(core, false);
}

static void take_counters(struct tf_core *core, const struct tf_ev_counters *event)
{
	uint64_t lost = events_lost(event), unmet = 0;

	memcpy(core->stats.hook, event->hook, sizeof(core->stats.hook));
	for (int i = 0; i < TF_HOOK_MAX; i++)
		unmet += is_scan(i) ? event->hook[i].lost : 0;
	if (lost > core->gap_total[TF_GAP_RING])
		tf_report_lost(core, TF_GAP_RING, lost - core->gap_total[TF_GAP_RING]);
	if (unmet > core->gap_total[TF_GAP_SCAN])
		tf_report_lost(core, TF_GAP_SCAN, unmet - core->gap_total[TF_GAP_SCAN]);
	tf_report_gaps(core, false);
}

static void take_event(struct tf_core *core, const union tf_any_event *event)
{
	core->stats.events++;
	switch (event->ev.kind) {
	case TF_EV_STATE:
	case TF_EV_CLOSE:
		tf_lifecycle_state(core, &event->state);
		break;
	case TF_EV_RST_SENT:
		tf_late_events_rst_sent(core, &event->reset);
		break;
	case TF_EV_RST_RECEIVED:
		tf_late_events_rst_received(core, &event->reset);
		break;
	case TF_EV_DESTROY:
		tf_late_events_destroy(core, &event->destroy);
		break;
	case TF_EV_ACCEPT:
		tf_late_events_accept(core, &event->accept);
		break;
	case TF_EV_SOCK:
		tf_merge_sock(core, &event->sock);
		break;
	case TF_EV_MINISOCK:
		tf_merge_minisock(core, &event->minisock);
		break;
	case TF_EV_HOLDER:
		tf_merge_holder(core, &event->holder);
		break;
	default: /* TF_EV_SYNACK_RETRANS belongs to no connection yet */
		break;
	}
}

static void take_word(struct tf_core *core, const union tf_any_event *event)
{
	switch (event->ev.kind) {
	case TF_EV_COUNTERS:
		take_counters(core, &event->counters);
		break;
	case TF_EV_SCAN:
		tf_merge_step(core, &event->scan);
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

int tf_core_feed(struct tf_core *core, const void *record, size_t size)
{
	union tf_any_event scratch;
	const union tf_any_event *event;

	if (tf_decode(record, size, &scratch, &event)) {
		core->stats.malformed++;
		tf_report_lost(core, TF_GAP_STREAM, 1);
		tf_report_gaps(core, false);
		return -EBADMSG;
	}
	advance(core, event);
	if (event->ev.kind < TF_EV_USER)
		take_event(core, event);
	else
		take_word(core, event);
	return 0;
}

void tf_core_sink_lost(struct tf_core *core, uint64_t count)
{
	tf_report_lost(core, TF_GAP_SINK, count);
	tf_report_gaps(core, false);
}

void tf_core_flush(struct tf_core *core)
{
	static const enum tf_queue queues[] = {TF_QUEUE_DESTROY, TF_QUEUE_DEAD, TF_QUEUE_HANDOFF,
					       TF_QUEUE_WAITING};

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		while (core->table.queue[queues[i]].head)
			tf_settle_now(core, core->table.queue[queues[i]].head);
	core->earliest_due = UINT64_MAX;
	tf_report_gaps(core, true);
}

uint64_t tf_core_next_due(const struct tf_core *core)
{
	uint64_t due = tf_settle_next_due(core), alert = tf_schedule_next_due(core);
	uint64_t gap = tf_report_gaps_due(core);

	if (alert < due)
		due = alert;
	return gap < due ? gap : due;
}

const struct tf_stats *tf_core_stats(struct tf_core *core)
{
	const struct tf_list *queue = core->table.queue;

	core->stats.held = queue[TF_QUEUE_DESTROY].n + queue[TF_QUEUE_DEAD].n +
			   queue[TF_QUEUE_HANDOFF].n + queue[TF_QUEUE_WAITING].n;
	core->stats.alerts_uncounted = tf_schedule_uncounted(core);
	core->stats.names_forgotten = core->cgroups.forgotten;
	return &core->stats;
}

void tf_core_emit_stats(struct tf_core *core)
{
	struct tf_stats_record stats = {.time_ns = core->now, .stats = *tf_core_stats(core)};
	struct tf_record record = {.type = TF_RECORD_STATS, .stats = &stats};

	core->emit(core->emit_ctx, &record);
}
