/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * pidns.h - whether the kernel's process ids are ours
 */
#ifndef TCPFATE_BASE_PIDNS_H
#define TCPFATE_BASE_PIDNS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether this process is in the initial pid namespace. In another one the numbers that BPF
 * programs give are others than those of its /proc, and may be a stranger's there. */
bool tf_pidns_initial(void);

/* This process's id as BPF programs see it (the high half of bpf_get_current_pid_tgid()); 0: it
 * cannot be known, outside the initial pid namespace. */
uint32_t tf_pidns_process(void);

#endif
