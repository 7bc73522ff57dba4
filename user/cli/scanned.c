// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scanned.c - see scanned.h
 */
#include "cli/scanned.h"

#include <errno.h>

/* A snapshot leaves out connections that end during the scan. */
static void keep_alert(void *ctx, const struct tf_record *record)
{
	struct tf_scanned *scanned = ctx;

	if (record->type == TF_RECORD_ALERT)
		tf_standing_take(&scanned->alerts, record->alert);
}

int tf_scanned_begin(struct tf_scanned *scanned, const struct tf_options *options,
		     const struct tf_run_info *info)
{
	const struct tf_snapshot_options snapshot = {
		.max_sockets = options->core.max_connections,
		.filter = &options->filter,
		.key = info->hash_key,
	};
	struct tf_core_options core = options->core;
	int err;

	tf_scanned_free(scanned);
	core.filter = &options->filter;
	core.standing = true;
	err = tf_snapshot_new(&snapshot, &scanned->snapshot);
	if (!err && !core.no_alerts)
		err = tf_core_new(&core, info, keep_alert, scanned, &scanned->core);
	if (err)
		tf_scanned_free(scanned);
	return err;
}

void tf_scanned_take(struct tf_scanned *scanned, const void *record, size_t size)
{
	const struct tf_event *ev = record;

	if (tf_snapshot_feed(scanned->snapshot, record, size))
		return;
	if (scanned->core)
		tf_core_feed(scanned->core, record, size);
	scanned->ended |= ev->kind == TF_EV_SCAN && tf_snapshot_totals(scanned->snapshot)->ended;
}

int tf_scanned_finish(struct tf_scanned *scanned)
{
	tf_standing_sort(&scanned->alerts);
	return tf_snapshot_finish(scanned->snapshot);
}

void tf_scanned_free(struct tf_scanned *scanned)
{
	tf_snapshot_free(scanned->snapshot);
	tf_core_free(scanned->core);
	tf_standing_free(&scanned->alerts);
	*scanned = (struct tf_scanned){};
}
