// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * table.c - three hashes and the queues over two pools
 */
#include "core/conn/table.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static uint32_t sock_chain(const struct tf_table *table, uint64_t sock)
{
	return tf_hash_id(&table->by_sock, sock);
}

static uint32_t listener_chain(const struct tf_table *table, uint32_t netns, uint16_t port,
			       const uint8_t addr[16])
{
	struct {
		uint8_t addr[16];
		uint32_t netns;
		uint32_t port;
	} key = {.netns = netns, .port = port};

	memcpy(key.addr, addr, sizeof(key.addr));
	return tf_hash_bytes(&table->listeners, &key, sizeof(key));
}

static uint32_t own_chain(const struct tf_table *table, const struct tf_conn *listener)
{
	return listener_chain(table, listener->netns, listener->tuple.lport, listener->tuple.laddr);
}

static uint32_t handed_chain(const struct tf_table *table, uint32_t netns,
			     const struct tf_tuple *tuple)
{
	const struct {
		uint32_t netns;
		struct tf_tuple tuple;
	} key = {netns, *tuple};

	_Static_assert(sizeof(key) == sizeof(netns) + sizeof(*tuple), "no padding");
	return tf_hash_bytes(&table->handed, &key, sizeof(key));
}

int tf_table_init(struct tf_table *table, uint32_t max, struct tf_hash_key key)
{
	struct tf_table made = {0};

	if (tf_hash_init(&made.by_sock, max, offsetof(struct tf_conn, next_same), key) ||
	    tf_hash_init(&made.listeners, TF_TABLE_LISTENER_CHAINS,
			 offsetof(struct tf_conn, next_listener), key) ||
	    tf_hash_init(&made.handed, TF_TABLE_HANDED_CHAINS,
			 offsetof(struct tf_conn, next_handed), key) ||
	    tf_pool_init(&made.conns, sizeof(struct tf_conn), max) ||
	    tf_pool_init(&made.ends, sizeof(struct tf_end), max)) {
		tf_table_fini(&made);
		return -ENOMEM;
	}
	*table = made;
	return 0;
}

void tf_table_fini(struct tf_table *table)
{
	tf_hash_fini(&table->by_sock);
	tf_hash_fini(&table->listeners);
	tf_hash_fini(&table->handed);
	tf_pool_fini(&table->conns);
	tf_pool_fini(&table->ends);
	*table = (struct tf_table){0};
}

uint32_t tf_table_find(const struct tf_table *table, uint64_t sock)
{
	uint32_t handle = tf_hash_first(&table->by_sock, sock_chain(table, sock));
	const struct tf_conn *conn;

	for (; handle; handle = conn->next_same) {
		conn = tf_table_conn(table, handle);
		if (conn->sock == sock)
			return handle;
	}
	return 0;
}

uint32_t tf_table_add(struct tf_table *table, uint64_t sock)
{
	uint32_t handle = tf_pool_new(&table->conns);

	if (!handle)
		return 0;
	tf_table_conn(table, handle)->sock = sock;
	tf_hash_add(&table->by_sock, &table->conns, sock_chain(table, sock), handle);
	return handle;
}

uint32_t tf_table_handed(const struct tf_table *table, uint32_t netns, const struct tf_tuple *tuple)
{
	const struct tf_conn *conn;
	uint32_t handle;

	handle = tf_hash_first(&table->handed, handed_chain(table, netns, tuple));
	for (; handle; handle = conn->next_handed) {
		conn = tf_table_conn(table, handle);
		if (conn->netns == netns && !memcmp(&conn->tuple, tuple, sizeof(*tuple)))
			return handle;
	}
	return 0;
}

uint32_t tf_table_finishing(const struct tf_table *table, uint32_t netns,
			    const struct tf_tuple *tuple)
{
	uint32_t handle = table->queue[TF_QUEUE_FIN_WAIT2].tail;
	const struct tf_conn *conn;

	for (int i = 0; handle && i < TF_TABLE_FINISHING; i++, handle = conn->prev) {
		conn = tf_table_conn(table, handle);
		if (conn->netns == netns && !memcmp(&conn->tuple, tuple, sizeof(*tuple)))
			return handle;
	}
	return 0;
}

static void link_handed(struct tf_table *table, uint32_t handle)
{
	const struct tf_conn *conn = tf_table_conn(table, handle);

	tf_hash_add(&table->handed, &table->conns, handed_chain(table, conn->netns, &conn->tuple),
		    handle);
}

static void unlink_handed(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);

	tf_hash_del(&table->handed, &table->conns, handed_chain(table, conn->netns, &conn->tuple),
		    handle);
	conn->next_handed = 0;
}

