// SPDX-License-Identifier: GPL-2.0
/*
 * state.bpf.c - every change of a TCP socket's state
 *
 * inet_sock_set_state fires inside tcp_set_state() and in the few places where the kernel sets a
 * state without it; sk_state still holds the old state.
 */
#include "bpf/fill.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/programs.bpf.h"
#include "bpf/read.bpf.h"
#include "bpf/state_master.bpf.h"
#include "bpf/task.bpf.h"
#include "bpf/times.bpf.h"

#define CLOSE TCP_CLOSE
#define ECONNRESET 104 /* include/uapi/asm-generic/errno.h */
#define BOUND_PORT 8   /* SOCK_BINDPORT_LOCK, include/net/sock.h: bind() chose the port */

/* Whether a transition carries no fact. CLOSE to CLOSE: a socket that was never connected is
 * closed. FIN_WAIT2 to FIN_WAIT2: close() after shutdown(). LISTEN to SYN_RECV: the clone is not
 * complete yet; ESTABLISHED or CLOSE follows with all of it. */
static __always_inline bool carries_nothing(int from, int to)
{
	return from == to || (from == TCP_LISTEN && to == TCP_SYN_RECV);
}

/* Whether the filters let a transition of @sk through. */
static __always_inline bool wants_change(const struct sock *sk, const struct tf_tuple *tuple,
					 __u32 netns, int from, int to)
{
	if (!tf_filter_wants_tuple(tuple, netns) || !tf_filter_wants_cgroup(sk))
		return false;
	if (from == CLOSE && to == TCP_SYN_SENT)
		tf_filter_mark_owner(sk);
	if (!tf_filter_wants_owner(sk))
		return false;
	if (tf_filter_wants_lport(tuple))
		return true;
	/* Its SYN_SENT passed without a port: this event shows the core that it is not wanted. */
	return from == TCP_SYN_SENT && !(BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & BOUND_PORT);
}

static __always_inline void fill_task(struct tf_ev_state *ev)
{
	if (ev->flags & TF_F_LOCKED)
		ev->flags |= tf_task(&ev->pid, ev->comm, &ev->exit_signal);
	if ((ev->flags & (TF_F_TASK | TF_F_EXITING | TF_F_FILE_GONE)) ==
	    (TF_F_TASK | TF_F_FILE_GONE))
		tf_task_former_name(ev->comm);
}

/* The ICMP error of a connect() that SO_ERROR has returned to the application; 0: none. An ICMP
 * error that comes while connect() holds the socket's lock (over loopback or veth) does not end the
 * attempt: tcp_v4_err() leaves it in sk_err_soft and in the error queue, which wakes poll().
 * SO_ERROR then clears sk_err_soft and leaves the error queue. */
static __always_inline __s32 icmp_told(const struct sock *sk)
{
	const struct sock_exterr_skb *error;
	__u8 origin;

	if (sk->sk_err_soft || !sk->sk_error_queue.qlen ||
	    !bpf_core_type_exists(struct sock_exterr_skb))
		return 0;
	error = (const void *)sk->sk_error_queue.next->cb;
	origin = BPF_CORE_READ(error, ee.ee_origin);
	if (origin != TF_ORIGIN_ICMP && origin != TF_ORIGIN_ICMP6)
		return 0;
	return BPF_CORE_READ(error, ee.ee_errno);
}

