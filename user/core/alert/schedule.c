// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * schedule.c - see schedule.h
 */
#include "core/alert/schedule.h"

#include <errno.h>

#include "base/units.h"
#include "core/alert/by_state.h"
#include "core/alert/ghosts.h"
#include "core/alert/rows.h"
#include "core/engine.h"
#include "core/states.h"

#define EVERY_NS NS_PER_S	      /* between two evaluations on time */
#define EVERY_QUIET_NS (5 * NS_PER_S) /* ... when nothing but time goes on */
#define PER_MEMBER_NS 20000ULL /* with many members, this much longer for each: 2 % of a core */

/* --- who hears what ----------------------------------------------------------------------------*/

static void add_hearer(struct tf_alert_hearers *hearers, const struct tf_alert_row *row, bool hears)
{
	if (hears)
		hearers->row[hearers->n++] = row;
}

/* Enters @row, which is not off, wherever it wants to hear something. */
static void enter_row(struct tf_alerting *alerting, const struct tf_alert_row *row)
{
	add_hearer(&alerting->counted, row, row->kind == TF_ALERT_KIND_STATE);
	add_hearer(&alerting->ended, row, row->hears.ended);
	add_hearer(&alerting->sock, row, row->hears.sock);
	add_hearer(&alerting->listener, row, row->hears.listener);
	add_hearer(&alerting->minisock, row, row->hears.minisock);
	add_hearer(&alerting->scanned, row, row->hears.scanned);
}

int tf_schedule_init(struct tf_core *core)
{
	struct tf_alerting *alerting = &core->alerting;

	if (core->options.no_alerts)
		return 0;
	for (int i = 0; i < TF_ALERT_MAX; i++) {
		const struct tf_alert_row *row = tf_rows_of(i);

		alerting->limits[i] = tf_alerts_limits(i, &core->options.alert[i]);
		alerting->bucket_ns[i] = tf_rows_bucket_ns(row, &alerting->limits[i]);
		if (!alerting->limits[i].off)
			enter_row(alerting, row);
	}
	if (tf_groups_init(&alerting->groups[TF_GROUPS_COMMON], TF_SCHEDULE_GROUPS,
			   core->info->hash_key) ||
	    tf_groups_init(&alerting->groups[TF_GROUPS_MANY], TF_SCHEDULE_MANY_GROUPS,
			   core->info->hash_key))
		return -ENOMEM;
	return 0;
}

void tf_schedule_fini(struct tf_core *core)
{
	for (int i = 0; i < TF_GROUPS_TABLES; i++)
		tf_groups_fini(&core->alerting.groups[i]);
	tf_ghosts_fini(&core->alerting.ghosts);
}

uint64_t tf_schedule_uncounted(const struct tf_core *core)
{
	const struct tf_alerting *alerting = &core->alerting;

	return alerting->groups[TF_GROUPS_COMMON].refused +
	       alerting->groups[TF_GROUPS_MANY].refused + alerting->ghosts.refused;
}

void tf_schedule_ended(struct tf_core *core, const struct tf_conn_record *record)
{
	const struct tf_alert_hearers *hearers = &core->alerting.ended;

	for (unsigned int i = 0; i < hearers->n; i++)
		hearers->row[i]->hears.ended(core, hearers->row[i], record);
}

void tf_schedule_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	bool listens = event->st.new_state == TF_TCP_LISTEN;
	const struct tf_alert_hearers *hearers =
		listens ? &core->alerting.listener : &core->alerting.sock;

	for (unsigned int i = 0; i < hearers->n; i++) {
		const struct tf_alert_row *row = hearers->row[i];

		(listens ? row->hears.listener : row->hears.sock)(core, row, handle, event);
	}
}

void tf_schedule_minisock(struct tf_core *core, const struct tf_ev_minisock *event)
{
	const struct tf_alert_hearers *hearers = &core->alerting.minisock;

	for (unsigned int i = 0; i < hearers->n; i++)
		hearers->row[i]->hears.minisock(core, hearers->row[i], event);
}

/* --- judgement ---------------------------------------------------------------------------------*/

