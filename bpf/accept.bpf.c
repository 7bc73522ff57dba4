// SPDX-License-Identifier: GPL-2.0
/*
 * accept.bpf.c - the process that takes a connection from accept(): an optional hook
 *
 * No tracepoint shows it, so these programs are attached to the return of inet_csk_accept(), where
 * trampolines or kprobes load. Without them the accepter is known from the socket's later calls, or
 * from a scan.
 */
#include "bpf/emit.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/read.bpf.h"
#include "bpf/task.bpf.h"
#include <bpf/bpf_tracing.h>

/* Emits the accept() of connection @sk by the current task; NULL: accept() failed. The fields are
 * read by probe reads, because a kretprobe runs this too. */
static __always_inline int emit_accepted(const struct sock *sk)
{
	struct tf_account count;
	struct tf_ev_accept *ev;
	struct tf_tuple tuple;
	__u32 netns;
	__u8 signal;
	__u64 id;

	if (!sk || BPF_CORE_READ(sk, sk_protocol) != TF_IPPROTO_TCP)
		return 0;
	count = tf_emit_seen(TF_HOOK_ACCEPT);
	if (!count.sum)
		return 0;
	tf_read_tuple(&tuple, sk);
	netns = tf_read_netns(sk);
	if (!tf_filter_wants_tuple(&tuple, netns) || !tf_filter_wants_lport(&tuple) ||
	    !tf_filter_wants_cgroup(sk))
		return tf_emit_filtered(count);
	id = tf_read_id(sk);
	if (!id) /* older than the start, and no scan has found it yet */
		return tf_emit_folded(count);
	ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
	if (!ev)
		return tf_emit_lost(count, id);
	tf_emit_header(&ev->ev, id, netns, TF_EV_ACCEPT, sizeof(*ev));
	ev->pid = 0;
	ev->uid = bpf_get_current_uid_gid();
	ev->cgroup = tf_read_cgroup_id(sk);
	ev->pad = 0;
	__builtin_memset(ev->comm, 0, sizeof(ev->comm));
	tf_task(&ev->pid, ev->comm, &signal);
	return tf_emit_submit(count, ev);
}

/* Since 92ef0fd55ac8 (6.10). */
SEC("fexit/inet_csk_accept")
int BPF_PROG(on_accept, struct sock *listener, void *arg, struct sock *sk)
{
	return emit_accepted(sk);
}

SEC("fexit/inet_csk_accept")
int BPF_PROG(on_accept_old, struct sock *listener, int flags, int *err, bool kern, struct sock *sk)
{
	return emit_accepted(sk);
}

SEC("kretprobe/inet_csk_accept")
int BPF_KRETPROBE(on_accept_probed, struct sock *sk)
{
	return emit_accepted(sk);
}
