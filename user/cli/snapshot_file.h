/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_file.h - the last scan of a recording
 */
#ifndef TCPFATE_CLI_SNAPSHOT_FILE_H
#define TCPFATE_CLI_SNAPSHOT_FILE_H

#include "cli/scanned.h"
#include "core/stream/recording.h"

/* Reads a recording and keeps its last scan. Zeroed, with fd -1: nothing read yet. */
struct tf_snapshot_file {
	const struct tf_options *options;
	struct tf_recording recording; /* owned */
	struct tf_scanned scans[2];    /* owned: the last one that ended, and the current one */
	unsigned int last;	       /* index of the one that ended */
	struct tf_buf names;	       /* owned: the events about names so far */
	int fd;			       /* owned */
};

/* Reads the recording @options->from up to its end or its first damage. *@ret_scanned is the
 * last scan that began and ended in it, before tf_scanned_finish(); it and *@ret_info belong to
 * @file. Returns an exit status; errors have been reported on stderr. */
int tf_snapshot_file_read(struct tf_snapshot_file *file, const struct tf_options *options,
			  struct tf_scanned **ret_scanned, const struct tf_run_info **ret_info);

/* Fit for TF_CLEANUP. */
void tf_snapshot_file_free(struct tf_snapshot_file *file);

#endif
