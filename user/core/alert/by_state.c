// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * detect_states.c - live sockets that stay in a state which should pass
 *
 * The table keeps the sockets of each such state in a queue of their own: they are counted anew each
 * time, those alone that have been there for as long as the limits say. So there is no account that
 * could drift.
 */
#include <string.h>

#include "core/alert/schedule.h"
#include "core/engine.h"
#include "core/states.h"

/* What a socket is counted under, besides its namespace. */
enum part {
	OWNER = 1 << 0,	  /* the process */
	SERVICE = 1 << 1, /* a server's local port, a client's remote port */
	REMOTE = 1 << 2,  /* the peer's address */
	TARGET = 1 << 3,  /* the peer's port */
};

static const struct row {
	enum tf_alert alert;
	enum tf_queue queue;
	unsigned int parts; /* enum part */
	bool unanswered; /* in one look: its age is not known, but whether it has repeated itself */
} rows[] = {
	{TF_ALERT_CLOSE_WAIT_PILEUP, TF_QUEUE_CLOSE_WAIT, OWNER | SERVICE, false},
	{TF_ALERT_SYN_SENT_PILEUP, TF_QUEUE_SYN_SENT, OWNER | REMOTE | TARGET, true},
	{TF_ALERT_FIN_WAIT1_PILEUP, TF_QUEUE_FIN_WAIT1, SERVICE, true},
	{TF_ALERT_FIN_WAIT2_STUCK, TF_QUEUE_FIN_WAIT2, REMOTE, false},
	{TF_ALERT_LAST_ACK_PILEUP, TF_QUEUE_LAST_ACK, SERVICE, true},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *row_of(enum tf_alert alert)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].alert == alert)
			return &rows[i];
	return NULL;
}

static struct tf_group_key key_of(const struct row *row, const struct tf_conn *conn)
{
	struct tf_group_key key = {.alert = row->alert, .netns = conn->netns};
	bool server = conn->role == TF_ROLE_SERVER;

	if ((row->parts & OWNER) && conn->owner_from != TF_OWNER_NONE)
		key.pid = conn->pid;
	if ((row->parts & SERVICE) && server)
		key.lport = conn->tuple.lport;
	if ((row->parts & TARGET) || ((row->parts & SERVICE) && conn->role == TF_ROLE_CLIENT))
		key.rport = conn->tuple.rport;
	if (row->parts & REMOTE) {
		key.has_remote = 1;
		memcpy(key.raddr, conn->tuple.raddr, sizeof(key.raddr));
	}
	return key;
}

static bool counts(const struct tf_core *core, const struct row *row, const struct tf_conn *conn)
{
	if (core->options.standing && row->unanswered)
		return conn->unanswered;
	return conn->since_ns <= core->now &&
	       core->now - conn->since_ns >= tf_schedule_limits(core, row->alert)->age_ns;
}

/* What only scans tell: known of all of the group, or not at all. */
static void count_reading(struct tf_alert_group *group, const struct tf_conn *conn)
{
	if (group->count == 1)
		group->eof_read = group->unread = 0;
	if (!conn->scanned)
		group->eof_read = group->unread = TF_UNKNOWN_U64;
	if (group->eof_read == TF_UNKNOWN_U64)
		return;
	group->eof_read += conn->eof_read;
	group->unread += conn->unread;
}

/* All connects of a process whose destinations are too few each to be told: a scan, or no network. */
static struct tf_alert_group *whole_process(struct tf_core *core,
					    const struct tf_group_key *destination,
					    const struct tf_conn *conn)
{
	struct tf_group_key key = {
		.alert = destination->alert, .netns = destination->netns, .pid = destination->pid};
	struct tf_alert_group *group = tf_schedule_group(core, &core->detect.groups, &key, conn);

	if (group && group->destinations == TF_UNKNOWN_U64)
		group->destinations = 0;
	return group;
}

