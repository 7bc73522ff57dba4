/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * buf.h - bytes that arrive at one end and leave at the other
 *
 * A flat buffer: what was added and not yet consumed stands in one piece, aligned to 8 bytes as
 * long as it is consumed in multiples of 8. Writers that know a bound of what they will write
 * reserve it once and then write without a check for each byte:
 *
 *	char *at;
 *	r = tf_buf_reserve(&buf, MAX, &at);
 *	...
 *	tf_buf_written(&buf, tf_fmt_u64(at, n));
 *
 * A zeroed struct is an empty buffer. Memory only grows; tf_buf_free() gives it back.
 */
#ifndef TCPFATE_BASE_BUF_H
#define TCPFATE_BASE_BUF_H

#include <stddef.h>

struct tf_buf {
	char *data;  /* owned */
	size_t head; /* consumed up to here */
	size_t len;  /* filled up to here */
	size_t cap;
};

/* Bytes added and not consumed, and where they begin (valid until the next call on @buf). */
static inline size_t tf_buf_size(const struct tf_buf *buf)
{
	return buf->len - buf->head;
}

static inline char *tf_buf_data(const struct tf_buf *buf)
{
	return buf->data + buf->head;
}

/* Makes room for @size more bytes and says where they go. Returns 0 or -ENOMEM, then @buf and
 * @ret_at are as they were. May move the data. */
int tf_buf_reserve(struct tf_buf *buf, size_t size, char **ret_at);

/* The bytes up to @end, within the room that the last tf_buf_reserve() gave, now count. */
static inline void tf_buf_written(struct tf_buf *buf, const char *end)
{
	buf->len = (size_t)(end - buf->data);
}

/* Adds a copy of @size bytes. Returns 0 or -ENOMEM, then nothing was added. */
int tf_buf_add(struct tf_buf *buf, const void *bytes, size_t size);

/* Removes the first @size bytes (at most what is there). Keeps the memory. */
void tf_buf_consume(struct tf_buf *buf, size_t size);

/* Frees the memory; @buf is an empty buffer again. Fit for TF_CLEANUP. */
void tf_buf_free(struct tf_buf *buf);

#endif
