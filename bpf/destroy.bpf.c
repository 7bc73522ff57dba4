// SPDX-License-Identifier: GPL-2.0
/*
 * destroy.bpf.c - the end of a socket: tcp_destroy_sock
 */
#include "bpf/filter.bpf.h"
#include "bpf/master.bpf.h"
#include "bpf/programs.bpf.h"
#include "bpf/task.bpf.h"

/* Whether the filters let the end of @sk through. tcp_disconnect() may have wiped the remote end by
 * now: then the ports and addresses are not compared, so that no followed socket's end is
 * missed. */
static __always_inline bool wants_destroy(const struct sock *sk, const struct tf_tuple *tuple)
{
	__u32 netns = tf_sock_netns(sk);

	if (!tf_filter_wants_netns(netns) || !tf_filter_wants_cgroup(sk) ||
	    !tf_filter_wants_owner(sk))
		return false;
	return !tuple->rport ||
	       (tf_filter_wants_tuple(tuple, netns) && tf_filter_wants_lport(tuple));
}

/* The error that no call has returned. The application asks the subflow's @master for it, when all
 * of it has ended; an error of one subflow among others is never returned. */
static __always_inline int left_error(const struct sock *sk, const struct sock *master)
{
	if (master && BPF_CORE_READ(master, __sk_common.skc_state) == TCP_CLOSE)
		return BPF_CORE_READ(master, sk_err);
	return sk->sk_err;
}

/* Emits the end of @sk. No program of ours has seen a socket without a cookie: its end is none. */
static __always_inline int emit_destroyed(struct sock *sk, enum tf_place place)
{
	struct tf_account count =
		tf_programs_take(TF_HOOK_DESTROY, place, sk, 0, sk->__sk_common.skc_dport >> 8);
	struct tf_ev_destroy *ev;
	struct tf_tuple tuple;
	struct tcp_sock *tp;
	__u8 signal;
	__u64 id;

	if (!count.sum)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || (tf_cfg.cookies && !sk->__sk_common.skc_cookie.counter))
		return tf_emit_folded(count);
	tf_sock_full_tuple(&tuple, tp);
	if (!wants_destroy(sk, &tuple))
		return tf_emit_filtered(count);
	id = tf_sock_id(sk);
	ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
	if (!ev)
		return tf_emit_lost(count, id);
	tf_emit_header(&ev->ev, id, tf_sock_netns(sk), TF_EV_DESTROY, sizeof(*ev));
	ev->err = left_error(sk, tf_master_of(tp));
	ev->flags = tf_sock_flags(sk);
	ev->pid = 0;
	ev->pad = 0;
	__builtin_memset(ev->comm, 0, sizeof(ev->comm));
	if (ev->flags & TF_F_LOCKED)
		ev->flags |= tf_task(&ev->pid, ev->comm, &signal);
	return tf_emit_submit(count, ev);
}

TF_PROGRAMS(on_destroy, "tcp_destroy_sock", emit_destroyed(sk, place), struct sock *sk)
