/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * hooks.h - the rows of hooks.def, and which one fits a kernel
 */
#ifndef TCPFATE_KERNEL_HOOKS_H
#define TCPFATE_KERNEL_HOOKS_H

#include <stdbool.h>

#include "bpf/abi.h"

/* How a program hangs on its hook. */
enum tf_hooks_kind { TF_HOOKS_RAW_TP, TF_HOOKS_FEXIT, TF_HOOKS_ITER };

/* The kind of all programs for @hook. */
enum tf_hooks_kind tf_hooks_kind(enum tf_hook hook);

/* "tp_btf", "fexit", "iter". Static. */
const char *tf_hooks_kind_name(enum tf_hooks_kind kind);

/* The name of the BPF program for @hook when the kernel's hook has @args arguments; NULL when none
 * of ours fits. Static. */
const char *tf_hooks_program(enum tf_hook hook, int args);

/* The hook that BPF program @name, or the companion of that name, belongs to; -1: it is none of
 * hooks.def's. */
int tf_hooks_of_program(const char *name);

/* Whether @name is @program's companion: "on_state_owned" is that of "on_state". They hang on the same hook
 * and share its events (bpf/emit.bpf.h says why); a program of hooks.def may have one. */
bool tf_hooks_is_companion(const char *name, const char *program);

#endif
