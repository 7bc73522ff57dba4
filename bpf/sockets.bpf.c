// SPDX-License-Identifier: GPL-2.0
/*
 * sockets.bpf.c - all TCP sockets of a network namespace
 *
 * iter/tcp visits the kernel's hash tables: listeners, full sockets, TIME_WAIT minisocks and
 * pending handshakes, of both families, in the namespace where its file was made. Since
 * 04c7820b776f (5.15) it holds the lock of a full socket meanwhile (bpf_iter_tcp_seq_show()), so
 * the record stands in the ring between the socket's earlier and later events. On older kernels a
 * softirq may change the socket while it is read.
 */
#include "bpf/fill.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/times.bpf.h"
#include "bpf/scan.bpf.h"

static __always_inline void fill_listener(struct tf_ev_sock *ev, const struct tcp_sock *tp)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;

	ev->rcv_queue = icsk->icsk_inet.sk.sk_ack_backlog;
	ev->snd_queue = icsk->icsk_inet.sk.sk_max_ack_backlog;
	ev->unsent = 0;
	ev->requests = icsk->icsk_accept_queue.qlen.counter;
	ev->drops = icsk->icsk_inet.sk.sk_drops.counter;
	ev->silent_ms = TF_UNKNOWN_MS;
	ev->idle_ms = TF_UNKNOWN_MS;
	ev->waits_ms = 0;
}

static __always_inline void fill_queues(struct tf_ev_sock *ev, const struct tcp_sock *tp)
{
	ev->rcv_queue = tp->rcv_nxt - tp->copied_seq;
	ev->snd_queue = tp->write_seq - tp->snd_una;
	ev->unsent = tp->write_seq - tp->snd_nxt;
	ev->requests = 0;
	ev->drops = 0;
	ev->silent_ms = tf_times_silent_ms(tp);
	ev->idle_ms = tf_times_ms_since(tp->lsndtime);
	ev->waits_ms = tf_times_waits_ms(tp);
}

/* Emits a full socket or a listener. */
static __always_inline int emit_socket(struct tf_account count, const struct tcp_sock *tp)
{
	const struct sock *sk = (const struct sock *)tp, *master = tf_master_of(tp);
	__u8 state = sk->__sk_common.skc_state;
	__u32 netns = tf_sock_netns(sk);
	struct tf_tuple tuple;
	struct tf_ev_sock *ev;

	tf_sock_full_tuple(&tuple, tp);
	if (!tf_filter_wants_tuple(&tuple, netns) || !tf_filter_wants_lport(&tuple) ||
	    !tf_filter_wants_cgroup(sk) || !tf_filter_wants_owner(sk))
		return tf_emit_filtered(count);
	ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
	if (!ev)
		return tf_scan_lost(count);
	tf_emit_header(&ev->st.ev, tf_sock_id(sk), netns, TF_EV_SOCK, sizeof(*ev));
	tf_fill_state(&ev->st, tp, master, &tuple, state, state);
	if (state == TCP_LISTEN)
		fill_listener(ev, tp);
	else
		fill_queues(ev, tp);
	if (state == TCP_SYN_SENT)
		ev->st.flags |= tf_sock_fastopen(tp);
	ev->retransmits = tp->inet_conn.icsk_retransmits;
	ev->probes_out = tp->inet_conn.icsk_probes_out;
	ev->master_state = 0;
	ev->master_unread = 0;
	ev->pad = 0;
	if (master) {
		ev->master_state = BPF_CORE_READ(master, __sk_common.skc_state);
		ev->master_unread = tf_master_unread(master);
	}
	return tf_scan_submit(count, ev);
}

/* Emits a minisock or a pending handshake; @facts has its flags, substate and retransmits. */
static __always_inline int emit_minisock(struct tf_account count, const struct sock_common *skc,
					 const struct tf_ev_minisock *facts)
{
	const struct sock *sk = (const struct sock *)skc;
	__u32 netns = tf_sock_netns(sk);
	struct tf_ev_minisock *ev;
	struct tf_tuple tuple;

	tf_sock_common_tuple(&tuple, skc);
	if (!tf_filter_wants_tuple(&tuple, netns) || !tf_filter_wants_lport(&tuple))
		return tf_emit_filtered(count);
	ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
	if (!ev)
		return tf_scan_lost(count);
	*ev = *facts;
	tf_emit_header(&ev->ev, tf_sock_id(sk), netns, TF_EV_MINISOCK, sizeof(*ev));
	ev->tuple = tuple;
	ev->state = skc->skc_state;
	if (skc->skc_family == TF_AF_INET6)
		ev->flags |= TF_F_V6;
	return tf_scan_submit(count, ev);
}

/* Minisocks and requests are known by their state and read by probe reads:
 * bpf_skc_to_tcp_timewait_sock() and bpf_skc_to_tcp_request_sock() refuse those of MPTCP servers,
 * whose sk_prot is MPTCP's (tcp_prot_override). */
SEC("iter/tcp")
int on_scan_sockets(struct bpf_iter__tcp *ctx)
{
	struct tf_ev_minisock facts = {};
	struct sock_common *skc = ctx->sk_common;
	struct tf_account count;
	struct tcp_sock *tp;

	if (!skc) /* the end */
		return 0;
	tf_scan_found(ctx->meta);
	count = tf_emit_seen(TF_HOOK_SOCKETS);
	if (!count.sum)
		return 0;
	tp = bpf_skc_to_tcp_sock(skc);
	if (tp)
		return emit_socket(count, tp);
	if (skc->skc_state == TCP_TIME_WAIT) {
		facts.flags = TF_F_MINISOCK;
		facts.substate = BPF_CORE_READ((const struct inet_timewait_sock *)skc, tw_substate);
	} else if (skc->skc_state == TCP_NEW_SYN_RECV) {
		facts.flags = TF_F_REQUEST;
		facts.retransmits = BPF_CORE_READ((const struct request_sock *)skc, num_retrans);
	} else {
		return tf_emit_folded(count);
	}
	return emit_minisock(count, skc, &facts);
}
