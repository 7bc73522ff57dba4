/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * kprobe.h - whether a program can hang on a kernel function by a kprobe
 *
 * Used by probe.c only; libbpf attaches the real programs.
 */
#ifndef TCPFATE_KERNEL_KPROBE_H
#define TCPFATE_KERNEL_KPROBE_H

#include <stdbool.h>

/* Puts a probe at @function's entry, or with @at_return at its return, lets BPF program @prog (of
 * type KPROBE) hang on it, and takes it away again. Returns 0, -ENOSYS when this kernel has no
 * kprobes, or another negative errno: -ENOENT no such function or not to be probed, -EACCES and
 * -EPERM not allowed. */
int tf_kprobe_try(const char *function, bool at_return, int prog);

#endif
