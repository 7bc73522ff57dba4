// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * json.c - see json.h
 *
 * A writer for exactly these records: room for the line is reserved once, the keys are constants,
 * and each kind of value has a function tf_json_put_x() (json_put*.h) that writes
 * it at the pointer and returns the end. The rows of fields.def become the calls, in order.
 */
#include "sink/json/json.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fmt.h"
#include "sink/json/json_put.h"
#include "sink/json/json_put_alert.h"
#include "sink/json/json_put_stats.h"

/* Room for the longest line, with every string at its worst; test_json.c writes one. */
#define TF_JSON_LINE_MAX 16384

/* A row of fields.def as two statements. */
#define FIELD(name, type, writer, value, text)                                                     \
	at = TF_FMT_LIT(at, ",\"" name "\":");                                                     \
	at = tf_json_put_##writer(json, at, value);
#define BEGIN(type) TF_FMT_LIT(at, "{\"v\":1,\"type\":\"" type "\"")

static char *json_start(struct tf_json *json, char *at, const struct tf_run_info *r)
{
	at = BEGIN("start");
#define TF_START FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_conn(struct tf_json *json, char *at, const struct tf_conn_record *r)
{
	at = BEGIN("conn");
#define TF_CONN FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_state(struct tf_json *json, char *at, const struct tf_state_record *r)
{
	at = BEGIN("state");
#define TF_STATE FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_reset(struct tf_json *json, char *at, const struct tf_reset_record *r)
{
	at = BEGIN("reset");
#define TF_RESET FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_alert(struct tf_json *json, char *at, const struct tf_alert_record *r)
{
	at = BEGIN("alert");
#define TF_ALERT FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_gap(struct tf_json *json, char *at, const struct tf_gap_record *r)
{
	at = BEGIN("gap");
#define TF_GAP FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_stats(struct tf_json *json, char *at, const struct tf_stats_record *r)
{
	at = BEGIN("stats");
#define TF_STATS FIELD
#include "sink/json/fields.def"
	return at;
}

static char *json_stop(struct tf_json *json, char *at, const struct tf_stop *r)
{
	at = BEGIN("stop");
#define TF_STOP FIELD
#include "sink/json/fields.def"
	return at;
}

/* A record of the stream as its line, without the end. */
static char *json_record(struct tf_json *json, char *at, const struct tf_record *record)
{
	switch (record->type) {
	case TF_RECORD_CONN:
		return json_conn(json, at, record->conn);
	case TF_RECORD_STATE:
		return json_state(json, at, record->state);
	case TF_RECORD_RESET:
		return json_reset(json, at, record->reset);
	case TF_RECORD_GAP:
		return json_gap(json, at, record->gap);
	case TF_RECORD_ALERT:
		return json_alert(json, at, record->alert);
	case TF_RECORD_STATS:
		return json_stats(json, at, record->stats);
	}
	__builtin_unreachable();
}

static void end_line(struct tf_json *json, char *at)
{
	at = TF_FMT_LIT(at, "}\n");
	tf_output_end(json->sink.out, at);
}

static void json_on_start(struct tf_sink *sink)
{
	char *at = tf_output_begin(sink->out, TF_JSON_LINE_MAX, 1);
	struct tf_json *json = (struct tf_json *)sink;

	if (at)
		end_line(json, json_start(json, at, sink->info));
}

static void json_on_record(struct tf_sink *sink, const struct tf_record *record)
{
	char *at = tf_output_begin(sink->out, TF_JSON_LINE_MAX, 1);
	struct tf_json *json = (struct tf_json *)sink;

	if (at)
		end_line(json, json_record(json, at, record));
}

static void json_on_stop(struct tf_sink *sink, const struct tf_stop *stop)
{
	char *at = tf_output_begin(sink->out, TF_JSON_LINE_MAX, 1);
	struct tf_json *json = (struct tf_json *)sink;

	if (at)
		end_line(json, json_stop(json, at, stop));
}

static void json_free(struct tf_sink *sink)
{
	free(sink);
}

static const struct tf_sink_ops JSON_OPS = {
	.start = json_on_start,
	.record = json_on_record,
	.stop = json_on_stop,
	.free = json_free,
};

int tf_json_new(const struct tf_run_info *info, struct tf_output *out, struct tf_sink **ret_sink)
{
	struct tf_json *json = calloc(1, sizeof(*json));

	if (!json)
		return -ENOMEM;
	json->sink = (struct tf_sink){.ops = &JSON_OPS, .info = info, .out = out};
	*ret_sink = &json->sink;
	return 0;
}
