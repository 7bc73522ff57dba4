// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * mounts.c - see mounts.h
 */
#include "scan/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"

#define PIECE 32768

int tf_mounts_namespace(const char *text, const char *type, uint32_t *ret)
{
	size_t size = strlen(type);
	unsigned long long number;
	char *end;

	if (strncmp(text, type, size) != 0 || strncmp(text + size, ":[", 2) != 0)
		return -EINVAL;
	text += size + 2;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || number > UINT32_MAX || strcmp(end, "]") != 0)
		return -EINVAL;
	*ret = (uint32_t)number;
	return 0;
}

static int parse_octal(const char *at)
{
	int value = 0;

	for (int i = 0; i < 3; i++) {
		if (at[i] < '0' || at[i] > '7')
			return -1;
		value = 8 * value + at[i] - '0';
	}
	return value < 256 ? value : -1;
}

/* In place. The kernel writes blanks, newlines and backslashes as \040 and the like. */
static void unescape_mount(char *text)
{
	char *to = text;

	for (; *text; text++) {
		int byte = *text == '\\' ? parse_octal(text + 1) : -1;

		*to++ = byte > 0 ? (char)byte : *text;
		if (byte > 0)
			text += 3;
	}
	*to = '\0';
}

int tf_mounts_line(char *line, uint32_t *ret_inode, char **ret_path)
{
	char *word[5];
	uint32_t inode;

	for (int i = 0; i < 5; i++) {
		word[i] = strsep(&line, " ");
		if (!word[i])
			return -EINVAL;
	}
	if (!line || !strstr(line, " - nsfs ") || tf_mounts_namespace(word[3], "net", &inode))
		return -EINVAL;
	unescape_mount(word[4]);
	*ret_inode = inode;
	*ret_path = word[4];
	return 0;
}

/* Consumes the complete lines of @buf. */
static void take_lines(struct tf_buf *buf, tf_mounts_fn fn, void *ctx)
{
	char *line, *end, *path;
	uint32_t inode;

	for (;;) {
		line = tf_buf_data(buf);
		end = tf_buf_size(buf) ? memchr(line, '\n', tf_buf_size(buf)) : NULL;
		if (!end)
			return;
		*end = '\0';
		if (!tf_mounts_line(line, &inode, &path))
			fn(ctx, inode, path);
		tf_buf_consume(buf, (size_t)(end - line) + 1);
	}
}

long tf_mounts_read(const char *path, size_t max, tf_mounts_fn fn, void *ctx)
{
	TF_CLEANUP(tf_io_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {};
	size_t total = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && total < max) {
		char *at;

		if (tf_buf_reserve(&buf, PIECE, &at))
			return -ENOMEM;
		n = tf_io_read(fd, at, PIECE);
		if (n > 0) {
			tf_buf_written(&buf, at + n);
			total += (size_t)n;
			take_lines(&buf, fn, ctx);
		}
	}
	return n < 0 ? n : (long)total;
}
