// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * survey.c - events in: each socket once, with its holders behind it
 */
#include "core/survey_engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/decode.h"

#define DEFAULT_SOCKETS (1u << 20)
#define MAX_SOCKETS (1u << 28)

static int set_up(struct tf_survey *survey, uint32_t max)
{
	survey->mask = 1;
	while (survey->mask < max)
		survey->mask <<= 1;
	survey->by_sock = calloc(survey->mask, sizeof(*survey->by_sock));
	survey->mask--;
	if (!survey->by_sock ||
	    tf_pool_init(&survey->sockets, sizeof(struct tf_survey_socket), max) ||
	    tf_pool_init(&survey->holders, sizeof(struct tf_survey_holder), max) ||
	    tf_pool_init(&survey->processes, sizeof(struct tf_survey_process), max) ||
	    tf_pool_init(&survey->groups, sizeof(struct tf_survey_group), TF_SURVEY_GROUPS_MAX) ||
	    tf_pool_init(&survey->netns, sizeof(struct tf_survey_netns), TF_SURVEY_NETNS_MAX) ||
	    tf_cgroups_init(&survey->cgroups))
		return -ENOMEM;
	return 0;
}

static void use_filter(struct tf_survey *survey, const struct tf_filter *filter)
{
	if (!filter) {
		tf_filter_init(&survey->filter);
		return;
	}
	survey->filter = *filter;
	survey->by_owner = filter->n_pids || filter->n_comms;
	survey->by_address = !filter->lport.any || !filter->rport.any || filter->n_cidrs ||
			     filter->only_v4 || filter->only_v6 || filter->n_cgroups;
}

int tf_survey_new(const struct tf_survey_options *options, struct tf_survey **ret_survey)
{
	struct tf_survey *survey = calloc(1, sizeof(*survey));
	uint32_t max = options->max_sockets ? options->max_sockets : DEFAULT_SOCKETS;

	if (!survey)
		return -ENOMEM;
	if (set_up(survey, max < MAX_SOCKETS ? max : MAX_SOCKETS)) {
		tf_survey_free(survey);
		return -ENOMEM;
	}
	use_filter(survey, options->filter);
	*ret_survey = survey;
	return 0;
}

void tf_survey_free(struct tf_survey *survey)
{
	if (!survey)
		return;
	tf_pool_fini(&survey->sockets);
	tf_pool_fini(&survey->holders);
	tf_pool_fini(&survey->processes);
	tf_pool_fini(&survey->groups);
	tf_pool_fini(&survey->netns);
	tf_cgroups_fini(&survey->cgroups);
	free(survey->by_sock);
	free(survey->listener_order);
	free(survey->group_order);
	free(survey->socket_order);
	free(survey);
}

struct tf_survey_netns *tf_survey_netns_of(struct tf_survey *survey, uint32_t inode)
{
	uint32_t *head = &survey->by_inode[inode % TF_SURVEY_NETNS_HEADS], handle = *head;
	struct tf_survey_netns *netns;

	for (; handle; handle = netns->next) {
		netns = tf_pool_at(&survey->netns, handle);
		if (netns->inode == inode)
			return netns;
	}
	handle = tf_pool_new(&survey->netns);
	if (!handle)
		return NULL;
	netns = tf_pool_at(&survey->netns, handle);
	netns->inode = inode;
	netns->next = *head;
	*head = handle;
	return netns;
}

void tf_survey_count(struct tf_survey *survey, uint32_t inode, uint8_t state)
{
	struct tf_survey_netns *netns = tf_survey_netns_of(survey, inode);

	survey->totals.sockets++;
	survey->totals.states[state]++;
	if (!netns) {
		survey->totals.left_out.netns++;
		return;
	}
	netns->sockets++;
	netns->states[state]++;
}

/* As table.c does it: cookies count up, hashes have their good bits above. */
static uint32_t *head_of(const struct tf_survey *survey, uint64_t sock)
{
	return &survey->by_sock[(uint32_t)(sock ^ sock >> 32) & survey->mask];
}

static struct tf_survey_socket *find_socket(const struct tf_survey *survey, uint64_t sock)
{
	uint32_t handle = sock ? *head_of(survey, sock) : 0;

	for (; handle; handle = tf_survey_socket_at(survey, handle)->next_same)
		if (tf_survey_socket_at(survey, handle)->sock == sock)
			return tf_survey_socket_at(survey, handle);
	return NULL;
}

/* The place of @sock, which is new or was met before: what is kept of it then is what was met last. NULL:
 * no room. */
