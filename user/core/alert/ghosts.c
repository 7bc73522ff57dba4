// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * ghosts.c - see ghosts.h
 */
#include "core/alert/ghosts.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "core/alert/counting.h"
#include "core/alert/judge.h"
#include "core/alert/notify.h"
#include "core/conn/master.h"
#include "core/engine.h"
#include "core/states.h"

#define GHOSTS_MAX 65536u
/* A host that lost its power needs that long to come back. */
#define COMES_BACK_NS ((uint64_t)(10 * NS_PER_S))

void tf_ghosts_fini(struct tf_ghosts *ghosts)
{
	free(ghosts->ghost);
	*ghosts = (struct tf_ghosts){0};
}

void tf_ghosts_sock(struct tf_core *core, const struct tf_alert_row *row, uint32_t handle,
		    const struct tf_ev_sock *event)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	uint64_t least_ms = core->alerting.limits[row->alert].age_ns / NS_PER_MS;
	struct tf_ghosts *ghosts = &core->alerting.ghosts;

	if (conn->state != TF_TCP_ESTABLISHED || conn->keepalive ||
	    event->silent_ms == UINT32_MAX || event->silent_ms < least_ms ||
	    event->idle_ms < least_ms)
		return;
	if (!ghosts->ghost) /* few hosts have any */
		ghosts->ghost = calloc(GHOSTS_MAX, sizeof(*ghosts->ghost));
	if (!ghosts->ghost || ghosts->n == GHOSTS_MAX) {
		ghosts->refused++;
		return;
	}
	ghosts->ghost[ghosts->n++] = (struct tf_ghost){
		.sock = conn->sock, .last_ns = event->st.ev.time_ns - event->silent_ms * NS_PER_MS};
}

/* The time from which on a ghost may be replaced, or the start of a connection of the same peer. */
struct mark {
	struct tf_alert_group *group;
	uint64_t ns;
	bool start;
};

/* The slot of a ghost that is one still. 0: it has ended since the scan found it, even if its
 * number is another socket's by now, as an address may be. */
static uint32_t find_ghost(const struct tf_core *core, const struct tf_ghost *ghost)
{
	uint32_t handle = tf_table_find(&core->table, ghost->sock);
	const struct tf_conn *conn = handle ? tf_table_conn(&core->table, handle) : NULL;

	if (!conn || conn->phase != TF_PHASE_LIVE || !conn->scanned)
		return 0;
	return tf_master_shown_state(conn) == TF_TCP_ESTABLISHED ? handle : 0;
}

static int by_group_and_time(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

static uint64_t comes_back_ns(const struct tf_core *core, const struct tf_alert_row *row)
{
	uint64_t age_ns = core->alerting.limits[row->alert].age_ns;

	return age_ns < COMES_BACK_NS ? age_ns : COMES_BACK_NS;
}

/* Marks of all ghosts, which make the groups. Returns how many. */
static uint32_t mark_ghosts(struct tf_core *core, const struct tf_alert_row *row,
			    struct mark *marks, uint32_t room)
{
	const struct tf_ghosts *ghosts = &core->alerting.ghosts;
	uint32_t n = 0;

	for (uint32_t i = 0; i < ghosts->n && n < room; i++) {
		uint32_t handle = find_ghost(core, &ghosts->ghost[i]);
		const struct tf_conn *conn;
		struct tf_group_key key;
		struct tf_alert_group *group;

		if (!handle)
			continue;
		conn = tf_table_conn(&core->table, handle);
		key = tf_group_key_of_conn(row->alert, row->key, conn);
		group = tf_counting_group(core, row, &key);
		if (!group)
			continue;
		tf_counting_set_owner(group, conn);
		marks[n++] = (struct mark){
			group, ghosts->ghost[i].last_ns + comes_back_ns(core, row), false};
	}
	return n;
}

/* Adds the starts of all open connections of the same peers to @n marks. Returns how many there
 * are. */
static uint32_t mark_starts(struct tf_core *core, const struct tf_alert_row *row,
			    struct mark *marks, uint32_t n, uint32_t room)
{
	uint32_t handle = core->table.queue[TF_QUEUE_ACTIVE].head;

	for (; handle && n < room; handle = tf_table_conn(&core->table, handle)->next) {
		const struct tf_conn *conn = tf_table_conn(&core->table, handle);
		struct tf_group_key key;
		struct tf_alert_group *group;

		if (conn->began_before)
			continue;
		key = tf_group_key_of_conn(row->alert, row->key, conn);
		group = tf_groups_find(&core->alerting.groups[row->table], &key, false);
		if (group && group->turn == core->alerting.scan_turn)
			marks[n++] = (struct mark){group, conn->started_ns, true};
	}
	return n;
}

/* Each start replaces the ghost that has waited longest. @marks are sorted by group and time. */
static void pair_marks(struct mark *marks, uint32_t n, uint64_t back_ns)
{
	for (uint32_t i = 0, waits = 0; i < n; i++) {
		if (i == 0 || marks[i - 1].group != marks[i].group)
			waits = i;
		if (!marks[i].start)
			continue;
		while (waits < i && marks[waits].start)
			waits++;
		if (waits < i)
			tf_groups_add(marks[i].group, tf_maybe_of(marks[waits++].ns - back_ns),
				      false);
	}
}

void tf_ghosts_count(struct tf_core *core, const struct tf_alert_row *row)
{
	uint32_t room = core->alerting.ghosts.n + core->table.queue[TF_QUEUE_ACTIVE].n, n;
	struct mark *marks;

	if (!core->alerting.ghosts.n)
		return;
	marks = calloc(room, sizeof(*marks));
	if (!marks)
		return;
	n = mark_ghosts(core, row, marks, room);
	n = mark_starts(core, row, marks, n, room);
	qsort(marks, n, sizeof(*marks), by_group_and_time);
	pair_marks(marks, n, comes_back_ns(core, row));
	free(marks);
}

bool tf_ghosts_judge(struct tf_core *core, const struct tf_alert_row *row,
		     struct tf_alert_group *group)
{
	uint64_t enough = core->alerting.limits[row->alert].count;

	tf_judge_group(core, row, group, tf_judge_level(group->count, enough), 0);
	return tf_judge_is_empty(group);
}

void tf_ghosts_examples(struct tf_core *core, const struct tf_alert_row *row,
			const struct tf_alert_group *group, struct tf_alert_record *ret)
{
	const struct tf_ghosts *ghosts = &core->alerting.ghosts;

	for (uint32_t i = 0; i < ghosts->n; i++) {
		uint32_t handle = find_ghost(core, &ghosts->ghost[i]);
		struct tf_group_key key;

		if (!handle)
			continue;
		key = tf_group_key_of_conn(row->alert, row->key,
					   tf_table_conn(&core->table, handle));
		if (!memcmp(&key, &group->key, sizeof(key)))
			tf_notify_example(core, handle, ret);
	}
}
