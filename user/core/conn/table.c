// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * table.c - hash chains and queues over two pools
 */
#include "core/conn/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Cookies count up, so their low bits spread them best, and sockets of one time share cache lines. The
 * keyed hashes that stand in for them have their good bits above. */
static uint32_t bucket_of(const struct tf_table *table, uint64_t sock)
{
	return (uint32_t)(sock ^ sock >> 32) & table->mask;
}

static uint32_t listener_bucket(uint32_t netns, uint16_t port)
{
	return ((netns * 31u) ^ port) % TF_LISTENER_BUCKETS;
}

static uint32_t handed_bucket(uint32_t netns, const struct tf_tuple *tuple)
{
	uint32_t hash = netns ^ ((uint32_t)tuple->lport << 16 | tuple->rport);
	uint32_t word;

	for (size_t i = 0; i < sizeof(tuple->raddr); i += sizeof(word)) {
		memcpy(&word, tuple->raddr + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b1u;
	}
	return hash >> 16;
}

_Static_assert(TF_HANDED_BUCKETS == 1u << 16, "handed_bucket() gives 16 bits");

int tf_table_init(struct tf_table *table, uint32_t max)
{
	struct tf_table made = {.mask = 1};

	while (made.mask < max && made.mask < 1u << 30)
		made.mask <<= 1;
	made.buckets = calloc(made.mask, sizeof(*made.buckets));
	made.listeners = calloc(TF_LISTENER_BUCKETS, sizeof(*made.listeners));
	made.mask--;
	if (!made.buckets || !made.listeners ||
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
	free(table->buckets);
	free(table->listeners);
	free(table->handed);
	tf_pool_fini(&table->conns);
	tf_pool_fini(&table->ends);
	*table = (struct tf_table){0};
}

uint32_t tf_table_find(const struct tf_table *table, uint64_t sock)
{
	uint32_t handle = table->buckets[bucket_of(table, sock)];

	while (handle && tf_table_conn(table, handle)->sock != sock)
		handle = tf_table_conn(table, handle)->next_same;
	return handle;
}

uint32_t tf_table_add(struct tf_table *table, uint64_t sock)
{
	uint32_t handle = tf_pool_new(&table->conns);
	uint32_t *bucket = &table->buckets[bucket_of(table, sock)];
	struct tf_conn *conn;

	if (!handle)
		return 0;
	conn = tf_table_conn(table, handle);
	conn->sock = sock;
	conn->next_same = *bucket;
	*bucket = handle;
	return handle;
}

int tf_table_index_handed(struct tf_table *table)
{
	table->handed = calloc(TF_HANDED_BUCKETS, sizeof(*table->handed));
	return table->handed ? 0 : -ENOMEM;
}

uint32_t tf_table_handed(const struct tf_table *table, uint32_t netns, const struct tf_tuple *tuple)
{
	uint32_t handle = table->handed ? table->handed[handed_bucket(netns, tuple)] : 0;
	const struct tf_conn *conn;

	for (; handle; handle = conn->next_handed) {
		conn = tf_table_conn(table, handle);
		if (conn->netns == netns && !memcmp(&conn->tuple, tuple, sizeof(*tuple)))
			return handle;
	}
	return 0;
}

static void link_handed(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);
	uint32_t *bucket = &table->handed[handed_bucket(conn->netns, &conn->tuple)];

	conn->next_handed = *bucket;
	*bucket = handle;
}

static void unlink_handed(struct tf_table *table, struct tf_conn *conn)
{
	uint32_t *link = &table->handed[handed_bucket(conn->netns, &conn->tuple)];

	while (*link && tf_table_conn(table, *link) != conn)
		link = &tf_table_conn(table, *link)->next_handed;
	if (*link)
		*link = conn->next_handed;
	conn->next_handed = 0;
}

static void unlink_queue(struct tf_table *table, struct tf_conn *conn)
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
	if (conn->queue == TF_QUEUE_HANDOFF && table->handed)
		unlink_handed(table, conn);
	conn->prev = conn->next = 0;
	conn->queue = TF_QUEUE_NONE;
}

void tf_table_enqueue(struct tf_table *table, uint32_t handle, enum tf_queue queue)
{
	struct tf_conn *conn = tf_table_conn(table, handle);
	struct tf_list *list = &table->queue[queue];

	if (conn->queue == queue && (queue == TF_QUEUE_NONE || list->tail == handle))
		return;
	unlink_queue(table, conn);
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
	if (queue == TF_QUEUE_HANDOFF && table->handed)
		link_handed(table, handle);
}

void tf_table_unname(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);
	uint32_t *link = &table->buckets[bucket_of(table, conn->sock)];

	if (conn->unnamed)
		return;
	while (*link != handle)
		link = &tf_table_conn(table, *link)->next_same;
	*link = conn->next_same;
	conn->unnamed = true;
}

void tf_table_del(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);

	tf_table_unname(table, handle);
	unlink_queue(table, conn);
	if (conn->phase == TF_PHASE_LISTENER)
		tf_table_unlisten(table, handle);
	if (conn->end)
		tf_pool_del(&table->ends, conn->end);
	tf_pool_del(&table->conns, handle);
}

void tf_table_listen(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);
	uint32_t *bucket = &table->listeners[listener_bucket(conn->netns, conn->tuple.lport)];

	conn->phase = TF_PHASE_LISTENER;
	conn->next_listener = *bucket;
	*bucket = handle;
}

void tf_table_unlisten(struct tf_table *table, uint32_t handle)
{
	struct tf_conn *conn = tf_table_conn(table, handle);
	uint32_t *link = &table->listeners[listener_bucket(conn->netns, conn->tuple.lport)];

	while (*link && *link != handle)
		link = &tf_table_conn(table, *link)->next_listener;
	if (*link)
		*link = conn->next_listener;
	conn->next_listener = 0;
	conn->phase = TF_PHASE_LIVE;
}

static bool is_mapped(const uint8_t addr[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(addr, prefix, sizeof(prefix));
}

bool tf_table_takes_address(const uint8_t listens_on[16], const uint8_t local[16])
{
	static const uint8_t any6[16];
	static const uint8_t any4[16] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(listens_on, local, 16) || !memcmp(listens_on, any6, 16) ||
	       (!memcmp(listens_on, any4, 16) && is_mapped(local));
}

static bool listens_for(const struct tf_conn *conn, uint32_t netns, const struct tf_tuple *local)
{
	return conn->netns == netns && conn->tuple.lport == local->lport &&
	       tf_table_takes_address(conn->tuple.laddr, local->laddr);
}

uint32_t tf_table_listener(const struct tf_table *table, uint32_t netns,
			   const struct tf_tuple *local, uint32_t after)
{
	uint32_t handle = after ? tf_table_conn(table, after)->next_listener :
				  table->listeners[listener_bucket(netns, local->lport)];

	while (handle && !listens_for(tf_table_conn(table, handle), netns, local))
		handle = tf_table_conn(table, handle)->next_listener;
	return handle;
}
