/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * stream.h - the way of every event, live or replayed: recorder, core, sink
 *
 * All that decides what is written is decided here, from the stream alone: also when `stats` are
 * due (by the times of TF_EV_COUNTERS records) and when --count is reached. So a replay says what
 * the live run said.
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
	struct tf_names *names;	      /* owned; NULL: they are in the stream already (replay) */
	uint64_t last_ns;	      /* time of the latest event */
	uint64_t stats_due_ns;
	uint64_t events, written; /* events taken in; conn records shown (or that would be) */
	int record_err;		  /* of the recorder; it stays */
};

/* Opens the output that @options name and makes the sink for it. Writes nothing. @flags: of
 * tf_output_new(). Returns an exit status (TF_EXIT_OK: fine); what is wrong has been said. */
int tf_stream_open_output(struct tf_stream *stream, const struct tf_options *options,
			  const struct tf_run_info *info, unsigned int flags);

/* Makes the core and begins to record to @recording (NULL: nothing), then writes `start`. @options
 * and @info are borrowed and outlive @stream. Returns an exit status, as above. */
int tf_stream_start(struct tf_stream *stream, const struct tf_options *options,
		    const struct tf_run_info *info, const char *recording);

/* Takes in one record of the stream, and before it the names that it needs. */
void tf_stream_take(struct tf_stream *stream, const void *record, size_t size);

/* A TF_EV_TICK of @time_ns: nothing older will come. */
void tf_stream_tick(struct tf_stream *stream, uint64_t time_ns);

/* Whether --count is reached. */
bool tf_stream_full(const struct tf_stream *stream);

/* Hands on what is buffered, and says what the output lost. Returns 0 or the error of the output
 * (-EPIPE: its reader went away) or of the recorder. */
int tf_stream_flush(struct tf_stream *stream);

/* The last words: held connections, `stats`, `stop`; then closes everything. @stream is empty then.
 * @reason: why it ends; @err: what tf_stream_flush() returned, 0. Returns the exit status; what is
 * wrong has been said. */
int tf_stream_stop(struct tf_stream *stream, enum tf_stop_reason reason, int err);

/* Closes everything without last words. Fit for TF_CLEANUP. */
void tf_stream_free(struct tf_stream *stream);

#endif
