// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * gaps.c - see gaps.h
 */
#include "core/gaps.h"

#include "base/units.h"
#include "core/emit.h"
#include "core/engine.h"

#define PAUSE_NS ((uint64_t)NS_PER_S) /* between two records about losses that come one by one */

void tf_gaps_count(struct tf_core *core, enum tf_gap_where where, uint64_t n)
{
	core->gaps.total[where] += n;
	core->gaps.waits = true;
}

void tf_gaps_count_up_to(struct tf_core *core, enum tf_gap_where where, uint64_t total)
{
	if (total > core->gaps.total[where])
		tf_gaps_count(core, where, total - core->gaps.total[where]);
}

/* Emits a gap record of the losses at @where since the last one, if there are any. */
static void report_one(struct tf_core *core, enum tf_gap_where where)
{
	struct tf_gaps *gaps = &core->gaps;
	struct tf_gap_record gap = {
		.time_ns = core->now,
		.where = where,
		.count = tf_maybe_of(gaps->total[where] - gaps->reported[where]),
		.total = tf_maybe_of(gaps->total[where]),
	};
	struct tf_record record = {.type = TF_RECORD_GAP, .gap = &gap};

	if (gaps->total[where] == gaps->reported[where])
		return;
	gaps->reported[where] = gaps->total[where];
	tf_emit_record(core, &record);
}

uint64_t tf_gaps_due(const struct tf_core *core)
{
	return core->gaps.waits ? core->gaps.time_ns + PAUSE_NS : UINT64_MAX;
}

void tf_gaps_report(struct tf_core *core, bool all)
{
	struct tf_gaps *gaps = &core->gaps;

	report_one(core, TF_GAP_RING);
	report_one(core, TF_GAP_SINK);
	if (!all && gaps->time_ns && core->now - gaps->time_ns < PAUSE_NS)
		return;
	if (!gaps->waits)
		return;
	gaps->time_ns = core->now;
	gaps->waits = false;
	report_one(core, TF_GAP_TABLE);
	report_one(core, TF_GAP_STREAM);
	report_one(core, TF_GAP_SCAN);
	report_one(core, TF_GAP_HOOK);
}
