// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * grouping.c - see grouping.h
 */
#include "core/snapshot/grouping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/conn/role.h"
#include "core/conn/table.h"
#include "core/snapshot/sides.h"
#include "core/snapshot/socket.h"
#include "core/snapshot/tables.h"

/* --- listeners ------------------------------------------------------------------------------ */

static uint32_t port_chain(const struct tf_snapshot *snapshot,
			   const struct tf_snapshot_socket *socket)
{
	return tf_hash_id(&snapshot->by_port, (uint64_t)socket->netns << 16 | socket->tuple.lport);
}

static void index_listeners(struct tf_snapshot *snapshot)
{
	for (uint32_t handle = 1; handle <= snapshot->sockets.used; handle++) {
		const struct tf_snapshot_socket *socket = tf_tables_socket(snapshot, handle);

		if (socket->state == TF_TCP_LISTEN)
			tf_hash_add(&snapshot->by_port, &snapshot->sockets,
				    port_chain(snapshot, socket), handle);
	}
}

static bool has_listener(struct tf_snapshot *snapshot, const struct tf_snapshot_socket *socket)
{
	uint32_t handle = tf_hash_first(&snapshot->by_port, port_chain(snapshot, socket));
	const struct tf_snapshot_socket *listener;

	for (; handle; handle = listener->next_listener) {
		listener = tf_tables_socket(snapshot, handle);
		if (listener->netns == socket->netns &&
		    listener->tuple.lport == socket->tuple.lport &&
		    tf_table_takes_address(listener->tuple.laddr, socket->tuple.laddr))
			return true;
	}
	return false;
}

/* --- one socket: role and holder ------------------------------------------------------------ */

/* By its state, by a listener of its port, else by the port range; tf_sides_find() asks the other
 * end, too. */
static enum tf_role role_of(struct tf_snapshot *snapshot, const struct tf_snapshot_socket *socket)
{
	const struct tf_snapshot_netns *netns;

	if (socket->state == TF_TCP_SYN_SENT)
		return TF_ROLE_CLIENT;
	if (socket->state == TF_TCP_LISTEN || socket->state == TF_TCP_SYN_RECV)
		return TF_ROLE_SERVER;
	if (!socket->tuple.rport)
		return TF_ROLE_UNKNOWN;
	if (has_listener(snapshot, socket))
		return TF_ROLE_SERVER;
	netns = tf_tables_netns_of(snapshot, socket->netns);
	return netns ? tf_role_by_ports(&socket->tuple, netns->port_low, netns->port_high) :
		       TF_ROLE_UNKNOWN;
}

static enum tf_held held_of(const struct tf_snapshot_socket *socket)
{
	if (socket->flags & (TF_F_MINISOCK | TF_F_REQUEST))
		return TF_HELD_MINISOCK;
	if (socket->holders)
		return TF_HELD_PROCESS;
	if (socket->flags & TF_F_DEAD)
		return TF_HELD_ORPHAN;
	/* Netlink does not say of an MPTCP client that it was closed; it never waits for
	 * accept(). */
	if (!(socket->flags & TF_F_HAS_SOCKET) && socket->role == TF_ROLE_CLIENT)
		return TF_HELD_ORPHAN;
	return socket->flags & TF_F_HAS_SOCKET ? TF_HELD_UNKNOWN : TF_HELD_QUEUE;
}

/* Whether the filter wants one of the processes that hold @socket. */
static bool wants_owner(const struct tf_snapshot *snapshot, const struct tf_snapshot_socket *socket)
{
	uint32_t handle = socket->holders;
	struct tf_owner owner = {.from = TF_OWNER_HOLDER};

	if (!snapshot->by_owner)
		return true;
	while (handle) {
		const struct tf_snapshot_holder *holder = tf_tables_holder(snapshot, handle);
		const struct tf_snapshot_process *process =
			tf_tables_process(snapshot, holder->process);

		owner.pid = process->pid;
		memcpy(owner.comm, process->comm, TF_COMM_LEN);
		if (tf_filter_owner(&snapshot->filter, &owner))
			return true;
		handle = holder->next;
	}
	return false;
}

/* --- groups --------------------------------------------------------------------------------- */

static void make_key(struct tf_snapshot *snapshot, const struct tf_snapshot_socket *socket,
		     struct tf_snapshot_group *ret)
{
	bool remote = socket->role == TF_ROLE_CLIENT || socket->by_remote;

