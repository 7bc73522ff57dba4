/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * groups.h - what detectors count: one group for each alert and key, found by the key
 *
 * A group is counted anew in each evaluation (tf_groups_begin(), then tf_groups_add() for each member) or,
 * where single events are counted, in buckets of time. What it remembers between evaluations is
 * whether it is raised and what was told of it. The number of groups is bounded: at the ceiling new
 * keys are not counted, and `refused` says how often.
 */
#ifndef TCPFATE_CORE_ALERT_GROUPS_H
#define TCPFATE_CORE_ALERT_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/alert/alerts.h"
#include "base/pool.h"
#include "core/record.h"

/* Compared as bytes: parts that do not apply are 0. */
struct tf_group_key {
	uint64_t sock; /* of a listener */
	uint32_t netns;
	uint32_t pid;
	uint16_t lport, rport;
	uint8_t alert;		       /* enum tf_alert */
	uint8_t fate;		       /* enum tf_fate + 1 */
	uint8_t has_local, has_remote; /* whether the addresses belong to the key */
	uint8_t laddr[16], raddr[16];
};

#define TF_GROUPS_BUCKETS 6

struct tf_alert_group {
	struct tf_group_key key;
	uint32_t next_same;  /* in its hash bucket */
	uint32_t prev, next; /* of all */
	uint32_t turn;	     /* the evaluation that counted it last */
	/* What the last evaluation counted. */
	uint64_t count;
	uint64_t oldest_ns; /* since when its oldest member is there; TF_UNKNOWN_U64 */
	uint64_t eof_read, unread, dropped, destinations, limit; /* TF_UNKNOWN_U64 */
	bool at_least;						 /* the oldest may be older */
	/* The owner, as the first member has it. */
	uint32_t owner_pid;
	uint8_t owner_from;
	uint8_t comm[TF_COMM_LEN];
	uint64_t cgroup;
	/* Between evaluations. */
	uint64_t met_ns;    /* since when it is enough for an alert; 0: it is not */
	uint64_t raised_ns; /* 0: not raised */
	uint64_t below_ns;  /* since when it is little enough to clear; 0: it is not */
	uint64_t told_ns, told_count, peak;
	uint64_t sample_ns, sample_count; /* for the rate of growth: of a while ago */
	uint64_t next_sample_ns, next_sample_count;
	uint64_t memory; /* the detector's own: a counter's former value */
	/* Single events: how many in each bucket of time, the latest bucket's number, and what was
	 * usual before, per bucket, in 1/256. */
	uint32_t bucket[TF_GROUPS_BUCKETS];
	uint32_t others; /* events of the key that do not count, in the same time */
	uint64_t bucket_no, first_ns, last_ns;
	uint32_t usual;
	struct tf_alert_example latest; /* of single events; sock 0: none */
};

struct tf_groups {
	struct tf_pool pool;
	uint32_t *buckets;
	uint32_t mask;
	uint32_t head; /* of all, the latest first */
	uint64_t refused;
};

/* At most @max groups. 0 or -ENOMEM. Ends with tf_groups_fini(), for which a zeroed one is allowed. */
int tf_groups_init(struct tf_groups *groups, uint32_t max);
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

/* One more member, there since @since_ns (TF_UNKNOWN_U64: not known); @at_least: or longer. */
void tf_groups_add(struct tf_alert_group *group, uint64_t since_ns, bool at_least);

/* Moves the buckets, each @bucket_ns long, up to @now; what leaves them becomes what is usual, unless
 * the group is raised. */
void tf_groups_roll(struct tf_alert_group *group, uint64_t now, uint64_t bucket_ns);

/* Events in all buckets, and in how many there were any. */
uint32_t tf_groups_sum(const struct tf_alert_group *group, unsigned int *ret_filled);

#endif
