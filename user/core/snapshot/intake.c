// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * intake.c - see intake.h
 */
#include "core/snapshot/intake.h"

#include <string.h>

#include "core/sequence.h"
#include "core/snapshot/tables.h"

static struct tf_snapshot_socket *find_socket(const struct tf_snapshot *snapshot, uint64_t sock)
{
	struct tf_snapshot_socket *socket;
	uint32_t handle;

	if (!sock)
		return NULL;
	handle = tf_hash_first(&snapshot->by_sock, tf_hash_id(&snapshot->by_sock, sock));
	for (; handle; handle = socket->next_same) {
		socket = tf_tables_socket(snapshot, handle);
		if (socket->sock == sock)
			return socket;
	}
	return NULL;
}

/* The object of @sock, new or known from an earlier event of this scan, which the new one
 * overwrites. NULL: no room. */
static struct tf_snapshot_socket *find_or_add(struct tf_snapshot *snapshot, uint64_t sock)
{
	struct tf_snapshot_socket *socket = find_socket(snapshot, sock);
	uint32_t handle;

	if (socket)
		return socket;
	handle = tf_pool_new(&snapshot->sockets);
	if (!handle)
		return NULL;
	socket = tf_tables_socket(snapshot, handle);
	socket->sock = sock;
	if (sock)
		tf_hash_add(&snapshot->by_sock, &snapshot->sockets,
			    tf_hash_id(&snapshot->by_sock, sock), handle);
	return socket;
}

/* A listener that the filter does not want is kept, hidden: the role of its connections rests on
 * it. */
static bool is_hidden(const struct tf_snapshot *snapshot, const struct tf_tuple *tuple,
		      uint32_t netns, uint8_t state)
{
	if (state == TF_TCP_LISTEN)
		return !tf_filter_listener(&snapshot->filter, tuple, netns);
	return !tf_filter_tuple(&snapshot->filter, tuple, netns);
}

/* The object of a scanned socket with the fields that sockets and minisocks share. NULL: the filter
 * does not want it, or there is no room. */
static struct tf_snapshot_socket *take_common(struct tf_snapshot *snapshot,
					      const struct tf_event *ev,
					      const struct tf_tuple *tuple, uint8_t state)
{
	bool hidden = is_hidden(snapshot, tuple, ev->netns, state);
	struct tf_snapshot_socket *socket;

	if (hidden && state != TF_TCP_LISTEN)
		return NULL;
	socket = find_or_add(snapshot, ev->sock);
	if (!socket) {
		snapshot->totals.left_out.sockets++;
		if (!hidden && !snapshot->by_owner)
			tf_tables_count(snapshot, ev->netns, state);
		return NULL;
	}
	socket->netns = ev->netns;
	socket->tuple = *tuple;
	socket->state = state;
	socket->hidden = hidden;
	socket->scanned = true;
	return socket;
}

/* A damaged recording may give a full socket the state of a minisock. */
static uint8_t shown_full_state(uint8_t state)
{
	return state == TF_TCP_NEW_SYN_RECV ? TF_TCP_SYN_RECV : state;
}

/* Unread bytes and, with TF_F_DONE, a FIN behind them: the MPTCP connection takes a subflow's FIN
 * sooner than the application the data before it. */
static uint32_t unread_queue(const struct tf_ev_sock *event)
{
	uint32_t taken = (event->st.flags & TF_F_DONE) && !event->rcv_queue ? 1 : 0;

	return event->master_unread ? event->rcv_queue + event->master_unread + taken :
				      event->rcv_queue;
}

/* In SYN_SENT nothing has come yet, and before the SYN nothing has left: the kernel has not set the
 * numbers of that (core/sequence.h). */
static void drop_unset(struct tf_snapshot_socket *socket)
{
	static const struct tf_maybe32 unknown;

	socket->silent_ms = socket->idle_ms = unknown;
	socket->rcv_queue = 0;
	socket->srtt_us = 0;
	socket->probes_out = 0;
	socket->syn_waits = !tf_sequence_syn_sent(socket->snd_queue - socket->unsent,
						  socket->unsent, socket->flags & TF_F_FASTOPEN);
	if (!socket->syn_waits)
		return;
	socket->snd_queue = socket->unsent = 0;
	socket->waits_ms = 0;
	socket->retransmits = 0;
}

