/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * tables.h - the inside of a snapshot: what is kept, and under which keys
 *
 * For the files of this folder only: intake.c fills the tables while events come, grouping.c when all
 * are in, snapshot.c answers from them.
 */
#ifndef TCPFATE_CORE_SNAPSHOT_TABLES_H
#define TCPFATE_CORE_SNAPSHOT_TABLES_H

#include "base/pool.h"
#include "core/cgroups.h"
#include "core/snapshot/snapshot.h"

#define TF_SNAPSHOT_PORT_HEADS 1024u
#define TF_SNAPSHOT_PID_HEADS 4096u
#define TF_SNAPSHOT_NETNS_HEADS 256u
#define TF_SNAPSHOT_GROUP_HEADS 16384u

/* Heads of the chains are handles; 0 ends a chain. */
struct tf_snapshot {
	struct tf_filter filter;
	bool by_owner;	 /* the filter asks for owners */
	bool by_address; /* ... or for addresses, ports or cgroups */
	struct tf_pool sockets, holders, processes, groups, netns;
	struct tf_cgroups cgroups;
	uint32_t *by_sock; /* mask + 1 heads */
	uint32_t mask;
	uint32_t by_port[TF_SNAPSHOT_PORT_HEADS]; /* listeners */
	uint32_t by_pid[TF_SNAPSHOT_PID_HEADS];
	uint32_t by_inode[TF_SNAPSHOT_NETNS_HEADS];
	uint32_t by_group[TF_SNAPSHOT_GROUP_HEADS];
	uint32_t n_listeners, n_groups, n_sockets, n_netns;
	uint32_t *listener_order, *group_order, *socket_order; /* handles; owned */
	struct tf_snapshot_totals totals;
};

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

/* The namespace of that inode number, added when it is new; NULL: no room for one more. */
struct tf_snapshot_netns *tf_tables_netns_of(struct tf_snapshot *snapshot, uint32_t inode);

/* Counts one socket in @state, in the totals and in its namespace. */
void tf_tables_count(struct tf_snapshot *snapshot, uint32_t netns, uint8_t state);

#endif