/* Fills the facts that a verdict needs and that tcp_disconnect() wipes after CLOSE. */
static __always_inline void fill_close(struct tf_ev_close *ev, const struct tcp_sock *tp,
				       const struct sock *master)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;

	ev->st.flags |= tf_sock_tcp_flags(tp);
	if (tf_compat_net_dead(icsk->icsk_inet.sk.__sk_common.skc_net.net))
		ev->st.flags |= TF_F_NETNS_DEAD;
	ev->err = icsk->icsk_inet.sk.sk_err;
	ev->err_soft = icsk->icsk_inet.sk.sk_err_soft;
	if (ev->st.old_state == TCP_SYN_SENT && icmp_told(&icsk->icsk_inet.sk)) {
		ev->err_soft = icmp_told(&icsk->icsk_inet.sk);
		ev->st.flags |= TF_F_ICMP_TOLD;
	}
	ev->write_seq = tp->write_seq;
	ev->snd_nxt = tp->snd_nxt;
	ev->snd_una = tp->snd_una;
	ev->snd_wnd = tp->snd_wnd;
	ev->rcv_nxt = tp->rcv_nxt;
	ev->copied_seq = tp->copied_seq;
	ev->bytes_acked = tp->bytes_acked;
	ev->bytes_received = tp->bytes_received;
	ev->total_retrans = tp->total_retrans;
	ev->min_rtt_us = tp->rtt_min.s[0].v;
	ev->user_timeout_ms = icsk->icsk_user_timeout;
	ev->unanswered_ms = tf_times_unanswered_ms(tp);
	if (ev->err && tf_times_ack_older(tp))
		ev->st.flags |= TF_F_ACK_OLDER;
	ev->retransmits = icsk->icsk_retransmits;
	ev->probes_out = icsk->icsk_probes_out;
	__builtin_memset(ev->pad, 0, sizeof(ev->pad));
	ev->master_unread = 0;
	if (!master)
		return;
	ev->master_unread = tf_master_unread(master);
	/* The worker gives the master its errno a moment later. */
	if (!ev->err && tf_master_fastclosed(master))
		ev->err = ECONNRESET;
}

/* What a transition to or from SYN_SENT says besides: a connect() in repair mode sends no SYN
 * (tcp_connect()), and one with TCP_FASTOPEN_CONNECT may leave it to the first write
 * (tcp_fastopen_defer_connect()). */
static __always_inline __u32 connect_flags(const struct tcp_sock *tp, int from, int to)
{
	__u32 flags = 0;

	if (from == TCP_SYN_SENT || to == TCP_SYN_SENT)
		flags = tf_sock_tcp_flags(tp);
	if (to == TCP_SYN_SENT && BPF_CORE_READ_BITFIELD(tp, fastopen_connect))
		flags |= TF_F_SYN_WAITS;
	return flags;
}

/* Emits a transition of @sk; a program returns what this returns. */
static __always_inline int emit_change(const struct sock *sk, int from, int to, enum tf_place place)
{
	struct tf_account count;
	const struct sock *master;
	struct tf_ev_close *end;
	struct tf_ev_state *ev;
	struct tf_tuple tuple;
	struct tcp_sock *tp;
	__u32 netns;
	__u64 id;

	if (sk->sk_protocol == TF_IPPROTO_MPTCP)
		return tf_state_master_emit(sk, from, to, place);
	if (sk->sk_protocol != TF_IPPROTO_TCP)
		return 0;
	count = tf_programs_take(TF_HOOK_STATE, place, sk, (__u64)from << 8 | to,
				 tf_programs_mark_slot(sk));
	if (!count.sum)
		return 0;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tp || carries_nothing(from, to))
		return tf_emit_folded(count);
	tf_sock_full_tuple(&tuple, tp);
	netns = tf_sock_netns(sk);
	if (!wants_change(sk, &tuple, netns, from, to))
		return tf_emit_filtered(count);
	id = tf_sock_id(sk);
	master = tf_master_of(tp);
	if (to != CLOSE) {
		ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
		if (!ev)
			return tf_emit_lost(count, id);
		tf_emit_header(&ev->ev, id, netns, TF_EV_STATE, sizeof(*ev));
		tf_fill_state(ev, tp, master, &tuple, from, to);
		ev->flags |= tf_programs_place_flag(place) | connect_flags(tp, from, to);
		fill_task(ev);
		return tf_emit_submit(count, ev);
	}
	end = bpf_ringbuf_reserve(&ring, sizeof(*end), 0);
	if (!end)
		return tf_emit_lost(count, id);
	tf_emit_header(&end->st.ev, id, netns, TF_EV_CLOSE, sizeof(*end));
	tf_fill_state(&end->st, tp, master, &tuple, from, to);
	end->st.flags |= tf_programs_place_flag(place);
	fill_task(&end->st);
	fill_close(end, tp, master);
	return tf_emit_submit(count, end);
}

TF_PROGRAMS(on_state, "inet_sock_set_state", emit_change(sk, from, to, place),
	    const struct sock *sk, const int from, const int to)