static struct tf_survey_socket *place_for(struct tf_survey *survey, uint64_t sock)
{
	struct tf_survey_socket *socket = find_socket(survey, sock);
	uint32_t handle;

	if (socket)
		return socket;
	handle = tf_pool_new(&survey->sockets);
	if (!handle)
		return NULL;
	socket = tf_survey_socket_at(survey, handle);
	socket->sock = sock;
	if (sock) {
		socket->next_same = *head_of(survey, sock);
		*head_of(survey, sock) = handle;
	}
	return socket;
}

/* A listener that is not wanted stays, unseen: it tells the role of those that came from it. */
static bool is_hidden(const struct tf_survey *survey, const struct tf_tuple *tuple, uint32_t netns,
		      uint8_t state)
{
	if (state == TF_TCP_LISTEN)
		return !tf_filter_listener(&survey->filter, tuple, netns);
	return !tf_filter_tuple(&survey->filter, tuple, netns);
}

/* The place for a socket that was met, its common part filled; NULL when it is not wanted or finds no
 * room. */
static struct tf_survey_socket *meet(struct tf_survey *survey, const struct tf_event *ev,
				     const struct tf_tuple *tuple, uint8_t state)
{
	bool hidden = is_hidden(survey, tuple, ev->netns, state);
	struct tf_survey_socket *socket;

	if (hidden && state != TF_TCP_LISTEN)
		return NULL;
	socket = place_for(survey, ev->sock);
	if (!socket) {
		survey->totals.left_out.sockets++;
		if (!hidden && !survey->by_owner)
			tf_survey_count(survey, ev->netns, state);
		return NULL;
	}
	socket->netns = ev->netns;
	socket->tuple = *tuple;
	socket->state = state;
	socket->hidden = hidden;
	socket->met = true;
	return socket;
}

/* Damaged recordings may call a full socket what only a minisock is. */
static uint8_t shown_full_state(uint8_t state)
{
	return state == TF_TCP_NEW_SYN_RECV ? TF_TCP_SYN_RECV : state;
}

static void take_sock(struct tf_survey *survey, const struct tf_ev_sock *event)
{
	const struct tf_ev_state *st = &event->st;
	struct tf_survey_socket *socket =
		meet(survey, &st->ev, &st->tuple, shown_full_state(st->new_state));

	if (!socket)
		return;
	socket->cgroup = st->cgroup;
	socket->uid = st->uid;
	socket->inode = st->inode;
	socket->flags = st->flags;
	socket->srtt_us = st->srtt_us;
	socket->rcv_queue = event->rcv_queue;
	socket->snd_queue = event->snd_queue;
	socket->unsent = event->unsent;
	socket->requests = event->requests;
	socket->drops = event->drops;
	socket->silent_ms = event->silent_ms;
	socket->idle_ms = event->idle_ms;
	socket->waits_ms = event->waits_ms;
	socket->retransmits = event->retransmits;
	socket->probes_out = event->probes_out;
}

/* inet_diag, and so `ss`, shows a TIME_WAIT minisock in its substate and a request in SYN_RECV. */
static uint8_t shown_state(const struct tf_ev_minisock *event)
{
	if (event->state == TF_TCP_NEW_SYN_RECV)
		return TF_TCP_SYN_RECV;
	return event->substate == TF_TCP_FIN_WAIT2 ? TF_TCP_FIN_WAIT2 : TF_TCP_TIME_WAIT;
}

static void take_minisock(struct tf_survey *survey, const struct tf_ev_minisock *event)
{
	bool request = event->state == TF_TCP_NEW_SYN_RECV;
	struct tf_survey_socket *socket =
		meet(survey, &event->ev, &event->tuple, shown_state(event));

	if (!socket)
		return;
	/* It may have been met as the full socket that it was. */
	socket->flags = (event->flags & ~(uint32_t)(TF_F_MINISOCK | TF_F_REQUEST)) |
			(request ? TF_F_REQUEST : TF_F_MINISOCK);
	socket->cgroup = 0;
	socket->uid = TF_UNKNOWN_U32;
	socket->inode = 0;
	socket->rcv_queue = socket->snd_queue = socket->unsent = socket->waits_ms = 0;
	socket->silent_ms = socket->idle_ms = TF_AGE_UNKNOWN;
	socket->retransmits = event->retransmits;
}

/* A socket in CLOSE is in no table of the kernel: only who holds it shows it. */
static struct tf_survey_socket *meet_closed(struct tf_survey *survey,
					    const struct tf_ev_holder *event)
{
	static const struct tf_tuple nowhere;
	struct tf_survey_socket *socket;

	if (survey->by_address || !event->ev.sock)
		return NULL;
	socket = meet(survey, &event->ev, &nowhere, TF_TCP_CLOSE);
	if (!socket)
		return NULL;
	socket->met = false;
	socket->flags = TF_F_HAS_SOCKET;
	socket->inode = event->inode;
	socket->uid = TF_UNKNOWN_U32;
	socket->silent_ms = socket->idle_ms = TF_AGE_UNKNOWN;
	return socket;
}

