/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scanned.h - the result of one scan: the snapshot of its sockets, and the alerts that stand
 *
 * The same events go to the snapshot, which counts and groups, and to a core that judges alerts
 * from one scan at once (tf_core_options.standing).
 */
#ifndef TCPFATE_CLI_SCANNED_H
#define TCPFATE_CLI_SCANNED_H

#include "cli/options.h"
#include "core/core.h"
#include "core/alert/standing.h"
#include "core/snapshot/snapshot.h"

/* Zeroed: nothing was scanned. */
struct tf_scanned {
	struct tf_snapshot *snapshot; /* owned; NULL: no scan has begun */
	struct tf_core *core;	      /* owned; NULL: no alerts are wanted */
	struct tf_standing alerts;
	bool ended; /* the scan's end was taken */
};

/* Begins a new scan and drops the one before. @options and @info are borrowed until
 * tf_scanned_free(). Returns 0 or -ENOMEM, @scanned is empty then. */
int tf_scanned_begin(struct tf_scanned *scanned, const struct tf_options *options,
		     const struct tf_run_info *info);

/* Takes one event of the scan, or one about names. Malformed ones are skipped. */
void tf_scanned_take(struct tf_scanned *scanned, const void *record, size_t size);

/* Sorts sockets, groups and alerts after the last event. Returns 0 or -ENOMEM. */
int tf_scanned_finish(struct tf_scanned *scanned);

/* Empties it. Fit for TF_CLEANUP. */
void tf_scanned_free(struct tf_scanned *scanned);

#endif
