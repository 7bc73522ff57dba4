/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sock.bpf.h - the facts of a socket, read inside a hook
 *
 * The programs read what the kernel has decided and conclude nothing. Loads from typed pointers are
 * plain loads (a bad address reads as 0).
 */
#ifndef TCPFATE_SOCK_BPF_H
#define TCPFATE_SOCK_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/maps.bpf.h"
#include <bpf/bpf_endian.h>

#define TF_AF_INET 2
#define TF_AF_INET6 10
#define TF_IPPROTO_TCP 6
#define TF_ORIGIN_ICMP 2 /* SO_EE_ORIGIN_ICMP, include/uapi/linux/errqueue.h */
#define TF_ORIGIN_ICMP6 3
#define TF_SK_FLAG(sk, bit) ((sk)->__sk_common.skc_flags & (1UL << (bit)))

/* The socket's identity outside the kernel: never its address, which would reveal the kernel's
 * layout. Nobody may ask for the cookie of a cloned child before it is complete:
 * inet_csk_clone_lock() resets it. */
static __always_inline __u64 tf_sock_id(const struct sock *sk)
{
	__u64 address;

	if (tf_cfg.cookies)
		return sk->__sk_common.skc_cookie.counter ?: bpf_get_socket_cookie((void *)sk);
	/* As a number: the verifier allows no arithmetic on the pointer. */
	bpf_probe_read_kernel(&address, sizeof(address), &sk);
	return address * tf_cfg.hash_key;
}

/* Whether a task holds the socket's lock. @sk may be NULL or a minisock, which have none. */
static __always_inline bool tf_sock_owned(const struct sock *sk)
{
	__u8 state = sk ? sk->__sk_common.skc_state : 0;

	return sk && state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV && sk->sk_lock.owned;
}

/* Whether __tcp_close() runs for the last reference to @sk's file. */
static __always_inline bool tf_sock_closes(const struct sock *sk)
{
	const struct socket *socket = sk->sk_socket;

	return sk->sk_shutdown == 3 && socket && socket->file && tf_compat_file_gone(socket->file);
}

/* Whether a task holds the socket's lock for a call on it. A scanner holds it, too, and runs the
 * socket's backlog when it releases it (release_sock()): that is no call. But it can put the last
 * reference to a file that its owner has closed meanwhile: then it closes the socket in that one's
 * place. */
static __always_inline bool tf_sock_locked(const struct sock *sk)
{
	return sk->sk_lock.owned &&
	       (tf_wake.scanner != (__u32)(bpf_get_current_pid_tgid() >> 32) || tf_sock_closes(sk));
}

static __always_inline __u32 tf_sock_netns(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

static __always_inline void tf_sock_mapped(__u8 addr[16], __be32 v4)
{
	__u32 *word = (__u32 *)addr;

	word[0] = 0;
	word[1] = 0;
	word[2] = bpf_htonl(0xffff);
	word[3] = v4;
}

static __always_inline void tf_sock_copy_v6(__u8 addr[16], const struct in6_addr *from)
{
	__u32 *word = (__u32 *)addr;

	word[0] = from->in6_u.u6_addr32[0];
	word[1] = from->in6_u.u6_addr32[1];
	word[2] = from->in6_u.u6_addr32[2];
	word[3] = from->in6_u.u6_addr32[3];
}

/* The tuple of a full socket, a minisock or a request socket. */
static __always_inline void tf_sock_common_tuple(struct tf_tuple *tuple,
						 const struct sock_common *skc)
{
	if (skc->skc_family == TF_AF_INET6) {
		tf_sock_copy_v6(tuple->laddr, &skc->skc_v6_rcv_saddr);
		tf_sock_copy_v6(tuple->raddr, &skc->skc_v6_daddr);
	} else {
		tf_sock_mapped(tuple->laddr, skc->skc_rcv_saddr);
		tf_sock_mapped(tuple->raddr, skc->skc_daddr);
	}
	tuple->lport = skc->skc_num;
	tuple->rport = bpf_ntohs(skc->skc_dport);
	tuple->pad = 0;
}

/* The tuple of a full socket. On the way to CLOSE, tcp_set_state() has cleared skc_num of a port
 * that was not bound; inet_sport still has it. */
static __always_inline void tf_sock_full_tuple(struct tf_tuple *tuple, const struct tcp_sock *tp)
{
	const struct inet_sock *inet = &tp->inet_conn.icsk_inet;

	tf_sock_common_tuple(tuple, &inet->sk.__sk_common);
	if (inet->inet_sport)
		tuple->lport = bpf_ntohs(inet->inet_sport);
}

/* The id of the socket's cgroup, by plain loads where the types allow them: it is read in every
 * event. */
static __always_inline __u64 tf_sock_cgroup_id(const struct sock *sk)
{
	const struct cgroup *cgroup;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup)) {
		cgroup = sk->sk_cgrp_data.cgroup;
		return cgroup ? cgroup->kn->id : 0;
	}
	cgroup = tf_compat_sock_cgroup(sk);
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

/* Whether an application holds the socket, as flags, and the inode of its file. */
static __always_inline __u32 tf_sock_file(const struct sock *sk, __u32 *inode)
{
	const struct socket *socket = sk->sk_socket;
	const struct file *file;

	if (!socket)
		return 0;
	file = socket->file;
	if (!file) /* a socket of the kernel, or one whose file is already released */
		return TF_F_HAS_SOCKET | TF_F_FILE_GONE;
	*inode = file->f_inode->i_ino;
	return TF_F_HAS_SOCKET | (tf_compat_file_gone(file) ? TF_F_FILE_GONE : 0);
}

/* The facts of @sk that are one bit each. Minisocks do not have them. */
static __always_inline __u32 tf_sock_flags(const struct sock *sk)
{
	__u32 flags = 0;

	if (TF_SK_FLAG(sk, SOCK_DEAD))
		flags |= TF_F_DEAD;
	if (TF_SK_FLAG(sk, SOCK_DONE))
		flags |= TF_F_DONE;
	if (TF_SK_FLAG(sk, SOCK_KEEPOPEN))
		flags |= TF_F_KEEPOPEN;
	if (TF_SK_FLAG(sk, SOCK_LINGER) && !sk->sk_lingertime)
		flags |= TF_F_LINGER0;
	if (tf_sock_locked(sk))
		flags |= TF_F_LOCKED;
	if (sk->__sk_common.skc_family == TF_AF_INET6)
		flags |= TF_F_V6;
	return flags;
}

/* syn_data_acked stays with a server's child; its fastopen_rsk goes with the request. */
static __always_inline __u32 tf_sock_fastopen(const struct tcp_sock *tp)
{
	if (BPF_CORE_READ_BITFIELD(tp, syn_fastopen) || BPF_CORE_READ_BITFIELD(tp, syn_data) ||
	    BPF_CORE_READ_BITFIELD(tp, syn_data_acked))
		return TF_F_FASTOPEN;
	return 0;
}

/* The facts of one bit each that are read at the transitions to CLOSE, to and from SYN_SENT. */
static __always_inline __u32 tf_sock_tcp_flags(const struct tcp_sock *tp)
{
	__u32 flags = tf_sock_fastopen(tp);

	if (tp->linger2 < 0)
		flags |= TF_F_LINGER2_NEG;
	if (BPF_CORE_READ_BITFIELD(tp, repair))
		flags |= TF_F_REPAIR;
	return flags;
}

#endif
