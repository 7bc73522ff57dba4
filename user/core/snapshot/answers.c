// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_words.c - the answers of a snapshot, and what the numbers of one socket mean
 */
#include "core/snapshot/tables.h"

#define UNUSUAL                                                                                    \
	(TF_STATE_BIT(TF_TCP_CLOSE_WAIT) | TF_STATE_BIT(TF_TCP_SYN_SENT) |                         \
	 TF_STATE_BIT(TF_TCP_SYN_RECV) | TF_STATE_BIT(TF_TCP_FIN_WAIT1) |                          \
	 TF_STATE_BIT(TF_TCP_FIN_WAIT2) | TF_STATE_BIT(TF_TCP_CLOSING) |                           \
	 TF_STATE_BIT(TF_TCP_LAST_ACK))

/* States that a segment of the peer led to. */
#define BY_PEER                                                                                    \
	(TF_STATE_BIT(TF_TCP_ESTABLISHED) | TF_STATE_BIT(TF_TCP_CLOSE_WAIT) |                      \
	 TF_STATE_BIT(TF_TCP_FIN_WAIT2) | TF_STATE_BIT(TF_TCP_CLOSING))

/* States in which our FIN is at least queued. */
#define FIN_QUEUED                                                                                 \
	(TF_STATE_BIT(TF_TCP_FIN_WAIT1) | TF_STATE_BIT(TF_TCP_FIN_WAIT2) |                         \
	 TF_STATE_BIT(TF_TCP_CLOSING) | TF_STATE_BIT(TF_TCP_LAST_ACK))

const struct tf_snapshot_totals *tf_snapshot_totals(const struct tf_snapshot *snapshot)
{
	return &snapshot->totals;
}

uint32_t tf_snapshot_n_netns(const struct tf_snapshot *snapshot)
{
	return snapshot->n_netns;
}

uint32_t tf_snapshot_n_listeners(const struct tf_snapshot *snapshot)
{
	return snapshot->n_listeners;
}

uint32_t tf_snapshot_n_groups(const struct tf_snapshot *snapshot)
{
	return snapshot->n_groups;
}

uint32_t tf_snapshot_n_sockets(const struct tf_snapshot *snapshot)
{
	return snapshot->n_sockets;
}

const struct tf_snapshot_netns *tf_snapshot_netns(const struct tf_snapshot *snapshot, uint32_t i)
{
	return tf_pool_at(&snapshot->netns, i + 1);
}

const struct tf_snapshot_socket *tf_snapshot_listener(const struct tf_snapshot *snapshot,
						      uint32_t i)
{
	return tf_snapshot_socket_at(snapshot, snapshot->listener_order[i]);
}

const struct tf_snapshot_group *tf_snapshot_group(const struct tf_snapshot *snapshot, uint32_t i)
{
	return tf_snapshot_group_at(snapshot, snapshot->group_order[i]);
}

const struct tf_snapshot_socket *tf_snapshot_socket(const struct tf_snapshot *snapshot, uint32_t i)
{
	return tf_snapshot_socket_at(snapshot, snapshot->socket_order[i]);
}

const struct tf_snapshot_holder *tf_snapshot_holder(const struct tf_snapshot *snapshot,
						    uint32_t handle)
{
	return tf_pool_at(&snapshot->holders, handle);
}

const struct tf_snapshot_process *tf_snapshot_process(const struct tf_snapshot *snapshot,
						      uint32_t handle)
{
	return tf_pool_at(&snapshot->processes, handle);
}

const struct tf_ev_cgroup *tf_snapshot_names(const struct tf_snapshot *snapshot, uint64_t cgroup,
					     uint32_t process)
{
	uint32_t pid = process ? tf_snapshot_process(snapshot, process)->pid : 0;

	return tf_cgroups_find(&snapshot->cgroups, cgroup, pid);
}

bool tf_snapshot_is_whole(const struct tf_snapshot *snapshot)
{
	const struct tf_snapshot_totals *totals = &snapshot->totals;

	return totals->ended && totals->whole && totals->holders_whole && !totals->netns_part &&
	       !totals->left_out.sockets && !totals->left_out.holders &&
	       !totals->left_out.grouped && !totals->left_out.netns;
}

bool tf_snapshot_is_busy(const struct tf_snapshot_socket *listener)
{
	return listener->rcv_queue || listener->requests || listener->drops;
}

static bool in(uint8_t state, uint32_t states)
{
	return TF_STATE_BIT(state) & states;
}

bool tf_snapshot_is_unusual(uint8_t state)
{
	return in(state, UNUSUAL);
}

uint32_t tf_snapshot_age_ms(const struct tf_snapshot_socket *socket)
{
	if (socket->state == TF_TCP_SYN_SENT && socket->waits_ms)
		return socket->waits_ms;
	return in(socket->state, BY_PEER) ? socket->silent_ms : TF_AGE_UNKNOWN;
}

bool tf_snapshot_has_data(const struct tf_snapshot_socket *socket)
{
	return socket->met && socket->state != TF_TCP_LISTEN &&
	       !(socket->flags & (TF_F_MINISOCK | TF_F_REQUEST));
}

uint32_t tf_snapshot_unread(const struct tf_snapshot_socket *socket)
{
	uint32_t fin = socket->flags & TF_F_DONE ? 1 : 0;

	if (!tf_snapshot_has_data(socket) || (int32_t)socket->rcv_queue <= 0)
		return 0;
	return socket->rcv_queue - fin;
}

/* The FIN is the last byte written, whether sent or not. */
uint32_t tf_snapshot_unsent(const struct tf_snapshot_socket *socket)
{
	uint32_t fin = in(socket->state, FIN_QUEUED) ? 1 : 0;

	if (!tf_snapshot_has_data(socket) || (int32_t)socket->unsent <= 0)
		return 0;
	return socket->unsent - fin;
}

uint32_t tf_snapshot_unacked(const struct tf_snapshot_socket *socket)
{
	uint32_t sent = socket->snd_queue - socket->unsent;
	bool fin_sent = in(socket->state, FIN_QUEUED) && !socket->unsent;
	uint32_t control = fin_sent || socket->state == TF_TCP_SYN_SENT ? 1 : 0;

	if (!tf_snapshot_has_data(socket) || (int32_t)sent <= 0)
		return 0;
	return sent - control;
}

enum tf_tri tf_snapshot_eof_read(const struct tf_snapshot_socket *socket)
{
	if (!tf_snapshot_has_data(socket) || !(socket->flags & TF_F_DONE))
		return TF_UNKNOWN;
	return socket->rcv_queue ? TF_NO : TF_YES;
}
