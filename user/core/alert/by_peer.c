// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * by_peer.c - see by_peer.h
 */
#include "core/alert/by_peer.h"

#include <string.h>

#include "base/units.h"
#include "core/alert/judge.h"
#include "core/engine.h"
#include "core/states.h"

#define USUAL_TIMES 3u /* a storm is that many times what was usual before */
#define FORGET 8u      /* a usual number that is so much too small to matter is forgotten */
#define FILLED 3u      /* buckets that a storm must fill */

/* --- conditions --------------------------------------------------------------------------------*/

static bool is_silent(const struct tf_conn_record *record)
{
	return tf_maybe_or(record->bytes_sent, 1) == 0 &&
	       tf_maybe_or(record->bytes_received, 1) == 0;
}

/* An administrator, and the end of a namespace, mean what they do. */
bool tf_by_peer_is_abnormal(const struct tf_conn_record *record)
{
	switch (tf_fates_info(record->fate)->class) {
	case TF_CLASS_RESET:
	case TF_CLASS_HANDSHAKE:
		return !is_silent(record);
	case TF_CLASS_ABORT:
		return !is_silent(record) && record->fate != TF_FATE_ABORTED_BY_ADMIN &&
		       record->fate != TF_FATE_NETNS_GONE;
	case TF_CLASS_TIMEOUT:
		return true;
	default:
		return false;
	}
}

/* Not in order, or closed from here before anything was sent. */
bool tf_by_peer_is_cut_off(const struct tf_conn_record *record,
			   const struct tf_alert_limits *limits)
{
	if (record->role != TF_ROLE_SERVER || record->duration_at_least == TF_YES ||
	    tf_maybe_or(record->duration_us, UINT64_MAX) >= limits->age_ns / NS_PER_US)
		return false;
	if (tf_by_peer_is_abnormal(record))
		return true;
	return record->fate == TF_FATE_CLOSED_BY_LOCAL && tf_maybe_or(record->bytes_sent, 1) == 0;
}

/* --- events ------------------------------------------------------------------------------------*/

static void note_latest(struct tf_alert_group *group, const struct tf_conn_record *record)
{
	if (group->latest.state && memcmp(group->latest.tuple.raddr, record->tuple.raddr,
					  sizeof(record->tuple.raddr)) != 0)
		group->several_remotes = true;
	group->latest = (struct tf_alert_example){
		.sock = record->sock,
		.generation = record->generation,
		.tuple = record->tuple,
		.state = TF_TCP_CLOSE,
		.owner = record->owner,
	};
	group->owner = record->owner;
	group->cgroup = record->cgroup;
}

/* One more event of @group. */
static void count_event(struct tf_core *core, const struct tf_alert_row *row,
			struct tf_alert_group *group, const struct tf_conn_record *record)
{
	uint64_t bucket_ns = core->alerting.bucket_ns[row->alert];

	tf_groups_roll(group, core->now, bucket_ns);
	tf_groups_happen(group);
	core->alerting.waits = true;
	if (!group->last_ns || core->now - group->last_ns > bucket_ns * TF_GROUPS_BUCKETS)
		group->first_ns = core->now;
	group->last_ns = core->now;
	note_latest(group, record);
}

/* Moves the window up to now. Returns how many events are in it. */
static uint32_t roll_window(struct tf_core *core, const struct tf_alert_row *row,
			    struct tf_alert_group *group, unsigned int *ret_filled)
{
	tf_groups_roll(group, core->now, core->alerting.bucket_ns[row->alert]);
	group->oldest_ns = tf_maybe_of(group->first_ns);
	group->count = tf_groups_sum(group, ret_filled);
	return (uint32_t)group->count;
}

/* --- storms ------------------------------------------------------------------------------------*/

void tf_by_peer_storm(struct tf_core *core, const struct tf_alert_row *row,
		      const struct tf_conn_record *record)
{
	struct tf_group_key key;
	struct tf_alert_group *group;

	if (!row->counts(record, &core->alerting.limits[row->alert]))
		return;
	key = tf_group_key_of_record(row->alert, row->key, record);
	group = tf_groups_find(&core->alerting.groups[row->table], &key, true);
	if (group)
		count_event(core, row, group, record);
}

/* Whether the usual number is worth the group's memory: there may be one for each port of many
 * short-lived listeners. It keeps a storm from being one when it is a third of the limit at
 * least. */
static bool is_remembered(const struct tf_core *core, const struct tf_alert_row *row,
			  const struct tf_alert_group *group)
{
	uint64_t bucket_ms = core->alerting.bucket_ns[row->alert] / NS_PER_MS;
	uint64_t rate = (uint64_t)group->usual * MS_PER_MIN / bucket_ms; /* a minute, in 1/256 */

	return group->usual && rate * USUAL_TIMES * FORGET >=
				       (uint64_t)core->alerting.limits[row->alert].rate * 256;
}

bool tf_by_peer_judge_storm(struct tf_core *core, const struct tf_alert_row *row,
			    struct tf_alert_group *group)
{
	uint64_t window_ns = core->alerting.bucket_ns[row->alert] * TF_GROUPS_BUCKETS;
	unsigned int filled;
	uint64_t sum = roll_window(core, row, group, &filled);
	uint64_t rate = sum * NS_PER_MIN / window_ns;
	bool more = sum * 256 >= (uint64_t)group->usual * USUAL_TIMES * TF_GROUPS_BUCKETS;
	enum tf_level level = tf_judge_level(rate, core->alerting.limits[row->alert].rate);

	if (level == TF_LEVEL_ENOUGH && (filled < FILLED || (!more && !group->raised_ns)))
		level = TF_LEVEL_BETWEEN;
	tf_judge_group(core, row, group, level, 0);
	return tf_judge_is_empty(group) && !is_remembered(core, row, group);
}

/* --- flaps -------------------------------------------------------------------------------------*/

/* One at a time: a connection that began before the last one of this peer had ended is a crowd's.
 * That one, and one that is not cut off, count against a flap, in a group that is there.
 * group->memory: when the last one ended. */
void tf_by_peer_flap(struct tf_core *core, const struct tf_alert_row *row,
		     const struct tf_conn_record *record)
{
	struct tf_groups *groups = &core->alerting.groups[row->table];
	bool cut_off = row->counts(record, &core->alerting.limits[row->alert]);
	struct tf_group_key key;
	struct tf_alert_group *group;

	if (!cut_off && (!groups->n_of[row->alert] || record->role != TF_ROLE_SERVER))
		return;
	key = tf_group_key_of_record(row->alert, row->key, record);
	group = tf_groups_find(groups, &key, cut_off);
	if (!group)
		return;
	if (!cut_off || tf_maybe_or(record->started_ns, UINT64_MAX) < group->memory) {
		group->others++;
		return;
	}
	count_event(core, row, group, record);
	group->memory = record->time_ns;
}

bool tf_by_peer_judge_flap(struct tf_core *core, const struct tf_alert_row *row,
			   struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = &core->alerting.limits[row->alert];
	unsigned int filled;
	uint32_t sum = roll_window(core, row, group, &filled);
	enum tf_level level = tf_judge_level(sum, limits->rate);
	bool lasts = group->last_ns - group->first_ns >= limits->age_ns;

	if (level == TF_LEVEL_ENOUGH && (!lasts || group->others * 4 > sum))
		level = group->raised_ns ? TF_LEVEL_BETWEEN : TF_LEVEL_FEW;
	tf_judge_group(core, row, group, level, 0);
	if (!sum)
		group->others = 0;
	return tf_judge_is_empty(group);
}
