/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * json_put.h - each kind of value as JSON text
 *
 * Only for json.c and snapshot_json.c, which a header lets the compiler inline. tf_json_put_x()
 * writes a value of kind x at @at, where the caller has reserved room, and returns the end. An
 * unknown value becomes null here.
 */
#ifndef TCPFATE_SINK_JSON_JSON_PUT_H
#define TCPFATE_SINK_JSON_JSON_PUT_H

#include <stdbool.h>
#include <string.h>

#include "base/errnos.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/maybe.h"
#include "base/utc.h"
#include "core/states.h"
#include "sink/sink.h"

struct tf_json {
	struct tf_sink sink;
	struct tf_utc ended, started; /* each its own, because their seconds differ */
};

/* A quoted word and its length. All 31 bytes are copied, in one or two moves; to find the length
 * and copy just that would be two calls. */
struct tf_json_word {
	char text[31];
	uint8_t len;
};

#define WORD(literal)                                                                              \
	{                                                                                          \
		"\"" literal "\"", sizeof(literal) + 1                                             \
	}

/* The path, container or unit of record @r's cgroup; "" when not known. */
#define TF_NAME_OF(r, name) ((r)->names ? (const char *)(r)->names->name : "")

static const struct tf_json_word FATE_WORDS[] = {
#define TF_FATE(name, slug, ...) WORD(slug),
#include "core/fate/fates.def"
#undef TF_FATE
};

static const struct tf_json_word CAUSE_WORDS[TF_CAUSE_MAX] = {
#define TF_CAUSE(name, slug, ...) [TF_CAUSE_##name] = WORD(slug),
#include "core/fate/causes.def"
#undef TF_CAUSE
};

static const struct tf_json_word FACT_WORDS[] = {
#define TF_FACT(name, slug, ...) WORD(slug),
#include "core/fate/facts.def"
#undef TF_FACT
};

/* A zeroed word is null. */
static inline char *tf_json_put_known(char *at, const struct tf_json_word *word)
{
	if (!word->len)
		return TF_FMT_LIT(at, "null");
	memcpy(at, word->text, sizeof(word->text));
	return at + word->len;
}

/* The word of an enumerator; null for one that has no row in words.def. */
#define TF_JSON_PUT_SLUG(at, words, value)                                                         \
	((size_t)(value) < sizeof(words) / sizeof((words)[0]) ?                                    \
		 tf_json_put_known(at, &(words)[value]) :                                          \
		 TF_FMT_LIT(at, "null"))

static inline char *tf_json_put_bool(struct tf_json *json, char *at, bool value)
{
	return value ? TF_FMT_LIT(at, "true") : TF_FMT_LIT(at, "false");
}

static inline char *tf_json_put_tri(struct tf_json *json, char *at, enum tf_tri value)
{
	return value == TF_UNKNOWN ? TF_FMT_LIT(at, "null") :
				     tf_json_put_bool(json, at, value == TF_YES);
}

static inline char *tf_json_put_u64(struct tf_json *json, char *at, uint64_t value)
{
	return tf_fmt_u64(at, value);
}

