/* SPDX-License-Identifier: GPL-2.0 */
/*
 * master.bpf.h - the MPTCP connection above a subflow
 *
 * The application holds the MPTCP socket, the master, and its options and shutdowns are there. Its
 * subflows are TCP sockets of the kernel: whether an application holds one, has accepted, closed or
 * shut it down, is what the master shows. Nothing here takes the master's lock. Subflows are few
 * among connections, and a pointer in icsk_ulp_data has no type: so all is read by probe reads.
 */
#ifndef TCPFATE_MASTER_BPF_H
#define TCPFATE_MASTER_BPF_H

#include "bpf/compat.bpf.h"
#include "bpf/maps.bpf.h"

#define TF_IPPROTO_MPTCP 262 /* include/uapi/linux/in.h */

/* The MPTCP socket above @tp; NULL: @tp is no subflow. The context is there from the clone of a
 * listener or the socket() call to the end of tcp_destroy_sock (tcp_cleanup_ulp()). */
static __always_inline const struct sock *tf_master_of(const struct tcp_sock *tp)
{
	const struct mptcp_subflow_context *context;
	const struct sock *master;

	if (!bpf_core_type_exists(struct mptcp_subflow_context) || !tf_compat_is_mptcp(tp))
		return NULL;
	context = tp->inet_conn.icsk_ulp_data;
	master = context ? BPF_CORE_READ(context, conn) : NULL;
	if (!master || BPF_CORE_READ(master, sk_protocol) != TF_IPPROTO_MPTCP)
		return NULL;
	return master;
}

#define TF_MASTER_SUBFLOWS 8 /* of a connection that are visited */

/* A visit of @master's subflows, or of its listener; nothing is locked. */
struct tf_master_visit {
	const struct list_head *head, *at;
	const struct sock *alone; /* before accept() old kernels do not list the first one */
};

/* Begins a visit of the subflows of @master; an empty one where the kernel has no MPTCP. */
static __always_inline struct tf_master_visit tf_master_visit(const struct sock *master)
{
	struct tf_master_visit visit = {};
	const struct mptcp_sock *msk;
	const struct list_head *head; /* CO-RE would look for members of `visit`, too */

	if (!bpf_core_type_exists(struct mptcp_sock))
		return visit;
	bpf_probe_read_kernel(&msk, sizeof(msk), &master); /* a number: see tf_sock_id() */
	head = __builtin_preserve_access_index(&msk->conn_list);
	visit.head = head;
	visit.at = BPF_CORE_READ(head, next);
	if (visit.at == head)
		visit.alone = BPF_CORE_READ(msk, first);
	return visit;
}

/* The next subflow, to be read by probe reads. NULL: that was the last. */
static __always_inline const struct sock *tf_master_next(struct tf_master_visit *visit)
{
	const struct mptcp_subflow_context *context;
	const struct sock *sk = visit->alone;
	const struct list_head *at = visit->at;

	visit->alone = NULL;
	if (!bpf_core_type_exists(struct mptcp_subflow_context) || !at || at == visit->head)
		return sk;
	context = (const void *)((const char *)at -
				 bpf_core_field_offset(struct mptcp_subflow_context, node));
	sk = BPF_CORE_READ(context, tcp_sock);
	visit->at = BPF_CORE_READ(at, next);
	return sk;
}

/* Whether @master waits in the accept queue of its listener, though it may be dead already:
 * mptcp_subflow_queue_clean() and the worker kill it there. The bit came in 6.3;
 * before, nothing marks it dead as long as its first subflow lives. */
static __always_inline bool tf_master_waits(const struct sock *master)
{
	const struct mptcp_sock *msk = (const void *)master;

	return bpf_core_field_exists(msk->in_accept_queue) &&
	       BPF_CORE_READ_BITFIELD_PROBED(msk, in_accept_queue);
}

/* Whether @master's last descriptor is gone: see tf_compat_file_gone(). */
static __always_inline bool tf_master_file_gone(const struct file *file)
{
	if (bpf_core_field_exists(file->f_ref))
		return (__s64)BPF_CORE_READ(file, f_ref.refcnt.counter) < 0;
	return BPF_CORE_READ((const struct file___old *)file, f_count.counter) == 0;
}

/* What the application's end of @master shows, and the inode of its file. @orphan: the subflow at
 * hand is one. A close() orphans the master before it closes subflows (__mptcp_close()): then the
 * last descriptor is gone. */
static __always_inline __u32 tf_master_flags(const struct sock *master, bool orphan, __u32 *inode)
{
	unsigned long bits = BPF_CORE_READ(master, __sk_common.skc_flags);
	const struct socket *socket = BPF_CORE_READ(master, sk_socket);
	__u32 flags = 0;
	const struct file *file;

	if (bits & 1UL << SOCK_LINGER && !BPF_CORE_READ(master, sk_lingertime))
		flags |= TF_F_LINGER0;
	if (bits & 1UL << SOCK_DEAD)
		return flags | TF_F_DEAD | TF_F_FILE_GONE;
	if (orphan)
		return flags | TF_F_DEAD;
	if (!socket)
		return flags;
	file = BPF_CORE_READ(socket, file);
	if (!file)
		return flags | TF_F_HAS_SOCKET | TF_F_FILE_GONE;
	*inode = BPF_CORE_READ(file, f_inode, i_ino);
	return flags | TF_F_HAS_SOCKET | (tf_master_file_gone(file) ? TF_F_FILE_GONE : 0);
}

/* Whether the peer has closed all subflows at once (MP_FASTCLOSE): the kernel's worker resets them
 * (mptcp_check_fastclose()). Since 5.12. */
static __always_inline bool tf_master_fastclosed(const struct sock *master)
{
	const struct mptcp_sock *msk = (const void *)master;

	return bpf_core_field_exists(msk->rcv_fastclose) && BPF_CORE_READ(msk, rcv_fastclose);
}

/* The bytes of a queue of received data, which has no gaps: what is left of its first packet, and
 * the numbers between its end and the last one's. */
static __always_inline __u32 tf_master_queued(const struct sk_buff_head *queue)
{
	const struct sk_buff *first, *last;
	struct mptcp_skb_cb *of_first, *of_last;

	if (!bpf_core_type_exists(struct mptcp_skb_cb) || !BPF_CORE_READ(queue, qlen))
		return 0;
	first = BPF_CORE_READ(queue, next);
	last = BPF_CORE_READ(queue, prev);
	of_first = (void *)__builtin_preserve_access_index(&first->cb);
	of_last = (void *)__builtin_preserve_access_index(&last->cb);
	return BPF_CORE_READ(first, len) - BPF_CORE_READ(of_first, offset) +
	       (__u32)(BPF_CORE_READ(of_last, end_seq) - BPF_CORE_READ(of_first, end_seq));
}

/* From 5.12 to 6.13 what is in order waits in a queue of its own. */
struct mptcp_sock___queue {
	struct sk_buff_head receive_queue;
} TF_PRESERVE;

/* Received bytes that the application has not read; those still in a subflow are not among them. */
static __always_inline __u32 tf_master_unread(const struct sock *master)
{
	const struct mptcp_sock___queue *msk = (const void *)master;
	__u32 unread = tf_master_queued(__builtin_preserve_access_index(&master->sk_receive_queue));

	if (bpf_core_field_exists(msk->receive_queue))
		unread += tf_master_queued(__builtin_preserve_access_index(&msk->receive_queue));
	return unread;
}

#endif
