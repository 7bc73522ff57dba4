// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * rows.c - the behaviour that alerts.def gives each alert
 *
 * The table is read three times: for the conditions of ended connections, to check each row at
 * compile time, and for the rows themselves.
 */
#include "core/alert/rows.h"

#include <stddef.h>

#include "base/units.h"
#include "core/alert/by_peer.h"
#include "core/alert/by_scan.h"
#include "core/alert/by_state.h"
#include "core/alert/ghosts.h"
#include "core/alert/notify.h"
#include "core/states.h"

#define SHORTEST_BUCKET_NS (100 * NS_PER_MS)

/* --- the conditions ----------------------------------------------------------------------------*/

#define STATE(...) false
#define SCAN(...) false
#define WINDOW(bucket, key, condition, ...) (condition)
#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, ...)                  \
	static bool counts_##name(const struct tf_conn_record *record,                             \
				  const struct tf_alert_limits *limits)                            \
	{                                                                                          \
		return behaviour;                                                                  \
	}
#include "core/alert/alerts.def"
#undef TF_ALERT
#undef STATE
#undef SCAN
#undef WINDOW

/* --- a row that lacks something does not compile ---------------------------------------- */

#define IS(function, type) __builtin_types_compatible_p(__typeof__(function), type)
#define COMMON_CHECKS(key, judge, examples)                                                        \
	_Static_assert((key) != 0, "a row needs a key");                                           \
	_Static_assert(IS(judge, tf_alert_judge_fn), "a row needs a judge");                       \
	_Static_assert(IS(examples, tf_alert_examples_fn), "a row needs a function of examples");
#define STATE(state, key, traits, judge, examples) COMMON_CHECKS(key, judge, examples)
#define SCAN(groups, key, judge, examples, ...)                                                    \
	COMMON_CHECKS(key, judge, examples)                                                        \
	_Static_assert(sizeof(#__VA_ARGS__) > 1, "a row of a scan must hear something");
#define WINDOW(bucket_ms, key, condition, ended, judge, examples)                                  \
	COMMON_CHECKS(key, judge, examples)                                                        \
	_Static_assert(IS(ended, tf_alert_ended_fn), "a window needs a function that counts");     \
	_Static_assert((bucket_ms) > 0, "a window needs buckets");
#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, counted, clause,      \
		 said, meaning, remedy, related, test)                                             \
	behaviour _Static_assert((count) > 0 || (rate) > 0 || (percent) > 0,                       \
				 slug " needs a limit");                                           \
	_Static_assert((percent) <= 100, slug ": more than 100 percent");                          \
	_Static_assert(sizeof(slug) > 1 && sizeof(counted) > 1 && sizeof(clause) > 1 &&            \
			       sizeof(said) > 1 && sizeof(meaning) > 1 && sizeof(remedy) > 1 &&    \
			       sizeof(related) > 1 && sizeof(test) > 1,                            \
		       slug " lacks words");
#include "core/alert/alerts.def"
#undef TF_ALERT
#undef STATE
#undef SCAN
#undef WINDOW

/* --- the rows --------------------------------------------------------------------------- */

#define COMMON TF_GROUPS_COMMON
#define MANY TF_GROUPS_MANY
#define STATE(state_, key_, traits_, judge_, examples_)                                            \
	.kind = TF_ALERT_KIND_STATE, .table = COMMON, .key = key_, .state = TF_TCP_##state_,       \
	.queue = TF_QUEUE_##state_, .traits = traits_, .judge = judge_, .examples = examples_,     \
	.hears = {.minisock = ((traits_)&TF_TRAIT_MINISOCKS) ? tf_by_state_minisock : NULL}
#define SCAN(groups_, key_, judge_, examples_, ...)                                                \
	.kind = TF_ALERT_KIND_SCAN, .table = groups_, .key = key_, .judge = judge_,                \
	.examples = examples_, .hears = {__VA_ARGS__}
#define WINDOW(bucket_ms_, key_, condition, ended_, judge_, examples_)                             \
	.kind = TF_ALERT_KIND_WINDOW, .table = COMMON, .key = key_, .bucket_ms = bucket_ms_,       \
	.judge = judge_, .examples = examples_, .hears = {.ended = ended_}

static const struct tf_alert_row alert_rows[TF_ALERT_MAX] = {
#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, ...)                  \
	[TF_ALERT_##name] = {.alert = TF_ALERT_##name, .counts = counts_##name, behaviour},
#include "core/alert/alerts.def"
#undef TF_ALERT
};

const struct tf_alert_row *tf_rows_of(enum tf_alert alert)
{
	return &alert_rows[alert];
}

uint64_t tf_rows_bucket_ns(const struct tf_alert_row *row, const struct tf_alert_limits *limits)
{
	uint64_t ns = row->bucket_ms * NS_PER_MS;

	if (row->bucket_ms == TF_BUCKET_BY_AGE)
		ns = limits->age_ns / 3;
	return ns < SHORTEST_BUCKET_NS ? SHORTEST_BUCKET_NS : ns;
}

static const char *state_lacks(const struct tf_alert_row *row, const struct tf_alert_limits *limits)
{
	if (!row->state || !row->queue)
		return "a state";
	return limits->count ? NULL : "a limit of count";
}

static const char *scan_lacks(const struct tf_alert_row *row)
{
	const struct tf_alert_hears *hears = &row->hears;

	if (!hears->ended && !hears->sock && !hears->listener && !hears->minisock)
		return "something to count";
	return NULL;
}

static const char *window_lacks(const struct tf_alert_row *row,
				const struct tf_alert_limits *limits)
{
	if (!row->hears.ended || !row->counts)
		return "ended connections";
	if (!row->bucket_ms)
		return "buckets";
	if (!limits->age_ns)
		return "a limit of age";
	return limits->rate ? NULL : "a limit of rate";
}

const char *tf_rows_lacks(const struct tf_alert_row *row, const struct tf_alert_limits *limits)
{
	if (!row->key)
		return "a key";
	if (!row->judge)
		return "a judge";
	if (!row->examples)
		return "a function of examples";
	switch (row->kind) {
	case TF_ALERT_KIND_STATE:
		return state_lacks(row, limits);
	case TF_ALERT_KIND_SCAN:
		return scan_lacks(row);
	case TF_ALERT_KIND_WINDOW:
		return window_lacks(row, limits);
	default:
		return "a kind";
	}
}
