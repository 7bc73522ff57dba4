// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * judge.c - see judge.h
 */
#include "core/alert/judge.h"

#include "base/units.h"
#include "core/alert/notify.h"
#include "core/engine.h"

#define REMIND_NS NS_PER_MIN /* a group that grows slowly is updated after that */
#define CLEAR_MIN_NS NS_PER_S
#define CLEAR_MAX_NS (10 * NS_PER_S)
#define SAMPLE_NS (30 * NS_PER_S) /* for the rate of growth */

enum tf_level tf_judge_level(uint64_t n, uint64_t enough)
{
	if (n >= enough && n)
		return TF_LEVEL_ENOUGH;
	return n * 2 < enough || !n ? TF_LEVEL_FEW : TF_LEVEL_BETWEEN;
}

uint64_t tf_judge_share(struct tf_maybe limit, uint32_t percent)
{
	uint64_t share = (tf_maybe_or(limit, 0) * percent + 99) / 100;

	return share ? share : 1;
}

bool tf_judge_is_empty(const struct tf_alert_group *group)
{
	return !group->count && !group->raised_ns && !group->others;
}

static void take_sample(const struct tf_core *core, struct tf_alert_group *group)
{
	if (!group->sample_ns) {
		group->sample_ns = group->next_sample_ns = core->now;
		group->sample_count = group->next_sample_count = group->count;
	}
	if (core->now - group->next_sample_ns < SAMPLE_NS)
		return;
	group->sample_ns = group->next_sample_ns;
	group->sample_count = group->next_sample_count;
	group->next_sample_ns = core->now;
	group->next_sample_count = group->count;
}

static uint64_t clear_after_ns(const struct tf_alert_limits *limits)
{
	if (limits->age_ns < CLEAR_MIN_NS)
		return CLEAR_MIN_NS;
	return limits->age_ns > CLEAR_MAX_NS ? CLEAR_MAX_NS : limits->age_ns;
}

static void report_event(struct tf_core *core, const struct tf_alert_row *row,
			 struct tf_alert_group *group, enum tf_alert_event event)
{
	tf_notify_alert(core, row, group, event);
	group->reported_ns = core->now;
	group->reported_count = group->count;
}

/* Updates or clears an alert that is raised. */
static void follow_alert(struct tf_core *core, const struct tf_alert_row *row,
			 struct tf_alert_group *group, enum tf_level level)
{
	bool grows = group->count > group->reported_count;
	bool much = group->count > group->reported_count + group->reported_count / 2;

	if (level != TF_LEVEL_FEW) {
		group->few_ns = 0;
		if (much || (grows && core->now - group->reported_ns >= REMIND_NS))
			report_event(core, row, group, TF_ALERT_EVENT_UPDATE);
		return;
	}
	if (!group->few_ns)
		group->few_ns = core->now;
	if (core->now - group->few_ns < clear_after_ns(&core->alerting.limits[row->alert]))
		return;
	report_event(core, row, group, TF_ALERT_EVENT_CLEAR);
	group->raised_ns = group->few_ns = group->enough_ns = group->peak = 0;
}

/* In a snapshot there is no later evaluation: what is there counts as if it had lasted. */
static void raise_alert(struct tf_core *core, const struct tf_alert_row *row,
			struct tf_alert_group *group, uint64_t sustain_ns)
{
	if (!group->enough_ns)
		group->enough_ns = core->now;
	if (core->now - group->enough_ns < sustain_ns && !core->options.standing)
		return;
	group->raised_ns = core->now;
	group->peak = group->count;
	core->stats.alerts++;
	report_event(core, row, group, TF_ALERT_EVENT_RAISE);
}

void tf_judge_group(struct tf_core *core, const struct tf_alert_row *row,
		    struct tf_alert_group *group, enum tf_level level, uint64_t sustain_ns)
{
	if (row->kind != TF_ALERT_KIND_WINDOW)
		take_sample(core, group);
	if (group->count > group->peak)
		group->peak = group->count;
	core->alerting.waits |= group->count || group->raised_ns;
	if (group->raised_ns)
		follow_alert(core, row, group, level);
	else if (level == TF_LEVEL_ENOUGH)
		raise_alert(core, row, group, sustain_ns);
	else
		group->enough_ns = 0;
}
