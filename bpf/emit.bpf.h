/* SPDX-License-Identifier: GPL-2.0 */
/*
 * emit.bpf.h - counting, losing and sending: every event passes here
 *
 * seen = filtered + folded + lost + emitted holds for each hook at any time: a program calls
 * tf_emit_seen() or tf_programs_take() once, then exactly one of tf_emit_filtered(),
 * tf_emit_folded(), tf_emit_lost(), tf_emit_submit(), tf_scan_lost() and tf_scan_submit(), which
 * return 0.
 */
#ifndef TCPFATE_EMIT_BPF_H
#define TCPFATE_EMIT_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/maps.bpf.h"

/* A softirq, or a preempting task, can interrupt a task while it counts. One program that cannot
 * run twice at once has its counter alone and adds without a lock; @shared: several programs count
 * there. */
static __always_inline void tf_emit_count(__u64 *counter, bool shared)
{
	if (tf_compat_runs_alone() && !shared)
		*counter += 1;
	else
		__sync_fetch_and_add(counter, 1);
}

/* Where a program counts its event. */
struct tf_account {
	struct tf_counters *sum; /* NULL: the event is not this program's to take */
	bool shared;		 /* with other programs, which may run meanwhile */
};

/* Counts a call of @hook, which has one program. The verifier demands the check for NULL, which
 * cannot happen. */
static __always_inline struct tf_account tf_emit_seen(enum tf_hook hook)
{
	__u32 key = 2 * hook;
	struct tf_counting *count = bpf_map_lookup_elem(&counters, &key);
	struct tf_account account = {};

	if (!count)
		return account;
	account.sum = &count->sum;
	tf_emit_count(&count->sum.seen, false);
	return account;
}

static __always_inline int tf_emit_filtered(struct tf_account count)
{
	tf_emit_count(&count.sum->filtered, count.shared);
	return 0;
}

static __always_inline int tf_emit_folded(struct tf_account count)
{
	tf_emit_count(&count.sum->folded, count.shared);
	return 0;
}

/* No room in the ring: the next event of this socket will say so. */
static __always_inline int tf_emit_lost(struct tf_account count, __u64 sock)
{
	__u32 bucket = sock % TF_LOST_BUCKETS;
	__u32 *lost = bpf_map_lookup_elem(&lost_buckets, &bucket);

	if (lost)
		__sync_fetch_and_add(lost, 1);
	__sync_fetch_and_add(&tf_wake.lost_total, 1);
	tf_emit_count(&count.sum->lost, count.shared);
	return 0;
}

static __always_inline void tf_emit_header(struct tf_event *ev, __u64 sock, __u32 netns, __u8 kind,
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

/* Whether to wake the reader. While it works it comes by itself (see struct tf_wake), and only a
 * filling ring wakes it: checked once in 64 events of a CPU, because bpf_ringbuf_query() is a
 * call. */
static __always_inline __u64 tf_emit_wake_flags(struct tf_account count)
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

static __always_inline int tf_emit_submit(struct tf_account count, void *record)
{
	tf_emit_count(&count.sum->emitted, count.shared);
	bpf_ringbuf_submit(record, tf_emit_wake_flags(count));
	return 0;
}

#endif
