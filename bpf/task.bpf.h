/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task.bpf.h - the current task, where it is the socket's owner
 *
 * Most hooks run in softirq and interrupt any task; on loopback it is often the peer's process. The
 * current task is the socket's owner only where it holds the socket's lock.
 */
#ifndef TCPFATE_TASK_BPF_H
#define TCPFATE_TASK_BPF_H

#include "bpf/maps.bpf.h"
#include "bpf/compat.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define TF_PF_EXITING 0x00000004 /* include/linux/sched.h */
#define TF_PF_KTHREAD 0x00200000
#define TF_SIGKILL 9

/* The facts of the current process. `oom_mm` is set by mark_oom_victim() and stays. */
struct tf_caller {
	__u32 flags; /* PF_... */
	__u32 pid;
	__u32 exit_code;	     /* the low 7 bits: a signal */
	bool oom;		     /* the OOM killer chose it */
	__u64 comm[TF_COMM_LEN / 8]; /* of the thread group's leader */
};

/* bpf_get_current_task_btf() came with 5.11, one release before the cookies. */
static __always_inline struct tf_caller tf_task_caller(void)
{
	struct tf_caller caller;
	struct task_struct *task;
	const __u64 *comm;

	if (tf_cfg.cookies) {
		task = (void *)bpf_get_current_task_btf();
		caller.flags = task->flags;
		caller.pid = task->tgid;
		caller.exit_code = task->signal->group_exit_code;
		caller.oom = task->signal->oom_mm;
		comm = (const __u64 *)task->group_leader->comm;
		caller.comm[0] = comm[0];
		caller.comm[1] = comm[1];
		return caller;
	}
	task = (void *)bpf_get_current_task();
	caller.flags = BPF_CORE_READ(task, flags);
	caller.pid = BPF_CORE_READ(task, tgid);
	caller.exit_code = BPF_CORE_READ(task, signal, group_exit_code);
	caller.oom = BPF_CORE_READ(task, signal, oom_mm);
	task = BPF_CORE_READ(task, group_leader);
	BPF_CORE_READ_INTO(&caller.comm, task, comm);
	return caller;
}

/* Whether a kernel thread runs, such as a worker. */
static __always_inline bool tf_task_is_kernel(void)
{
	const struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, flags) & TF_PF_KTHREAD;
}

/* Whether the current task is on its way out of execve(), where descriptors are closed that do not
 * outlive it: its user stack is as execve() has laid it out, and no instruction of the new program
 * has run. */
static __always_inline bool tf_task_becomes_another(void)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	return task->mm && PT_REGS_SP(regs) == task->mm->start_stack;
}

/* The name that the current process had when it still had the descriptor. */
static __always_inline void tf_task_former_name(__u8 comm[TF_COMM_LEN])
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	const __u64 *name;

	if (!tf_cfg.cookies || !tf_compat_has_task_regs() || !tf_task_becomes_another())
		return;
	name = bpf_map_lookup_elem(&former_names, &pid);
	if (name)
		__builtin_memcpy(comm, name, TF_COMM_LEN);
}

/* Fills the fields from the current task and returns TF_F_TASK, and TF_F_EXITING with the signal
 * that kills it (0: an exit), TF_F_OOM if that was the OOM killer's. A kernel thread and the
 * scanner are no owners: 0. Call it only where the task holds the socket's lock (TF_F_LOCKED);
 * softirq work on a locked socket waits in the backlog for that task. */
static __always_inline __u32 tf_task(__u32 *pid, __u8 comm[TF_COMM_LEN], __u8 *signal)
{
	struct tf_caller caller = tf_task_caller();

	if ((caller.flags & TF_PF_KTHREAD) || caller.pid == tf_wake.scanner)
		return 0;
	*pid = caller.pid;
	__builtin_memcpy(comm, caller.comm, TF_COMM_LEN);
	if (!(caller.flags & TF_PF_EXITING))
		return TF_F_TASK;
	*signal = caller.exit_code & 0x7f;
	if (*signal == TF_SIGKILL && caller.oom)
		return TF_F_TASK | TF_F_EXITING | TF_F_OOM;
	return TF_F_TASK | TF_F_EXITING;
}

#endif
