// SPDX-License-Identifier: GPL-2.0
/*
 * rename.bpf.c - what a process was called before it became another program
 *
 * A descriptor that is closed on exec is released in task work on the way out of execve(), when the
 * process bears the new program's name already; task.bpf.h then asks for the former one. Without
 * this program it is not known, and the record has the new name. It is no hook of the contract: it
 * emits no event.
 */
#include "bpf/task.bpf.h"
#include <bpf/bpf_tracing.h>

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	const __u64 *name = (const __u64 *)task->comm;
	__u64 former[TF_COMM_LEN / 8];
	__u32 pid = task->tgid;

	if (task->group_leader != task)
		return 0;
	former[0] = name[0];
	former[1] = name[1];
	bpf_map_update_elem(&former_names, &pid, former, BPF_ANY);
	return 0;
}
