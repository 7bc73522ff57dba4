// SPDX-License-Identifier: GPL-2.0
/*
 * holders.bpf.c - the descriptors of TCP sockets, and the processes that hold them
 *
 * iter/task_file visits the open files of every process of the pid namespace in which its own file
 * was made; threads that share their process's files are visited once. It holds a reference to the
 * file, so the socket stays, but it does not hold the socket's lock.
 */
#include "bpf/filter.bpf.h"
#include "bpf/master.bpf.h"
#include "bpf/read.bpf.h"
#include "bpf/scan.bpf.h"
#include <bpf/bpf_core_read.h>

#define SOCK_STREAM 1 /* include/linux/net.h */

/* Whether a descriptor of @sk counts. Compares the type too: a netlink socket can have the same
 * sk_protocol (NETLINK_XFRM is 6). */
static __always_inline bool is_wanted(const struct sock *sk, __u16 protocol)
{
	return BPF_CORE_READ(sk, sk_protocol) == protocol &&
	       BPF_CORE_READ(sk, sk_type) == SOCK_STREAM;
}

/* Whether the filters let a descriptor of @sk through. A socket that was never connected, or has
 * been disconnected, has no tuple to compare. */
static __always_inline bool wants_holder(const struct sock *sk)
{
	__u32 netns = tf_sock_netns(sk);
	struct tf_tuple tuple;

	if (!tf_filter_wants_netns(netns) || !tf_filter_wants_cgroup(sk) ||
	    !tf_filter_wants_owner(sk))
		return false;
	tf_sock_common_tuple(&tuple, &sk->__sk_common);
	return !tuple.rport ||
	       (tf_filter_wants_tuple(&tuple, netns) && tf_filter_wants_lport(&tuple));
}

/* Emits the descriptor at hand as one of @sk, whose identity is @id. */
static __always_inline int emit_holder(struct tf_account count, const struct sock *sk, __u64 id,
				       struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct tf_ev_holder *ev;

	if (!task || !file)
		return tf_emit_folded(count);
	ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
	if (!ev)
		return tf_scan_lost(count);
	tf_emit_header(&ev->ev, id, BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
		       TF_EV_HOLDER, sizeof(*ev));
	ev->pid = task->tgid;
	ev->fd = ctx->fd;
	ev->inode = file->f_inode->i_ino;
	ev->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	__builtin_memset(ev->pad, 0, sizeof(ev->pad));
	bpf_probe_read_kernel(ev->comm, sizeof(ev->comm), task->group_leader->comm);
	return tf_scan_submit(count, ev);
}

/* The same, when @sk is a subflow of the connection that the descriptor is of. One that no scan and
 * no hook has met yet has no cookie. */
static __always_inline void emit_subflow(const struct sock *sk, struct bpf_iter__task_file *ctx)
{
	__u64 id = sk ? tf_read_id(sk) : 0;
	struct tf_account count;

	if (!id || !is_wanted(sk, TF_IPPROTO_TCP))
		return;
	count = tf_emit_seen(TF_HOOK_HOLDERS);
	if (count.sum)
		emit_holder(count, sk, id, ctx);
}

/* Emits the descriptor of an MPTCP socket as one of each of its subflows, or of its listener. */
static __always_inline void emit_subflows(const struct sock *master,
					  struct bpf_iter__task_file *ctx)
{
	struct tf_master_visit visit = tf_master_visit(master);
	int i;

	for (i = 0; i < TF_MASTER_SUBFLOWS; i++)
		emit_subflow(tf_master_next(&visit), ctx);
}

SEC("iter/task_file")
int on_scan_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct tf_account count;
	struct sock *sk;

	if (!task || !file) /* the end */
		return 0;
	tf_scan_found(ctx->meta);
	sk = tf_compat_file_sock(file, tf_cfg.cookies);
	if (!sk)
		return 0;
	if (is_wanted(sk, TF_IPPROTO_MPTCP)) {
		if (!tf_cfg.cookies || wants_holder(sk))
			emit_subflows(sk, ctx);
		return 0;
	}
	if (!is_wanted(sk, TF_IPPROTO_TCP))
		return 0;
	count = tf_emit_seen(TF_HOOK_HOLDERS);
	if (!count.sum)
		return 0;
	if (tf_cfg.cookies && !wants_holder(sk))
		return tf_emit_filtered(count);
	return emit_holder(count, sk, tf_sock_id(sk), ctx);
}
