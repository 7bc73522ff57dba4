/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.bpf.h - the differences between kernels: one function each, with both shapes
 *
 * CO-RE settles at load time which branch exists; the other one is removed by the verifier. Types
 * that end in ___old are the former shapes ("flavours": the suffix is ignored when matching).
 */
#ifndef TCPFATE_COMPAT_BPF_H
#define TCPFATE_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define TF_PRESERVE __attribute__((preserve_access_index))

struct file___old {
	atomic64_t f_count;
} TF_PRESERVE;

/* Whether @file's last reference is gone, that is, whether its release is running. Since
 * 90ee6ed776c0 (6.13) f_ref counts from 0 for one reference and is negative once released; before,
 * f_count counted from 1. */
static __always_inline bool tf_compat_file_gone(const struct file *file)
{
	if (bpf_core_field_exists(file->f_ref))
		return (__s64)file->f_ref.refcnt.counter < 0;
	return BPF_CORE_READ((const struct file___old *)file, f_count.counter) == 0;
}

struct ns_common___old {
	refcount_t count;
} TF_PRESERVE;
struct net___old {
	struct ns_common___old ns;
} TF_PRESERVE;
struct net___older {
	refcount_t count;
} TF_PRESERVE;

/* check_net() of net/net_namespace.h, negated: nobody holds the namespace any more. The count moved
 * from struct net into ns_common in 5.11 and was renamed there in 6.18. */
static __always_inline bool tf_compat_net_dead(const struct net *net)
{
	if (bpf_core_field_exists(net->ns.__ns_ref))
		return net->ns.__ns_ref.refs.counter == 0;
	if (bpf_core_field_exists(((const struct net___old *)net)->ns.count))
		return BPF_CORE_READ((const struct net___old *)net, ns.count.refs.counter) == 0;
	return BPF_CORE_READ((const struct net___older *)net, count.refs.counter) == 0;
}

struct sock_cgroup_data___old {
	__u64 val;
} TF_PRESERVE;
struct sock___old_cgroup {
	struct sock_cgroup_data___old sk_cgrp_data;
} TF_PRESERVE;

/* The socket's cgroup (v2), or NULL. Until 8520e224f547 (5.15) the field was shared with cgroup
 * v1's classid; the lowest bit said which. */
static __always_inline const struct cgroup *tf_compat_sock_cgroup(const struct sock *sk)
{
	__u64 val;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	val = BPF_CORE_READ((const struct sock___old_cgroup *)sk, sk_cgrp_data.val);
	return val & 1 ? NULL : (const struct cgroup *)val;
}

/* When the first unanswered window probe went out, in jiffies; 0: none. Since 9d9b1ee0b2d1
 * (5.11). */
static __always_inline __u32 tf_compat_probes_tstamp(const struct tcp_sock *tp)
{
	if (bpf_core_field_exists(tp->inet_conn.icsk_probes_tstamp))
		return tp->inet_conn.icsk_probes_tstamp;
	return 0;
}

/* Whether TCP timestamps and retrans_stamp count microseconds. Since 614e8316aa4c (6.7), by route
 * option. */
static __always_inline bool tf_compat_usec_ts(const struct tcp_sock *tp)
{
	if (bpf_core_field_exists(tp->tcp_usec_ts))
		return BPF_CORE_READ_BITFIELD(tp, tcp_usec_ts);
	return false;
}

/* Whether it is a subflow of an MPTCP connection. The field is there only with CONFIG_MPTCP. */
static __always_inline bool tf_compat_is_mptcp(const struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp;
}

enum bpf_func_id___later {
	BPF_FUNC_cgrp_storage_get___later = 1,
	BPF_FUNC_task_pt_regs___later = 2,
};

/* Whether no program on a tracepoint runs twice at once on a CPU. True since 05b24ff9b2cf (6.1),
 * which left no trace in the types; this helper came one release later (c4bcfb38a95e). */
static __always_inline bool tf_compat_runs_alone(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___later,
					  BPF_FUNC_cgrp_storage_get___later);
}

/* Whether bpf_task_pt_regs() is there: since dd6e10fbd9fb (5.15). */
static __always_inline bool tf_compat_has_task_regs(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___later, BPF_FUNC_task_pt_regs___later);
}

#define TF_SOCKFS_MAGIC 0x534F434B /* SOCKFS_MAGIC, include/uapi/linux/magic.h */

/* The socket behind @file, or NULL. bpf_sock_from_file() came with 4f19cab76136 (5.11), one release
 * before the cookies; without it (@helper false) the result is an address whose fields only
 * BPF_CORE_READ() can read. An O_PATH descriptor belongs to sockfs too, but has no private_data. */
static __always_inline struct sock *tf_compat_file_sock(struct file *file, bool helper)
{
	struct socket *socket;

	if (helper) {
		socket = bpf_sock_from_file(file);
		return socket ? socket->sk : NULL;
	}
	if (file->f_inode->i_sb->s_magic != TF_SOCKFS_MAGIC)
		return NULL;
	socket = file->private_data;
	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

/* net.ipv4.tcp_abort_on_overflow: an int until 4ecc1baf362c (5.13), then a byte. */
static __always_inline bool tf_compat_abort_on_overflow(const struct net *net)
{
	const void *at = &net->ipv4.sysctl_tcp_abort_on_overflow;
	__u8 value = 0;

	if (!bpf_core_field_exists(net->ipv4.sysctl_tcp_abort_on_overflow))
		return false;
	bpf_probe_read_kernel(&value, sizeof(value), at); /* the lowest byte of either */
	return value;
}

#endif
