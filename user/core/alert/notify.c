// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * notify.c - see notify.h
 */
#include "core/alert/notify.h"

#include <string.h>

#include "base/units.h"
#include "core/conn/master.h"
#include "core/emit.h"
#include "core/engine.h"

#define SAMPLE_MIN_NS (10 * NS_PER_S) /* a rate of growth needs as long */

static void add_example(struct tf_alert_record *ret, const struct tf_alert_example *example)
{
	if (ret->n_examples < TF_ALERT_EXAMPLES)
		ret->examples[ret->n_examples++] = *example;
}

void tf_notify_example(struct tf_core *core, uint32_t handle, struct tf_alert_record *ret)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_alert_example example = {
		.sock = conn->sock,
		.generation = conn->generation,
		.tuple = conn->tuple,
		.state = tf_master_shown_state(conn),
		.owner = {.from = conn->owner_from, .pid = conn->pid},
		.fd = tf_maybe_if(conn->fd >= 0, (uint64_t)conn->fd),
		.age_us = tf_maybe_if(conn->since_ns <= core->now,
				      (core->now - conn->since_ns) / NS_PER_US),
		.age_at_least = conn->since_at_least,
	};

	memcpy(example.owner.comm, conn->comm, sizeof(example.owner.comm));
	add_example(ret, &example);
}

void tf_notify_latest(struct tf_core *core, const struct tf_alert_row *row,
		      const struct tf_alert_group *group, struct tf_alert_record *ret)
{
	if (group->latest.state)
		add_example(ret, &group->latest);
}

void tf_notify_no_examples(struct tf_core *core, const struct tf_alert_row *row,
			   const struct tf_alert_group *group, struct tf_alert_record *ret)
{
}

/* How many more a minute, since a sample of half a minute to a minute ago. */
static struct tf_maybe growth_per_min(const struct tf_core *core,
				      const struct tf_alert_group *group)
{
	uint64_t time = core->now - group->sample_ns;

	if (!group->sample_ns || time < SAMPLE_MIN_NS || group->count < group->sample_count)
		return (struct tf_maybe){0};
	return tf_maybe_of((group->count - group->sample_count) * NS_PER_MIN / time);
}

static struct tf_alert_address address_if(bool known, const uint8_t address[16])
{
	struct tf_alert_address ret = {.known = known};

	if (known)
		memcpy(ret.address, address, sizeof(ret.address));
	return ret;
}

/* Whatever the key names is known of all members; a window's remote end too, while it is always the
 * same. */
static void fill_key(struct tf_core *core, const struct tf_alert_row *row,
		     const struct tf_alert_group *group, struct tf_alert_record *ret)
{
	const struct tf_group_key *key = &group->key;
	bool one_remote = row->kind == TF_ALERT_KIND_WINDOW && !key->has_remote &&
			  group->latest.state && !group->several_remotes;

	ret->netns = key->netns;
	ret->owner = group->owner;
	ret->names = tf_cgroups_find(&core->cgroups, group->cgroup, group->owner.pid);
	ret->local_addr = address_if(key->has_local, key->laddr);
	ret->remote_addr = address_if(key->has_remote, key->raddr);
	if (one_remote)
		ret->remote_addr = address_if(true, group->latest.tuple.raddr);
	ret->local_port = key->lport;
	ret->remote_port = key->rport;
	ret->fate = tf_maybe_if(key->fate, key->fate - 1u);
}

/* The numbers, as the last evaluation counted them; the rate is of a window, or of growth. */
static void fill_counts(const struct tf_core *core, const struct tf_alert_row *row,
			const struct tf_alert_group *group, struct tf_alert_record *ret)
{
	uint64_t window_ns = core->alerting.bucket_ns[row->alert] * TF_GROUPS_BUCKETS;
	struct tf_maybe oldest = group->oldest_ns;
	bool aged = tf_maybe_known(oldest) && tf_maybe_value(oldest) <= core->now;

	ret->oldest_us = tf_maybe_if(aged, (core->now - tf_maybe_or(oldest, 0)) / NS_PER_US);
	ret->oldest_at_least = !aged ? TF_UNKNOWN : group->at_least ? TF_YES : TF_NO;
	if (row->kind == TF_ALERT_KIND_WINDOW)
		ret->rate_per_min = tf_maybe_of(group->count * NS_PER_MIN / window_ns);
	else
		ret->rate_per_min = growth_per_min(core, group);
	ret->limit = group->limit;
	ret->eof_read = group->eof_read;
	ret->bytes_unread = group->unread;
	ret->dropped = group->dropped;
	ret->destinations = group->destinations;
}

void tf_notify_alert(struct tf_core *core, const struct tf_alert_row *row,
		     const struct tf_alert_group *group, enum tf_alert_event event)
{
	bool over = event == TF_ALERT_EVENT_CLEAR;
	struct tf_alert_record alert = {
		.time_ns = core->now,
		.alert = row->alert,
		.event = event,
		.since_ns = tf_maybe_of(group->raised_ns),
		.count = tf_maybe_of(over ? group->peak : group->count),
	};
	struct tf_record record = {.type = TF_RECORD_ALERT, .alert = &alert};

	fill_key(core, row, group, &alert);
	fill_counts(core, row, group, &alert);
	if (!over)
		row->examples(core, row, group, &alert);
	tf_emit_record(core, &record);
}
