/* SPDX-License-Identifier: GPL-2.0 */
/*
 * programs.bpf.h - the programs of a hook: a first one, and its stand-ins
 *
 * Since 6.1 the kernel skips a program that already runs on its CPU (__bpf_trace_run()), and only
 * a counter shows it. With one program, a softirq that interrupts a task at work on its socket
 * would lose its whole batch. Since 7.0, where tracepoints can be preempted (a46023d5616e), so
 * would every task that runs until the preempted one goes on. So each tracepoint has stand-ins,
 * attached behind the first program and called in that order: the first takes each event and
 * leaves a mark, a stand-in takes an event that has no mark. Where tasks cannot preempt each other
 * inside a tracepoint, only the last stand-in is attached. It counts its calls and the kernel
 * counts its skips, so the events that no program took are known (user/kernel/counters.c). When
 * many events come between two of the programs, a mark can be overwritten: then the event is
 * emitted twice, and the core drops the duplicate (TF_F_STAND_IN).
 */
#ifndef TCPFATE_PROGRAMS_BPF_H
#define TCPFATE_PROGRAMS_BPF_H

#include "bpf/emit.bpf.h"
#include <bpf/bpf_tracing.h>

/* Which of a hook's programs runs. The first counts in entry 2 * hook of the map `counters`, the
 * stand-ins share entry 2 * hook + 1. */
enum tf_place { TF_FIRST, TF_STAND_IN, TF_LAST_STAND_IN };

#define TF_PROGRAM(name, hook, place_, call, args...)                                              \
	SEC("tp_btf/" hook)                                                                        \
	int BPF_PROG(name, ##args)                                                                 \
	{                                                                                          \
		const enum tf_place place = place_;                                                \
                                                                                                   \
		return call;                                                                       \
	}

/* All programs of tracepoint @hook: @name takes @args and returns @call, which passes `place` on.
 * user/kernel/hooks.c finds the stand-ins by their names. */
#define TF_PROGRAMS(name, hook, call, args...)                                                     \
	TF_PROGRAM(name, hook, TF_FIRST, call, args)                                               \
	TF_PROGRAM(name##_stand_in1, hook, TF_STAND_IN, call, args)                                \
	TF_PROGRAM(name##_stand_in2, hook, TF_STAND_IN, call, args)                                \
	TF_PROGRAM(name##_stand_in3, hook, TF_LAST_STAND_IN, call, args)

/* Counts an event of @hook, if it is this program's to take. The event is that of socket or packet
 * @what; @how distinguishes it from the next one there, @slot spreads the marks. */
static __always_inline struct tf_account tf_programs_take(enum tf_hook hook, enum tf_place place,
							  const void *what, __u64 how, __u32 slot)
{
	__u32 key = 2 * hook;
	struct tf_counting *first = bpf_map_lookup_elem(&counters, &key), *others = NULL;
	struct tf_account account = {.shared = place != TF_FIRST}, none = {};
	struct tf_mark *mark;
	bool taken;

	if (!first)
		return none;
	mark = &first->mark[slot % TF_MARKS];
	taken = place != TF_FIRST && mark->what == (__u64)what && mark->how == how;
	if (place == TF_STAND_IN && taken)
		return none;
	if (place != TF_FIRST) {
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
		tf_emit_count(&account.sum->seen, account.shared);
	}
	if (place == TF_LAST_STAND_IN) /* the only program that counts here */
		tf_emit_count(&others->runs, false);
	return account;
}

/* The slot of the mark for events of socket @sk. */
static __always_inline __u32 tf_programs_mark_slot(const struct sock *sk)
{
	return sk->__sk_common.skc_num ^ sk->__sk_common.skc_dport >> 8;
}

/* The flag of an event that a stand-in emits. */
static __always_inline __u32 tf_programs_place_flag(enum tf_place place)
{
	return place == TF_FIRST ? 0 : TF_F_STAND_IN;
}

#endif
