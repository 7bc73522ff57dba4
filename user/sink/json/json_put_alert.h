/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * json_put_alert.h - the kinds of values that only `alert` records have; see json_put.h
 *
 * Part of json.c, and only of it.
 */
#ifndef TCPFATE_SINK_JSON_JSON_PUT_ALERT_H
#define TCPFATE_SINK_JSON_JSON_PUT_ALERT_H

#include "sink/text/alert_sentence.h"
#include "sink/json/json_put.h"

static inline char *tf_json_put_alert_event(struct tf_json *json, char *at,
					    enum tf_alert_event event)
{
	static const char *const names[] = {
#define TF_ALERT_EVENT_WORD(value, slug) [TF_ALERT_EVENT_##value] = slug,
#include "sink/words.def"
	};

	return tf_json_put_word(json, at, names[event]);
}

static inline char *tf_json_put_alert_address(struct tf_json *json, char *at,
					      const struct tf_alert_address *address)
{
	return tf_json_put_addr_or_null(json, at, address->known ? address->address : NULL);
}

static inline char *tf_json_put_alert_fate(struct tf_json *json, char *at, struct tf_maybe fate)
{
	return tf_maybe_known(fate) ?
		       tf_json_put_fate(json, at, (enum tf_fate)tf_maybe_value(fate)) :
		       TF_FMT_LIT(at, "null");
}

/* One example: its ends, state, holder and age. */
static inline char *tf_json_put_alert_example(struct tf_json *json, char *at,
					      const struct tf_alert_example *r)
{
	at = TF_FMT_LIT(at, "{\"id\":");
	at = r->sock ? tf_json_put_id(json, at, r) : TF_FMT_LIT(at, "null");
	at = TF_FMT_LIT(at, ",\"local_addr\":");
	at = tf_json_put_addr(json, at, r->tuple.laddr);
	at = TF_FMT_LIT(at, ",\"local_port\":");
	at = tf_json_put_port(json, at, r->tuple.lport);
	at = TF_FMT_LIT(at, ",\"remote_addr\":");
	at = tf_json_put_addr_or_null(json, at, r->state == TF_TCP_LISTEN ? NULL : r->tuple.raddr);
	at = TF_FMT_LIT(at, ",\"remote_port\":");
	at = tf_json_put_port(json, at, r->tuple.rport);
	at = TF_FMT_LIT(at, ",\"state\":");
	at = tf_json_put_state(json, at, r->state);
	at = TF_FMT_LIT(at, ",\"pid\":");
	at = tf_json_put_pid(json, at, &r->owner);
	at = TF_FMT_LIT(at, ",\"comm\":");
	at = tf_json_put_comm(json, at, &r->owner);
	at = TF_FMT_LIT(at, ",\"fd\":");
	at = tf_json_put_maybe(json, at, r->fd);
	at = TF_FMT_LIT(at, ",\"age_us\":");
	at = tf_json_put_maybe(json, at, r->age_us);
	*at++ = '}';
	return at;
}

static inline char *tf_json_put_alert_examples(struct tf_json *json, char *at,
					       const struct tf_alert_record *r)
{
	*at++ = '[';
	for (unsigned int i = 0; i < r->n_examples; i++) {
		if (i)
			*at++ = ',';
		at = tf_json_put_alert_example(json, at, &r->examples[i]);
	}
	*at++ = ']';
	return at;
}

static inline char *tf_json_put_alert_sentence(struct tf_json *json, char *at,
					       const struct tf_alert_record *r)
{
	char text[TF_ALERT_SENTENCE_MAX];

	return tf_json_put_bytes(at, text, (size_t)(tf_alert_sentence(text, r) - text));
}

#endif
