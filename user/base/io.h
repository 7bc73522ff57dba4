/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * io.h - reads and writes that finish what they began
 *
 * The one part of base/ that makes system calls; the pure core must not use it.
 */
#ifndef TCPFATE_BASE_IO_H
#define TCPFATE_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

/* Writes all of @size bytes to @fd, through partial writes and signals. Returns 0 or a negative
 * errno (-ENOSPC, -EPIPE, -EAGAIN...). @ret_written, set in either case, says how many bytes went
 * out; it may be NULL. A write that returns 0 is taken for -EIO. */
int tf_io_write_all(int fd, const void *bytes, size_t size, size_t *ret_written);

/* One read() through signals: the number of bytes, 0 at the end of the file, or a negative
 * errno. */
ssize_t tf_io_read(int fd, void *bytes, size_t size);

/* Reads @n bytes and drops them. Returns 1; 0: the file ended before; or a negative errno. */
int tf_io_drop(int fd, size_t n);

/* Release function for a descriptor that a TF_CLEANUP local owns; -1 is none. Keeps errno. */
void tf_io_closep(int *fd);

#endif
