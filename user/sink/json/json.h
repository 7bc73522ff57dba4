/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * json.h - records as JSON Lines: one object a line, flat, fields in a fixed order (fields.def)
 *
 * Always valid UTF-8 and valid JSON, whatever processes and hosts call themselves. Unknown values
 * are null. README.md has the fields and the rules for changes, record.schema.json the schema.
 */
#ifndef TCPFATE_SINK_JSON_JSON_H
#define TCPFATE_SINK_JSON_JSON_H

#include "sink/sink.h"

/* A sink that writes JSON Lines to @out; times and reason names are those of @info. Both are
 * borrowed and must outlive it. Returns 0 or -ENOMEM, @ret_sink untouched then. Owned by the
 * caller: tf_sink_free(). */
int tf_json_new(const struct tf_run_info *info, struct tf_output *out, struct tf_sink **ret_sink);

#endif
