// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * counting.c - see counting.h
 */
#include "core/alert/counting.h"

#include <string.h>

#include "core/engine.h"

static struct tf_alert_group *ready_group(struct tf_core *core, const struct tf_alert_row *row,
					  const struct tf_group_key *key, bool make)
{
	bool by_scan = row->kind == TF_ALERT_KIND_SCAN;
	struct tf_alert_group *group =
		tf_groups_find(&core->alerting.groups[row->table], key, make);

	if (group)
		tf_groups_begin(group, by_scan ? core->alerting.scan_turn : core->alerting.turn);
	return group;
}

struct tf_alert_group *tf_counting_group(struct tf_core *core, const struct tf_alert_row *row,
					 const struct tf_group_key *key)
{
	return ready_group(core, row, key, true);
}

struct tf_alert_group *tf_counting_known_group(struct tf_core *core, const struct tf_alert_row *row,
					       const struct tf_group_key *key)
{
	return ready_group(core, row, key, false);
}

void tf_counting_set_owner(struct tf_alert_group *group, const struct tf_conn *conn)
{
	if (group->count)
		return;
	group->owner.from = conn->owner_from;
	group->owner.pid = conn->pid;
	group->cgroup = conn->cgroup;
	memcpy(group->owner.comm, conn->comm, sizeof(group->owner.comm));
}
