// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * tables.c - see tables.h
 */
#include "core/snapshot/tables.h"

struct tf_snapshot_netns *tf_tables_netns_of(struct tf_snapshot *snapshot, uint32_t inode)
{
	uint32_t *head = &snapshot->by_inode[inode % TF_SNAPSHOT_NETNS_HEADS], handle = *head;
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
	netns->next = *head;
	*head = handle;
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
