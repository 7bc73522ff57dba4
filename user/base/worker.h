/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * reader.h - a read that may take long, made by a thread while its owner goes on
 *
 * For files of the kernel whose read() does work, of which nobody can tell how much: it may search a table for
 * the next object, or sleep for a lock, uninterruptibly. The bytes themselves are dropped.
 */
#ifndef TCPFATE_BASE_READER_H
#define TCPFATE_BASE_READER_H

#include <stdbool.h>
#include <stddef.h>

struct tf_reader;

/* A thread that waits for work, with every signal blocked. Returns 0 or a negative errno, @ret_reader
 * untouched then. Owned by the caller: tf_reader_free(). */
int tf_reader_new(struct tf_reader **ret_reader);

/* Ends the thread. A read that is under way is given TF_READER_LAST_MS; one that takes longer is left
 * to the end of the process, and so is the memory. NULL is allowed. */
#define TF_READER_LAST_MS 1000
void tf_reader_free(struct tf_reader *reader);

/* Begins to read @n bytes of @fd, which stays open and untouched until the read has ended. None is under way. */
void tf_reader_begin(struct tf_reader *reader, int fd, size_t n);

/* Waits for the read, @ms milliseconds at most (0: does not). False: it goes on. True: it has ended, and
 * @ret_result says what tf_io_drop() returned. */
bool tf_reader_wait(struct tf_reader *reader, int ms, int *ret_result);

/* Whether a read is under way, or its end not yet taken by tf_reader_wait(). */
bool tf_reader_busy(const struct tf_reader *reader);

/* To be polled: can be read when the read has ended, until tf_reader_wait() has said so. The reader's. */
int tf_reader_fd(const struct tf_reader *reader);

#endif
