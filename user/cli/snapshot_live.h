/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_live.h - a look at this host: one scan of a scan
 */
#ifndef TCPFATE_CLI_SNAPSHOT_LIVE_H
#define TCPFATE_CLI_SNAPSHOT_LIVE_H

#include "cli/scanned.h"

/* Scans over all sockets and their holders once, into @look, which is empty; fills @ret_info first. Of the
 * filters the kernel gets those that cannot hide a listener from the connections that it accepted: the
 * look applies them all. Returns an exit status; what is wrong has been said, and @look is the caller's
 * to free in any case. */
int tf_snapshot_live_read(const struct tf_options *options, struct tf_scanned *look,
			  struct tf_run_info *ret_info);

#endif
