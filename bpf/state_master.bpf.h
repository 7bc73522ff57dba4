/* SPDX-License-Identifier: GPL-2.0 */
/*
 * state_master.bpf.h - a transition of an MPTCP socket, reported to each of its subflows
 *
 * Part of state.bpf.c, and only of it.
 */
#ifndef TCPFATE_BPF_STATE_MASTER_BPF_H
#define TCPFATE_BPF_STATE_MASTER_BPF_H

#include "bpf/fill.bpf.h"
#include "bpf/filter.bpf.h"
#include "bpf/master.bpf.h"
#include "bpf/programs.bpf.h"
#include "bpf/read.bpf.h"
#include "bpf/task.bpf.h"

/* Whether a transition of an MPTCP connection changes what its application has to do. */
static __always_inline bool tf_state_master_carries(int from, int to)
{
	const __u32 steps = 1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2 | 1 << TCP_CLOSE_WAIT |
			    1 << TCP_LAST_ACK | 1 << TCP_CLOSING | 1 << TCP_CLOSE;

	return from != to && from != TCP_CLOSE && from != TCP_LISTEN && (steps & 1 << to);
}

/* Fills the facts of @master's transition. One that waits for accept() is nobody's, whoever ends
 * it. */
static __always_inline void tf_state_master_fill(struct tf_ev_master *ev, const struct sock *master,
						 int from, int to)
{
	__u32 inode;

	ev->old_state = from;
	ev->new_state = to;
	ev->shutdown = master->sk_shutdown;
	if (tf_master_waits(master))
		return;
	ev->flags = tf_master_flags(master, false, &inode);
	if (tf_sock_locked(master) && !tf_task_is_kernel())
		ev->flags |= TF_F_LOCKED | tf_task(&ev->pid, ev->comm, &ev->exit_signal);
}

/* Emits @facts of @sk, a subflow; none for one that is not known by a cookie. */
static __always_inline void tf_state_master_emit_to(struct tf_account count, const struct sock *sk,
						    __u32 netns, const struct tf_ev_master *facts)
{
	__u64 id = sk ? tf_read_id(sk) : 0;
	struct tf_ev_master *ev;

	if (!id)
		return;
	tf_emit_count(&count.sum->seen, count.shared);
	ev = bpf_ringbuf_reserve(&ring, sizeof(*ev), 0);
	if (!ev) {
		tf_emit_lost(count, id);
		return;
	}
	*ev = *facts;
	tf_emit_header(&ev->ev, id, netns, TF_EV_MASTER, sizeof(*ev));
	tf_emit_submit(count, ev);
}

/* Emits a transition of the MPTCP socket @master: it is folded itself, and counts once more for
 * each of its subflows. */
static __always_inline int tf_state_master_emit(const struct sock *master, int from, int to,
						enum tf_place place)
{
	struct tf_account count = tf_programs_take(
		TF_HOOK_STATE, place, master, (__u64)from << 8 | to, tf_programs_mark_slot(master));
	struct tf_ev_master facts = {};
	struct tf_master_visit visit;
	__u32 netns;
	int i;

	if (!count.sum)
		return 0;
	netns = tf_sock_netns(master);
	if (!tf_state_master_carries(from, to) || !tf_filter_wants_netns(netns))
		return tf_emit_folded(count);
	tf_state_master_fill(&facts, master, from, to);
	visit = tf_master_visit(master);
	for (i = 0; i < TF_MASTER_SUBFLOWS; i++)
		tf_state_master_emit_to(count, tf_master_next(&visit), netns, &facts);
	return tf_emit_folded(count);
}

#endif
