// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * by_state.c - see by_state.h
 */
#include "core/alert/by_state.h"

#include <string.h>

#include "core/alert/counting.h"
#include "core/alert/judge.h"
#include "core/alert/notify.h"
#include "core/engine.h"
#include "core/states.h"

static bool is_counted(const struct tf_core *core, const struct tf_alert_row *row,
		       const struct tf_conn *conn)
{
	if (conn->syn_waits) /* nobody was asked */
		return false;
	if (core->options.standing && (row->traits & TF_TRAIT_UNANSWERED))
		return conn->unanswered;
	return conn->since_ns <= core->now &&
	       core->now - conn->since_ns >= core->alerting.limits[row->alert].age_ns;
}

/* Only scans find out: known of the whole group, or not at all. */
static void count_reading(struct tf_alert_group *group, const struct tf_conn *conn)
{
	if (group->count == 1)
		group->eof_read = group->unread = tf_maybe_of(0);
	if (!conn->scanned || conn->mptcp)
		group->eof_read = group->unread = (struct tf_maybe){0};
	if (!tf_maybe_known(group->eof_read))
		return;
	group->eof_read = tf_maybe_of(tf_maybe_value(group->eof_read) + conn->eof_read);
	group->unread = tf_maybe_of(tf_maybe_value(group->unread) + conn->unread);
}

/* The group of all sockets of a process, whatever their destinations: of @key that one's, without
 * its destination. One more destination is in it. NULL: no room. */
static struct tf_alert_group *process_group(struct tf_core *core, const struct tf_alert_row *row,
					    const struct tf_group_key *key)
{
	struct tf_group_key whole = {.alert = row->alert, .netns = key->netns, .pid = key->pid};
	struct tf_alert_group *group = tf_counting_group(core, row, &whole);

	if (group)
		group->destinations = tf_maybe_of(tf_maybe_or(group->destinations, 0) + 1);
	return group;
}

static void count_socket(struct tf_core *core, const struct tf_alert_row *row,
			 const struct tf_conn *conn)
{
	struct tf_group_key key = tf_group_key_of_conn(row->alert, row->key, conn);
	struct tf_alert_group *group = tf_counting_group(core, row, &key);

	if (!group && (row->traits & TF_TRAIT_BY_PROCESS))
		group = process_group(core, row, &key);
	if (!group)
		return;
	if (row->key & TF_KEY_OWNER)
		tf_counting_set_owner(group, conn);
	tf_groups_add(group, tf_maybe_of(conn->since_ns), conn->since_at_least);
	if (row->traits & TF_TRAIT_READING)
		count_reading(group, conn);
}

void tf_by_state_count(struct tf_core *core, const struct tf_alert_row *row)
{
	uint32_t handle = core->table.queue[row->queue].head;

	for (; handle; handle = tf_table_conn(&core->table, handle)->next)
		if (is_counted(core, row, tf_table_conn(&core->table, handle)))
			count_socket(core, row, tf_table_conn(&core->table, handle));
}

/* Adds @group, too small for an alert of its own, to the group of its process. */
static void add_to_process(struct tf_core *core, const struct tf_alert_row *row,
			   const struct tf_alert_group *group)
{
	struct tf_alert_group *whole = process_group(core, row, &group->key);
	uint64_t oldest_ns = tf_maybe_or(group->oldest_ns, UINT64_MAX);

	if (!whole)
		return;
	if (!whole->count) {
		whole->owner = group->owner;
		whole->cgroup = group->cgroup;
	}
	whole->count += group->count;
	if (oldest_ns < tf_maybe_or(whole->oldest_ns, UINT64_MAX)) {
		whole->oldest_ns = group->oldest_ns;
		whole->at_least = group->at_least;
	}
}

void tf_by_state_count_processes(struct tf_core *core, const struct tf_alert_row *row)
{
	struct tf_groups *groups = &core->alerting.groups[row->table];
	uint64_t enough = core->alerting.limits[row->alert].count;
	uint32_t handle = row->traits & TF_TRAIT_BY_PROCESS ? groups->head : 0, next;

	for (; handle; handle = next) {
		const struct tf_alert_group *group = tf_groups_at(groups, handle);

		next = group->next;
		if (group->key.alert == row->alert && group->key.has_remote &&
		    group->turn == core->alerting.turn && group->count < enough &&
		    !group->raised_ns)
			add_to_process(core, row, group);
	}
}

void tf_by_state_minisock(struct tf_core *core, const struct tf_alert_row *row,
			  const struct tf_ev_minisock *event)
{
	struct tf_group_key key;
	struct tf_alert_group *group;

	if (event->substate != row->state)
		return;
	key = tf_group_key_of_minisock(row->alert, row->key, event);
	group = tf_groups_find(&core->alerting.groups[row->table], &key, true);
	if (group)
		group->others++;
}

void tf_by_state_take_minisocks(struct tf_alert_group *group)
{
	group->memory = group->others;
	group->others = 0;
}

/* Minisocks are known from the last scan (group->memory) and have no time of their own: the group's
 * stands for it. */
bool tf_by_state_judge(struct tf_core *core, const struct tf_alert_row *row,
		       struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = &core->alerting.limits[row->alert];
	uint64_t sustain_ns = 0;

	tf_groups_begin(group, core->alerting.turn);
	if ((row->traits & TF_TRAIT_MINISOCKS) && group->memory) {
		sustain_ns = group->count < limits->count ? limits->age_ns : 0;
		group->count += group->memory;
	}
	tf_judge_group(core, row, group, tf_judge_level(group->count, limits->count), sustain_ns);
	return tf_judge_is_empty(group);
}

/* Whether @conn is a member of the group of @key, which may be that of a whole process. */
static bool is_member(const struct tf_alert_row *row, const struct tf_group_key *key,
		      const struct tf_conn *conn)
{
	unsigned int parts = row->key;
	struct tf_group_key own;

	if ((row->traits & TF_TRAIT_BY_PROCESS) && !key->has_remote)
		parts &= TF_KEY_OWNER;
	own = tf_group_key_of_conn(row->alert, parts, conn);
	return !memcmp(&own, key, sizeof(own));
}

void tf_by_state_examples(struct tf_core *core, const struct tf_alert_row *row,
			  const struct tf_alert_group *group, struct tf_alert_record *ret)
{
	uint32_t handle = core->table.queue[row->queue].head;

	for (; handle && ret->n_examples < TF_ALERT_EXAMPLES;
	     handle = tf_table_conn(&core->table, handle)->next) {
		const struct tf_conn *conn = tf_table_conn(&core->table, handle);

		if (is_counted(core, row, conn) && is_member(row, &group->key, conn))
			tf_notify_example(core, handle, ret);
	}
}
