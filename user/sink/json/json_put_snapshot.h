/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * json_put_snapshot.h - the kinds of values that only the records of a snapshot have; see
 * json_put.h
 *
 * Only for snapshot_json.c.
 */
#ifndef TCPFATE_SINK_JSON_JSON_PUT_SNAPSHOT_H
#define TCPFATE_SINK_JSON_JSON_PUT_SNAPSHOT_H

#include "base/units.h"
#include "core/snapshot/socket.h"
#include "sink/json/json_put.h"

#define TF_JSON_PUT_SNAPSHOT_HOLDERS 4096u /* descriptors that one line names */

/* What a record is about. */
struct tf_snapshot_row {
	const struct tf_run_info *info;
	const struct tf_snapshot *snapshot;
	uint64_t n_alerts, alerts_left_out;
	const struct tf_snapshot_group *group;
	const struct tf_snapshot_socket *socket;
	const struct tf_ev_cgroup *names;
};

/* "process", "accept_queue"...; NULL for TF_HELD_UNKNOWN. */
static inline const char *tf_json_put_snapshot_slug(enum tf_held held)
{
	static const char *const slugs[TF_HELD_MAX] = {
#define TF_HELD_WORD(value, slug) [TF_HELD_##value] = slug,
#include "sink/words.def"
	};

	return slugs[held];
}

static inline char *tf_json_put_snapshot_held(struct tf_json *json, char *at, enum tf_held held)
{
	return tf_json_put_word(json, at, tf_json_put_snapshot_slug(held));
}

static inline char *tf_json_put_snapshot_maybe32(struct tf_json *json, char *at,
						 struct tf_maybe32 value)
{
	return tf_json_put_maybe(json, at, tf_maybe32_times(value, 1));
}

static inline char *tf_json_put_snapshot_ms(struct tf_json *json, char *at, struct tf_maybe32 ms)
{
	return tf_json_put_maybe(json, at, tf_maybe32_times(ms, US_PER_MS));
}

static inline char *tf_json_put_snapshot_waits(struct tf_json *json, char *at, uint32_t ms)
{
	return tf_json_put_nonzero(json, at, ms * US_PER_MS);
}

/* Every age of a snapshot is a lower bound. */
static inline char *tf_json_put_snapshot_at_least(struct tf_json *json, char *at,
						  struct tf_maybe32 ms)
{
	return tf_maybe32_known(ms) ? TF_FMT_LIT(at, "true") : TF_FMT_LIT(at, "null");
}

/* @bytes of data; unknown for a socket that cannot carry any. */
static inline struct tf_maybe tf_json_put_snapshot_data(const struct tf_snapshot_socket *socket,
							uint32_t bytes)
{
	return tf_maybe_if(tf_socket_has_data(socket), bytes);
}

static inline char *tf_json_put_snapshot_states_of(struct tf_json *json, char *at,
						   const uint64_t states[TF_TCP_STATE_MAX])
{
	*at++ = '{';
	for (uint8_t state = 1; state < TF_TCP_NEW_SYN_RECV; state++) {
		if (state > 1)
			*at++ = ',';
		at = tf_json_put_word(json, at, tf_states_name(state));
		*at++ = ':';
		at = tf_fmt_u64(at, states[state]);
	}
	*at++ = '}';
	return at;
}

static inline char *tf_json_put_snapshot_held_counts(struct tf_json *json, char *at,
						     const uint64_t held[TF_HELD_MAX])
{
	for (unsigned int i = 0; i < TF_HELD_MAX; i++) {
		const char *slug = tf_json_put_snapshot_slug(i);

		*at++ = i ? ',' : '{';
		at = tf_json_put_word(json, at, slug ? slug : "unknown");
		*at++ = ':';
		at = tf_fmt_u64(at, held[i]);
	}
	*at++ = '}';
	return at;
}

