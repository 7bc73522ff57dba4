// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_json.c - see snapshot_json.h
 *
 * As in json.c: room for a line is reserved once, the rows of snapshot_fields.def become the calls,
 * and each kind of value has a put_x(), here or in json_put.h.
 */
#include "sink/json/snapshot_json.h"

#include "base/units.h"
#include "core/snapshot/socket.h"
#include "sink/json/json_put.h"

/* Room for a line without its lists of any length: the names of a cgroup at their worst. */
#define LINE_MAX_BYTES 16384
#define HOLDERS_MAX 4096u /* descriptors that one line names */
#define PROCESS_MAX (TF_COMM_LEN * TF_ESCAPE_JSON_MAX + 64)
#define STATES_MAX ((unsigned int)TF_TCP_STATE_MAX * (TF_FMT_U64_MAX + 20))

_Static_assert(sizeof(struct tf_ev_cgroup) * TF_ESCAPE_JSON_MAX < LINE_MAX_BYTES / 2,
	       "the names of a cgroup must fit");

/* What a record is about. */
struct snapshot_row {
	const struct tf_run_info *info;
	const struct tf_snapshot *snapshot;
	uint64_t n_alerts, alerts_left_out;
	const struct tf_snapshot_group *group;
	const struct tf_snapshot_socket *socket;
	const struct tf_ev_cgroup *names;
};

/* "process", "accept_queue"...; NULL for TF_HELD_UNKNOWN. */
static const char *held_slug(enum tf_held held)
{
	static const char *const slugs[TF_HELD_MAX] = {
#define TF_HELD_WORD(value, slug) [TF_HELD_##value] = slug,
#include "sink/words.def"
	};

	return slugs[held];
}

static char *put_held(struct json *json, char *at, enum tf_held held)
{
	return put_word(json, at, held_slug(held));
}

static char *put_maybe32(struct json *json, char *at, struct tf_maybe32 value)
{
	return put_maybe(json, at, tf_maybe32_times(value, 1));
}

static char *put_ms(struct json *json, char *at, struct tf_maybe32 ms)
{
	return put_maybe(json, at, tf_maybe32_times(ms, US_PER_MS));
}

static char *put_waits(struct json *json, char *at, uint32_t ms)
{
	return put_nonzero(json, at, ms * US_PER_MS);
}

/* Every age of a snapshot is a lower bound. */
static char *put_at_least(struct json *json, char *at, struct tf_maybe32 ms)
{
	return tf_maybe32_known(ms) ? TF_FMT_LIT(at, "true") : TF_FMT_LIT(at, "null");
}

/* @bytes of data; unknown for a socket that cannot carry any. */
static struct tf_maybe data_of(const struct tf_snapshot_socket *socket, uint32_t bytes)
{
	return tf_maybe_if(tf_socket_has_data(socket), bytes);
}

static char *put_states_of(struct json *json, char *at, const uint64_t states[TF_TCP_STATE_MAX])
{
	*at++ = '{';
	for (uint8_t state = 1; state < TF_TCP_NEW_SYN_RECV; state++) {
		if (state > 1)
			*at++ = ',';
		at = put_word(json, at, tf_states_name(state));
		*at++ = ':';
		at = tf_fmt_u64(at, states[state]);
	}
	*at++ = '}';
	return at;
}

static char *put_held_counts(struct json *json, char *at, const uint64_t held[TF_HELD_MAX])
{
	for (unsigned int i = 0; i < TF_HELD_MAX; i++) {
		const char *slug = held_slug(i);

		*at++ = i ? ',' : '{';
		at = put_word(json, at, slug ? slug : "unknown");
		*at++ = ':';
		at = tf_fmt_u64(at, held[i]);
	}
	*at++ = '}';
	return at;
}

