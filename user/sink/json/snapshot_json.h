/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_json.h - a snapshot as JSON Lines (snapshot_fields.def)
 *
 * Names of processes and hosts are escaped.
 */
#ifndef TCPFATE_SINK_JSON_SNAPSHOT_JSON_H
#define TCPFATE_SINK_JSON_SNAPSHOT_JSON_H

#include "sink/sink.h"
#include "sink/snapshot_content.h"

/* Writes the records `snapshot`, `alert`..., `listener`..., `group`... and, when asked for,
 * `socket`... to @out. @json is a sink of tf_json_new() on the same output. */
void tf_snapshot_json_write(const struct tf_snapshot_content *content, struct tf_sink *json,
			    struct tf_output *out);

#endif
