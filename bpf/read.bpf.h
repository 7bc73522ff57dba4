/* SPDX-License-Identifier: GPL-2.0 */
/*
 * read.bpf.h - the facts of a socket by probe reads, for programs that a kprobe may run
 *
 * A trampoline's arguments have types and allow plain loads. A kprobe's do not, and the verifier
 * denies it the helpers that take a socket. Programs that exist for both use probe reads
 * everywhere; none of them runs as often as the state hook.
 */
#ifndef TCPFATE_READ_BPF_H
#define TCPFATE_READ_BPF_H

#include "bpf/sock.bpf.h"

/* As tf_sock_id(), but without making a cookie: 0 until the state hook or a scan asked for it. */
static __always_inline __u64 tf_read_id(const struct sock *sk)
{
	__u64 address;

	if (tf_cfg.cookies)
		return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	bpf_probe_read_kernel(&address, sizeof(address), &sk); /* see tf_sock_id() */
	return address * tf_cfg.hash_key;
}

static __always_inline __u32 tf_read_netns(const struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

static __always_inline __u64 tf_read_cgroup_id(const struct sock *sk)
{
	const struct cgroup *cgroup = tf_compat_sock_cgroup(sk);

	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

/* As tf_sock_full_tuple(), of a socket that has not been closed. */
static __always_inline void tf_read_tuple(struct tf_tuple *tuple, const struct sock *sk)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == TF_AF_INET6) {
		BPF_CORE_READ_INTO(&tuple->laddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&tuple->raddr, sk, __sk_common.skc_v6_daddr);
	} else {
		tf_sock_mapped(tuple->laddr, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		tf_sock_mapped(tuple->raddr, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	}
	tuple->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
	tuple->rport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	tuple->pad = 0;
}

#endif
