// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * buf.c - see buf.h. Consumed room is reused only when the tail has run out, by one move: a buffer
 * that is emptied as fast as it is filled never moves anything.
 */
#include "base/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAP_MIN 4096

/* Makes room for @size more bytes: a larger block, without the bytes that were taken out. */
static int grow(struct tf_buf *buf, size_t size)
{
	size_t need = tf_buf_size(buf) + size;
	size_t cap = buf->cap ? buf->cap : CAP_MIN;
	char *data;

	while (cap < need)
		cap *= 2;
	data = malloc(cap);
	if (!data)
		return -ENOMEM;
	if (buf->data)
		memcpy(data, tf_buf_data(buf), tf_buf_size(buf));
	free(buf->data);
	buf->len = tf_buf_size(buf);
	buf->head = 0;
	buf->data = data;
	buf->cap = cap;
	return 0;
}

static void compact(struct tf_buf *buf)
{
	memmove(buf->data, tf_buf_data(buf), tf_buf_size(buf));
	buf->len = tf_buf_size(buf);
	buf->head = 0;
}

int tf_buf_reserve(struct tf_buf *buf, size_t size, char **ret_at)
{
	if (size > SIZE_MAX / 4 - tf_buf_size(buf))
		return -ENOMEM;
	if (!buf->data || size > buf->cap - buf->len) {
		/* Moving less than half of the buffer pays for itself; else it must grow. */
		if (buf->data && size + tf_buf_size(buf) <= buf->cap && buf->head >= buf->cap / 2)
			compact(buf);
		else if (grow(buf, size))
			return -ENOMEM;
	}
	*ret_at = buf->data + buf->len;
	return 0;
}

int tf_buf_add(struct tf_buf *buf, const void *bytes, size_t size)
{
	char *at;

	if (size == 0)
		return 0;
	if (tf_buf_reserve(buf, size, &at))
		return -ENOMEM;
	memcpy(at, bytes, size);
	buf->len += size;
	return 0;
}

void tf_buf_consume(struct tf_buf *buf, size_t size)
{
	if (size > tf_buf_size(buf))
		size = tf_buf_size(buf);
	buf->head += size;
	if (buf->head == buf->len)
		buf->head = buf->len = 0;
}

void tf_buf_free(struct tf_buf *buf)
{
	free(buf->data);
	*buf = (struct tf_buf){0};
}
