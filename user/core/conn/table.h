/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * table.h - the connection table: sockets by identity, listeners by address, and the queues in
 * which slots wait, all under one fixed ceiling
 *
 * The table finds and links, it decides nothing. A handle of 0 is none.
 */
#ifndef TCPFATE_CORE_CONN_TABLE_H
#define TCPFATE_CORE_CONN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/pool.h"
#include "core/conn/conn.h"

struct tf_list {
	uint32_t head, tail;
	uint32_t n;
};

struct tf_table {
	struct tf_pool conns;
	struct tf_pool ends;
	struct tf_hash by_sock;
	struct tf_hash listeners; /* by namespace, address and port */
	struct tf_hash handed;	  /* TF_QUEUE_HANDOFF by namespace and tuple */
	struct tf_list queue[TF_QUEUE_MAX];
};

#define TF_TABLE_LISTENER_CHAINS 8192u
#define TF_TABLE_HANDED_CHAINS 65536u
#define TF_TABLE_FINISHING 16

/* A table of at most @max slots, hashed under @key. 0 or -ENOMEM. Ends with tf_table_fini(), for
 * which a zeroed table is allowed. */
int tf_table_init(struct tf_table *table, uint32_t max, struct tf_hash_key key);
void tf_table_fini(struct tf_table *table);

/* The slot in TF_QUEUE_HANDOFF with this namespace and tuple, the latest if there are more; 0:
 * none. */
uint32_t tf_table_handed(const struct tf_table *table, uint32_t netns,
			 const struct tf_tuple *tuple);

/* Likewise among the live slots that have come to FIN_WAIT2 last, as many as may be on their way
 * from there to a minisock. */
uint32_t tf_table_finishing(const struct tf_table *table, uint32_t netns,
			    const struct tf_tuple *tuple);

static inline struct tf_conn *tf_table_conn(const struct tf_table *table, uint32_t handle)
{
	return TF_POOL_AT(&table->conns, struct tf_conn, handle);
}

static inline struct tf_end *tf_table_end(const struct tf_table *table, const struct tf_conn *conn)
{
	return TF_POOL_AT(&table->ends, struct tf_end, conn->end);
}

/* The slot of socket @sock, or 0. */
uint32_t tf_table_find(const struct tf_table *table, uint64_t sock);

/* A zeroed slot for @sock, which must not have one, in no queue. 0: the table is full. */
uint32_t tf_table_add(struct tf_table *table, uint64_t sock);

/* Makes the slot not found by its socket any more; another one may be added for that. */
void tf_table_unname(struct tf_table *table, uint32_t handle);

/* Takes the slot out of everything it is in. */
void tf_table_del(struct tf_table *table, uint32_t handle);

/* Moves the slot to the end of @queue (TF_QUEUE_NONE: into none). */
void tf_table_enqueue(struct tf_table *table, uint32_t handle, enum tf_queue queue);

/* Makes a slot found by tf_table_listener(), with its tuple and namespace as they are now. */
void tf_table_listen(struct tf_table *table, uint32_t handle);
void tf_table_unlisten(struct tf_table *table, uint32_t handle);

/* The next listener that a connection to @local in @netns can have come from, after @after (0: the
 * first): same port, and the same address or a wildcard of a family that takes it, in the order in
 * which the kernel prefers them. 0: no more. However many others listen on the port, it costs the
 * same. */
uint32_t tf_table_listener(const struct tf_table *table, uint32_t netns,
			   const struct tf_tuple *local, uint32_t after);

/* Whether a listener on address @listens_on takes connections to @local: "::" takes both families
 * (unless IPV6_V6ONLY, which is not seen: then the right listener is found too), "0.0.0.0" IPv4
 * only. */
bool tf_table_takes_address(const uint8_t listens_on[16], const uint8_t local[16]);

#endif
