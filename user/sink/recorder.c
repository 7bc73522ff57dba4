// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * recorder.c - see recorder.h. The buffer always begins and ends at the boundary of a record.
 */
#include "sink/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "core/stream/recording.h"

#define BATCH (256u << 10)
#define MODE 0644

struct tf_recorder {
	int fd;
	bool regular;
	struct tf_buf pending;
	uint64_t written; /* bytes of the file that are whole records */
	int error;	  /* lasting */
};

static void recorder_free(struct tf_recorder *recorder)
{
	tf_io_closep(&recorder->fd);
	tf_buf_free(&recorder->pending);
	free(recorder);
}

static void recorder_freep(struct tf_recorder **recorder)
{
	if (*recorder)
		recorder_free(*recorder);
}

/* Opens an existing file: a device, pipe or socket; a regular file only to replace it. */
static int open_existing(const char *path, bool replace)
{
	TF_CLEANUP(tf_io_closep) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode) && !replace)
		return -EEXIST;
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0))
		return -errno;
	return TF_TAKE_FD(fd);
}

/* Opens for writing; @ret_created: it did not exist before. */
static int open_file(const char *path, bool replace, bool *ret_created)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, MODE);

	*ret_created = fd >= 0;
	if (fd >= 0)
		return fd;
	return errno == EEXIST ? open_existing(path, replace) : -errno;
}

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int tf_recorder_open(const char *path, const struct tf_run_info *info, bool replace,
		     struct tf_recorder **ret_recorder)
{
	TF_CLEANUP(recorder_freep) struct tf_recorder *recorder = calloc(1, sizeof(*recorder));
	bool created;
	int r;

	if (!recorder)
		return -ENOMEM;
	recorder->fd = open_file(path, replace, &created);
	if (recorder->fd < 0)
		return recorder->fd;
	recorder->regular = is_regular(recorder->fd);
	r = tf_recording_encode(info, &recorder->pending);
	if (r == 0)
		r = tf_recorder_flush(recorder);
	if (r) {
		if (created)
			unlink(path);
		return r;
	}
	*ret_recorder = TF_TAKE(recorder);
	return 0;
}

/* How many of the first @size bytes at @data are whole records. */
static size_t whole_records(const char *data, size_t size)
{
	size_t whole = 0;

	for (;;) {
		struct tf_event event;

		if (size - whole < sizeof(event))
			return whole;
		memcpy(&event, data + whole, sizeof(event));
		if (event.size < sizeof(event) || event.size > size - whole)
			return whole;
		whole += event.size;
	}
}

/* After a write of only @size bytes: cuts off a torn record, so that a reader finds whole ones
 * only. Of a torn header nothing is left. */
static void cut_back(struct tf_recorder *recorder, size_t size)
{
	if (recorder->written)
		recorder->written += whole_records(tf_buf_data(&recorder->pending), size);
	if (recorder->regular && ftruncate(recorder->fd, (off_t)recorder->written))
		return; /* replay will report where it is truncated */
}

int tf_recorder_flush(struct tf_recorder *recorder)
{
	size_t size = tf_buf_size(&recorder->pending), done;

	if (recorder->error || size == 0)
		return recorder->error;
	recorder->error =
		tf_io_write_all(recorder->fd, tf_buf_data(&recorder->pending), size, &done);
	if (recorder->error)
		cut_back(recorder, done);
	else
		recorder->written += size;
	tf_buf_consume(&recorder->pending, size);
	return recorder->error;
}

int tf_recorder_add(struct tf_recorder *recorder, const void *event, size_t size)
{
	if (recorder->error)
		return recorder->error;
	recorder->error = tf_buf_add(&recorder->pending, event, size);
	if (recorder->error)
		return recorder->error;
	return tf_buf_size(&recorder->pending) < BATCH ? 0 : tf_recorder_flush(recorder);
}

uint64_t tf_recorder_size(const struct tf_recorder *recorder)
{
	return recorder->written + (recorder->error ? 0 : tf_buf_size(&recorder->pending));
}

int tf_recorder_close(struct tf_recorder *recorder)
{
	int r;

	if (!recorder)
		return 0;
	r = tf_recorder_flush(recorder);
	if (r == 0 && recorder->regular && fsync(recorder->fd))
		r = -errno;
	if (close(TF_TAKE_FD(recorder->fd)) && r == 0)
		r = -errno;
	recorder_free(recorder);
	return r;
}