	memset(ret, 0, sizeof(*ret));
	ret->netns = socket->netns;
	ret->held = socket->held;
	ret->role = socket->role;
	ret->port = remote ? socket->tuple.rport : socket->tuple.lport;
	ret->has_remote = remote;
	if (remote)
		memcpy(ret->remote, socket->tuple.raddr, sizeof(ret->remote));
	if (socket->holders)
		ret->process = tf_tables_holder(snapshot, socket->holders)->process;
}

static bool same_key(const struct tf_snapshot_group *a, const struct tf_snapshot_group *b)
{
	return a->netns == b->netns && a->process == b->process && a->port == b->port &&
	       a->held == b->held && a->role == b->role &&
	       !memcmp(a->remote, b->remote, sizeof(a->remote));
}

static uint32_t key_chain(const struct tf_snapshot *snapshot, const struct tf_snapshot_group *key)
{
	uint32_t words[7] = {key->netns, key->process,
			     (uint32_t)key->port << 16 | (uint32_t)key->held << 8 | key->role};

	memcpy(words + 3, key->remote, sizeof(key->remote));
	return tf_hash_bytes(&snapshot->by_key, words, sizeof(words));
}

/* The handle of the group of @socket, added when it is new. 0: no room. */
static uint32_t group_of(struct tf_snapshot *snapshot, const struct tf_snapshot_socket *socket)
{
	struct tf_snapshot_group key, *group;
	uint32_t chain, handle;

	make_key(snapshot, socket, &key);
	chain = key_chain(snapshot, &key);
	for (handle = tf_hash_first(&snapshot->by_key, chain); handle; handle = group->next) {
		group = tf_tables_group(snapshot, handle);
		if (same_key(group, &key))
			return handle;
	}
	handle = tf_pool_new(&snapshot->groups);
	if (!handle)
		return 0;
	group = tf_tables_group(snapshot, handle);
	*group = key;
	group->cgroup = socket->cgroup;
	tf_hash_add(&snapshot->by_key, &snapshot->groups, chain, handle);
	return handle;
}

static void note_holders(struct tf_snapshot *snapshot, const struct tf_snapshot_socket *socket,
			 struct tf_snapshot_group *group)
{
	bool shared = false;

	for (uint32_t handle = socket->holders; handle;) {
		const struct tf_snapshot_holder *holder = tf_tables_holder(snapshot, handle);

		if (holder->process != group->process)
			shared = true;
		else if (group->n_fds < TF_SNAPSHOT_FDS)
			group->fds[group->n_fds++] = holder->fd;
		handle = holder->next;
	}
	group->shared += shared;
}

/* Puts @socket into its group and adds its numbers to the group's. */
static void join_group(struct tf_snapshot *snapshot, struct tf_snapshot_socket *socket)
{
	struct tf_maybe32 age = tf_socket_age_ms(socket), *oldest;
	struct tf_snapshot_group *group;

	socket->group = group_of(snapshot, socket);
	if (!socket->group) {
		snapshot->totals.left_out.grouped++;
		return;
	}
	group = tf_tables_group(snapshot, socket->group);
	oldest = &group->oldest_ms[socket->state];
	if (age.plus_one > oldest->plus_one) /* unknown is the least */
		*oldest = age;
	group->n++;
	group->count[socket->state]++;
	group->unusual += tf_socket_is_unusual(socket->state);
	group->unread += tf_socket_unread(socket);
	group->unsent += tf_socket_unsent(socket);
	group->unacked += tf_socket_unacked(socket);
	if (socket->state == TF_TCP_CLOSE_WAIT)
		group->eof_read += tf_socket_eof_read(socket) == TF_YES;
	group->syn_waits += socket->syn_waits;
	note_holders(snapshot, socket, group);
}

/* --- the order of the answers --------------------------------------------------------------- */

struct rank {
	uint64_t first, then; /* larger ones come first */
	uint32_t handle;
};

static int compare_ranks(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->first != y->first)
		return x->first > y->first ? -1 : 1;
	if (x->then != y->then)
		return x->then > y->then ? -1 : 1;
	return x->handle < y->handle ? -1 : 1;
}

static struct rank listener_rank(const struct tf_snapshot_socket *socket, uint32_t handle)
{
	bool full = socket->rcv_queue && socket->rcv_queue >= socket->snd_queue;
	uint64_t waiting = (uint64_t)socket->rcv_queue + socket->requests;

	return (struct rank){
		.first = full * 8u + !!socket->requests * 4u + !!socket->rcv_queue * 2u +
			 !!socket->drops,
		.then = waiting ? waiting : socket->drops,
		.handle = handle,
	};
}

