// SPDX-License-Identifier: GPL-2.0
/*
 * synack.bpf.c - retransmitted SYN-ACKs: a pending handshake waits for its last ACK
 *
 * Request sockets change no state; this is the only event of theirs.
 */
#include "bpf/reset.bpf.h"
#include <bpf/bpf_tracing.h>

/* @sk is the listener (in TCP Fast Open the child), @req the pending handshake. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(on_synack_retrans, const struct sock *sk, const struct request_sock *req)
{
	struct tf_account count = tf_emit_seen(TF_HOOK_SYNACK);
	struct tf_ev_reset facts = {.ev.kind = TF_EV_SYNACK_RETRANS};

	if (!count.sum)
		return 0;
	tf_sock_common_tuple(&facts.tuple, &req->__req_common);
	facts.ev.netns = tf_sock_netns(sk);
	if (!tf_reset_wanted(sk, NULL, &facts.tuple, facts.ev.netns))
		return tf_emit_filtered(count);
	facts.ev.sock = tf_sock_id(sk);
	facts.state = sk->__sk_common.skc_state;
	facts.flags = tf_reset_kind(facts.state);
	return tf_reset_emit(count, &facts);
}
