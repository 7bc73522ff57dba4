/* SPDX-License-Identifier: GPL-2.0 */
/*
 * times.bpf.h - how long ago a socket sent, received or began to wait
 *
 * The kernel stamps most of it in the low half of jiffies.
 */
#ifndef TCPFATE_TIMES_BPF_H
#define TCPFATE_TIMES_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/maps.bpf.h"

/* How long the oldest unanswered transmission, window probe or keepalive probe has waited, as the
 * kernel counts for TCP_USER_TIMEOUT: retransmits_timed_out(), tcp_probe_timer() and
 * tcp_keepalive_timer() of net/ipv4/tcp_timer.c. Milliseconds; 0: nothing waits. */
static __always_inline __u32 tf_times_unanswered_ms(const struct tcp_sock *tp)
{
	__u32 stamp = tp->retrans_stamp, since = tf_compat_probes_tstamp(tp);

	if (stamp && tp->snd_una != tp->write_seq) {
		if (tf_compat_usec_ts(tp))
			return ((__u32)tp->tcp_mstamp - stamp) / 1000;
		return (__u32)(tp->tcp_mstamp / 1000) - stamp;
	}
	if (!tp->inet_conn.icsk_probes_out)
		return 0;
	if (!since)
		since = tp->rcv_tstamp;
	return (__u64)((__u32)bpf_jiffies64() - since) * tf_cfg.tick_ns / 1000000;
}

/* How long the oldest unanswered transmission has waited, without probes and by the clock:
 * tcp_mstamp stands still while nothing happens. retrans_stamp is set for a SYN
 * (tcp_connect_init()) and for the first segment that is retransmitted. */
static __always_inline __u32 tf_times_waits_ms(const struct tcp_sock *tp)
{
	__u64 now_us = bpf_ktime_get_ns() / 1000;

	if (!tp->retrans_stamp || tp->snd_una == tp->write_seq)
		return 0;
	if (tf_compat_usec_ts(tp))
		return ((__u32)now_us - tp->retrans_stamp) / 1000;
	return (__u32)(now_us / 1000) - tp->retrans_stamp;
}

#define TF_UNKNOWN_MS (~0U)

/* Milliseconds since @stamp, the low half of jiffies; 0: never. @stamp may be a little later than
 * the moment when this reads the clock. */
static __always_inline __u32 tf_times_ms_since(__u32 stamp)
{
	__u32 ticks = (__u32)bpf_jiffies64() - stamp;
	__u64 ms = ticks * tf_cfg.tick_ns / 1000000;

	if (!stamp)
		return TF_UNKNOWN_MS;
	if (ticks > (__u32)-1000)
		return 0;
	return ms < TF_UNKNOWN_MS ? ms : TF_UNKNOWN_MS - 1;
}

/* Milliseconds since the peer's last segment that acknowledged something or brought data. */
static __always_inline __u32 tf_times_silent_ms(const struct tcp_sock *tp)
{
	__u32 acked = tf_times_ms_since(tp->rcv_tstamp),
	      data = tf_times_ms_since(tp->inet_conn.icsk_ack.lrcvtime);

	return acked < data ? acked : data;
}

/* Whether the peer's last acknowledgement came with an earlier segment than the one that the kernel
 * is at work on. Only an RST acknowledges nothing. Both stamps are old by what has passed since, be
 * it that this CPU was taken away meanwhile; they count in ticks and in microseconds. */
static __always_inline bool tf_times_ack_older(const struct tcp_sock *tp)
{
	__u64 segment_ns = bpf_ktime_get_ns() - tp->tcp_mstamp * 1000;
	__u32 ticks = (__u32)bpf_jiffies64() - tp->rcv_tstamp;

	return ticks < 1U << 31 && ticks * tf_cfg.tick_ns > segment_ns + 2 * tf_cfg.tick_ns;
}

#endif
