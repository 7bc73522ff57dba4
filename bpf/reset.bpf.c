// SPDX-License-Identifier: GPL-2.0
/*
 * reset.bpf.c - resets that are sent and received
 *
 * tcp_send_reset has skb NULL when the socket itself resets; otherwise skb is the segment that the
 * reset answers, and its tuple, reversed, is the one to report. sk may be NULL, a full socket, a
 * listener, a TIME_WAIT minisock or a request socket: read skc_state before any other field. Until
 * 19822a980e19 (6.10) it fires only for full sockets.
 */
#include "bpf/programs.bpf.h"
#include "bpf/reset.bpf.h"
#include "bpf/skb.bpf.h"

/* Fills the facts that both hooks take from @sk, which may be NULL. */
static __always_inline void fill_sock(struct tf_ev_reset *ev, const struct sock *sk,
				      const struct tcp_sock *tp)
{
	if (!sk)
		return;
	ev->state = sk->__sk_common.skc_state;
	ev->flags |= tf_reset_kind(ev->state);
	if (sk->__sk_common.skc_family == TF_AF_INET6)
		ev->flags |= TF_F_V6;
	if (tp)
		ev->flags |= tf_sock_flags(&tp->inet_conn.icsk_inet.sk);
	if ((ev->flags & TF_F_LISTENER) && sk->sk_ack_backlog > sk->sk_max_ack_backlog &&
	    tf_compat_abort_on_overflow(sk->__sk_common.skc_net.net))
		ev->flags |= TF_F_QUEUE_FULL;
}

/* Differs from one life of a socket to the next: a mark of an earlier life must not hide it. */
static __always_inline __u64 life_of(const struct tcp_sock *tp)
{
	return tp ? (__u64)tp->write_seq << 32 : 0;
}

/* Emits a reset that is sent: by @sk, or in answer to @skb. @reason: see struct tf_ev_reset. */
static __always_inline int emit_sent(const struct sock *sk, const struct sk_buff *skb, int reason,
				     enum tf_place place)
{
	struct tf_ev_reset facts = {.ev.kind = TF_EV_RST_SENT,
				    .reason = reason,
				    .flags = tf_programs_place_flag(place)};
	struct tf_account count;
	struct tcp_sock *tp = NULL;

	if (sk) {
		tp = bpf_skc_to_tcp_sock((void *)sk);
		count = tf_programs_take(TF_HOOK_RST_SENT, place, sk, life_of(tp) | (skb ? 1 : 2),
					 tf_programs_mark_slot(sk));
	} else {
		count = tf_programs_take(TF_HOOK_RST_SENT, place, skb, 3, 0);
	}
	if (!count.sum)
		return 0;
	if (sk) {
		facts.ev.netns = tf_sock_netns(sk);
		facts.ev.sock = tf_sock_id(sk);
	}
	fill_sock(&facts, sk, tp);
	if (skb) {
		if (!tf_skb_segment(&facts, skb))
			return tf_emit_folded(count);
		if (!sk)
			facts.ev.netns = tf_skb_netns(skb);
	} else if (tp) {
		facts.flags |= TF_F_ACTIVE;
		tf_sock_full_tuple(&facts.tuple, tp);
	}
	if (!tf_reset_wanted(sk, tp, &facts.tuple, facts.ev.netns))
		return tf_emit_filtered(count);
	return tf_reset_emit(count, &facts);
}

TF_PROGRAMS(on_rst_sent, "tcp_send_reset", emit_sent(sk, skb, -1, place), const struct sock *sk,
	    const struct sk_buff *skb)

/* Since b533fb9cf4f7 (6.10) the kernel passes the reason. */
TF_PROGRAMS(on_rst_sent_reason, "tcp_send_reset", emit_sent(sk, skb, reason, place),
	    const struct sock *sk, const struct sk_buff *skb, int reason)

/* Emits a call of tcp_reset() on @sk. It is no proof that an RST came: see bpf/README.md. */
static __always_inline int emit_received(const struct sock *sk, enum tf_place place)
{
	struct tf_ev_reset facts = {.ev.kind = TF_EV_RST_RECEIVED,
				    .reason = -1,
				    .flags = tf_programs_place_flag(place)};
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct tf_account count = tf_programs_take(TF_HOOK_RST_RECEIVED, place, sk, life_of(tp),
						   tf_programs_mark_slot(sk));

	if (!count.sum)
		return 0;
	if (!tp)
		return tf_emit_folded(count);
	tf_sock_full_tuple(&facts.tuple, tp);
	facts.ev.netns = tf_sock_netns(sk);
	if (!tf_reset_wanted(sk, tp, &facts.tuple, facts.ev.netns))
		return tf_emit_filtered(count);
	facts.ev.sock = tf_sock_id(sk);
	fill_sock(&facts, sk, tp);
	return tf_reset_emit(count, &facts);
}

TF_PROGRAMS(on_rst_received, "tcp_receive_reset", emit_received(sk, place), struct sock *sk)
