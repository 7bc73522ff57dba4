/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * look.h - one scan of a scan, taken in: the snapshot of its sockets, and the alerts that stand
 *
 * The same events go to the snapshot, which counts and groups, and to a core whose detectors judge what
 * they see at once (tf_core_options.standing).
 */
#ifndef TCPFATE_CLI_SCANNED_H
#define TCPFATE_CLI_SCANNED_H

#include "cli/options.h"
#include "core/core.h"
#include "core/alert/standing.h"
#include "core/snapshot/snapshot.h"

/* A zeroed struct: nothing was looked at. */
struct tf_scanned {
	struct tf_snapshot *snapshot; /* owned; NULL: no scan has begun */
	struct tf_core *core;	      /* owned; NULL: no alerts are wanted */
	struct tf_standing alerts;
	bool ended; /* the scan's end was taken in */
};

/* Begins with a new scan; what was known before is forgotten. @options and @info are borrowed until
 * tf_scanned_free(). Returns 0 or -ENOMEM, @look is empty then. */
int tf_scanned_begin(struct tf_scanned *look, const struct tf_options *options,
		     const struct tf_run_info *info);

/* Takes in one record of the scan, or one about names. What is malformed is skipped. */
void tf_scanned_take(struct tf_scanned *look, const void *record, size_t size);

/* All was taken in: everything is put into its order. Returns 0 or -ENOMEM. */
int tf_scanned_finish(struct tf_scanned *look);

/* Empties it. Fit for TF_CLEANUP. */
void tf_scanned_free(struct tf_scanned *look);

#endif
