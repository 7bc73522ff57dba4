/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_engine.h - the inside of a snapshot, for the files named below only
 *
 * snapshot.c takes events in and finds what is kept by its number; snapshot_groups.c does what can be done
 * only when all are in; snapshot_words.c answers what the fields of one socket mean.
 */
#ifndef TCPFATE_CORE_SNAPSHOT_TABLES_H
#define TCPFATE_CORE_SNAPSHOT_TABLES_H

#include "core/cgroups.h"
#include "base/pool.h"
#include "core/snapshot/snapshot.h"

#define TF_SNAPSHOT_PORT_HEADS 1024u
#define TF_SNAPSHOT_PID_HEADS 4096u
#define TF_SNAPSHOT_NETNS_HEADS 256u
#define TF_SNAPSHOT_GROUP_HEADS 16384u

/* Heads of the chains are handles; 0 ends a chain. */
struct tf_snapshot {
	struct tf_filter filter;
	bool by_owner;	 /* the filter asks for owners */
	bool by_address; /* ... or for what only a tuple tells */
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

static inline struct tf_snapshot_socket *tf_snapshot_socket_at(const struct tf_snapshot *snapshot,
							       uint32_t handle)
{
	return tf_pool_at(&snapshot->sockets, handle);
}

static inline struct tf_snapshot_group *tf_snapshot_group_at(const struct tf_snapshot *snapshot,
							     uint32_t handle)
{
	return tf_pool_at(&snapshot->groups, handle);
}

/* The namespace of that inode number, made when it is new; NULL: no room for one more. snapshot.c */
struct tf_snapshot_netns *tf_snapshot_netns_of(struct tf_snapshot *snapshot, uint32_t inode);

/* Counts one socket in @state. snapshot.c */
void tf_snapshot_count(struct tf_snapshot *snapshot, uint32_t netns, uint8_t state);

#endif
