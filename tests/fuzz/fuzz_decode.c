// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_decode.c - any bytes, framed like a ring's records, through decode and the whole core
 *
 * Input: one byte of options, then records, each behind its length as two bytes (little-endian).
 * The ceiling is small, so that eviction and early writing happen too. Every record that comes out
 * is read as a sink would read it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/core.h"
#include "core/states.h"
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sum; /* what was read must not be optimized away */

static void read_conn(const struct tf_conn_record *conn)
{
	if (conn->n_states > TF_STATES_MAX || conn->fate >= TF_FATE_MAX ||
	    conn->evidence >> TF_FACT_MAX)
		abort();
	for (unsigned int i = 0; i < conn->n_states; i++)
		sum += (uint8_t)tf_states_name(conn->states[i].state)[0];
	sum += (uint8_t)tf_fates_info(conn->fate)->slug[0];
	if (conn->complete && (conn->evidence & 1ULL << TF_FACT_HISTORY_LOST))
		abort();
	if (conn->fin_sent > TF_YES || conn->rst_received > TF_YES ||
	    conn->closed_first > TF_SIDE_BOTH || conn->owner.from > TF_OWNER_HOLDER)
		abort();
}

/* All that a sink would read. */
static void read_alert(const struct tf_alert_record *alert)
{
	if (alert->alert >= TF_ALERT_MAX || !alert->event || alert->event > TF_ALERT_EVENT_CLEAR ||
	    !tf_maybe_known(alert->count) || alert->n_examples > TF_ALERT_EXAMPLES ||
	    tf_maybe_or(alert->fate, 0) >= TF_FATE_MAX)
		abort();
	sum += (uint8_t)tf_alerts_info(alert->alert)->slug[0];
	for (unsigned int i = 0; i < alert->n_examples; i++)
		sum += (uint8_t)tf_states_name(alert->examples[i].state)[0];
}

static void take(void *ctx, const struct tf_record *record)
{
	const struct tf_run_info *info = ctx;

	switch (record->type) {
	case TF_RECORD_CONN:
		read_conn(record->conn);
		if (tf_run_info_reason_name(info, record->conn->rst_reason))
			sum++;
		break;
	case TF_RECORD_ALERT:
		read_alert(record->alert);
		break;
	case TF_RECORD_STATE:
		sum += (uint8_t)tf_states_name(record->state->new_state)[0];
		break;
	case TF_RECORD_RESET:
		sum += record->reset->sock;
		break;
	case TF_RECORD_GAP:
		if (tf_maybe_or(record->gap->count, 0) == 0 ||
		    tf_maybe_value(record->gap->count) > tf_maybe_or(record->gap->total, 0))
			abort();
		break;
	case TF_RECORD_STATS:
		if (record->stats->stats.connections + record->stats->stats.returned !=
		    record->stats->stats.ended + record->stats->stats.live +
			    record->stats->stats.held + record->stats->stats.evicted)
			abort();
		break;
	}
}

static void feed(void *ctx, const void *record, size_t size)
{
	(void)tf_core_feed(ctx, record, size);
	(void)tf_core_next_due(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tf_run_info info;
	struct tf_core_options options = {.max_connections = 3};
	struct tf_core *core;

	if (!size)
		return 0;
	info.cookies = data[0] & 1;
	options.states = data[0] & 2;
	options.max_connections = 1 + (data[0] >> 5);
	options.standing = data[0] & 8;
	/* Small enough to be reached by what a fuzzer makes. */
	for (int i = 0; i < TF_ALERT_MAX; i++)
		options.alert[i] =
			(struct tf_alert_limits){.count = 1, .age_ns = 1, .rate = 1, .percent = 1};
	for (int i = 0; i < TF_HOOK_MAX; i++)
		info.hook[i].method[0] = data[0] & 4 ? 'x' : '\0';
	strcpy(info.reason[9], "TCP_ABORT_ON_MEMORY");
	if (tf_core_new(&options, &info, take, &info, &core))
		return 0;
	each_record(data + 1, size - 1, feed, core);
	tf_core_emit_stats(core);
	tf_core_flush(core);
	tf_core_emit_stats(core);
	tf_core_free(core);
	return 0;
}