/* The socket of a descriptor. NULL: it is not wanted, found no room, or was not met. The last can only
 * be told from the others when nothing else keeps sockets out. */
static struct tf_survey_socket *socket_of(struct tf_survey *survey,
					  const struct tf_ev_holder *event)
{
	struct tf_survey_socket *socket = find_socket(survey, event->ev.sock);

	if (!socket && event->state == TF_TCP_CLOSE)
		return meet_closed(survey, event);
	if (!socket && !survey->by_address && !survey->filter.n_netns &&
	    !survey->totals.left_out.sockets)
		survey->totals.strange_holders++;
	return socket;
}

/* 0: no room. */
static uint32_t process_of(struct tf_survey *survey, const struct tf_ev_holder *event)
{
	uint32_t *head = &survey->by_pid[event->pid % TF_SURVEY_PID_HEADS], handle = *head;
	struct tf_survey_process *process;

	for (; handle; handle = process->next) {
		process = tf_pool_at(&survey->processes, handle);
		if (process->pid == event->pid)
			return handle;
	}
	handle = tf_pool_new(&survey->processes);
	if (!handle)
		return 0;
	process = tf_pool_at(&survey->processes, handle);
	process->pid = event->pid;
	memcpy(process->comm, event->comm, TF_COMM_LEN);
	process->next = *head;
	*head = handle;
	return handle;
}

static void take_holder(struct tf_survey *survey, const struct tf_ev_holder *event)
{
	struct tf_survey_socket *socket = socket_of(survey, event);
	uint32_t process = socket ? process_of(survey, event) : 0, handle = 0;
	struct tf_survey_holder *holder;

	if (!socket)
		return;
	if (process)
		handle = tf_pool_new(&survey->holders);
	if (!handle) {
		survey->totals.left_out.holders++;
		return;
	}
	holder = tf_pool_at(&survey->holders, handle);
	holder->process = process;
	holder->fd = event->fd;
	if (socket->last_holder) {
		holder = tf_pool_at(&survey->holders, socket->last_holder);
		holder->next = handle;
	} else {
		socket->holders = handle;
	}
	socket->last_holder = handle;
	socket->n_holders++;
}

static void take_netns(struct tf_survey *survey, const struct tf_ev_netns *event)
{
	struct tf_survey_netns *netns = tf_survey_netns_of(survey, event->ev.netns);

	if (!netns || event->port_low > event->port_high || event->port_high == UINT16_MAX)
		return; /* not known */
	netns->port_low = event->port_low;
	netns->port_high = event->port_high;
}

static void take_walk(struct tf_survey *survey, const struct tf_ev_walk *event)
{
	struct tf_survey_totals *totals = &survey->totals;
	struct tf_survey_netns *netns;

	switch (event->step) {
	case TF_WALK_ROUND:
		totals->time_ns = event->ev.time_ns;
		break;
	case TF_WALK_NETNS_END:
		totals->netns_part += !event->whole;
		netns = tf_survey_netns_of(survey, event->ev.netns);
		if (netns) {
			netns->walked = true;
			netns->whole = event->whole;
		}
		break;
	case TF_WALK_HOLDERS_END:
		totals->holders_whole = event->whole;
		break;
	case TF_WALK_ROUND_END:
		totals->ended = true;
		totals->whole = event->whole;
		totals->took_ns = event->took_ns;
		break;
	default:
		break;
	}
}

int tf_survey_feed(struct tf_survey *survey, const void *record, size_t size)
{
	const union tf_any_event *event;
	union tf_any_event scratch;

	if (tf_decode(record, size, &scratch, &event))
		return -EBADMSG;
	switch (event->ev.kind) {
	case TF_EV_SOCK:
		take_sock(survey, &event->sock);
		break;
	case TF_EV_MINISOCK:
		take_minisock(survey, &event->minisock);
		break;
	case TF_EV_HOLDER:
		take_holder(survey, &event->holder);
		break;
	case TF_EV_NETNS:
		take_netns(survey, &event->netns);
		break;
	case TF_EV_WALK:
		take_walk(survey, &event->walk);
		break;
	case TF_EV_CGROUP:
		tf_cgroups_take(&survey->cgroups, &event->cgroup);
		break;
	default:
		break;
	}
	return 0;
}
