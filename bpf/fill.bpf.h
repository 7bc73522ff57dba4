/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fill.bpf.h - the part that all records of full sockets share
 */
#ifndef TCPFATE_FILL_BPF_H
#define TCPFATE_FILL_BPF_H

#include "bpf/sock.bpf.h"

/* Fills @ev from @tp, except its header; the task fields stay empty. */
static __always_inline void tf_fill_state(struct tf_ev_state *ev, const struct tcp_sock *tp,
					  const struct tf_tuple *tuple, int from, int to)
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
}

#endif
