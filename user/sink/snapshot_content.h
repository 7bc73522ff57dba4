/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot.h - one look at all sockets, told: for people on one screen, or as JSON Lines
 *
 * What is told is a finished snapshot (core/snapshot/snapshot.h) and the alerts that stand (core/alert/standing.h).
 * Names of processes and hosts are escaped in both forms.
 */
#ifndef TCPFATE_SINK_SNAPSHOT_CONTENT_H
#define TCPFATE_SINK_SNAPSHOT_CONTENT_H

#include <stdbool.h>

#include "core/alert/standing.h"
#include "core/snapshot/snapshot.h"
#include "sink/text/people.h"
#include "sink/sink.h"

/* All members are borrowed. */
struct tf_snapshot_content {
	const struct tf_run_info *info;
	const struct tf_snapshot *snapshot; /* finished */
	const struct tf_standing *alerts;   /* sorted */
	bool sockets;			    /* each of them too */
};

/* How people see it. */
struct tf_snapshot_text_options {
	struct tf_people_options people;
	unsigned int rows; /* of the screen, which is to hold all; 0: no limit */
	bool verbose;	   /* what nothing is wrong with, too */
};

/* Writes the records `snapshot`, `alert`..., `listener`..., `group`... and, when asked for, `socket`...
 * to @out. @json is a sink of tf_json_new() on the same output. */
void tf_snapshot_json_write(const struct tf_snapshot_content *content, struct tf_sink *json,
			    struct tf_output *out);

/* Writes the screen to @out: what is wrong first. */
void tf_snapshot_text_write(const struct tf_snapshot_content *content,
			    const struct tf_snapshot_text_options *view, struct tf_output *out);

#endif
