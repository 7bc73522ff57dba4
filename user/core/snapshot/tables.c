// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * tables.c - see tables.h
 */
#include "core/snapshot/tables.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define PORT_CHAINS 1024
#define PID_CHAINS 4096
#define NETNS_CHAINS 256
#define GROUP_CHAINS 16384

/* What an object is found by. */
static int init_hashes(struct tf_snapshot *snapshot, uint32_t max, struct tf_hash_key key)
{
	return tf_hash_init(&snapshot->by_sock, max, offsetof(struct tf_snapshot_socket, next_same),
			    key) ||
	       tf_hash_init(&snapshot->by_port, PORT_CHAINS,
			    offsetof(struct tf_snapshot_socket, next_listener), key) ||
	       tf_hash_init(&snapshot->by_pid, PID_CHAINS,
			    offsetof(struct tf_snapshot_process, next), key) ||
	       tf_hash_init(&snapshot->by_inode, NETNS_CHAINS,
			    offsetof(struct tf_snapshot_netns, next), key) ||
	       tf_hash_init(&snapshot->by_key, GROUP_CHAINS,
			    offsetof(struct tf_snapshot_group, next), key);
}

static int init_pools(struct tf_snapshot *snapshot, uint32_t max)
{
	return tf_pool_init(&snapshot->sockets, sizeof(struct tf_snapshot_socket), max) ||
	       tf_pool_init(&snapshot->holders, sizeof(struct tf_snapshot_holder), max) ||
	       tf_pool_init(&snapshot->processes, sizeof(struct tf_snapshot_process), max) ||
	       tf_pool_init(&snapshot->groups, sizeof(struct tf_snapshot_group),
			    TF_SNAPSHOT_GROUPS_MAX) ||
	       tf_pool_init(&snapshot->netns, sizeof(struct tf_snapshot_netns),
			    TF_SNAPSHOT_NETNS_MAX);
}

int tf_tables_init(struct tf_snapshot *snapshot, uint32_t max, struct tf_hash_key key)
{
	if (init_hashes(snapshot, max, key) || init_pools(snapshot, max))
		return -ENOMEM;
	return tf_cgroups_init(&snapshot->cgroups, key);
}

void tf_tables_fini(struct tf_snapshot *snapshot)
{
	tf_hash_fini(&snapshot->by_sock);
	tf_hash_fini(&snapshot->by_port);
	tf_hash_fini(&snapshot->by_pid);
	tf_hash_fini(&snapshot->by_inode);
	tf_hash_fini(&snapshot->by_key);
	tf_pool_fini(&snapshot->sockets);
	tf_pool_fini(&snapshot->holders);
	tf_pool_fini(&snapshot->processes);
	tf_pool_fini(&snapshot->groups);
	tf_pool_fini(&snapshot->netns);
	tf_cgroups_fini(&snapshot->cgroups);
	free(snapshot->listener_order);
	free(snapshot->group_order);
	free(snapshot->socket_order);
}

struct tf_snapshot_netns *tf_tables_netns_of(struct tf_snapshot *snapshot, uint32_t inode)
{
	uint32_t chain = tf_hash_id(&snapshot->by_inode, inode);
	uint32_t handle = tf_hash_first(&snapshot->by_inode, chain);
	struct tf_snapshot_netns *netns;

	for (; handle; handle = netns->next) {
		netns = tf_pool_at(&snapshot->netns, handle);
		if (netns->inode == inode)
			return netns;
	}
	handle = tf_pool_new(&snapshot->netns);
	if (!handle)
		return NULL;
	netns = tf_pool_at(&snapshot->netns, handle);
	netns->inode = inode;
	tf_hash_add(&snapshot->by_inode, &snapshot->netns, chain, handle);
	return netns;
}

void tf_tables_count(struct tf_snapshot *snapshot, uint32_t inode, uint8_t state)
{
	struct tf_snapshot_netns *netns = tf_tables_netns_of(snapshot, inode);

	snapshot->totals.sockets++;
	snapshot->totals.states[state]++;
	if (!netns) {
		snapshot->totals.left_out.netns++;
		return;
	}
	netns->sockets++;
	netns->states[state]++;
}
