/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * json_put_stats.h - the kinds of values that only `stats` and `stop` records have; see json_put.h
 *
 * Part of json.c, and only of it.
 */
#ifndef TCPFATE_SINK_JSON_JSON_PUT_STATS_H
#define TCPFATE_SINK_JSON_JSON_PUT_STATS_H

#include "sink/json/json_put.h"

static inline char *tf_json_put_stats_hook(char *at, const struct tf_counters *counters)
{
	at = TF_FMT_LIT(at, "{\"seen\":");
	at = tf_fmt_u64(at, counters->seen);
	at = TF_FMT_LIT(at, ",\"filtered\":");
	at = tf_fmt_u64(at, counters->filtered);
	at = TF_FMT_LIT(at, ",\"folded\":");
	at = tf_fmt_u64(at, counters->folded);
	at = TF_FMT_LIT(at, ",\"lost\":");
	at = tf_fmt_u64(at, counters->lost);
	at = TF_FMT_LIT(at, ",\"emitted\":");
	at = tf_fmt_u64(at, counters->emitted);
	*at++ = '}';
	return at;
}

static inline char *tf_json_put_stats_counters(struct tf_json *json, char *at,
					       const struct tf_stats *stats)
{
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		*at++ = i ? ',' : '{';
		at = tf_json_put_word(json, at, tf_run_info_hook_name(i));
		*at++ = ':';
		at = tf_json_put_stats_hook(at, &stats->hook[i]);
	}
	*at++ = '}';
	return at;
}

static inline char *tf_json_put_stats_fates(struct tf_json *json, char *at,
					    const struct tf_stats *stats)
{
	for (unsigned int i = 0; i < TF_FATE_MAX; i++) {
		*at++ = i ? ',' : '{';
		at = tf_json_put_word(json, at, tf_fates_info(i)->slug);
		*at++ = ':';
		at = tf_fmt_u64(at, stats->fates[i]);
	}
	*at++ = '}';
	return at;
}

static inline char *tf_json_put_stats_events_lost(struct tf_json *json, char *at,
						  const struct tf_stats *stats)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < TF_HOOK_MAX; i++)
		lost += stats->hook[i].lost;
	return tf_fmt_u64(at, lost);
}

#endif
