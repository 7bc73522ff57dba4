/* SPDX-License-Identifier: GPL-2.0 */
/*
 * emit.bpf.h - counting, losing and sending: every event passes here
 *
 * seen = filtered + folded + lost + emitted holds for each hook at any time: a program calls
 * tf_seen() once, then exactly one of tf_filtered(), tf_folded(), tf_lost(), tf_submit(), or of the last
 * two's counterparts for walks.
 *
 * Why there are two programs on some hooks: since 6.1 the kernel skips a program that is interrupted on
 * its CPU by its own hook (__bpf_trace_run()), and tells nobody but a counter. A task that works on
 * its socket can be interrupted so, by the softirq that works on another one; a softirq cannot. So
 * one program, the owner's, takes what happens under the owner's lock, which softirqs never do, and
 * the other takes the rest, all of it with softirqs off. Both are called every time, the owner's second.
 * What interrupts the owner's is taken by the other one; what interrupts the few instructions with which
 * the other turns away an owner's event, by the owner's, which notices that the other has not run. A skip
 * that is not made good so is counted as lost (user/kernel/counters.c).
 */
#ifndef TCPFATE_EMIT_BPF_H
#define TCPFATE_EMIT_BPF_H

#include "bpf/maps.bpf.h"

/* The side of a hook that a program serves. */
enum tf_serves { TF_SERVES_REST, TF_SERVES_OWNER };

/* Counts a call of @hook. NULL cannot happen, but the verifier wants it looked at. */
static __always_inline struct tf_counters *tf_seen(enum tf_hook hook, enum tf_serves side)
{
	__u32 key = 2 * hook + side;
	struct tf_counting *count = bpf_map_lookup_elem(&counters, &key);

	if (!count)
		return NULL;
	count->sum.seen++;
	return &count->sum;
}

/* In the owner's program, for an event of the rest: whether the other program was skipped. It has run
 * if its count has moved: on one CPU these events do not overlap. */
static __always_inline bool tf_rest_skipped(enum tf_hook hook)
{
	__u32 rest = 2 * hook + TF_SERVES_REST, owner = 2 * hook + TF_SERVES_OWNER;
	struct tf_counting *theirs = bpf_map_lookup_elem(&counters, &rest);
	struct tf_counting *ours = bpf_map_lookup_elem(&counters, &owner);
	bool skipped;

	if (!theirs || !ours)
		return false;
	skipped = theirs->sum.seen == ours->rest_seen;
	ours->rest_seen = theirs->sum.seen + skipped; /* tf_seen() comes next */
	ours->caught += skipped;
	return skipped;
}

/* Whether the program for @side takes an event that is due to @due. */
static __always_inline bool tf_takes(enum tf_hook hook, enum tf_serves side, enum tf_serves due)
{
	return side == due || (side == TF_SERVES_OWNER && tf_rest_skipped(hook));
}

static __always_inline int tf_filtered(struct tf_counters *count)
{
	count->filtered++;
	return 0;
}

static __always_inline int tf_folded(struct tf_counters *count)
{
	count->folded++;
	return 0;
}

/* No room in the ring: the next event of this socket will say so. */
static __always_inline int tf_lost(struct tf_counters *count, __u64 sock)
{
	__u32 bucket = sock % TF_LOST_BUCKETS;
	__u32 *lost = bpf_map_lookup_elem(&lost_buckets, &bucket);

	if (lost)
		__sync_fetch_and_add(lost, 1);
	__sync_fetch_and_add(&tf_wake.lost_total, 1);
	count->lost++;
	return 0;
}

static __always_inline void tf_header(struct tf_event *ev, __u64 sock, __u32 netns, __u8 kind,
				      __u16 size)
{
	__u32 bucket = sock % TF_LOST_BUCKETS;
	__u32 *lost = bpf_map_lookup_elem(&lost_buckets, &bucket);

	ev->time_ns = bpf_ktime_get_boot_ns();
	ev->sock = sock;
	ev->netns = netns;
	ev->size = size;
	ev->kind = kind;
	ev->pad0 = 0;
	ev->lost = lost ? *lost : 0;
	ev->lost_total = tf_wake.lost_total;
}

/* Whether to wake the reader. While it works it comes by itself (see struct tf_wake); then only a
 * filling ring wakes it, looked at once in 64 events of a CPU: a look costs a call. */
static __always_inline __u64 tf_wake_flags(const struct tf_counters *count)
{
	if (tf_wake.asleep) {
		tf_wake.asleep = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	if (count->emitted % 64 == 0 &&
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= tf_cfg.wake_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline int tf_submit(struct tf_counters *count, void *record)
{
	count->emitted++;
	bpf_ringbuf_submit(record, tf_wake_flags(count));
	return 0;
}

#endif
