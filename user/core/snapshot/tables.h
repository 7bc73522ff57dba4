/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * tables.h - the inside of a snapshot: what is kept, and under which keys
 *
 * For the files of this folder only: intake.c fills the tables while events come, grouping.c when
 * all are in, snapshot.c answers from them.
 */
#ifndef TCPFATE_CORE_SNAPSHOT_TABLES_H
#define TCPFATE_CORE_SNAPSHOT_TABLES_H

#include "base/hash.h"
#include "base/pool.h"
#include "core/cgroups.h"
#include "core/snapshot/snapshot.h"

struct tf_snapshot {
	struct tf_filter filter;
	bool by_owner;	 /* the filter asks for owners */
	bool by_address; /* ... or for addresses, ports or cgroups */
	struct tf_pool sockets, holders, processes, groups, netns;
	struct tf_cgroups cgroups;
	struct tf_hash by_sock; /* sockets by identity: next_same */
	struct tf_hash by_port; /* listeners by namespace and port: next_listener */
	struct tf_hash by_pid, by_inode, by_key; /* processes, namespaces, groups: next */
	uint32_t n_listeners, n_groups, n_sockets, n_netns;
	uint32_t *listener_order, *group_order, *socket_order; /* handles; owned */
	struct tf_snapshot_totals totals;
};

/* Empty tables for at most @max sockets and as many descriptors in a zeroed @snapshot; chains
 * depend on @key. 0 or -ENOMEM; tf_tables_fini() in either case. */
int tf_tables_init(struct tf_snapshot *snapshot, uint32_t max, struct tf_hash_key key);
void tf_tables_fini(struct tf_snapshot *snapshot);

/* The objects behind handles, which must not be 0. */
static inline struct tf_snapshot_socket *tf_tables_socket(const struct tf_snapshot *snapshot,
							  uint32_t handle)
{
	return tf_pool_at(&snapshot->sockets, handle);
}

static inline struct tf_snapshot_group *tf_tables_group(const struct tf_snapshot *snapshot,
							uint32_t handle)
{
	return tf_pool_at(&snapshot->groups, handle);
}

static inline struct tf_snapshot_holder *tf_tables_holder(const struct tf_snapshot *snapshot,
							  uint32_t handle)
{
	return tf_pool_at(&snapshot->holders, handle);
}

static inline struct tf_snapshot_process *tf_tables_process(const struct tf_snapshot *snapshot,
							    uint32_t handle)
{
	return tf_pool_at(&snapshot->processes, handle);
}

/* The namespace of that inode number, added when it is new. NULL: no room. */
struct tf_snapshot_netns *tf_tables_netns_of(struct tf_snapshot *snapshot, uint32_t inode);

/* Counts one socket in @state, in the totals and in its namespace. */
void tf_tables_count(struct tf_snapshot *snapshot, uint32_t netns, uint8_t state);

#endif
