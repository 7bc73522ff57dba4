/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fill.bpf.h - the part that all records of full sockets share
 */
#ifndef TCPFATE_FILL_BPF_H
#define TCPFATE_FILL_BPF_H

#include "bpf/master.bpf.h"
#include "bpf/sock.bpf.h"
#include "bpf/task.bpf.h"

#define TF_OF_HOLDER (TF_F_DEAD | TF_F_HAS_SOCKET | TF_F_FILE_GONE | TF_F_LINGER0)

/* Replaces what the application's end shows by that of the subflow's @master. A subflow that the
 * worker has closed is an orphan, whatever the master is; and a master that waits for accept() is
 * nobody's, though the kernel marks it dead to kill it. */
static __always_inline void tf_fill_master(struct tf_ev_state *ev, const struct sock *master)
{
	bool orphan = ev->flags & TF_F_DEAD;

	ev->flags = (ev->flags & ~TF_OF_HOLDER) | TF_F_MPTCP;
	ev->inode = 0;
	if (orphan || !tf_master_waits(master))
		ev->flags |= tf_master_flags(master, orphan, &ev->inode);
	if ((ev->flags & TF_F_LOCKED) && tf_task_is_kernel())
		ev->flags &= ~TF_F_LOCKED;
	ev->shutdown |= BPF_CORE_READ(master, sk_shutdown);
	ev->uid = BPF_CORE_READ(master, sk_uid.val);
}

/* Fills @ev from @tp and, if it is a subflow, from its @master (else NULL), except its header; the
 * task fields stay empty. */
static __always_inline void tf_fill_state(struct tf_ev_state *ev, const struct tcp_sock *tp,
					  const struct sock *master, const struct tf_tuple *tuple,
					  int from, int to)
{
	const struct sock *sk = (const struct sock *)tp;

	ev->tuple = *tuple;
	ev->inode = 0;
	ev->flags = tf_sock_flags(&tp->inet_conn.icsk_inet.sk) |
		    tf_sock_file(&tp->inet_conn.icsk_inet.sk, &ev->inode);
	ev->old_state = from;
	ev->new_state = to;
	ev->shutdown = tp->inet_conn.icsk_inet.sk.sk_shutdown;
	ev->exit_signal = 0;
	ev->uid = tp->inet_conn.icsk_inet.sk.sk_uid.val;
	ev->pid = 0;
	ev->cgroup = tf_sock_cgroup_id(sk);
	ev->srtt_us = tp->srtt_us >> 3;
	__builtin_memset(ev->comm, 0, sizeof(ev->comm));
	if (master)
		tf_fill_master(ev, master);
}

#endif
