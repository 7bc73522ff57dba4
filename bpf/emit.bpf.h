/* SPDX-License-Identifier: GPL-2.0 */
/*
 * emit.bpf.h - counting, losing and sending: every event passes here
 *
 * seen = filtered + folded + lost + emitted holds for each hook at any time: a program calls
 * tf_seen() once, then exactly one of tf_filtered(), tf_folded(), tf_lost(), tf_submit(), or of the last
 * two's counterparts for scans.
 *
 * Why there are several programs on some hooks: since 6.1 the kernel skips a program that runs already on
 * its CPU (__bpf_trace_run()), and tells nobody but a counter. So a softirq that interrupts a task at work on
 * its socket would go unseen with all its batch; and since 7.0, where a tracepoint can be preempted
 * (a46023d5616e), so would all tasks that run until the preempted one goes on. The first program takes each
 * event and leaves a mark; one that is called later takes what has none. Where tasks cannot preempt each other
 * there, two are enough; else there are four. How often all were skipped is known, because the last one
 * counts its ends and the kernel its skips (user/kernel/counters.c). When much happens between two of them a mark
 * can be lost: then the event is told twice, and the core drops the second one (TF_F_CAUGHT).
 */
#ifndef TCPFATE_EMIT_BPF_H
#define TCPFATE_EMIT_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/maps.bpf.h"

/* Which of a hook's programs this is. They share the hook's two entries in the map `counters`: the first has
 * the first, the others the second. */
enum tf_turn { TF_FIRST, TF_AGAIN, TF_LAST };

/* A task's count may be interrupted by a softirq's, and where tasks preempt each other, by theirs. Not where
 * one program alone has the counter and does not run twice at once: what counts for others says so by @shared. */
static __always_inline void tf_count(__u64 *counter, bool shared)
{
	if (tf_runs_alone() && !shared)
		*counter += 1;
	else
		__sync_fetch_and_add(counter, 1);
}

/* Where a program counts its event. */
struct tf_account {
	struct tf_counters *sum; /* NULL: the event is not this program's to take */
	bool shared;		 /* with other programs, which may run meanwhile */
};

/* Counts a call of @hook, which has one program. NULL cannot happen, but the verifier wants it looked at. */
static __always_inline struct tf_account tf_seen(enum tf_hook hook)
{
	__u32 key = 2 * hook;
	struct tf_counting *count = bpf_map_lookup_elem(&counters, &key);
	struct tf_account account = {};

	if (!count)
		return account;
	account.sum = &count->sum;
	tf_count(&count->sum.seen, false);
	return account;
}

/* Counts an event of a hook with several programs, if it is this one's to take. The event is that of socket or
 * packet @what; @how tells it from the next one there, @slot spreads marks. */
static __always_inline struct tf_account tf_take(enum tf_hook hook, enum tf_turn turn,
						 const void *what, __u64 how, __u32 slot)
{
	__u32 key = 2 * hook;
	struct tf_counting *first = bpf_map_lookup_elem(&counters, &key), *others = NULL;
	struct tf_account account = {.shared = turn != TF_FIRST}, none = {};
	struct tf_mark *mark;
	bool taken;

	if (!first)
		return none;
	mark = &first->mark[slot % TF_MARKS];
	taken = turn != TF_FIRST && mark->what == (__u64)what && mark->how == how;
	if (turn == TF_AGAIN && taken)
		return none;
	if (turn != TF_FIRST) {
		key++;
		others = bpf_map_lookup_elem(&counters, &key);
		if (!others)
			return none;
	}
	if (taken) {
		mark->what = 0;
	} else {
		mark->what = (__u64)what;
		mark->how = how;
		account.sum = others ? &others->sum : &first->sum;
		tf_count(&account.sum->seen, account.shared);
	}
	if (turn == TF_LAST) /* which nobody else counts */
		tf_count(&others->runs, false);
	return account;
}

/* The flag of an event that another program than the first tells. */
static __always_inline __u32 tf_caught(enum tf_turn turn)
{
	return turn == TF_FIRST ? 0 : TF_F_CAUGHT;
}

static __always_inline int tf_filtered(struct tf_account count)
{
	tf_count(&count.sum->filtered, count.shared);
	return 0;
}

static __always_inline int tf_folded(struct tf_account count)
{
	tf_count(&count.sum->folded, count.shared);
	return 0;
}

/* No room in the ring: the next event of this socket will say so. */
static __always_inline int tf_lost(struct tf_account count, __u64 sock)
{
	__u32 bucket = sock % TF_LOST_BUCKETS;
	__u32 *lost = bpf_map_lookup_elem(&lost_buckets, &bucket);

	if (lost)
		__sync_fetch_and_add(lost, 1);
	__sync_fetch_and_add(&tf_wake.lost_total, 1);
	tf_count(&count.sum->lost, count.shared);
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
static __always_inline __u64 tf_wake_flags(struct tf_account count)
{
	if (tf_wake.asleep) {
		tf_wake.asleep = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	if (count.sum->emitted % 64 == 0 &&
	    bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= tf_cfg.wake_bytes)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

static __always_inline int tf_submit(struct tf_account count, void *record)
{
	tf_count(&count.sum->emitted, count.shared);
	bpf_ringbuf_submit(record, tf_wake_flags(count));
	return 0;
}

#endif
