/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * stream.h - the path of every event, live or replayed: recorder, core, sink
 *
 * The stream alone decides what is written: when `stats` are due (by the times of the
 * TF_EV_COUNTERS events) and when --count is reached. So a replay writes the records of the
 * live run.
 */
#ifndef TCPFATE_CLI_STREAM_H
#define TCPFATE_CLI_STREAM_H

#include "cli/options.h"
#include "core/core.h"
#include "enrich/names.h"
#include "sink/recorder.h"
#include "sink/sink.h"

struct tf_stream {
	const struct tf_options *options;
	const struct tf_run_info *info;
	struct tf_core *core;	      /* owned */
	struct tf_output *out;	      /* owned; NULL: nothing is shown */
	struct tf_sink *sink;	      /* owned; NULL: nothing is shown */
	struct tf_recorder *recorder; /* owned; NULL: nothing is recorded */
	struct tf_names *names;	      /* owned; NULL: the stream holds them already (replay) */
	uint64_t last_ns;	      /* time of the latest event */
	uint64_t stats_due_ns;
	uint64_t events,
		written; /* events taken; conn records written, or that a sink would have written */
	int record_err;	 /* first error of the recorder; it is kept */
};

/* Opens the output that @options name and makes the sink for it. Writes nothing. @flags: of
 * tf_output_new(). Returns an exit status; errors have been reported on stderr. */
int tf_stream_open_output(struct tf_stream *stream, const struct tf_options *options,
			  const struct tf_run_info *info, unsigned int flags);

/* Makes the core and begins to record to @recording (NULL: nothing), then writes `start`. @options
 * and @info are borrowed and outlive @stream. Returns an exit status, as above. */
int tf_stream_start(struct tf_stream *stream, const struct tf_options *options,
		    const struct tf_run_info *info, const char *recording);

/* Takes one event, and before it the names of its cgroup if they are new. */
void tf_stream_take(struct tf_stream *stream, const void *record, size_t size);

/* Takes a TF_EV_TICK of @time_ns: no older event will come. */
void tf_stream_tick(struct tf_stream *stream, uint64_t time_ns);

/* Whether --count is reached. */
bool tf_stream_full(const struct tf_stream *stream);

/* Writes the buffered output and recording, and reports lines that the output lost to the core.
 * Returns 0 or the error of the output (-EPIPE: its reader went away) or of the recorder. */
int tf_stream_flush(struct tf_stream *stream);

/* Writes the end of the stream (held connections, `stats`, `stop`), closes everything and
 * empties @stream. @reason: why it ends; @err: the error that ended it, from tf_stream_flush(),
 * or 0. Returns the exit status; errors have been reported on stderr. */
int tf_stream_stop(struct tf_stream *stream, enum tf_stop_reason reason, int err);

/* Closes everything and writes nothing more. Fit for TF_CLEANUP. */
void tf_stream_free(struct tf_stream *stream);

#endif
