// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * stream.c - see stream.h
 */
#include "cli/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/units.h"
#include "cli/say.h"
#include "sink/json/json.h"
#include "sink/text/people.h"

/* How long the end waits for a slow reader: until there is room for the last records, and until
 * it has taken them. */
#define ROOM_WAIT_MS 1000
#define LAST_WAIT_MS 500

static const char *output_name(const struct tf_options *options)
{
	return options->output ? options->output : "standard output";
}

/* A log is appended to, so that a restart keeps what was there. */
static int open_file(const struct tf_options *options)
{
	int fd = open(options->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		tf_say("%s: cannot write: %s; name a file that can be written", options->output,
		       strerror(errno));
	return fd;
}

static int make_sink(struct tf_stream *stream, const struct tf_options *options,
		     const struct tf_run_info *info, int fd)
{
	struct tf_people_options people;

	if (options->json)
		return tf_json_new(info, stream->out, &stream->sink);
	tf_people_detect(fd, &people);
	return tf_people_new(info, stream->out, &people, &stream->sink);
}

int tf_stream_open_output(struct tf_stream *stream, const struct tf_options *options,
			  const struct tf_run_info *info, unsigned int flags)
{
	TF_CLEANUP(tf_io_closep) int opened = -1;
	int fd = STDOUT_FILENO, err;

	if (options->output) {
		fd = opened = open_file(options);
		if (fd < 0)
			return TF_EXIT_FAILED;
		flags |= TF_OUTPUT_OWN_FD;
	}
	err = tf_output_new(fd, flags, 0, &stream->out);
	if (!err) {
		opened = -1;
		err = make_sink(stream, options, info, fd);
	}
	if (!err)
		return TF_EXIT_OK;
	tf_say("%s: cannot write: %s; name an output that can be written", output_name(options),
	       strerror(-err));
	return TF_EXIT_FAILED;
}

static void count_record(struct tf_stream *stream, const struct tf_record *record)
{
	if (record->type == TF_RECORD_CONN)
		stream->written++;
}

/* After --count connections only stats and gaps are written. */
static void emit_record(void *ctx, const struct tf_record *record)
{
	struct tf_stream *stream = ctx;
	bool summary = record->type == TF_RECORD_STATS || record->type == TF_RECORD_GAP;

	if (tf_stream_full(stream) && !summary)
		return;
	count_record(stream, record);
	if (stream->sink)
		tf_sink_record(stream->sink, record);
}

static int start_recording(struct tf_stream *stream, const char *path)
{
	int err = tf_recorder_open(path, stream->info, stream->options->force, &stream->recorder);

	if (!err)
		return TF_EXIT_OK;
	if (err == -EEXIST)
		tf_say("%s: the file exists; choose another name, or give --force", path);
	else
		tf_say("%s: cannot write: %s; name a file that can be written", path,
		       strerror(-err));
	return TF_EXIT_FAILED;
}

int tf_stream_start(struct tf_stream *stream, const struct tf_options *options,
		    const struct tf_run_info *info, const char *recording)
{
	struct tf_core_options core = options->core;
	int err;

	stream->options = options;
	stream->info = info;
	stream->last_ns = info->start_ns;
	stream->stats_due_ns = info->start_ns + options->stats_interval_ns;
	core.filter = &options->filter;
	err = tf_core_new(&core, info, emit_record, stream, &stream->core);
	if (err) {
		tf_say("no memory for the connection table; lower --max-connections");
		return TF_EXIT_FAILED;
	}
	if (recording && start_recording(stream, recording))
		return TF_EXIT_FAILED;
	if (stream->sink)
		tf_sink_start(stream->sink);
	return TF_EXIT_OK;
}

static void record_event(struct tf_stream *stream, const void *record, size_t size)
{
	int err;

	if (!stream->recorder || stream->record_err)
		return;
	err = tf_recorder_add(stream->recorder, record, size);
	if (err)
		stream->record_err = err;
}

/* `stats` are written when the counters, events of the stream, reach their time. */
static void maybe_stats(struct tf_stream *stream, const struct tf_event *ev)
{
	if (ev->kind != TF_EV_COUNTERS || !stream->options->stats_interval_ns ||
	    ev->time_ns < stream->stats_due_ns)
		return;
	stream->stats_due_ns = ev->time_ns + stream->options->stats_interval_ns;
	tf_core_emit_stats(stream->core);
}

static void take_event(struct tf_stream *stream, const void *record, size_t size)
{
	const struct tf_event *ev = record;

	record_event(stream, record, size);
	if (tf_core_feed(stream->core, record, size))
		return;
	if (ev->kind < TF_EV_USER)
		stream->events++;
	if (ev->time_ns > stream->last_ns)
		stream->last_ns = ev->time_ns;
	maybe_stats(stream, ev);
}

void tf_stream_take(struct tf_stream *stream, const void *record, size_t size)
{
	struct tf_ev_cgroup names;

	while (stream->names && tf_names_note(stream->names, record, &names))
		take_event(stream, &names, sizeof(names));
	take_event(stream, record, size);
}

void tf_stream_tick(struct tf_stream *stream, uint64_t time_ns)
{
	struct tf_ev_tick tick = {
		.ev = {.time_ns = time_ns, .size = sizeof(tick), .kind = TF_EV_TICK}};

	tf_stream_take(stream, &tick, sizeof(tick));
}

bool tf_stream_full(const struct tf_stream *stream)
{
	return stream->options->count && stream->written >= stream->options->count;
}

static void report_lost(struct tf_stream *stream)
{
	uint64_t lost = stream->out ? tf_output_take_lost(stream->out) : 0;

	if (lost)
		tf_core_sink_lost(stream->core, lost);
}

int tf_stream_flush(struct tf_stream *stream)
{
	int err = 0;

	if (stream->recorder && !stream->record_err)
		stream->record_err = tf_recorder_flush(stream->recorder);
	report_lost(stream);
	if (stream->out)
		err = tf_output_flush(stream->out);
	return stream->record_err ? stream->record_err : err;
}

/* Gives a slow reader time to take waiting lines, so that there is room for the last records. */
static void wait_for_reader(struct tf_stream *stream)
{
	uint64_t end = tf_clock_monotonic_ns() + ROOM_WAIT_MS * NS_PER_MS, now;
	struct pollfd reader = {.events = POLLOUT};

	while (!tf_output_flush(stream->out)) {
		reader.fd = tf_output_waiting(stream->out);
		now = tf_clock_monotonic_ns();
		if (reader.fd < 0 || now >= end ||
		    poll(&reader, 1, (int)((end - now) / NS_PER_MS) + 1) <= 0)
			break;
	}
}

/* A reader that went away is no failure: `| head` has read enough. */
static int close_output(struct tf_stream *stream)
{
	int err = tf_output_close(stream->out, LAST_WAIT_MS);

	stream->out = NULL;
	if (!err || err == -EPIPE)
		return TF_EXIT_OK;
	if (err == -ETIMEDOUT)
		tf_say("%s: the reader did not take all lines; read faster, or write to a file "
		       "with -o",
		       output_name(stream->options));
	else
		tf_say("%s: cannot write: %s; name an output that can be written",
		       output_name(stream->options), strerror(-err));
	return TF_EXIT_FAILED;
}

/* `record` without output ends with a line about the recording. */
static void say_recorded(const struct tf_stream *stream, const char *path, uint64_t bytes)
{
	if (!stream->sink)
		tf_say("%s: %llu events of %llu ended connections in %llu bytes; see them with "
		       "tcpfate replay",
		       path, (unsigned long long)stream->events,
		       (unsigned long long)tf_core_stats(stream->core)->ended,
		       (unsigned long long)bytes);
}

/* Writes the rest of the recording and closes it. Returns an exit status. */
static int close_recorder(struct tf_stream *stream)
{
	const char *path =
		stream->options->record ? stream->options->record : stream->options->file;
	uint64_t bytes;
	int err = tf_recorder_flush(stream->recorder);

	bytes = tf_recorder_size(stream->recorder);
	if (!err)
		err = tf_recorder_close(stream->recorder);
	else
		tf_recorder_close(stream->recorder);
	stream->recorder = NULL;
	if (!err)
		err = stream->record_err;
	if (!err) {
		say_recorded(stream, path, bytes);
		return TF_EXIT_OK;
	}
	tf_say("%s: cannot write: %s; the recording ends there and can be replayed up to its end",
	       path, strerror(-err));
	return TF_EXIT_FAILED;
}

int tf_stream_stop(struct tf_stream *stream, enum tf_stop_reason reason, int err)
{
	struct tf_stop stop = {.reason = reason};
	int status = TF_EXIT_OK;

	tf_core_flush(stream->core);
	if (stream->out)
		wait_for_reader(stream);
	report_lost(stream);
	tf_core_emit_stats(stream->core);
	if (stream->sink && err != -EPIPE) {
		stop.time_ns = stream->last_ns;
		stop.stats = tf_core_stats(stream->core);
		stop.lines_lost = tf_output_lost(stream->out);
		tf_sink_stop(stream->sink, &stop);
	}
	if (stream->out)
		status = close_output(stream);
	if (stream->recorder && close_recorder(stream))
		status = TF_EXIT_FAILED;
	tf_stream_free(stream);
	return status;
}

void tf_stream_free(struct tf_stream *stream)
{
	tf_sink_free(stream->sink);
	tf_output_close(stream->out, 0);
	tf_recorder_close(stream->recorder);
	tf_core_free(stream->core);
	tf_names_free(stream->names);
	*stream = (struct tf_stream){};
}
