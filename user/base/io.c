// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * io.c - see io.h
 */
#include "base/io.h"

#include <errno.h>

int tf_io_write_all(int fd, const void *bytes, size_t size, size_t *ret_written)
{
	const char *p = bytes;
	size_t done = 0;
	int r = 0;

	while (done < size && r == 0) {
		ssize_t n = write(fd, p + done, size - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			r = -EIO;
		else if (errno != EINTR)
			r = -errno;
	}
	if (ret_written)
		*ret_written = done;
	return r;
}

ssize_t tf_io_read(int fd, void *bytes, size_t size)
{
	ssize_t n;

	do
		n = read(fd, bytes, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int tf_io_drop(int fd, size_t n)
{
	char bytes[4096];
	ssize_t r = 1;

	for (size_t have = 0; r > 0 && have < n; have += (size_t)r)
		r = tf_io_read(fd, bytes, n - have < sizeof(bytes) ? n - have : sizeof(bytes));
	return r > 0 ? 1 : (int)r;
}

void tf_io_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}
