/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * groups.h - the groups of sockets that alerts count: one for each alert and key
 *
 * A group is counted anew in each evaluation (tf_groups_begin(), then tf_groups_add() for each
 * member) or, where single events are counted, in buckets of time. Between evaluations it remembers
 * whether its alert is raised and what was reported of it. The number of groups is bounded: at the
 * ceiling new keys are not counted, and `refused` says how often.
 */
#ifndef TCPFATE_CORE_ALERT_GROUPS_H
#define TCPFATE_CORE_ALERT_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/maybe.h"
#include "base/pool.h"
#include "bpf/abi.h"
#include "core/alert/alerts.h"
#include "core/alert/group_key.h"
#include "core/record.h"

#define TF_GROUPS_BUCKETS 6

struct tf_alert_group {
	struct tf_group_key key;
	uint32_t next_same;  /* of its chain */
	uint32_t prev, next; /* of all */
	uint32_t turn;	     /* the evaluation that counted it last */
	/* What the last evaluation counted. */
	uint64_t count;
	struct tf_maybe oldest_ns; /* since when its oldest member is there */
	struct tf_maybe eof_read, unread, dropped, destinations, limit;
	bool at_least; /* the oldest may be older */
	/* The owner, as the first member has it. */
	struct tf_owner owner;
	uint64_t cgroup;
	/* Between evaluations. */
	uint64_t enough_ns; /* since when it is enough for an alert; 0: it is not */
	uint64_t raised_ns; /* 0: not raised */
	uint64_t few_ns;    /* since when it is few enough to clear; 0: it is not */
	uint64_t reported_ns, reported_count, peak;
	uint64_t sample_ns, sample_count; /* for the rate of growth: of a while ago */
	uint64_t next_sample_ns, next_sample_count;
	uint64_t memory; /* the row's functions' own: a counter's former value */
	uint32_t others; /* ... members that are counted apart */
	/* Single events: how many in each bucket of time, the latest bucket's number, and how many
	 * were usual before, per bucket, in 1/256. */
	uint32_t bucket[TF_GROUPS_BUCKETS];
	uint64_t bucket_no, first_ns, last_ns;
	uint32_t usual;
	bool several_remotes;		/* not all of one remote address */
	struct tf_alert_example latest; /* state 0: none */
};

/* Where groups are: those of most alerts together, those of an alert that has very many apart. */
enum tf_groups_table { TF_GROUPS_COMMON, TF_GROUPS_MANY, TF_GROUPS_TABLES };

struct tf_groups {
	struct tf_pool pool;
	struct tf_hash hash;
	uint32_t head;		     /* of all, the latest first */
	uint32_t n_of[TF_ALERT_MAX]; /* groups of each alert */
	uint64_t refused;
};

/* At most @max groups, hashed under @key. 0 or -ENOMEM. Ends with tf_groups_fini(), for which a
 * zeroed one is allowed. */
int tf_groups_init(struct tf_groups *groups, uint32_t max, struct tf_hash_key key);
void tf_groups_fini(struct tf_groups *groups);

static inline struct tf_alert_group *tf_groups_at(const struct tf_groups *groups, uint32_t handle)
{
	return tf_pool_at(&groups->pool, handle);
}

/* The group of @key, made if there is none and @make; NULL: none, or no room. */
struct tf_alert_group *tf_groups_find(struct tf_groups *groups, const struct tf_group_key *key,
				      bool make);

/* Forgets it. */
void tf_groups_del(struct tf_groups *groups, uint32_t handle);

/* Readies @group for being counted in evaluation @turn, unless it is already. */
void tf_groups_begin(struct tf_alert_group *group, uint32_t turn);

/* One more member, there since @since_ns; @at_least: or longer. */
void tf_groups_add(struct tf_alert_group *group, struct tf_maybe since_ns, bool at_least);

/* Moves the buckets, each @bucket_ns long (not 0), up to @now; what leaves them becomes usual,
 * unless the group is raised. */
void tf_groups_roll(struct tf_alert_group *group, uint64_t now, uint64_t bucket_ns);

/* One more event in the latest bucket. */
void tf_groups_happen(struct tf_alert_group *group);

/* Events in all buckets, and in how many there were any. */
uint32_t tf_groups_sum(const struct tf_alert_group *group, unsigned int *ret_filled);

#endif
