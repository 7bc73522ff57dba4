// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * look.c - see look.h
 */
#include "cli/scanned.h"

#include <errno.h>

/* Connections that end while the scan looks at them are no business of a snapshot. */
static void emit(void *ctx, const struct tf_record *record)
{
	struct tf_scanned *look = ctx;

	if (record->type == TF_RECORD_ALERT)
		tf_standing_take(&look->alerts, record->alert);
}

int tf_scanned_begin(struct tf_scanned *look, const struct tf_options *options,
		     const struct tf_run_info *info)
{
	const struct tf_snapshot_options snapshot = {
		.max_sockets = options->core.max_connections,
		.filter = &options->filter,
	};
	struct tf_core_options core = options->core;
	int err;

	tf_scanned_free(look);
	core.filter = &options->filter;
	core.standing = true;
	err = tf_snapshot_new(&snapshot, &look->snapshot);
	if (!err && !core.no_alerts)
		err = tf_core_new(&core, info, emit, look, &look->core);
	if (err)
		tf_scanned_free(look);
	return err;
}

void tf_scanned_take(struct tf_scanned *look, const void *record, size_t size)
{
	const struct tf_event *ev = record;

	if (tf_snapshot_feed(look->snapshot, record, size))
		return;
	if (look->core)
		tf_core_feed(look->core, record, size);
	look->ended |= ev->kind == TF_EV_SCAN && tf_snapshot_totals(look->snapshot)->ended;
}

int tf_scanned_finish(struct tf_scanned *look)
{
	tf_standing_sort(&look->alerts);
	return tf_snapshot_finish(look->snapshot);
}

void tf_scanned_free(struct tf_scanned *look)
{
	tf_snapshot_free(look->snapshot);
	tf_core_free(look->core);
	tf_standing_free(&look->alerts);
	*look = (struct tf_scanned){};
}
