// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * replay.c - see replay.h
 *
 * The events come from a file instead of the ring; everything after that is as in loop.c. A damaged
 * recording is shown up to the damage.
 */
#include "cli/cmd/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/random.h"
#include "cli/help.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/stream.h"
#include "core/stream/recording.h"

#define CHUNK 65536

struct replay {
	const struct tf_options *options;
	struct tf_recording recording; /* owned */
	struct tf_stream stream;       /* owned */
	bool started;
	int fd;		 /* owned */
	uint64_t end_ns; /* --duration, in the recording's time; 0: none */
	enum tf_stop_reason reason;
	int err; /* of the output */
};

static void replay_free(struct replay *replay)
{
	tf_stream_free(&replay->stream);
	tf_recording_free(&replay->recording);
	tf_io_closep(&replay->fd);
}

/* Reads the next bytes of the file. 1; 0 at its end; a negative errno, which has been reported. */
static int read_more(struct replay *replay)
{
	char bytes[CHUNK];
	ssize_t n = tf_io_read(replay->fd, bytes, sizeof(bytes));
	int err = n < 0 ? (int)n : 0;

	if (n > 0)
		err = tf_recording_feed(&replay->recording, bytes, (size_t)n);
	if (err)
		tf_say("%s: cannot read: %s; give a file that can be read", replay->options->file,
		       strerror(-err));
	return err ? err : n > 0;
}

static const char *name_remedy(const struct replay *replay)
{
	if (replay->recording.problem == TF_RECORDING_NEWER)
		return "use the tcpfate that made it";
	if (replay->started)
		return "the records before it were shown";
	return "give a file that tcpfate record has written";
}

static void report_problem(const struct replay *replay)
{
	const struct tf_recording *recording = &replay->recording;

	tf_say("%s: %s, at offset %llu; %s", replay->options->file,
	       tf_recording_problem_text(recording->problem),
	       (unsigned long long)recording->problem_offset, name_remedy(replay));
}

/* Reads the header and writes `start`. */
static int start_replay(struct replay *replay)
{
	struct tf_recording *recording = &replay->recording;
	int r, more = 1, status;

	while ((r = tf_recording_header(recording)) == 0 && more > 0)
		more = read_more(replay);
	if (more < 0)
		return TF_EXIT_FAILED;
	if (r == 0)
		tf_recording_end(recording);
	if (r != 1) {
		report_problem(replay);
		return TF_EXIT_FAILED;
	}
	/* Who made the file must not choose the chains of the tables (base/hash.h). */
	recording->info.hash_key = tf_random_key();
	status = tf_stream_open_output(&replay->stream, replay->options, &recording->info,
				       TF_OUTPUT_LOSSLESS);
	if (status == TF_EXIT_OK)
		status = tf_stream_start(&replay->stream, replay->options, &recording->info, NULL);
	replay->started = status == TF_EXIT_OK;
	if (replay->options->duration_ns)
		replay->end_ns = recording->info.start_ns + replay->options->duration_ns;
	return status;
}

/* Takes one event of the recording. False: --duration or --count is reached. */
static bool take_event(struct replay *replay, const struct tf_event *event)
{
	if (replay->end_ns && event->time_ns > replay->end_ns) {
		replay->reason = TF_STOP_DURATION;
		return false;
	}
	tf_stream_take(&replay->stream, event, event->size);
	if (tf_stream_full(&replay->stream)) {
		replay->reason = TF_STOP_COUNT;
		return false;
	}
	return true;
}

/* Takes the recording up to its end or its first damage. False: it is damaged, or cannot be
 * read. */
static bool replay_events(struct replay *replay)
{
	const struct tf_event *event;
	int r, more;

	for (;;) {
		r = tf_recording_next(&replay->recording, &event);
		if (r < 0)
			break;
		if (r > 0) {
			if (!take_event(replay, event))
				return true;
			continue;
		}
		replay->err = tf_stream_flush(&replay->stream);
		if (replay->err)
			return true;
		more = read_more(replay);
		if (more < 0)
			return false;
		if (!more)
			break;
	}
	if (r == 0 && !tf_recording_end(&replay->recording))
		return true;
	report_problem(replay);
	return false;
}

int tf_replay_main(int argc, char **argv)
{
	TF_CLEANUP(replay_free) struct replay replay = {.fd = -1, .reason = TF_STOP_END};
	struct tf_options options;
	int status;
	bool good;

	if (!tf_help_options(TF_COMMAND_REPLAY, argc, argv, &options, &status))
		return status;
	replay.options = &options;
	replay.fd = open(options.file, O_RDONLY | O_CLOEXEC);
	if (replay.fd < 0) {
		tf_say("%s: cannot read: %s; give a file that can be read", options.file,
		       strerror(errno));
		return TF_EXIT_FAILED;
	}
	tf_signals_ignore_pipe();
	status = start_replay(&replay);
	if (status != TF_EXIT_OK)
		return status;
	good = replay_events(&replay);
	status = tf_stream_stop(&replay.stream, good ? replay.reason : TF_STOP_DAMAGED, replay.err);
	return good ? status : TF_EXIT_FAILED;
}