/* A full socket: everything that the kernel knows of it. */
static void take_sock(struct tf_snapshot *snapshot, const struct tf_ev_sock *event)
{
	const struct tf_ev_state *st = &event->st;
	struct tf_snapshot_socket *socket = take_common(
		snapshot, &st->ev, &st->tuple,
		tf_states_of_subflow(shown_full_state(st->new_state), event->master_state));

	if (!socket)
		return;
	socket->cgroup = st->cgroup;
	socket->uid = tf_maybe32_of(st->uid);
	socket->inode = st->inode;
	socket->flags = st->flags;
	socket->srtt_us = st->srtt_us;
	socket->rcv_queue = unread_queue(event);
	socket->snd_queue = event->snd_queue;
	socket->unsent = event->unsent;
	socket->requests = event->requests;
	socket->drops = event->drops;
	socket->silent_ms = tf_maybe32_of(event->silent_ms);
	socket->idle_ms = tf_maybe32_of(event->idle_ms);
	socket->waits_ms = event->waits_ms;
	socket->retransmits = event->retransmits;
	socket->probes_out = event->probes_out;
	socket->syn_waits = false;
	if (socket->state == TF_TCP_SYN_SENT)
		drop_unset(socket);
}

/* inet_diag, and so `ss`, shows a TIME_WAIT minisock in its substate and a request in SYN_RECV. */
static uint8_t shown_state(const struct tf_ev_minisock *event)
{
	if (event->state == TF_TCP_NEW_SYN_RECV)
		return TF_TCP_SYN_RECV;
	return event->substate == TF_TCP_FIN_WAIT2 ? TF_TCP_FIN_WAIT2 : TF_TCP_TIME_WAIT;
}

/* A TIME_WAIT minisock or a request, which have few fields. */
static void take_minisock(struct tf_snapshot *snapshot, const struct tf_ev_minisock *event)
{
	static const struct tf_maybe32 unknown;
	bool request = event->state == TF_TCP_NEW_SYN_RECV;
	struct tf_snapshot_socket *socket =
		take_common(snapshot, &event->ev, &event->tuple, shown_state(event));

	if (!socket)
		return;
	/* An earlier event of this scan may show the full socket that it was. */
	socket->flags = (event->flags & ~(uint32_t)(TF_F_MINISOCK | TF_F_REQUEST)) |
			(request ? TF_F_REQUEST : TF_F_MINISOCK);
	socket->cgroup = 0;
	socket->uid = unknown;
	socket->inode = 0;
	socket->rcv_queue = socket->snd_queue = socket->unsent = socket->waits_ms = 0;
	socket->silent_ms = socket->idle_ms = unknown;
	socket->srtt_us = 0;
	socket->probes_out = 0;
	socket->retransmits = event->retransmits;
	socket->syn_waits = false;
}

/* A socket in CLOSE is in no table of the kernel: only its holder shows it. */
static struct tf_snapshot_socket *add_closed(struct tf_snapshot *snapshot,
					     const struct tf_ev_holder *event)
{
	static const struct tf_tuple nowhere;
	struct tf_snapshot_socket *socket;

	if (snapshot->by_address || !event->ev.sock)
		return NULL;
	socket = take_common(snapshot, &event->ev, &nowhere, TF_TCP_CLOSE);
	if (!socket)
		return NULL;
	socket->scanned = false;
	socket->flags = TF_F_HAS_SOCKET;
	socket->inode = event->inode;
	return socket;
}

/* The socket of a descriptor. NULL: the filter does not want it, there was no room, or the scan did
 * not see it, which is certain only when nothing else keeps sockets out. */
static struct tf_snapshot_socket *socket_of(struct tf_snapshot *snapshot,
					    const struct tf_ev_holder *event)
{
	struct tf_snapshot_socket *socket = find_socket(snapshot, event->ev.sock);

	if (!socket && event->state == TF_TCP_CLOSE)
		return add_closed(snapshot, event);
	if (!socket && !snapshot->by_address && !snapshot->filter.n_netns &&
	    !snapshot->totals.left_out.sockets)
		snapshot->totals.strange_holders++;
	return socket;
}

