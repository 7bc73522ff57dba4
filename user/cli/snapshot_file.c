// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_file.c - see snapshot_file.h
 *
 * While a scan is read, the one before it is kept, because the recording may end in the middle.
 * A recording holds the names of a cgroup once, in any scan, so they are replayed into each
 * later scan.
 */
#include "cli/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/random.h"
#include "cli/say.h"

#define CHUNK 65536
#define NAMES_MAX (4096 * sizeof(struct tf_ev_cgroup)) /* older ones are forgotten */

void tf_snapshot_file_free(struct tf_snapshot_file *file)
{
	tf_scanned_free(&file->scans[0]);
	tf_scanned_free(&file->scans[1]);
	tf_recording_free(&file->recording);
	tf_buf_free(&file->names);
	tf_io_closep(&file->fd);
}

static struct tf_scanned *current_scan(struct tf_snapshot_file *file)
{
	return &file->scans[1 - file->last];
}

static int keep_names(struct tf_snapshot_file *file, const struct tf_event *event)
{
	while (tf_buf_size(&file->names) + event->size > NAMES_MAX)
		tf_buf_consume(&file->names,
			       ((const struct tf_event *)tf_buf_data(&file->names))->size);
	return tf_buf_add(&file->names, event, event->size);
}

static void replay_names(struct tf_snapshot_file *file)
{
	const char *at = tf_buf_data(&file->names), *end = at + tf_buf_size(&file->names);

	while (at < end) {
		const struct tf_event *event = (const struct tf_event *)at;

		tf_scanned_take(current_scan(file), event, event->size);
		at += event->size;
	}
}

static bool is_step(const struct tf_event *event, enum tf_scan_step step)
{
	return event->kind == TF_EV_SCAN && event->size >= sizeof(struct tf_ev_scan) &&
	       ((const struct tf_ev_scan *)event)->step == step;
}

/* Returns 0 or -ENOMEM. */
static int take_event(struct tf_snapshot_file *file, const struct tf_event *event)
{
	int err = 0;

	if (event->kind == TF_EV_CGROUP)
		err = keep_names(file, event);
	if (!err && is_step(event, TF_SCAN_BEGIN)) {
		/* Who made the file must not choose the chains of the tables (base/hash.h). */
		file->recording.info.hash_key = tf_random_key();
		err = tf_scanned_begin(current_scan(file), file->options, &file->recording.info);
		if (!err)
			replay_names(file);
	}
	if (err || !current_scan(file)->snapshot)
		return err;
	tf_scanned_take(current_scan(file), event, event->size);
	if (current_scan(file)->ended) {
		file->last = 1 - file->last;
		tf_scanned_free(current_scan(file));
	}
	return 0;
}

/* The next bytes of the file. 1; 0 at its end; a negative errno. */
static int read_more(struct tf_snapshot_file *file)
{
	char bytes[CHUNK];
	ssize_t n = tf_io_read(file->fd, bytes, sizeof(bytes));
	int err = n < 0 ? (int)n : 0;

	if (n > 0)
		err = tf_recording_feed(&file->recording, bytes, (size_t)n);
	return err ? err : n > 0;
}

/* Reads the whole file. Returns 0, a negative errno of reading, or -EBADMSG: see the
 * recording's `problem`. */
static int read_all(struct tf_snapshot_file *file)
{
	const struct tf_event *event;
	int r, more;

	for (;;) {
		r = tf_recording_next(&file->recording, &event);
		if (r < 0)
			return r;
		if (r > 0) {
			r = take_event(file, event);
			if (r)
				return r;
			continue;
		}
		more = read_more(file);
		if (more <= 0)
			return more ? more : tf_recording_end(&file->recording);
	}
}

/* Reports on stderr why the recording could not be read: @err of read_all(). */
static void report_error(const struct tf_snapshot_file *file, int err)
{
	const struct tf_recording *recording = &file->recording;
	const char *from = file->options->from;

	if (err == -EBADMSG)
		tf_say("%s: %s, at offset %llu; %s", from,
		       tf_recording_problem_text(recording->problem),
		       (unsigned long long)recording->problem_offset,
		       recording->problem == TF_RECORDING_NEWER ?
			       "use the tcpfate that made it" :
			       "give a file that tcpfate record has written");
	else if (err == -ENOMEM)
		tf_say("%s: no memory for its sockets; lower --max-connections", from);
	else
		tf_say("%s: cannot read: %s; give a file that can be read", from, strerror(-err));
}

int tf_snapshot_file_read(struct tf_snapshot_file *file, const struct tf_options *options,
			  struct tf_scanned **ret_scanned, const struct tf_run_info **ret_info)
{
	int err;

	file->options = options;
	file->fd = open(options->from, O_RDONLY | O_CLOEXEC);
	err = file->fd < 0 ? -errno : read_all(file);
	if (err && (err != -EBADMSG || !file->scans[file->last].snapshot)) {
		report_error(file, err);
		return TF_EXIT_FAILED;
	}
	if (!file->scans[file->last].snapshot) {
		tf_say("%s: holds no complete scan of the sockets; record for longer, with "
		       "--scan-interval above 0",
		       options->from);
		return TF_EXIT_FAILED;
	}
	if (err)
		tf_say("%s: %s, at offset %llu; the last scan before that is shown", options->from,
		       tf_recording_problem_text(file->recording.problem),
		       (unsigned long long)file->recording.problem_offset);
	*ret_scanned = &file->scans[file->last];
	*ret_info = &file->recording.info;
	return TF_EXIT_OK;
}
