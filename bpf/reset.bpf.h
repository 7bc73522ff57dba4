/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reset.bpf.h - the part that the records of resets and of retransmitted SYN-ACKs share
 */
#ifndef TCPFATE_RESET_BPF_H
#define TCPFATE_RESET_BPF_H

#include "bpf/emit.bpf.h"
#include "bpf/filter.bpf.h"

/* The flag for a socket in @state that is not a connection. */
static __always_inline __u32 tf_reset_kind(__u8 state)
{
	if (state == TCP_TIME_WAIT)
		return TF_F_MINISOCK;
	if (state == TCP_NEW_SYN_RECV)
		return TF_F_REQUEST;
	if (state == TCP_LISTEN)
		return TF_F_LISTENER;
	return 0;
}

/* Whether the filters let a reset through. A minisock, or no socket, has only its tuple. */
static __always_inline bool tf_reset_wanted(const struct sock *sk, const struct tcp_sock *tp,
					    const struct tf_tuple *tuple, __u32 netns)
{
	if (!tf_filter_wants_tuple(tuple, netns) || !tf_filter_wants_lport(tuple))
		return false;
	return !tp || !sk || (tf_filter_wants_cgroup(sk) && tf_filter_wants_owner(sk));
}

static __always_inline int tf_reset_emit(struct tf_account count, const struct tf_ev_reset *facts)
{
	struct tf_ev_reset *ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);

	if (!ev)
		return tf_emit_lost(count, facts->ev.sock);
	*ev = *facts;
	tf_emit_header(&ev->ev, facts->ev.sock, facts->ev.netns, facts->ev.kind, sizeof(*ev));
	return tf_emit_submit(count, ev);
}

#endif
