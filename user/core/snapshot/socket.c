// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * socket.c - see socket.h
 */
#include "core/snapshot/socket.h"

#define UNUSUAL                                                                                    \
	(TF_STATE_BIT(TF_TCP_CLOSE_WAIT) | TF_STATE_BIT(TF_TCP_SYN_SENT) |                         \
	 TF_STATE_BIT(TF_TCP_SYN_RECV) | TF_STATE_BIT(TF_TCP_FIN_WAIT1) |                          \
	 TF_STATE_BIT(TF_TCP_FIN_WAIT2) | TF_STATE_BIT(TF_TCP_CLOSING) |                           \
	 TF_STATE_BIT(TF_TCP_LAST_ACK))

/* States that a segment of the peer leads to. */
#define BY_PEER                                                                                    \
	(TF_STATE_BIT(TF_TCP_ESTABLISHED) | TF_STATE_BIT(TF_TCP_CLOSE_WAIT) |                      \
	 TF_STATE_BIT(TF_TCP_FIN_WAIT2) | TF_STATE_BIT(TF_TCP_CLOSING))

/* States in which our FIN is at least queued. */
#define FIN_QUEUED                                                                                 \
	(TF_STATE_BIT(TF_TCP_FIN_WAIT1) | TF_STATE_BIT(TF_TCP_FIN_WAIT2) |                         \
	 TF_STATE_BIT(TF_TCP_CLOSING) | TF_STATE_BIT(TF_TCP_LAST_ACK))

bool tf_socket_is_busy(const struct tf_snapshot_socket *listener)
{
	return listener->rcv_queue || listener->requests || listener->drops;
}

static bool is_in(uint8_t state, uint32_t states)
{
	return TF_STATE_BIT(state) & states;
}

bool tf_socket_is_unusual(uint8_t state)
{
	return is_in(state, UNUSUAL);
}

struct tf_maybe32 tf_socket_age_ms(const struct tf_snapshot_socket *socket)
{
	if (socket->state == TF_TCP_SYN_SENT && socket->waits_ms)
		return tf_maybe32_of(socket->waits_ms);
	return is_in(socket->state, BY_PEER) ? socket->silent_ms : (struct tf_maybe32){0};
}

bool tf_socket_has_data(const struct tf_snapshot_socket *socket)
{
	return socket->scanned && socket->state != TF_TCP_LISTEN &&
	       !(socket->flags & (TF_F_MINISOCK | TF_F_REQUEST));
}

uint32_t tf_socket_unread(const struct tf_snapshot_socket *socket)
{
	uint32_t fin = socket->flags & TF_F_DONE ? 1 : 0;

	if (!tf_socket_has_data(socket) || (int32_t)socket->rcv_queue <= 0)
		return 0;
	return socket->rcv_queue - fin;
}

/* The FIN is the last byte written, whether sent or not. */
uint32_t tf_socket_unsent(const struct tf_snapshot_socket *socket)
{
	uint32_t fin = is_in(socket->state, FIN_QUEUED) ? 1 : 0;

	if (!tf_socket_has_data(socket) || (int32_t)socket->unsent <= 0)
		return 0;
	return socket->unsent - fin;
}

uint32_t tf_socket_unacked(const struct tf_snapshot_socket *socket)
{
	uint32_t sent = socket->snd_queue - socket->unsent;
	bool fin_sent = is_in(socket->state, FIN_QUEUED) && !socket->unsent;
	uint32_t control = fin_sent || socket->state == TF_TCP_SYN_SENT ? 1 : 0;

	if (!tf_socket_has_data(socket) || (int32_t)sent <= 0)
		return 0;
	return sent - control;
}

enum tf_tri tf_socket_eof_read(const struct tf_snapshot_socket *socket)
{
	if (!tf_socket_has_data(socket) || !(socket->flags & TF_F_DONE))
		return TF_UNKNOWN;
	if (socket->flags & TF_F_MPTCP) /* the kernel handles a subflow's FIN */
		return tf_socket_unread(socket) ? TF_NO : TF_UNKNOWN;
	return socket->rcv_queue ? TF_NO : TF_YES;
}