/* One object for each network namespace. */
static inline char *tf_json_put_snapshot_namespaces(struct tf_json *json, char *at,
						    const struct tf_snapshot *snapshot)
{
	*at++ = '[';
	for (uint32_t i = 0; i < tf_snapshot_n_netns(snapshot); i++) {
		const struct tf_snapshot_netns *netns = tf_snapshot_netns(snapshot, i);

		at = i ? TF_FMT_LIT(at, ",{\"netns\":") : TF_FMT_LIT(at, "{\"netns\":");
		at = tf_json_put_nonzero(json, at, netns->inode);
		at = TF_FMT_LIT(at, ",\"whole\":");
		at = tf_json_put_bool(json, at, netns->scanned && netns->whole);
		at = TF_FMT_LIT(at, ",\"sockets\":");
		at = tf_fmt_u64(at, netns->sockets);
		at = TF_FMT_LIT(at, ",\"states\":");
		at = tf_json_put_snapshot_states_of(json, at, netns->states);
		*at++ = '}';
	}
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_snapshot_signed(char *at, int32_t value)
{
	if (value < 0)
		*at++ = '-';
	return tf_fmt_u64(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

/* Null: its name could not be read, or it has none. */
static inline char *tf_json_put_snapshot_comm(char *at, const struct tf_snapshot_process *process)
{
	size_t size = strnlen((const char *)process->comm, TF_COMM_LEN);

	return size ? tf_json_put_bytes(at, process->comm, size) : TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_snapshot_begin_holder(struct tf_json *json, char *at,
						      const struct tf_snapshot_process *process)
{
	at = TF_FMT_LIT(at, "{\"pid\":");
	at = tf_json_put_nonzero(json, at, process->pid);
	at = TF_FMT_LIT(at, ",\"comm\":");
	at = tf_json_put_snapshot_comm(at, process);
	return TF_FMT_LIT(at, ",\"fds\":[");
}

/* One object for each process: the descriptors of one process follow each other. */
static inline char *tf_json_put_snapshot_holders(struct tf_json *json, char *at,
						 const struct tf_snapshot_row *r)
{
	uint32_t handle = r->socket->holders, last = 0;

	*at++ = '[';
	for (uint32_t n = 0; handle && n < TF_JSON_PUT_SNAPSHOT_HOLDERS; n++) {
		const struct tf_snapshot_holder *holder = tf_snapshot_holder(r->snapshot, handle);

		if (holder->process != last) {
			at = last ? TF_FMT_LIT(at, "]},") : at;
			at = tf_json_put_snapshot_begin_holder(
				json, at, tf_snapshot_process(r->snapshot, holder->process));
		} else {
			*at++ = ',';
		}
		at = tf_json_put_snapshot_signed(at, holder->fd);
		last = holder->process;
		handle = holder->next;
	}
	at = last ? TF_FMT_LIT(at, "]}") : at;
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_snapshot_group_pid(struct tf_json *json, char *at,
						   const struct tf_snapshot_row *r)
{
	if (!r->group->process)
		return TF_FMT_LIT(at, "null");
	return tf_json_put_nonzero(json, at,
				   tf_snapshot_process(r->snapshot, r->group->process)->pid);
}

static inline char *tf_json_put_snapshot_group_comm(struct tf_json *json, char *at,
						    const struct tf_snapshot_row *r)
{
	const struct tf_snapshot_process *process;

	if (!r->group->process)
		return TF_FMT_LIT(at, "null");
	process = tf_snapshot_process(r->snapshot, r->group->process);
	return tf_json_put_snapshot_comm(at, process);
}

static inline char *tf_json_put_snapshot_group_remote(struct tf_json *json, char *at,
						      const struct tf_snapshot_row *r)
{
	return r->group->has_remote ? tf_json_put_addr(json, at, r->group->remote) :
				      TF_FMT_LIT(at, "null");
}

/* [state, sockets, age of the oldest] for each state that occurs. */
static inline char *tf_json_put_snapshot_group_states(struct tf_json *json, char *at,
						      const struct tf_snapshot_group *group)
{
	const char *begin = at + 1;

	*at++ = '[';
	for (uint8_t state = 1; state < TF_TCP_STATE_MAX; state++) {
		if (!group->count[state])
			continue;
		if (at > begin)
			*at++ = ',';
		*at++ = '[';
		at = tf_json_put_word(json, at, tf_states_name(state));
		*at++ = ',';
		at = tf_fmt_u64(at, group->count[state]);
		*at++ = ',';
		at = tf_json_put_snapshot_ms(json, at, group->oldest_ms[state]);
		*at++ = ']';
	}
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_snapshot_group_fds(struct tf_json *json, char *at,
						   const struct tf_snapshot_group *group)
{
	*at++ = '[';
	for (uint32_t i = 0; i < group->n_fds; i++) {
		if (i)
			*at++ = ',';
		at = tf_json_put_snapshot_signed(at, group->fds[i]);
	}
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_snapshot_socket_id(struct tf_json *json, char *at,
						   const struct tf_snapshot_socket *socket)
{
	return socket->sock ? tf_json_put_identifier(at, socket->sock, 0) : TF_FMT_LIT(at, "null");
}

static inline bool tf_json_put_snapshot_has_remote(const struct tf_snapshot_socket *socket)
{
	return socket->tuple.rport && socket->state != TF_TCP_LISTEN;
}

static inline char *tf_json_put_snapshot_socket_family(struct tf_json *json, char *at,
						       const struct tf_snapshot_socket *socket)
{
	const uint8_t *addr =
		tf_json_put_snapshot_has_remote(socket) ? socket->tuple.raddr : socket->tuple.laddr;

	if (!socket->scanned)
		return TF_FMT_LIT(at, "null");
	return tf_fmt_is_v4(addr) ? TF_FMT_LIT(at, "\"ipv4\"") : TF_FMT_LIT(at, "\"ipv6\"");
}

static inline char *tf_json_put_snapshot_socket_local(struct tf_json *json, char *at,
						      const struct tf_snapshot_socket *socket)
{
	return socket->scanned ? tf_json_put_addr(json, at, socket->tuple.laddr) :
				 TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_snapshot_socket_remote(struct tf_json *json, char *at,
						       const struct tf_snapshot_socket *socket)
{
	return tf_json_put_snapshot_has_remote(socket) ?
		       tf_json_put_addr(json, at, socket->tuple.raddr) :
		       TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_snapshot_keepalive(struct tf_json *json, char *at,
						   const struct tf_snapshot_socket *socket)
{
	if (!socket->scanned || socket->flags & (TF_F_MINISOCK | TF_F_REQUEST))
		return TF_FMT_LIT(at, "null");
	return tf_json_put_bool(json, at, socket->flags & TF_F_KEEPOPEN);
}

#endif