static void judge_groups(struct tf_core *core, enum tf_groups_table table, enum tf_alert_kind kind)
{
	struct tf_groups *groups = &core->alerting.groups[table];
	uint32_t handle, next;

	for (handle = groups->head; handle; handle = next) {
		struct tf_alert_group *group = tf_groups_at(groups, handle);
		const struct tf_alert_row *row = tf_rows_of(group->key.alert);

		next = group->next;
		if (row->kind == kind && row->judge(core, row, group))
			tf_groups_del(groups, handle);
	}
}

static uint32_t count_members(const struct tf_core *core)
{
	uint32_t n = 0;

	for (int queue = TF_QUEUE_SYN_SENT; queue <= TF_QUEUE_LIVE_LAST; queue++)
		n += core->table.queue[queue].n;
	return n;
}

/* Counts and judges the kinds that are judged on time. */
static void evaluate_alerts(struct tf_core *core)
{
	const struct tf_alert_hearers *counted = &core->alerting.counted;

	core->alerting.turn++;
	core->alerting.waits = false;
	for (unsigned int i = 0; i < counted->n; i++)
		tf_by_state_count(core, counted->row[i]);
	for (unsigned int i = 0; i < counted->n; i++)
		tf_by_state_count_processes(core, counted->row[i]);
	judge_groups(core, TF_GROUPS_COMMON, TF_ALERT_KIND_STATE);
	judge_groups(core, TF_GROUPS_COMMON, TF_ALERT_KIND_WINDOW);
}

static void set_next(struct tf_core *core)
{
	core->alerting.next_ns = core->now + EVERY_NS + count_members(core) * PER_MEMBER_NS;
}

void tf_schedule_time(struct tf_core *core)
{
	if (core->now < core->alerting.next_ns || core->options.no_alerts)
		return;
	set_next(core);
	evaluate_alerts(core);
}

uint64_t tf_schedule_next_due(const struct tf_core *core)
{
	const struct tf_alerting *alerting = &core->alerting;

	if (core->options.no_alerts || (!count_members(core) && !alerting->waits))
		return UINT64_MAX;
	return alerting->next_ns + EVERY_QUIET_NS - EVERY_NS;
}

/* --- scans -------------------------------------------------------------------------------------*/

/* Minisocks are counted apart from the group's other members, in group->others. */
void tf_schedule_scan_begin(struct tf_core *core)
{
	const struct tf_groups *groups = &core->alerting.groups[TF_GROUPS_COMMON];
	uint32_t handle = groups->head;

	core->alerting.scan_turn++;
	core->alerting.ghosts.n = 0;
	for (; handle; handle = tf_groups_at(groups, handle)->next) {
		struct tf_alert_group *group = tf_groups_at(groups, handle);

		if (tf_rows_of(group->key.alert)->hears.minisock)
			group->others = 0;
	}
}

/* Groups that the scan has not found are empty now; minisocks of states wait for the evaluation on
 * time. */
static void end_groups(struct tf_core *core, enum tf_groups_table table)
{
	const struct tf_groups *groups = &core->alerting.groups[table];
	uint32_t handle = groups->head;

	for (; handle; handle = tf_groups_at(groups, handle)->next) {
		struct tf_alert_group *group = tf_groups_at(groups, handle);
		const struct tf_alert_row *row = tf_rows_of(group->key.alert);

		if (row->kind == TF_ALERT_KIND_SCAN)
			tf_groups_begin(group, core->alerting.scan_turn);
		else if (row->kind == TF_ALERT_KIND_STATE && row->hears.minisock)
			tf_by_state_take_minisocks(group);
	}
}

void tf_schedule_scan_end(struct tf_core *core)
{
	const struct tf_alert_hearers *scanned = &core->alerting.scanned;

	for (unsigned int i = 0; i < scanned->n; i++)
		scanned->row[i]->hears.scanned(core, scanned->row[i]);
	for (int table = 0; table < TF_GROUPS_TABLES; table++) {
		end_groups(core, table);
		judge_groups(core, table, TF_ALERT_KIND_SCAN);
	}
	/* A snapshot has no other time. */
	if (core->options.standing && !core->options.no_alerts) {
		set_next(core);
		evaluate_alerts(core);
	}
}
