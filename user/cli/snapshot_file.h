/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_file.h - the look that a recording holds
 */
#ifndef TCPFATE_CLI_SNAPSHOT_FILE_H
#define TCPFATE_CLI_SNAPSHOT_FILE_H

#include "cli/scanned.h"
#include "core/stream/recording.h"

/* Where a look comes from when it comes from a file. A zeroed struct with fd -1: nothing yet. */
struct tf_snapshot_file {
	const struct tf_options *options;
	struct tf_recording recording; /* owned */
	struct tf_scanned looks[2];    /* owned: the last one that ended, and the one after it */
	unsigned int last;	       /* which is the former */
	struct tf_buf names;	       /* owned: the records about names so far */
	int fd;			       /* owned */
};

/* Reads the recording @options->from. The look is that of the last whole scan in it: a scan that was
 * begun and ended. Returns an exit status; TF_EXIT_OK: *@ret_look, not finished yet, and the recording's
 * info are @file's. What is wrong has been said; of a damaged recording the good part counts. */
int tf_snapshot_file_read(struct tf_snapshot_file *file, const struct tf_options *options,
			  struct tf_scanned **ret_look, const struct tf_run_info **ret_info);

/* Fit for TF_CLEANUP. */
void tf_snapshot_file_free(struct tf_snapshot_file *file);

#endif
