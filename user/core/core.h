/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * core.h - events in, records out: the one entrance of the pure core
 *
 * The core rebuilds each connection's life from a stream of events (bpf/abi.h) and hands out
 * records (record.h). It has no clock, makes no system call and prints nothing: time is the
 * events' own, and passes without events through TF_EV_TICK. The same bytes always give the same
 * records, so a replay is exact.
 *
 * May be used by: kernel/, sink/, enrich/, cli/, tests. Uses: base/, bpf/abi.h.
 */
#ifndef TCPFATE_CORE_CORE_H
#define TCPFATE_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/alert/alerts.h"
#include "core/filter.h"
#include "core/record.h"
#include "core/stream/run_info.h"

struct tf_core;

struct tf_core_options {
	uint32_t max_connections;  /* ceiling of the table, live and held together; 0: 1 Mi */
	uint64_t destroy_grace_ns; /* fate held past tcp_destroy_sock; 0: 10 ms */
	uint64_t ran_grace_ns;	   /* ... past CLOSE when it may have been late data; 0: 1 s */
	uint64_t dead_grace_ns;	   /* ... past CLOSE while an application holds the dead socket;
				    * 0: 100 ms */
	uint64_t handoff_grace_ns; /* ... past a hand-off to a minisock before the peer's FIN, for
				    * a late reset; 0: 2 s */
	bool states;		   /* emit `state` records too */
	bool no_alerts;		   /* raise no alerts */
	bool standing;		   /* a single scan: whatever it finds counts as if it had lasted */
	/* What makes an alert; a zeroed one: the default of alerts.def. */
	struct tf_alert_limits alert[TF_ALERT_MAX];
	const struct tf_filter *filter; /* connections to follow; NULL: all. Borrowed */
};

/* A new core for a stream taken on @info (borrowed, must outlive it): which hooks are missing and
 * what the reset reasons are called changes what can be concluded. Records go to @emit. Returns 0
 * or -ENOMEM, @ret_core untouched on failure. Owned by the caller: tf_core_free(). */
int tf_core_new(const struct tf_core_options *options, const struct tf_run_info *info,
		tf_emit_fn emit, void *emit_ctx, struct tf_core **ret_core);
void tf_core_free(struct tf_core *core); /* NULL is allowed. Writes nothing */

/* Takes in one record of @size bytes as it stands in the ring or in a recording. Malformed input
 * is counted and skipped: returns -EBADMSG then, else 0. Emits whatever it settles, and first all
 * that its time makes due. */
int tf_core_feed(struct tf_core *core, const void *record, size_t size);

/* Says that output records were dropped by a slow sink, @count more of them; makes a gap record. */
void tf_core_sink_lost(struct tf_core *core, uint64_t count);

/* Settles and emits every ended connection that is still held back (at the end of a run), as if
 * their grace were over. Connections that have not ended stay unwritten. */
void tf_core_flush(struct tf_core *core);

/* When the next held connection falls due (CLOCK_BOOTTIME ns); UINT64_MAX: none. */
uint64_t tf_core_next_due(const struct tf_core *core);

/* Emits a stats record with the totals so far, stamped with the latest time seen. */
void tf_core_emit_stats(struct tf_core *core);
const struct tf_stats *tf_core_stats(struct tf_core *core);

#endif
