/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_live.h - one scan of this host
 */
#ifndef TCPFATE_CLI_SNAPSHOT_LIVE_H
#define TCPFATE_CLI_SNAPSHOT_LIVE_H

#include "cli/scanned.h"

/* Scans all sockets and their holders once, into the empty @scanned; fills @ret_info first. The
 * kernel gets only the filters that cannot hide the listener of an accepted connection;
 * @scanned applies them all. Returns an exit status; errors have been reported on stderr. The
 * caller frees @scanned in any case. */
int tf_snapshot_live_read(const struct tf_options *options, struct tf_scanned *scanned,
			  struct tf_run_info *ret_info);

#endif
