/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * piles.h - what detectors count: one pile for each alert and key, found by the key
 *
 * A pile is counted anew in each evaluation (tf_pile_begin(), then tf_pile_add() for each member) or,
 * where single events are counted, in buckets of time. What it remembers between evaluations is
 * whether it is raised and what was told of it. The number of piles is bounded: at the ceiling new
 * keys are not counted, and `refused` says how often.
 */
#ifndef TCPFATE_CORE_PILES_H
#define TCPFATE_CORE_PILES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/alerts.h"
#include "core/pool.h"
#include "core/record.h"

/* Compared as bytes: parts that do not apply are 0. */
struct tf_pile_key {
	uint64_t sock; /* of a listener */
	uint32_t netns;
	uint32_t pid;
	uint16_t lport, rport;
	uint8_t alert;		       /* enum tf_alert */
	uint8_t fate;		       /* enum tf_fate + 1 */
	uint8_t has_local, has_remote; /* whether the addresses belong to the key */
	uint8_t laddr[16], raddr[16];
};

#define TF_PILE_BUCKETS 6

struct tf_pile {
	struct tf_pile_key key;
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
	uint32_t bucket[TF_PILE_BUCKETS];
	uint32_t others; /* events of the key that do not count, in the same time */
	uint64_t bucket_no, first_ns, last_ns;
	uint32_t usual;
	struct tf_alert_example latest; /* of single events; sock 0: none */
};

struct tf_piles {
	struct tf_pool pool;
	uint32_t *buckets;
	uint32_t mask;
	uint32_t head; /* of all, the latest first */
	uint64_t refused;
};

/* At most @max piles. 0 or -ENOMEM. Ends with tf_piles_fini(), for which a zeroed one is allowed. */
int tf_piles_init(struct tf_piles *piles, uint32_t max);
void tf_piles_fini(struct tf_piles *piles);

static inline struct tf_pile *tf_piles_at(const struct tf_piles *piles, uint32_t handle)
{
	return tf_pool_at(&piles->pool, handle);
}

/* The pile of @key, made if there is none and @make; NULL: none, or no room. */
struct tf_pile *tf_piles_find(struct tf_piles *piles, const struct tf_pile_key *key, bool make);

/* Forgets it. */
void tf_piles_del(struct tf_piles *piles, uint32_t handle);

/* Readies @pile for being counted in evaluation @turn, unless it is already. */
void tf_pile_begin(struct tf_pile *pile, uint32_t turn);

/* One more member, there since @since_ns (TF_UNKNOWN_U64: not known); @at_least: or longer. */
void tf_pile_add(struct tf_pile *pile, uint64_t since_ns, bool at_least);

/* Moves the buckets, each @bucket_ns long, up to @now; what leaves them becomes what is usual, unless
 * the pile is raised. */
void tf_pile_roll(struct tf_pile *pile, uint64_t now, uint64_t bucket_ns);

/* Events in all buckets, and in how many there were any. */
uint32_t tf_pile_sum(const struct tf_pile *pile, unsigned int *ret_filled);

#endif
