// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * output.c - see output.h
 */
#include "sink/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/units.h"

#define MAX_PENDING_DEFAULT (4u << 20)
#define BATCH (64u << 10) /* a full batch is written at once */
#define KEPT (1u << 20)	  /* memory that is kept when everything is written */

/* How a write is kept from blocking. */
enum write_mode {
	WRITE_PLAIN,	/* not at all: regular files, devices */
	WRITE_NONBLOCK, /* our own description, O_NONBLOCK */
	WRITE_SOCKET,	/* MSG_DONTWAIT */
	WRITE_POLL,	/* poll(), then PIPE_BUF at a time */
};

struct tf_output {
	int fd;	    /* as given */
	int own_fd; /* WRITE_NONBLOCK: opened anew; else -1 */
	unsigned int flags;
	enum write_mode mode;
	struct tf_buf pending;
	size_t max_pending;
	size_t write_at; /* write unasked when this much waits: not one try for each line while
			  * the reader takes none */
	uint64_t lost, lost_taken;
	int error; /* lasting: 0 or negative errno */
};

static int open_again(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void choose_mode(struct tf_output *out, const struct stat *st)
{
	out->mode = WRITE_PLAIN;
	if (S_ISSOCK(st->st_mode)) {
		out->mode = WRITE_SOCKET;
	} else if (S_ISFIFO(st->st_mode) || isatty(out->fd)) {
		out->own_fd = open_again(out->fd);
		out->mode = out->own_fd >= 0 ? WRITE_NONBLOCK : WRITE_POLL;
	}
}

int tf_output_new(int fd, unsigned int flags, size_t max_pending, struct tf_output **ret_out)
{
	struct tf_output *out;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	out = calloc(1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	out->fd = fd;
	out->own_fd = -1;
	out->flags = flags;
	out->max_pending = max_pending ? max_pending : MAX_PENDING_DEFAULT;
	out->write_at = BATCH;
	choose_mode(out, &st);
	*ret_out = out;
	return 0;
}

static int write_fd(const struct tf_output *out)
{
	return out->own_fd >= 0 ? out->own_fd : out->fd;
}

/* Waits up to @wait_ms (-1: forever) until the reader takes more. 1: it does; 0: timeout. */
static int wait_writable(const struct tf_output *out, int wait_ms)
{
	struct pollfd pfd = {.fd = write_fd(out), .events = POLLOUT};
	int r;

	do
		r = poll(&pfd, 1, wait_ms);
	while (r < 0 && errno == EINTR && wait_ms < 0);
	return r > 0;
}

/* One write of the pending lines. Returns bytes written, 0 when the reader takes none, or a
 * negative errno. */
static ssize_t write_some(struct tf_output *out)
{
	size_t size = tf_buf_size(&out->pending);
	const char *data = tf_buf_data(&out->pending);
	ssize_t n;

	if (out->mode == WRITE_POLL) {
		if (!wait_writable(out, 0))
			return 0;
		size = size < PIPE_BUF ? size : PIPE_BUF;
	}
	if (out->mode == WRITE_SOCKET)
		n = send(out->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = write(write_fd(out), data, size);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return -errno;
}

static void write_until_full(struct tf_output *out)
{
	while (!out->error && tf_buf_size(&out->pending)) {
		ssize_t n = write_some(out);

		if (n < 0)
			out->error = (int)n;
		else if (n > 0)
			tf_buf_consume(&out->pending, (size_t)n);
		else if (!(out->flags & TF_OUTPUT_LOSSLESS))
			return;
		else
			wait_writable(out, -1);
	}
}

static void write_pending(struct tf_output *out)
{
	write_until_full(out);
	if (out->error)
		tf_buf_free(&out->pending);
	out->write_at = tf_buf_size(&out->pending) + BATCH;
}

char *tf_output_begin(struct tf_output *out, size_t max, unsigned int lines)
{
	char *at;

	if (out->error)
		return NULL;
	if (tf_buf_size(&out->pending) + max > out->max_pending ||
	    tf_buf_reserve(&out->pending, max, &at)) {
		out->lost += lines;
		return NULL;
	}
	return at;
}

void tf_output_end(struct tf_output *out, const char *end)
{
	tf_buf_written(&out->pending, end);
	if (tf_buf_size(&out->pending) >= out->write_at)
		write_pending(out);
}

/* Memory held for a slow reader that has caught up goes to the system, not only to malloc(). */
static void give_back(struct tf_output *out)
{
	if (tf_buf_size(&out->pending) || out->pending.cap <= KEPT)
		return;
	tf_buf_free(&out->pending);
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

int tf_output_flush(struct tf_output *out)
{
	write_pending(out);
	give_back(out);
	return out->error;
}

int tf_output_waiting(const struct tf_output *out)
{
	return tf_buf_size(&out->pending) ? write_fd(out) : -1;
}

uint64_t tf_output_lost(const struct tf_output *out)
{
	return out->lost;
}

uint64_t tf_output_take_lost(struct tf_output *out)
{
	uint64_t n = out->lost - out->lost_taken;

	if (tf_buf_size(&out->pending) > out->max_pending / 2)
		return 0;
	out->lost_taken = out->lost;
	return n;
}

int tf_output_close(struct tf_output *out, int wait_ms)
{
	uint64_t deadline = tf_clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
	int r;

	if (!out)
		return 0;
	write_pending(out);
	while (tf_buf_size(&out->pending)) {
		uint64_t now = tf_clock_monotonic_ns();

		if (now >= deadline)
			break;
		wait_writable(out, (int)((deadline - now) / NS_PER_MS) + 1);
		write_pending(out);
	}
	r = out->error ? out->error : tf_buf_size(&out->pending) ? -ETIMEDOUT : 0;
	tf_io_closep(&out->own_fd);
	if (out->flags & TF_OUTPUT_OWN_FD)
		tf_io_closep(&out->fd);
	tf_buf_free(&out->pending);
	free(out);
	return r;
}
