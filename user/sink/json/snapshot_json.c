// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_json.c - see snapshot_json.h
 *
 * As in json.c: room for a line is reserved once, the rows of snapshot_fields.def become the calls,
 * and each kind of value has a tf_json_put_x().
 */
#include "sink/json/snapshot_json.h"

#include "sink/json/json_put_snapshot.h"

/* Room for a line without its lists of any length: the names of a cgroup at their worst. */
#define LINE_MAX_BYTES 16384
#define PROCESS_MAX (TF_COMM_LEN * TF_ESCAPE_JSON_MAX + 64)
#define STATES_MAX ((unsigned int)TF_TCP_STATE_MAX * (TF_FMT_U64_MAX + 20))

_Static_assert(sizeof(struct tf_ev_cgroup) * TF_ESCAPE_JSON_MAX < LINE_MAX_BYTES / 2,
	       "the names of a cgroup must fit");

/* A row of snapshot_fields.def as two statements. */
#define FIELD(name, type, writer, value, text)                                                     \
	at = TF_FMT_LIT(at, ",\"" name "\":");                                                     \
	at = tf_json_put_##writer(json, at, value);
#define BEGIN(type) TF_FMT_LIT(at, "{\"v\":1,\"type\":\"" type "\"")

static char *json_snapshot(struct tf_json *json, char *at, const struct tf_snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);

	at = BEGIN("snapshot");
#define TF_SNAPSHOT FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static char *json_listener(struct tf_json *json, char *at, const struct tf_snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);
	const struct tf_snapshot_socket *s = r->socket;

	at = BEGIN("listener");
#define TF_LISTENER FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static char *json_group(struct tf_json *json, char *at, const struct tf_snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);
	const struct tf_snapshot_group *g = r->group;

	at = BEGIN("group");
#define TF_GROUP FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static char *json_socket(struct tf_json *json, char *at, const struct tf_snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);
	const struct tf_snapshot_socket *s = r->socket;

	at = BEGIN("socket");
#define TF_SOCKET FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static size_t room_for(const struct tf_snapshot_row *r)
{
	size_t n = r->socket ? r->socket->n_holders : 0;

	if (n > TF_JSON_PUT_SNAPSHOT_HOLDERS)
		n = TF_JSON_PUT_SNAPSHOT_HOLDERS;
	if (!r->socket && !r->group)
		return LINE_MAX_BYTES + tf_snapshot_n_netns(r->snapshot) * (STATES_MAX + 128ULL);
	return LINE_MAX_BYTES + n * (PROCESS_MAX + TF_FMT_U64_MAX);
}

static void put_line(struct tf_json *json, const struct tf_snapshot_row *r,
		     char *(*put)(struct tf_json *, char *, const struct tf_snapshot_row *))
{
	char *at = tf_output_begin(json->sink.out, room_for(r), 1);

	if (at)
		tf_output_end(json->sink.out, TF_FMT_LIT(put(json, at, r), "}\n"));
}

static void about_socket(struct tf_snapshot_row *row, const struct tf_snapshot_socket *socket)
{
	uint32_t process =
		socket->holders ? tf_snapshot_holder(row->snapshot, socket->holders)->process : 0;

	row->socket = socket;
	row->names = tf_snapshot_names(row->snapshot, socket->cgroup, process);
}

static void about_group(struct tf_snapshot_row *row, const struct tf_snapshot_group *group)
{
	row->group = group;
	row->names = tf_snapshot_names(row->snapshot, group->cgroup, group->process);
}

static void put_alerts(const struct tf_snapshot_content *content, struct tf_sink *sink)
{
	for (unsigned int i = 0; i < content->alerts->n; i++) {
		const struct tf_record record = {
			.type = TF_RECORD_ALERT,
			.alert = tf_standing_alert(content->alerts, i),
		};

		tf_sink_record(sink, &record);
	}
}

void tf_snapshot_json_write(const struct tf_snapshot_content *content, struct tf_sink *sink,
			    struct tf_output *out)
{
	const struct tf_snapshot *snapshot = content->snapshot;
	struct tf_json json = {.sink = {.info = content->info, .out = out}};
	struct tf_snapshot_row row = {
		.info = content->info,
		.snapshot = snapshot,
		.n_alerts = content->alerts->n,
		.alerts_left_out = content->alerts->left_out,
	};

	put_line(&json, &row, json_snapshot);
	put_alerts(content, sink);
	for (uint32_t i = 0; i < tf_snapshot_n_listeners(snapshot); i++) {
		about_socket(&row, tf_snapshot_listener(snapshot, i));
		put_line(&json, &row, json_listener);
	}
	row.socket = NULL;
	for (uint32_t i = 0; i < tf_snapshot_n_groups(snapshot); i++) {
		about_group(&row, tf_snapshot_group(snapshot, i));
		put_line(&json, &row, json_group);
	}
	for (uint32_t i = 0; content->sockets && i < tf_snapshot_n_sockets(snapshot); i++) {
		about_socket(&row, tf_snapshot_socket(snapshot, i));
		put_line(&json, &row, json_socket);
	}
}
