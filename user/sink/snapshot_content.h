/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_content.h - what a snapshot's views show: for people (text/snapshot_text.h) and as JSON
 * Lines (json/snapshot_json.h)
 */
#ifndef TCPFATE_SINK_SNAPSHOT_CONTENT_H
#define TCPFATE_SINK_SNAPSHOT_CONTENT_H

#include <stdbool.h>

#include "core/alert/standing.h"
#include "core/snapshot/snapshot.h"
#include "core/stream/run_info.h"

/* All members are borrowed. */
struct tf_snapshot_content {
	const struct tf_run_info *info;
	const struct tf_snapshot *snapshot; /* finished */
	const struct tf_standing *alerts;   /* sorted */
	bool sockets;			    /* one record or line for each socket, too */
};

#endif