/* Takes a connection out of the queue that it is in, if it is in one. */
static void unlink_queue(struct tf_table *table, struct tf_conn *conn, uint32_t handle)
{
	struct tf_list *list = &table->queue[conn->queue];

	if (conn->queue == TF_QUEUE_NONE)
		return;
	if (conn->prev)
		tf_table_conn(table, conn->prev)->next = conn->next;
	else
		list->head = conn->next;
	if (conn->next)
		tf_table_conn(table, conn->next)->prev = conn->prev;
	else
		list->tail = conn->prev;
	list->n--;
	if (conn->queue == TF_QUEUE_HANDOFF)
		unlink_handed(table, handle);
	conn->prev = conn->next = 0;
	conn->queue = TF_QUEUE_NONE;
}

void tf_table_enqueue(struct tf_table *table, uint32_t handle, enum tf_queue queue)
{
	struct tf_conn *conn = tf_table_conn(table, handle);
	struct tf_list *list = &table->queue[queue];

	if (conn->queue == queue && (queue == TF_QUEUE_NONE || list->tail == handle))
		return;
	unlink_queue(table, conn, handle);
	if (queue == TF_QUEUE_NONE)
		return;
	conn->queue = queue;
	conn->prev = list->tail;
	if (list->tail)
		tf_table_conn(table, list->tail)->next = handle;
	else
		list->head = handle;
	list->tail = handle;
	list->n++;
	if (queue == TF_QUEUE_HANDOFF)
		link_handed(table, handle);
}

void tf_table_unname(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);

	if (conn->unnamed)
		return;
	tf_hash_del(&table->by_sock, &table->conns, sock_chain(table, conn->sock), handle);
	conn->unnamed = true;
}

void tf_table_del(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);

	tf_table_unname(table, handle);
	unlink_queue(table, conn, handle);
	if (conn->phase == TF_PHASE_LISTENER)
		tf_table_unlisten(table, handle);
	if (conn->end)
		tf_pool_del(&table->ends, conn->end);
	tf_pool_del(&table->conns, handle);
}

void tf_table_listen(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);

	conn->phase = TF_PHASE_LISTENER;
	tf_hash_add(&table->listeners, &table->conns, own_chain(table, conn), handle);
}

void tf_table_unlisten(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);

	tf_hash_del(&table->listeners, &table->conns, own_chain(table, conn), handle);
	conn->next_listener = 0;
	conn->phase = TF_PHASE_LIVE;
}

static bool is_mapped(const uint8_t addr[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(addr, prefix, sizeof(prefix));
}

static const uint8_t every_ipv6[16];
static const uint8_t every_ipv4[16] = {[10] = 0xff, [11] = 0xff};

bool tf_table_takes_address(const uint8_t listens_on[16], const uint8_t local[16])
{
	return !memcmp(listens_on, local, 16) || !memcmp(listens_on, every_ipv6, 16) ||
	       (!memcmp(listens_on, every_ipv4, 16) && is_mapped(local));
}

/* From @handle on, the first of its chain that listens at @addr and @port. 0: none. */
static uint32_t skip_others(const struct tf_table *table, uint32_t handle, uint32_t netns,
			    uint16_t port, const uint8_t addr[16])
{
	const struct tf_conn *conn;

	for (; handle; handle = conn->next_listener) {
		conn = tf_table_conn(table, handle);
		if (conn->netns == netns && conn->tuple.lport == port &&
		    !memcmp(conn->tuple.laddr, addr, 16))
			break;
	}
	return handle;
}

/* The addresses of listeners that take connections to @local, the closest first, as
 * inet_lookup_listener() tries them. Returns how many there are. */
static unsigned int fitting_addresses(const uint8_t *local, const uint8_t *ret_addrs[3])
{
	unsigned int n = 0;

	ret_addrs[n++] = local;
	if (is_mapped(local) && memcmp(local, every_ipv4, 16))
		ret_addrs[n++] = every_ipv4;
	if (memcmp(local, every_ipv6, 16))
		ret_addrs[n++] = every_ipv6;
	return n;
}

uint32_t tf_table_listener(const struct tf_table *table, uint32_t netns,
			   const struct tf_tuple *local, uint32_t after)
{
	const uint8_t *addrs[3];
	unsigned int n = fitting_addresses(local->laddr, addrs), i = 0;
	uint32_t handle = 0;

	if (after) {
		const struct tf_conn *last = tf_table_conn(table, after);

		while (i < n && memcmp(addrs[i], last->tuple.laddr, 16))
			i++;
		if (i < n)
			handle = skip_others(table, last->next_listener, netns, local->lport,
					     addrs[i++]);
	}
	for (; !handle && i < n; i++) {
		uint32_t chain = listener_chain(table, netns, local->lport, addrs[i]);

		handle = skip_others(table, tf_hash_first(&table->listeners, chain), netns,
				     local->lport, addrs[i]);
	}
	return handle;
}
