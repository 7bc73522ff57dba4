/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * hooks.h - the attach methods of core/stream/hooks.def, and which of them fit a kernel
 */
#ifndef TCPFATE_KERNEL_HOOKS_H
#define TCPFATE_KERNEL_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

/* How a program hangs on its hook. */
enum tf_hooks_kind {
	TF_HOOKS_TP_BTF,
	TF_HOOKS_FENTRY,
	TF_HOOKS_FEXIT,
	TF_HOOKS_KPROBE,
	TF_HOOKS_KRETPROBE,
	TF_HOOKS_ITER,
	TF_HOOKS_KIND_MAX,
};

/* One attach method to a hook. */
struct tf_hooks_method {
	enum tf_hook hook;
	enum tf_hooks_kind kind;
	const char *program; /* the BPF program's name */
	int args;	     /* that it is written for; 0: any */
};

/* What the kernel's BTF knows a hook as. */
enum tf_hooks_target { TF_HOOKS_TRACEPOINT, TF_HOOKS_FUNCTION, TF_HOOKS_ITERATOR };

/* The target of @hook: that of all its methods. */
enum tf_hooks_target tf_hooks_target(enum tf_hook hook);

/* "tp_btf", "fentry", "fexit", "kprobe", "kretprobe", "iter". Static. */
const char *tf_hooks_kind_name(enum tf_hooks_kind kind);

/* The kinds, as bits (1 << kind), that a user calls @name: "fentry" for fentry and fexit, "kprobe"
 * for kprobe and kretprobe, "iter"; 0: no such name. */
uint32_t tf_hooks_kinds(const char *name);

/* The best attach method to @hook when the kernel's has @args arguments, of those that come after
 * @after (NULL: of all) and are of no kind in @without (bits as above). NULL: none. Static. */
const struct tf_hooks_method *tf_hooks_next(enum tf_hook hook, int args, uint32_t without,
					    const struct tf_hooks_method *after);

/* The hook that BPF program @name, a first one or a stand-in, belongs to; -1: it is not in
 * hooks.def. */
int tf_hooks_of_program(const char *name);

/* The stand-ins of a program of hooks.def, called after it in this order (bpf/programs.bpf.h says
 * why): two for tracepoints that can be preempted, and the last, which is always attached if the
 * program has one. */
#define TF_HOOKS_STAND_INS 3
#define TF_HOOKS_LAST 2

/* Which stand-in of @program BPF program @name is: "on_state_stand_in1" is 0 of "on_state",
 * "_stand_in2" 1, "_stand_in3" TF_HOOKS_LAST; -1: none. */
int tf_hooks_stand_in(const char *name, const char *program);

#endif
