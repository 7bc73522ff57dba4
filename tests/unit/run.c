// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * run.c - keeps what a core emits
 */
#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scripts.h"

/* Room is made in powers of two: at each of them the array doubles. */
#define KEEP(array, n, value)                                                                      \
	do {                                                                                       \
		if (!((n) & ((n)-1)))                                                              \
			(array) = realloc((array), ((n) ? 2 * (n) : 1) * sizeof(*(array)));        \
		assert_non_null(array);                                                            \
		(array)[(n)++] = (value);                                                          \
	} while (0)

static void keep(void *ctx, const struct tf_record *record)
{
	struct run *run = ctx;

	switch (record->type) {
	case TF_RECORD_CONN:
		KEEP(run->conns, run->n_conns, *record->conn);
		break;
	case TF_RECORD_ALERT:
		KEEP(run->alerts, run->n_alerts, *record->alert);
		break;
	case TF_RECORD_STATE:
		KEEP(run->states, run->n_states, *record->state);
		break;
	case TF_RECORD_RESET:
		KEEP(run->resets, run->n_resets, *record->reset);
		break;
	case TF_RECORD_GAP:
		KEEP(run->gaps, run->n_gaps, *record->gap);
		break;
	case TF_RECORD_STATS:
		run->stats = *record->stats;
		run->n_stats++;
		break;
	}
}

static void usual_info(struct tf_run_info *info)
{
	strcpy(info->version, "test");
	info->cookies = true;
	for (int i = 0; i < TF_HOOK_MAX; i++)
		strcpy(info->hook[i].method, "tp_btf");
	info->hook[TF_HOOK_RST_SENT].reason = true;
	strcpy(info->reason[REASON_MEMORY], "TCP_ABORT_ON_MEMORY");
	strcpy(info->reason[REASON_OTHER], "TCP_STATE");
	strcpy(info->reason[REASON_INVALID_SYN], "INVALID_SYN");
}

void run_start(struct run *run)
{
	if (!run->info.version[0])
		usual_info(&run->info);
	if (!run->options.max_connections)
		run->options.max_connections = 1024;
	assert_int_equal(tf_core_new(&run->options, &run->info, keep, run, &run->core), 0);
}

void run_free(struct run *run)
{
	tf_core_free(run->core);
	free(run->conns);
	free(run->alerts);
	free(run->states);
	free(run->resets);
	free(run->gaps);
	*run = (struct run){0};
}

void run_feed(struct run *run, const struct tape *tape)
{
	for (size_t i = 0; i < tape->n; i++)
		assert_int_equal(tf_core_feed(run->core, &tape->events[i], tape->events[i].ev.size),
				 0);
}

void run_tick(struct run *run, uint64_t now)
{
	struct tape tape = {0};

	tape_tick(&tape, now);
	run_feed(run, &tape);
	tape_free(&tape);
}

void run_finish(struct run *run)
{
	tf_core_flush(run->core);
	tf_core_emit_stats(run->core);
}