/* One object for each network namespace. */
static char *put_namespaces(struct json *json, char *at, const struct tf_snapshot *snapshot)
{
	*at++ = '[';
	for (uint32_t i = 0; i < tf_snapshot_n_netns(snapshot); i++) {
		const struct tf_snapshot_netns *netns = tf_snapshot_netns(snapshot, i);

		at = i ? TF_FMT_LIT(at, ",{\"netns\":") : TF_FMT_LIT(at, "{\"netns\":");
		at = put_nonzero(json, at, netns->inode);
		at = TF_FMT_LIT(at, ",\"whole\":");
		at = put_bool(json, at, netns->scanned && netns->whole);
		at = TF_FMT_LIT(at, ",\"sockets\":");
		at = tf_fmt_u64(at, netns->sockets);
		at = TF_FMT_LIT(at, ",\"states\":");
		at = put_states_of(json, at, netns->states);
		*at++ = '}';
	}
	*at++ = ']';
	return at;
}

static char *put_signed(char *at, int32_t value)
{
	if (value < 0)
		*at++ = '-';
	return tf_fmt_u64(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static char *begin_holder(struct json *json, char *at, const struct tf_snapshot_process *process)
{
	at = TF_FMT_LIT(at, "{\"pid\":");
	at = put_nonzero(json, at, process->pid);
	at = TF_FMT_LIT(at, ",\"comm\":");
	at = put_bytes(at, process->comm, strnlen((const char *)process->comm, TF_COMM_LEN));
	return TF_FMT_LIT(at, ",\"fds\":[");
}

/* One object for each process: the descriptors of one process follow each other. */
static char *put_holders(struct json *json, char *at, const struct snapshot_row *r)
{
	uint32_t handle = r->socket->holders, last = 0;

	*at++ = '[';
	for (uint32_t n = 0; handle && n < HOLDERS_MAX; n++) {
		const struct tf_snapshot_holder *holder = tf_snapshot_holder(r->snapshot, handle);

		if (holder->process != last) {
			at = last ? TF_FMT_LIT(at, "]},") : at;
			at = begin_holder(json, at,
					  tf_snapshot_process(r->snapshot, holder->process));
		} else {
			*at++ = ',';
		}
		at = put_signed(at, holder->fd);
		last = holder->process;
		handle = holder->next;
	}
	at = last ? TF_FMT_LIT(at, "]}") : at;
	*at++ = ']';
	return at;
}

static char *put_group_pid(struct json *json, char *at, const struct snapshot_row *r)
{
	if (!r->group->process)
		return TF_FMT_LIT(at, "null");
	return put_nonzero(json, at, tf_snapshot_process(r->snapshot, r->group->process)->pid);
}

static char *put_group_comm(struct json *json, char *at, const struct snapshot_row *r)
{
	const struct tf_snapshot_process *process;

	if (!r->group->process)
		return TF_FMT_LIT(at, "null");
	process = tf_snapshot_process(r->snapshot, r->group->process);
	return put_bytes(at, process->comm, strnlen((const char *)process->comm, TF_COMM_LEN));
}

static char *put_group_remote(struct json *json, char *at, const struct snapshot_row *r)
{
	return r->group->has_remote ? put_addr(json, at, r->group->remote) : TF_FMT_LIT(at, "null");
}

/* [state, sockets, age of the oldest] for each state that occurs. */
static char *put_group_states(struct json *json, char *at, const struct tf_snapshot_group *group)
{
	const char *begin = at + 1;

	*at++ = '[';
	for (uint8_t state = 1; state < TF_TCP_STATE_MAX; state++) {
		if (!group->count[state])
			continue;
		if (at > begin)
			*at++ = ',';
		*at++ = '[';
		at = put_word(json, at, tf_states_name(state));
		*at++ = ',';
		at = tf_fmt_u64(at, group->count[state]);
		*at++ = ',';
		at = put_ms(json, at, group->oldest_ms[state]);
		*at++ = ']';
	}
	*at++ = ']';
	return at;
}

static char *put_group_fds(struct json *json, char *at, const struct tf_snapshot_group *group)
{
	*at++ = '[';
	for (uint32_t i = 0; i < group->n_fds; i++) {
		if (i)
			*at++ = ',';
		at = put_signed(at, group->fds[i]);
	}
	*at++ = ']';
	return at;
}

static char *put_socket_id(struct json *json, char *at, const struct tf_snapshot_socket *socket)
{
	return socket->sock ? put_identifier(at, socket->sock, 0) : TF_FMT_LIT(at, "null");
}

static bool has_remote(const struct tf_snapshot_socket *socket)
{
	return socket->tuple.rport && socket->state != TF_TCP_LISTEN;
}

static char *put_socket_family(struct json *json, char *at, const struct tf_snapshot_socket *socket)
{
	const uint8_t *addr = has_remote(socket) ? socket->tuple.raddr : socket->tuple.laddr;

	if (!socket->scanned)
		return TF_FMT_LIT(at, "null");
	return tf_fmt_is_v4(addr) ? TF_FMT_LIT(at, "\"ipv4\"") : TF_FMT_LIT(at, "\"ipv6\"");
}

static char *put_socket_local(struct json *json, char *at, const struct tf_snapshot_socket *socket)
{
	return socket->scanned ? put_addr(json, at, socket->tuple.laddr) : TF_FMT_LIT(at, "null");
}

static char *put_socket_remote(struct json *json, char *at, const struct tf_snapshot_socket *socket)
{
	return has_remote(socket) ? put_addr(json, at, socket->tuple.raddr) :
				    TF_FMT_LIT(at, "null");
}

static char *put_keepalive(struct json *json, char *at, const struct tf_snapshot_socket *socket)
{
	if (!socket->scanned || socket->flags & (TF_F_MINISOCK | TF_F_REQUEST))
		return TF_FMT_LIT(at, "null");
	return put_bool(json, at, socket->flags & TF_F_KEEPOPEN);
}

/* A row of snapshot_fields.def as two statements. */
#define FIELD(name, type, writer, value, text)                                                     \
	at = TF_FMT_LIT(at, ",\"" name "\":");                                                     \
	at = put_##writer(json, at, value);
#define BEGIN(type) TF_FMT_LIT(at, "{\"v\":1,\"type\":\"" type "\"")

static char *json_snapshot(struct json *json, char *at, const struct snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);

	at = BEGIN("snapshot");
#define TF_SNAPSHOT FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static char *json_listener(struct json *json, char *at, const struct snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);
	const struct tf_snapshot_socket *s = r->socket;

	at = BEGIN("listener");
#define TF_LISTENER FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static char *json_group(struct json *json, char *at, const struct snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);
	const struct tf_snapshot_group *g = r->group;

	at = BEGIN("group");
#define TF_GROUP FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static char *json_socket(struct json *json, char *at, const struct snapshot_row *r)
{
	const struct tf_snapshot_totals *t = tf_snapshot_totals(r->snapshot);
	const struct tf_snapshot_socket *s = r->socket;

	at = BEGIN("socket");
#define TF_SOCKET FIELD
#include "sink/json/snapshot_fields.def"
	return at;
}

static size_t room_for(const struct snapshot_row *r)
{
	size_t n = r->socket ? r->socket->n_holders : 0;

	if (n > HOLDERS_MAX)
		n = HOLDERS_MAX;
	if (!r->socket && !r->group)
		return LINE_MAX_BYTES + tf_snapshot_n_netns(r->snapshot) * (STATES_MAX + 128ULL);
	return LINE_MAX_BYTES + n * (PROCESS_MAX + TF_FMT_U64_MAX);
}

static void put_line(struct json *json, const struct snapshot_row *r,
		     char *(*put)(struct json *, char *, const struct snapshot_row *))
{
	char *at = tf_output_begin(json->sink.out, room_for(r), 1);

	if (at)
		tf_output_end(json->sink.out, TF_FMT_LIT(put(json, at, r), "}\n"));
}

static void about_socket(struct snapshot_row *row, const struct tf_snapshot_socket *socket)
{
	uint32_t process =
		socket->holders ? tf_snapshot_holder(row->snapshot, socket->holders)->process : 0;

	row->socket = socket;
	row->names = tf_snapshot_names(row->snapshot, socket->cgroup, process);
}

static void about_group(struct snapshot_row *row, const struct tf_snapshot_group *group)
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
	struct json json = {.sink = {.info = content->info, .out = out}};
	struct snapshot_row row = {
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