static inline char *tf_json_put_maybe(struct tf_json *json, char *at, struct tf_maybe value)
{
	return tf_maybe_known(value) ? tf_fmt_u64(at, tf_maybe_value(value)) :
				       TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_nonzero(struct tf_json *json, char *at, uint64_t value)
{
	return value ? tf_fmt_u64(at, value) : TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_port(struct tf_json *json, char *at, uint16_t port)
{
	return tf_json_put_nonzero(json, at, port);
}

/* A word of the tables: nothing in it needs an escape. NULL is null. */
static inline char *tf_json_put_word(struct tf_json *json, char *at, const char *word)
{
	if (!word)
		return TF_FMT_LIT(at, "null");
	*at++ = '"';
	at = tf_fmt_str(at, word);
	*at++ = '"';
	return at;
}

/* Bytes that a process or host chose. */
static inline char *tf_json_put_bytes(char *at, const void *bytes, size_t size)
{
	*at++ = '"';
	at = tf_escape_json(at, bytes, size);
	*at++ = '"';
	return at;
}

static inline char *tf_json_put_text(struct tf_json *json, char *at, const char *text)
{
	return text[0] ? tf_json_put_bytes(at, text, strlen(text)) : TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_utc(struct tf_json *json, struct tf_utc *cache, char *at,
				    uint64_t boot_ns)
{
	/* Unsigned, because a damaged recording may hold any offset. */
	uint64_t utc_ns = boot_ns + (uint64_t)json->sink.info->utc_offset_ns;

	*at++ = '"';
	at = tf_utc_format(cache, at, (int64_t)utc_ns);
	*at++ = '"';
	return at;
}

static inline char *tf_json_put_time(struct tf_json *json, char *at, uint64_t boot_ns)
{
	if (!boot_ns)
		return TF_FMT_LIT(at, "null");
	return tf_json_put_utc(json, &json->ended, at, boot_ns);
}

static inline char *tf_json_put_started(struct tf_json *json, char *at, struct tf_maybe boot_ns)
{
	if (!tf_maybe_known(boot_ns))
		return TF_FMT_LIT(at, "null");
	return tf_json_put_utc(json, &json->started, at, tf_maybe_value(boot_ns));
}

static inline char *tf_json_put_identifier(char *at, uint64_t sock, uint32_t generation)
{
	if (!sock)
		return TF_FMT_LIT(at, "null");
	*at++ = '"';
	at = tf_fmt_hex(at, sock);
	if (generation) {
		*at++ = '.';
		at = tf_fmt_u64(at, generation);
	}
	*at++ = '"';
	return at;
}

#define tf_json_put_id(json, at, r) tf_json_put_identifier(at, (r)->sock, (r)->generation)

/* No socket has a peer without an address: then nobody has filled the tuple in. */
static inline bool tf_json_put_is_filled(const struct tf_tuple *tuple)
{
	static const uint8_t none[sizeof(tuple->raddr)];

	return memcmp(tuple->raddr, none, sizeof(none)) != 0;
}

static inline char *tf_json_put_family(struct tf_json *json, char *at, const struct tf_tuple *tuple)
{
	if (!tf_json_put_is_filled(tuple))
		return TF_FMT_LIT(at, "null");
	return tf_fmt_is_v4(tuple->raddr) ? TF_FMT_LIT(at, "\"ipv4\"") : TF_FMT_LIT(at, "\"ipv6\"");
}

static inline char *tf_json_put_addr(struct tf_json *json, char *at, const uint8_t addr[16])
{
	*at++ = '"';
	at = tf_fmt_addr(at, addr);
	*at++ = '"';
	return at;
}

static inline char *tf_json_put_local(struct tf_json *json, char *at, const struct tf_tuple *tuple)
{
	if (!tf_json_put_is_filled(tuple))
		return TF_FMT_LIT(at, "null");
	return tf_json_put_addr(json, at, tuple->laddr);
}

static inline char *tf_json_put_remote(struct tf_json *json, char *at, const struct tf_tuple *tuple)
{
	if (!tf_json_put_is_filled(tuple))
		return TF_FMT_LIT(at, "null");
	return tf_json_put_addr(json, at, tuple->raddr);
}

static inline char *tf_json_put_addr_or_null(struct tf_json *json, char *at, const uint8_t *addr)
{
	return addr ? tf_json_put_addr(json, at, addr) : TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_origin(struct tf_json *json, char *at, enum tf_origin origin)
{
	static const struct tf_json_word words[] = {
#define TF_ORIGIN_WORD(value, slug) [TF_ORIGIN_##value] = WORD(slug),
#include "sink/words.def"
	};

	return TF_JSON_PUT_SLUG(at, words, origin);
}

static inline char *tf_json_put_role(struct tf_json *json, char *at, enum tf_role role)
{
	static const struct tf_json_word words[] = {
#define TF_ROLE_WORD(value, slug) [TF_ROLE_##value] = WORD(slug),
#include "sink/words.def"
	};

	return TF_JSON_PUT_SLUG(at, words, role);
}

static inline char *tf_json_put_side(struct tf_json *json, char *at, enum tf_side side)
{
	static const struct tf_json_word words[] = {
#define TF_SIDE_WORD(value, slug) [TF_SIDE_##value] = WORD(slug),
#include "sink/words.def"
	};

	return TF_JSON_PUT_SLUG(at, words, side);
}

static inline char *tf_json_put_pid(struct tf_json *json, char *at, const struct tf_owner *owner)
{
	return tf_json_put_nonzero(json, at, owner->from == TF_OWNER_NONE ? 0 : owner->pid);
}

static inline char *tf_json_put_comm(struct tf_json *json, char *at, const struct tf_owner *owner)
{
	size_t size = strnlen((const char *)owner->comm, TF_COMM_LEN);

	return owner->from != TF_OWNER_NONE && size ? tf_json_put_bytes(at, owner->comm, size) :
						      TF_FMT_LIT(at, "null");
}

static inline char *tf_json_put_owner_from(struct tf_json *json, char *at, enum tf_owner_from from)
{
	static const struct tf_json_word words[] = {
#define TF_OWNER_WORD(value, slug) [TF_OWNER_##value] = WORD(slug),
#include "sink/words.def"
	};

	return TF_JSON_PUT_SLUG(at, words, from);
}

static inline char *tf_json_put_how(struct tf_json *json, char *at, const struct tf_conn_record *r)
{
	static const struct tf_json_word words[] = {
#define TF_HOW_WORD(value, slug) [TF_HOW_##value] = WORD(slug),
#include "sink/words.def"
	};

	if (r->how != TF_HOW_SIGNAL || !r->how_signal)
		return TF_JSON_PUT_SLUG(at, words, r->how);
	at = TF_FMT_LIT(at, "\"signal:");
	at = tf_fmt_u64(at, r->how_signal);
	*at++ = '"';
	return at;
}

static inline char *tf_json_put_fate(struct tf_json *json, char *at, enum tf_fate fate)
{
	return tf_json_put_known(at, &FATE_WORDS[fate]);
}

static inline char *tf_json_put_cause(struct tf_json *json, char *at, enum tf_cause cause)
{
	return tf_json_put_known(at, &CAUSE_WORDS[cause]);
}

static inline char *tf_json_put_class(struct tf_json *json, char *at, enum tf_fate fate)
{
	return tf_json_put_word(json, at, tf_fates_class_name(tf_fates_info(fate)->class));
}

/* The reason's name comes with the stream, perhaps from a file: escaped. */
static inline char *tf_json_put_reason(struct tf_json *json, char *at, struct tf_maybe reason)
{
	const char *name = tf_run_info_reason_name(json->sink.info, reason);

	return name ? tf_json_put_text(json, at, name) : TF_FMT_LIT(at, "null");
}

/* An errno without a name (no kernel of today has one) is still a fact: "E200". */
static inline char *tf_json_put_errno(struct tf_json *json, char *at, int32_t err)
{
	const char *name = tf_errnos_name(err);

	if (err <= 0 || name)
		return tf_json_put_word(json, at, name);
	at = TF_FMT_LIT(at, "\"E");
	at = tf_fmt_u64(at, (uint64_t)err);
	*at++ = '"';
	return at;
}

static inline char *tf_json_put_state(struct tf_json *json, char *at, uint8_t state)
{
	return tf_json_put_word(json, at, state ? tf_states_name(state) : NULL);
}

static inline char *tf_json_put_states(struct tf_json *json, char *at,
				       const struct tf_conn_record *r)
{
	*at++ = '[';
	for (unsigned int i = 0; i < r->n_states; i++) {
		if (i)
			*at++ = ',';
		*at++ = '[';
		at = tf_json_put_word(json, at, tf_states_name(r->states[i].state));
		*at++ = ',';
		at = tf_json_put_maybe(json, at, r->states[i].spent_us);
		*at++ = ']';
	}
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_evidence(struct tf_json *json, char *at, uint64_t facts)
{
	const char *begin = at;

	*at++ = '[';
	for (facts &= (1ULL << TF_FACT_MAX) - 1; facts; facts &= facts - 1) {
		at = tf_json_put_known(at, &FACT_WORDS[__builtin_ctzll(facts)]);
		*at++ = ',';
	}
	if (at > begin + 1)
		at--;
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_reset_kind(struct tf_json *json, char *at, enum tf_reset_kind kind)
{
	static const struct tf_json_word words[] = {
#define TF_RESET_WORD(value, slug) [TF_RESET_##value] = WORD(slug),
#include "sink/words.def"
	};

	return TF_JSON_PUT_SLUG(at, words, kind);
}

static inline char *tf_json_put_gap_where(struct tf_json *json, char *at, enum tf_gap_where where)
{
	static const struct tf_json_word words[] = {
#define TF_GAP_WORD(value, slug) [TF_GAP_##value] = WORD(slug),
#include "sink/words.def"
	};
	_Static_assert(sizeof(words) / sizeof(words[0]) == TF_GAP_WHERE_MAX,
		       "a place without a name");

	return TF_JSON_PUT_SLUG(at, words, where);
}

static inline char *tf_json_put_stop_reason(struct tf_json *json, char *at,
					    enum tf_stop_reason reason)
{
	return tf_json_put_word(json, at, tf_sink_stop_slug(reason));
}

static inline char *tf_json_put_identity(struct tf_json *json, char *at, bool cookies)
{
	return tf_json_put_word(json, at, cookies ? "cookie" : "address");
}

/* For each hook its attach method, and the loss if it is not the best. */
static inline char *tf_json_put_hooks(struct tf_json *json, char *at,
				      const struct tf_run_info *info)
{
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		const char *weaker = tf_run_info_hook_weaker(info, i);

		at = i ? TF_FMT_LIT(at, ",{\"name\":") : TF_FMT_LIT(at, "[{\"name\":");
		at = tf_json_put_word(json, at, tf_run_info_hook_name(i));
		at = TF_FMT_LIT(at, ",\"attach_method\":");
		at = tf_json_put_text(json, at, info->hook[i].method);
		at = TF_FMT_LIT(at, ",\"weaker\":");
		at = tf_json_put_text(json, at, weaker ? weaker : "");
		*at++ = '}';
	}
	*at++ = ']';
	return at;
}

#endif