static void count_one(struct tf_core *core, const struct row *row, const struct tf_conn *conn)
{
	struct tf_group_key key = key_of(row, conn);
	struct tf_alert_group *group = tf_schedule_group(core, &core->detect.groups, &key,
							 row->parts & OWNER ? conn : NULL);

	if (!group && row->alert == TF_ALERT_SYN_SENT_PILEUP) {
		group = whole_process(core, &key, conn);
		if (group)
			group->destinations++;
	}
	if (!group)
		return;
	tf_groups_add(group, conn->since_ns, conn->since_at_least);
	if (row->alert == TF_ALERT_CLOSE_WAIT_PILEUP)
		count_reading(group, conn);
}

static void count_queue(struct tf_core *core, const struct row *row)
{
	uint32_t handle = core->table.queue[row->queue].head;

	for (; handle; handle = tf_table_conn(&core->table, handle)->next)
		if (counts(core, row, tf_table_conn(&core->table, handle)))
			count_one(core, row, tf_table_conn(&core->table, handle));
}

/* Adds what the destinations of a process have to the process, each that is not enough by itself. */
static void add_to_processes(struct tf_core *core)
{
	struct tf_groups *groups = &core->detect.groups;
	uint64_t enough = tf_schedule_limits(core, TF_ALERT_SYN_SENT_PILEUP)->count;
	struct tf_conn owner = {0};
	uint32_t handle = groups->head, next;

	for (; handle; handle = next) {
		const struct tf_alert_group *group = tf_groups_at(groups, handle);
		struct tf_alert_group *all;

		next = group->next;
		if (group->key.alert != TF_ALERT_SYN_SENT_PILEUP || !group->key.has_remote ||
		    group->turn != core->detect.turn || group->count >= enough || group->raised_ns)
			continue;
		owner.owner_from = group->owner_from & 7;
		owner.pid = group->owner_pid;
		owner.cgroup = group->cgroup;
		memcpy(owner.comm, group->comm, sizeof(owner.comm));
		all = whole_process(core, &group->key, &owner);
		if (!all)
			continue;
		all->destinations++;
		all->count += group->count;
		if (group->oldest_ns < all->oldest_ns) {
			all->oldest_ns = group->oldest_ns;
			all->at_least = group->at_least;
		}
	}
}

/* Minisocks in FIN_WAIT2 are known from the last scan (group->memory); they have no time of their own, so
 * the group's stands for it. */
static void judge(struct tf_core *core, struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	uint64_t sustain = 0;

	tf_groups_begin(group, core->detect.turn);
	if (group->key.alert == TF_ALERT_FIN_WAIT2_STUCK && group->memory) {
		sustain = group->count < limits->count ? limits->age_ns : 0;
		group->count += group->memory;
	}
	tf_schedule_judge(core, group, tf_schedule_level(group->count, limits->count), sustain);
}

void tf_by_state_count(struct tf_core *core)
{
	struct tf_groups *groups = &core->detect.groups;
	uint32_t handle, next;

	for (size_t i = 0; i < N_ROWS; i++)
		if (tf_schedule_wants(core, rows[i].alert))
			count_queue(core, &rows[i]);
	add_to_processes(core);
	for (handle = groups->head; handle; handle = next) {
		struct tf_alert_group *group = tf_groups_at(groups, handle);

		next = group->next;
		if (!row_of(group->key.alert))
			continue;
		judge(core, group);
		if (!group->count && !group->raised_ns && !group->others)
			tf_groups_del(groups, handle);
	}
}

static bool belongs(const struct row *row, const struct tf_group_key *key,
		    const struct tf_conn *conn)
{
	struct tf_group_key own = key_of(row, conn);

	if (!key->has_remote && own.has_remote) { /* a whole process */
		memset(own.raddr, 0, sizeof(own.raddr));
		own.has_remote = 0;
		own.rport = 0;
	}
	return !memcmp(&own, key, sizeof(own));
}

void tf_by_state_examples(struct tf_core *core, const struct tf_alert_group *group,
			  struct tf_alert_record *ret)
{
	const struct row *row = row_of(group->key.alert);
	uint32_t handle = row ? core->table.queue[row->queue].head : 0;

	for (; handle && ret->n_examples < TF_ALERT_EXAMPLES;
	     handle = tf_table_conn(&core->table, handle)->next) {
		const struct tf_conn *conn = tf_table_conn(&core->table, handle);

		if (counts(core, row, conn) && belongs(row, &group->key, conn))
			tf_schedule_example(core, handle, ret);
	}
}
