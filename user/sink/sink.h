/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sink.h - where records go: one interface, a view behind it, a descriptor behind that
 *
 *	core -> tf_sink (json.c, people.c: a record becomes lines) -> tf_output (a descriptor)
 *
 * A sink never blocks the loop and reports no error record by record. Lines that a slow reader
 * cannot take are dropped whole and counted; a descriptor that fails stays failed, and
 * tf_output_flush() returns its error. See output.h.
 *
 * May be used by: cli/, tests. Uses: base/, core/. Not: kernel/, enrich/.
 *
 * To add a view: a struct that begins with struct tf_sink, a const struct tf_sink_ops, and a
 * tf_x_new() that returns it.
 */
#ifndef TCPFATE_SINK_SINK_H
#define TCPFATE_SINK_SINK_H

#include <stdint.h>

#include "core/record.h"
#include "core/stream/run_info.h"
#include "sink/output.h"

/* Why a run ended: `stop`.reason; slugs are in words.def. */
enum tf_stop_reason {
	TF_STOP_UNKNOWN = 0,
	TF_STOP_SIGNAL,	     /* "signal": Ctrl-C, SIGTERM */
	TF_STOP_DURATION,    /* "duration": --duration is over */
	TF_STOP_COUNT,	     /* "count": --count records were written */
	TF_STOP_END,	     /* "end_of_recording": replay came to the end of its file */
	TF_STOP_DAMAGED,     /* "damaged_recording": ... or to a record that cannot be read */
	TF_STOP_CLOSED_PIPE, /* "closed_pipe": the reader of the output went away */
	TF_STOP_ERROR,	     /* "error": something failed while running; see stderr */
	TF_STOP_REASON_MAX,
};

struct tf_stop {
	uint64_t time_ns; /* CLOCK_BOOTTIME */
	enum tf_stop_reason reason;
	const struct tf_stats *stats; /* totals; not NULL */
	uint64_t lines_lost;	      /* tf_output_lost() */
};

struct tf_sink;

struct tf_sink_ops {
	void (*start)(struct tf_sink *sink);
	void (*record)(struct tf_sink *sink, const struct tf_record *record);
	void (*stop)(struct tf_sink *sink, const struct tf_stop *stop);
	void (*free)(struct tf_sink *sink);
};

struct tf_sink {
	const struct tf_sink_ops *ops;
	const struct tf_run_info *info; /* borrowed: outlives the sink */
	struct tf_output *out;		/* borrowed: outlives the sink */
};

/* The first lines: the host and the hooks. Once, before any record. */
static inline void tf_sink_start(struct tf_sink *sink)
{
	sink->ops->start(sink);
}

/* One record becomes its line or lines. Fit for tf_emit_fn with a cast-free wrapper. */
static inline void tf_sink_record(struct tf_sink *sink, const struct tf_record *record)
{
	sink->ops->record(sink, record);
}

/* The last lines: totals. Once, after all records; flush or close the output afterwards. */
static inline void tf_sink_stop(struct tf_sink *sink, const struct tf_stop *stop)
{
	sink->ops->stop(sink, stop);
}

/* Frees the sink, not its output; NULL is allowed. */
static inline void tf_sink_free(struct tf_sink *sink)
{
	if (sink)
		sink->ops->free(sink);
}

/* "signal", "duration"... Static; @reason must be in range. */
const char *tf_sink_stop_slug(enum tf_stop_reason reason);

#endif