/* The process of a descriptor, added when it is new. 0: no room. */
static uint32_t process_of(struct tf_snapshot *snapshot, const struct tf_ev_holder *event)
{
	uint32_t chain = tf_hash_id(&snapshot->by_pid, event->pid);
	uint32_t handle = tf_hash_first(&snapshot->by_pid, chain);
	struct tf_snapshot_process *process;

	for (; handle; handle = process->next) {
		process = tf_tables_process(snapshot, handle);
		if (process->pid == event->pid)
			return handle;
	}
	handle = tf_pool_new(&snapshot->processes);
	if (!handle)
		return 0;
	process = tf_tables_process(snapshot, handle);
	process->pid = event->pid;
	memcpy(process->comm, event->comm, TF_COMM_LEN);
	tf_hash_add(&snapshot->by_pid, &snapshot->processes, chain, handle);
	return handle;
}

/* One descriptor, behind those that its socket has already. */
static void take_holder(struct tf_snapshot *snapshot, const struct tf_ev_holder *event)
{
	struct tf_snapshot_socket *socket = socket_of(snapshot, event);
	uint32_t process = socket ? process_of(snapshot, event) : 0, handle = 0;
	struct tf_snapshot_holder *holder;

	if (!socket)
		return;
	if (process)
		handle = tf_pool_new(&snapshot->holders);
	if (!handle) {
		snapshot->totals.left_out.holders++;
		return;
	}
	holder = tf_tables_holder(snapshot, handle);
	holder->process = process;
	holder->fd = event->fd;
	if (socket->last_holder) {
		holder = tf_tables_holder(snapshot, socket->last_holder);
		holder->next = handle;
	} else {
		socket->holders = handle;
	}
	socket->last_holder = handle;
	socket->n_holders++;
}

static void take_netns(struct tf_snapshot *snapshot, const struct tf_ev_netns *event)
{
	struct tf_snapshot_netns *netns = tf_tables_netns_of(snapshot, event->ev.netns);

	if (!netns || event->port_low > event->port_high || event->port_high == UINT16_MAX)
		return; /* unknown */
	netns->port_low = event->port_low;
	netns->port_high = event->port_high;
}

/* The steps of the scan: when it began, and whether each part saw everything. */
static void take_scan(struct tf_snapshot *snapshot, const struct tf_ev_scan *event)
{
	struct tf_snapshot_totals *totals = &snapshot->totals;
	struct tf_snapshot_netns *netns;

	switch (event->step) {
	case TF_SCAN_BEGIN:
		totals->time_ns = event->ev.time_ns;
		break;
	case TF_SCAN_NETNS_END:
		totals->netns_part += !event->whole;
		netns = tf_tables_netns_of(snapshot, event->ev.netns);
		if (netns) {
			netns->scanned = true;
			netns->whole = event->whole;
		}
		break;
	case TF_SCAN_HOLDERS_END:
		totals->holders_whole = event->whole;
		break;
	case TF_SCAN_END:
		totals->ended = true;
		totals->whole = event->whole;
		totals->took_ns = event->took_ns;
		break;
	default:
		break;
	}
}

void tf_intake_event(struct tf_snapshot *snapshot, const union tf_any_event *event)
{
	switch (event->ev.kind) {
	case TF_EV_SOCK:
		take_sock(snapshot, &event->sock);
		break;
	case TF_EV_MINISOCK:
		take_minisock(snapshot, &event->minisock);
		break;
	case TF_EV_HOLDER:
		take_holder(snapshot, &event->holder);
		break;
	case TF_EV_NETNS:
		take_netns(snapshot, &event->netns);
		break;
	case TF_EV_SCAN:
		take_scan(snapshot, &event->scan);
		break;
	case TF_EV_CGROUP:
		tf_cgroups_take(&snapshot->cgroups, &event->cgroup);
		break;
	default:
		break;
	}
}
