// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * missing.c - see missing.h
 */
#include "core/conn/missing.h"

#include "core/conn/merge_spaces.h"
#include "core/conn/settle.h"
#include "core/engine.h"

/* Whether @conn was there all the time while its namespace was scanned, and the whole scan did not
 * find it. */
static bool was_overlooked(const struct tf_core *core, const struct tf_conn *conn)
{
	const struct tf_merge_space *space = tf_merge_spaces_find(core, conn->netns, false);

	return space && space->whole && conn->scan != core->merge.stamp &&
	       (conn->since_ns == TF_UNKNOWN_U64 || conn->since_ns < space->begun_ns);
}

/* How many scans in a row must overlook a connection until it counts as ended. The kernel's tables
 * change while they are read, so that one proves nothing. Where no event has been lost since the
 * last one of it, its end cannot have been missed, as far as is known. */
static unsigned int scans_needed(const struct tf_core *core, const struct tf_conn *conn)
{
	bool lost = core->lost_ns &&
		    (conn->since_ns == TF_UNKNOWN_U64 || core->lost_ns >= conn->since_ns);

	return lost ? TF_MISSING_LOSS : TF_MISSING;
}

void tf_missing_settle(struct tf_core *core)
{
	for (int queue = TF_QUEUE_LIVE_FIRST; queue <= TF_QUEUE_LIVE_LAST; queue++) {
		uint32_t handle = core->table.queue[queue].head, next;

		for (; handle; handle = next) {
			struct tf_conn *conn = tf_table_conn(&core->table, handle);

			next = conn->next;
			conn->unseen = was_overlooked(core, conn) ? conn->unseen + 1 : 0;
			if (conn->phase == TF_PHASE_LIVE && conn->unseen &&
			    conn->unseen >= scans_needed(core, conn))
				tf_settle_missed(core, handle);
		}
	}
}
