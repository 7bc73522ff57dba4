// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot.c - see snapshot.h
 *
 * Takes one scan, of this host or from a recording (--from), and writes its snapshot.
 */
#include "cli/cmd/snapshot.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/help.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/snapshot_file.h"
#include "cli/snapshot_live.h"
#include "cli/stream.h"
#include "sink/text/people.h"
#include "sink/json/snapshot_json.h"
#include "sink/text/snapshot_text.h"

static const char *output_name(const struct tf_options *options)
{
	return options->output ? options->output : "standard output";
}

/* On a terminal a snapshot fits one screen, unless --verbose asks for more. */
static struct tf_snapshot_text_options choose_view(const struct tf_options *options)
{
	struct tf_snapshot_text_options view = {.verbose = options->verbose};
	struct winsize size = {0};

	if (options->output)
		return view;
	tf_people_detect(STDOUT_FILENO, &view.people);
	if (!options->verbose && isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		view.rows = size.ws_row;
	return view;
}

static void write_snapshot(const struct tf_options *options, struct tf_scanned *scanned,
			   struct tf_stream *stream)
{
	const struct tf_snapshot_content content = {
		.info = stream->info,
		.snapshot = scanned->snapshot,
		.alerts = &scanned->alerts,
		.sockets = options->sockets,
	};
	struct tf_snapshot_text_options view = choose_view(options);

	if (options->json)
		tf_snapshot_json_write(&content, stream->sink, stream->out);
	else
		tf_snapshot_text_write(&content, &view, stream->out);
}

/* Waits for a slow reader. A reader that went away is no failure. */
static int finish_output(const struct tf_options *options, struct tf_stream *stream)
{
	int err = tf_output_flush(stream->out);

	if (err && err != -EPIPE) {
		tf_say("%s: cannot write: %s; name an output that can be written",
		       output_name(options), strerror(-err));
		return TF_EXIT_FAILED;
	}
	if (tf_output_lost(stream->out)) {
		tf_say("%s: no memory for %llu lines; show less, with filters",
		       output_name(options), (unsigned long long)tf_output_lost(stream->out));
		return TF_EXIT_FAILED;
	}
	return TF_EXIT_OK;
}

static int show_snapshot(const struct tf_options *options, struct tf_scanned *scanned,
			 const struct tf_run_info *info)
{
	TF_CLEANUP(tf_stream_free) struct tf_stream stream = {.info = info};
	int status;

	if (tf_scanned_finish(scanned)) {
		tf_say("no memory for the sockets; lower --max-connections, or use filters");
		return TF_EXIT_FAILED;
	}
	status = tf_stream_open_output(&stream, options, info, TF_OUTPUT_LOSSLESS);
	if (status != TF_EXIT_OK)
		return status;
	write_snapshot(options, scanned, &stream);
	return finish_output(options, &stream);
}

static int show_file(const struct tf_options *options)
{
	TF_CLEANUP(tf_snapshot_file_free) struct tf_snapshot_file file = {.fd = -1};
	const struct tf_run_info *info;
	struct tf_scanned *scanned;
	int status = tf_snapshot_file_read(&file, options, &scanned, &info);

	return status == TF_EXIT_OK ? show_snapshot(options, scanned, info) : status;
}

static int show_host(const struct tf_options *options)
{
	TF_CLEANUP(tf_scanned_free) struct tf_scanned scanned = {};
	struct tf_run_info info = {};
	int status = tf_snapshot_live_read(options, &scanned, &info);

	return status == TF_EXIT_OK ? show_snapshot(options, &scanned, &info) : status;
}

int tf_snapshot_main(int argc, char **argv)
{
	struct tf_options options;
	int status;

	if (!tf_help_options(TF_COMMAND_SNAPSHOT, argc, argv, &options, &status))
		return status;
	tf_signals_ignore_pipe();
	return options.from ? show_file(&options) : show_host(&options);
}
