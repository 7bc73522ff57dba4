// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot.c - see snapshot.h
 */
#include "core/snapshot/snapshot.h"

#include <errno.h>
#include <stdlib.h>

#include "core/snapshot/grouping.h"
#include "core/snapshot/intake.h"
#include "core/snapshot/tables.h"
#include "core/stream/decode.h"

#define DEFAULT_SOCKETS (1u << 20)
#define MAX_SOCKETS (1u << 28)

static void use_filter(struct tf_snapshot *snapshot, const struct tf_filter *filter)
{
	if (!filter) {
		tf_filter_init(&snapshot->filter);
		return;
	}
	snapshot->filter = *filter;
	snapshot->by_owner = filter->n_pids || filter->n_comms;
	snapshot->by_address = !filter->lport.any || !filter->rport.any || filter->n_cidrs ||
			       filter->only_v4 || filter->only_v6 || filter->n_cgroups;
}

int tf_snapshot_new(const struct tf_snapshot_options *options, struct tf_snapshot **ret_snapshot)
{
	struct tf_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	uint32_t max = options->max_sockets ? options->max_sockets : DEFAULT_SOCKETS;

	if (!snapshot)
		return -ENOMEM;
	if (tf_tables_init(snapshot, max < MAX_SOCKETS ? max : MAX_SOCKETS, options->key)) {
		tf_snapshot_free(snapshot);
		return -ENOMEM;
	}
	use_filter(snapshot, options->filter);
	*ret_snapshot = snapshot;
	return 0;
}

void tf_snapshot_free(struct tf_snapshot *snapshot)
{
	if (!snapshot)
		return;
	tf_tables_fini(snapshot);
	free(snapshot);
}

int tf_snapshot_feed(struct tf_snapshot *snapshot, const void *record, size_t size)
{
	const union tf_any_event *event;
	union tf_any_event scratch;

	if (tf_decode(record, size, &scratch, &event))
		return -EBADMSG;
	tf_intake_event(snapshot, event);
	return 0;
}

int tf_snapshot_finish(struct tf_snapshot *snapshot)
{
	return tf_grouping_run(snapshot);
}

const struct tf_snapshot_totals *tf_snapshot_totals(const struct tf_snapshot *snapshot)
{
	return &snapshot->totals;
}

uint32_t tf_snapshot_n_netns(const struct tf_snapshot *snapshot)
{
	return snapshot->n_netns;
}

uint32_t tf_snapshot_n_listeners(const struct tf_snapshot *snapshot)
{
	return snapshot->n_listeners;
}

uint32_t tf_snapshot_n_groups(const struct tf_snapshot *snapshot)
{
	return snapshot->n_groups;
}

uint32_t tf_snapshot_n_sockets(const struct tf_snapshot *snapshot)
{
	return snapshot->n_sockets;
}

const struct tf_snapshot_netns *tf_snapshot_netns(const struct tf_snapshot *snapshot, uint32_t i)
{
	return tf_pool_at(&snapshot->netns, i + 1);
}

const struct tf_snapshot_socket *tf_snapshot_listener(const struct tf_snapshot *snapshot,
						      uint32_t i)
{
	return tf_tables_socket(snapshot, snapshot->listener_order[i]);
}

const struct tf_snapshot_group *tf_snapshot_group(const struct tf_snapshot *snapshot, uint32_t i)
{
	return tf_tables_group(snapshot, snapshot->group_order[i]);
}

const struct tf_snapshot_socket *tf_snapshot_socket(const struct tf_snapshot *snapshot, uint32_t i)
{
	return tf_tables_socket(snapshot, snapshot->socket_order[i]);
}

const struct tf_snapshot_holder *tf_snapshot_holder(const struct tf_snapshot *snapshot,
						    uint32_t handle)
{
	return tf_tables_holder(snapshot, handle);
}

const struct tf_snapshot_process *tf_snapshot_process(const struct tf_snapshot *snapshot,
						      uint32_t handle)
{
	return tf_tables_process(snapshot, handle);
}

const struct tf_ev_cgroup *tf_snapshot_names(const struct tf_snapshot *snapshot, uint64_t cgroup,
					     uint32_t process)
{
	uint32_t pid = process ? tf_snapshot_process(snapshot, process)->pid : 0;

	return tf_cgroups_find(&snapshot->cgroups, cgroup, pid);
}

bool tf_snapshot_is_whole(const struct tf_snapshot *snapshot)
{
	const struct tf_snapshot_totals *totals = &snapshot->totals;

	return totals->ended && totals->whole && totals->holders_whole && !totals->netns_part &&
	       !totals->left_out.sockets && !totals->left_out.holders &&
	       !totals->left_out.grouped && !totals->left_out.netns;
}
