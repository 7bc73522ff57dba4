/* SPDX-License-Identifier: GPL-2.0 */
/*
 * filter.bpf.h - the user's filters, before an event is reserved
 *
 * The verifier removes the filters that tf_cfg switches off. An event that cannot be decided yet
 * passes; user/core/filter.c decides at the end.
 */
#ifndef TCPFATE_FILTER_BPF_H
#define TCPFATE_FILTER_BPF_H

#include "bpf/sock.bpf.h"

static __always_inline bool tf_filter_port_in(void *set, __u16 port)
{
	__u32 word = port / 64;
	__u64 *bits = bpf_map_lookup_elem(set, &word);

	return bits && (*bits >> (port % 64) & 1);
}

static __always_inline bool tf_filter_cidr_in(const __u8 addr[16])
{
	struct tf_cidr_key key = {.bits = 128};
	const __u8 *in; /* 0: an exception inside a larger network */

	__builtin_memcpy(key.addr, addr, sizeof(key.addr));
	in = bpf_map_lookup_elem(&cidr_set, &key);
	return in && *in;
}

static __always_inline bool tf_filter_wants_netns(__u32 netns)
{
	return !tf_cfg.by_netns || bpf_map_lookup_elem(&netns_set, &netns);
}

static __always_inline bool tf_filter_is_mapped(const __u8 addr[16])
{
	const __u32 *word = (const __u32 *)addr;

	return !word[0] && !word[1] && word[2] == bpf_htonl(0xffff);
}

/* Whether the tuple, without its local port, and the namespace pass. */
static __always_inline bool tf_filter_wants_tuple(const struct tf_tuple *tuple, __u32 netns)
{
	if (tf_cfg.only_v4 && !tf_filter_is_mapped(tuple->raddr))
		return false;
	if (tf_cfg.only_v6 && tf_filter_is_mapped(tuple->raddr))
		return false;
	if (!tf_filter_wants_netns(netns))
		return false;
	if (tf_cfg.by_rport && !tf_filter_port_in(&rport_set, tuple->rport))
		return false;
	if (tf_cfg.by_cidr && !tf_filter_cidr_in(tuple->raddr) && !tf_filter_cidr_in(tuple->laddr))
		return false;
	return true;
}

static __always_inline bool tf_filter_wants_lport(const struct tf_tuple *tuple)
{
	return !tf_cfg.by_lport || !tuple->lport || tf_filter_port_in(&lport_set, tuple->lport);
}

#define TF_CGROUP_DEPTH 16 /* ancestors that are compared; a deeper cgroup is not inside */

/* Whether the user asked for the socket's cgroup, or for one above it. */
static __always_inline bool tf_filter_wants_cgroup(const struct sock *sk)
{
	const struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
	__u64 id;
	int i;

	if (!tf_cfg.by_cgroup)
		return true;
	cgroup = tf_compat_sock_cgroup(sk);
	for (i = 0; i < TF_CGROUP_DEPTH && cgroup; i++) {
		id = BPF_CORE_READ(cgroup, kn, id);
		if (bpf_map_lookup_elem(&cgroup_set, &id))
			return true;
		parent = BPF_CORE_READ(cgroup, self.parent);
		cgroup = parent ? BPF_CORE_READ(parent, cgroup) : NULL;
	}
	return false;
}

/* A connect() by a process that the user did not ask for makes its socket foreign, until another
 * process connects it again. Sockets from accept() are decided in user space. */
static __always_inline void tf_filter_mark_owner(const struct sock *sk)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (!tf_cfg.by_pid)
		return;
	if (bpf_map_lookup_elem(&pid_set, &pid))
		bpf_sk_storage_delete(&foreign, (void *)sk);
	else
		bpf_sk_storage_get(&foreign, (void *)sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

static __always_inline bool tf_filter_wants_owner(const struct sock *sk)
{
	return !tf_cfg.by_pid || !bpf_sk_storage_get(&foreign, (void *)sk, NULL, 0);
}

#endif
