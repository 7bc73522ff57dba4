// SPDX-License-Identifier: GPL-2.0
/*
 * bare.bpf.c - resets that no full socket sends, on kernels before 6.10: an optional hook
 *
 * Until 19822a980e19 (6.10) tcp_send_reset fires in tcp_v4_send_reset() and tcp_v6_send_reset()
 * for full sockets only. These programs are attached to the functions themselves and take the
 * rest: answers of TIME_WAIT minisocks (late data after the hand-off) and answers without a socket
 * (a closed port, a connection that is not known any more). Both functions return early in some
 * cases. An RST is checked for here; a broadcast or multicast destination, which TCP drops before,
 * and a failed MD5 or AO check are not.
 */
#include "bpf/read.bpf.h"
#include "bpf/reset.bpf.h"
#include "bpf/skb.bpf.h"
#include <bpf/bpf_tracing.h>

/* Emits the reset that answers segment @skb, unless tcp_send_reset fires for it. @sk: a minisock, a
 * full socket, or NULL. */
static __always_inline int emit_bare(enum tf_hook hook, const struct sock *sk,
				     const struct sk_buff *skb)
{
	struct tf_ev_reset facts = {.ev.kind = TF_EV_RST_SENT, .reason = -1};
	struct tf_account count;

	if (sk)
		facts.state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (sk && facts.state != TCP_TIME_WAIT && facts.state != TCP_NEW_SYN_RECV)
		return 0; /* tcp_send_reset fires */
	count = tf_emit_seen(hook);
	if (!count.sum)
		return 0;
	if (!tf_skb_segment(&facts, skb) || (facts.segment & TH_RST))
		return tf_emit_folded(count);
	if (sk) {
		facts.flags |= tf_reset_kind(facts.state);
		if (hook == TF_HOOK_BARE6)
			facts.flags |= TF_F_V6;
		facts.ev.netns = tf_read_netns(sk);
		facts.ev.sock = tf_read_id(sk);
	} else {
		facts.ev.netns = tf_skb_netns(skb);
	}
	if (!tf_reset_wanted(NULL, NULL, &facts.tuple, facts.ev.netns))
		return tf_emit_filtered(count);
	return tf_reset_emit(count, &facts);
}

SEC("fentry/tcp_v4_send_reset")
int BPF_PROG(on_bare4, const struct sock *sk, const struct sk_buff *skb)
{
	return emit_bare(TF_HOOK_BARE4, sk, skb);
}

SEC("kprobe/tcp_v4_send_reset")
int BPF_KPROBE(on_bare4_probed, const struct sock *sk, const struct sk_buff *skb)
{
	return emit_bare(TF_HOOK_BARE4, sk, skb);
}

SEC("fentry/tcp_v6_send_reset")
int BPF_PROG(on_bare6, const struct sock *sk, const struct sk_buff *skb)
{
	return emit_bare(TF_HOOK_BARE6, sk, skb);
}

SEC("kprobe/tcp_v6_send_reset")
int BPF_KPROBE(on_bare6_probed, const struct sock *sk, const struct sk_buff *skb)
{
	return emit_bare(TF_HOOK_BARE6, sk, skb);
}
