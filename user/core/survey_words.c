// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * survey_words.c - the answers of a survey, and what the numbers of one socket mean
 */
#include "core/survey_engine.h"

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

const struct tf_survey_totals *tf_survey_totals(const struct tf_survey *survey)
{
	return &survey->totals;
}

uint32_t tf_survey_n_netns(const struct tf_survey *survey)
{
	return survey->n_netns;
}

uint32_t tf_survey_n_listeners(const struct tf_survey *survey)
{
	return survey->n_listeners;
}

uint32_t tf_survey_n_groups(const struct tf_survey *survey)
{
	return survey->n_groups;
}

uint32_t tf_survey_n_sockets(const struct tf_survey *survey)
{
	return survey->n_sockets;
}

const struct tf_survey_netns *tf_survey_netns(const struct tf_survey *survey, uint32_t i)
{
	return tf_pool_at(&survey->netns, i + 1);
}

const struct tf_survey_socket *tf_survey_listener(const struct tf_survey *survey, uint32_t i)
{
	return tf_survey_socket_at(survey, survey->listener_order[i]);
}

const struct tf_survey_group *tf_survey_group(const struct tf_survey *survey, uint32_t i)
{
	return tf_survey_group_at(survey, survey->group_order[i]);
}

const struct tf_survey_socket *tf_survey_socket(const struct tf_survey *survey, uint32_t i)
{
	return tf_survey_socket_at(survey, survey->socket_order[i]);
}

const struct tf_survey_holder *tf_survey_holder(const struct tf_survey *survey, uint32_t handle)
{
	return tf_pool_at(&survey->holders, handle);
}

const struct tf_survey_process *tf_survey_process(const struct tf_survey *survey, uint32_t handle)
{
	return tf_pool_at(&survey->processes, handle);
}

const struct tf_ev_cgroup *tf_survey_names(const struct tf_survey *survey, uint64_t cgroup,
					   uint32_t process)
{
	uint32_t pid = process ? tf_survey_process(survey, process)->pid : 0;

	return tf_cgroups_find(&survey->cgroups, cgroup, pid);
}

bool tf_survey_is_whole(const struct tf_survey *survey)
{
	const struct tf_survey_totals *totals = &survey->totals;

	return totals->ended && totals->whole && totals->holders_whole && !totals->netns_part &&
	       !totals->left_out.sockets && !totals->left_out.holders &&
	       !totals->left_out.grouped && !totals->left_out.netns;
}

bool tf_survey_is_busy(const struct tf_survey_socket *listener)
{
	return listener->rcv_queue || listener->requests || listener->drops;
}

static bool in(uint8_t state, uint32_t states)
{
	return TF_STATE_BIT(state) & states;
}

bool tf_survey_is_unusual(uint8_t state)
{
	return in(state, UNUSUAL);
}

uint32_t tf_survey_age_ms(const struct tf_survey_socket *socket)
{
	if (socket->state == TF_TCP_SYN_SENT && socket->waits_ms)
		return socket->waits_ms;
	return in(socket->state, BY_PEER) ? socket->silent_ms : TF_AGE_UNKNOWN;
}

bool tf_survey_has_data(const struct tf_survey_socket *socket)
{
	return socket->met && socket->state != TF_TCP_LISTEN &&
	       !(socket->flags & (TF_F_MINISOCK | TF_F_REQUEST));
}

uint32_t tf_survey_unread(const struct tf_survey_socket *socket)
{
	uint32_t fin = socket->flags & TF_F_DONE ? 1 : 0;

	if (!tf_survey_has_data(socket) || (int32_t)socket->rcv_queue <= 0)
		return 0;
	return socket->rcv_queue - fin;
}

/* The FIN is the last byte written, whether sent or not. */
uint32_t tf_survey_unsent(const struct tf_survey_socket *socket)
{
	uint32_t fin = in(socket->state, FIN_QUEUED) ? 1 : 0;

	if (!tf_survey_has_data(socket) || (int32_t)socket->unsent <= 0)
		return 0;
	return socket->unsent - fin;
}

uint32_t tf_survey_unacked(const struct tf_survey_socket *socket)
{
	uint32_t sent = socket->snd_queue - socket->unsent;
	bool fin_sent = in(socket->state, FIN_QUEUED) && !socket->unsent;
	uint32_t control = fin_sent || socket->state == TF_TCP_SYN_SENT ? 1 : 0;

	if (!tf_survey_has_data(socket) || (int32_t)sent <= 0)
		return 0;
	return sent - control;
}

enum tf_tri tf_survey_eof_read(const struct tf_survey_socket *socket)
{
	if (!tf_survey_has_data(socket) || !(socket->flags & TF_F_DONE))
		return TF_UNKNOWN;
	return socket->rcv_queue ? TF_NO : TF_YES;
}