static struct rank socket_rank(const struct tf_snapshot *snapshot,
			       const struct tf_snapshot_socket *socket, uint32_t handle)
{
	uint32_t rank = UINT32_MAX;

	if (socket->group)
		rank = tf_tables_group(snapshot, socket->group)->rank;
	else if (socket->state != TF_TCP_LISTEN)
		rank = UINT32_MAX - 1;
	return (struct rank){
		.first = (uint64_t)(UINT32_MAX - rank) << 8 |
			 (tf_socket_is_unusual(socket->state) ? 16u : 0u) | socket->state,
		.then = tf_socket_age_ms(socket).plus_one, /* unknown last */
		.handle = handle,
	};
}

/* The handles of @ranks, sorted; owned by the caller. NULL: no memory. */
static uint32_t *in_order(struct rank *ranks, uint32_t n)
{
	uint32_t *order = calloc(n ? n : 1, sizeof(*order));

	if (!order)
		return NULL;
	if (n)
		qsort(ranks, n, sizeof(*ranks), compare_ranks);
	for (uint32_t i = 0; i < n; i++)
		order[i] = ranks[i].handle;
	return order;
}

static uint32_t *order_groups(struct tf_snapshot *snapshot, struct rank *ranks)
{
	uint32_t n = snapshot->groups.used, *order;

	for (uint32_t handle = 1; handle <= n; handle++) {
		const struct tf_snapshot_group *group = tf_tables_group(snapshot, handle);

		ranks[handle - 1] = (struct rank){group->unusual, group->n, handle};
	}
	order = in_order(ranks, n);
	for (uint32_t i = 0; order && i < n; i++)
		tf_tables_group(snapshot, order[i])->rank = i;
	snapshot->n_groups = n;
	return order;
}

static uint32_t *order_sockets(struct tf_snapshot *snapshot, struct rank *ranks)
{
	uint32_t n = 0;

	for (uint32_t handle = 1; handle <= snapshot->sockets.used; handle++) {
		const struct tf_snapshot_socket *socket = tf_tables_socket(snapshot, handle);

		if (!socket->hidden)
			ranks[n++] = socket_rank(snapshot, socket, handle);
	}
	snapshot->n_sockets = n;
	return in_order(ranks, n);
}

static uint32_t *order_listeners(struct tf_snapshot *snapshot, struct rank *ranks)
{
	uint32_t n = 0;

	for (uint32_t handle = 1; handle <= snapshot->sockets.used; handle++) {
		const struct tf_snapshot_socket *socket = tf_tables_socket(snapshot, handle);

		if (!socket->hidden && socket->state == TF_TCP_LISTEN)
			ranks[n++] = listener_rank(socket, handle);
	}
	snapshot->n_listeners = n;
	return in_order(ranks, n);
}

/* Sorts groups before sockets: the order of the sockets rests on it. */
static int put_in_order(struct tf_snapshot *snapshot)
{
	uint32_t most = snapshot->sockets.used > snapshot->groups.used ? snapshot->sockets.used :
									 snapshot->groups.used;
	struct rank *ranks = calloc(most + 1ULL, sizeof(*ranks));

	if (!ranks)
		return -ENOMEM;
	snapshot->group_order = order_groups(snapshot, ranks);
	snapshot->socket_order = order_sockets(snapshot, ranks);
	snapshot->listener_order = order_listeners(snapshot, ranks);
	free(ranks);
	return snapshot->group_order && snapshot->socket_order && snapshot->listener_order ?
		       0 :
		       -ENOMEM;
}

static void join_groups(struct tf_snapshot *snapshot)
{
	for (uint32_t handle = 1; handle <= snapshot->sockets.used; handle++) {
		struct tf_snapshot_socket *socket = tf_tables_socket(snapshot, handle);

		if (!socket->hidden && socket->state != TF_TCP_LISTEN)
			join_group(snapshot, socket);
	}
}

int tf_grouping_run(struct tf_snapshot *snapshot)
{
	index_listeners(snapshot);
	for (uint32_t handle = 1; handle <= snapshot->sockets.used; handle++) {
		struct tf_snapshot_socket *socket = tf_tables_socket(snapshot, handle);

		socket->role = (uint8_t)role_of(snapshot, socket);
		socket->held = (uint8_t)held_of(socket);
		socket->hidden |= !wants_owner(snapshot, socket);
		if (socket->hidden)
			continue;
		snapshot->totals.held[socket->held]++;
		tf_tables_count(snapshot, socket->netns, socket->state);
	}
	if (tf_sides_find(snapshot))
		return -ENOMEM;
	join_groups(snapshot);
	snapshot->n_netns = snapshot->netns.used;
	return put_in_order(snapshot);
}
