/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * recorder.h - the ring buffer's bytes into a file (format: core/stream/recording.h)
 *
 * Stands before decode, so a recording holds every event as it came, understood or not. The named
 * file is written directly: it can be read while it grows and survives a crash. Between two flushes
 * it always ends with a whole record.
 *
 * A recording is evidence: an existing regular file is overwritten only on request. Devices, pipes
 * and sockets are written as they are; a slow reader may make us wait, and events that the kernel
 * has no room for meanwhile count as lost in the ring.
 */
#ifndef TCPFATE_SINK_RECORDER_H
#define TCPFATE_SINK_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/stream/run_info.h"

struct tf_recorder;

/* Creates @path (mode 0644 less the umask) and writes the header for @info. @replace: an existing
 * file is emptied first. Returns 0; -EEXIST when there is a regular file and not @replace; another
 * negative errno of open() or write(); a file that was created is removed then. */
int tf_recorder_open(const char *path, const struct tf_run_info *info, bool replace,
		     struct tf_recorder **ret_recorder);

/* Adds the record @event of @size bytes (its own `size`). Returns 0, or the lasting error: after
 * the first failed write (-ENOSPC, -EIO, -EPIPE...) nothing more is written, and the file was cut
 * back to its last whole record. */
int tf_recorder_add(struct tf_recorder *recorder, const void *event, size_t size);

/* Writes what is buffered. Returns as tf_recorder_add(). */
int tf_recorder_flush(struct tf_recorder *recorder);

/* Bytes in the file: header and whole records. */
uint64_t tf_recorder_size(const struct tf_recorder *recorder);

/* Flushes, waits for the disk, closes, frees. Returns 0 or the lasting error, which may be
 * fsync()'s. NULL is allowed: 0. */
int tf_recorder_close(struct tf_recorder *recorder);

#endif
