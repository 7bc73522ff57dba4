/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * recorder.h - the ring buffer's bytes into a file (format: core/stream/recording.h)
 *
 * Stands in front of decode, so that a recording holds what came, not what was understood. Written
 * straight to the file that was named, so that it can be read while it grows and survives a crash;
 * at every moment between two flushes the file ends with a whole record.
 *
 * A recording is evidence: an existing regular file is not overwritten unless that is asked for.
 * Devices, pipes and sockets are written as they are; their reader may make us wait, and what the
 * kernel then has no room for is counted as lost in the ring.
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
 * negative errno of open() or write(), then a file that was created is gone again. */
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

/* Flushes, waits for the disk, closes, frees. Returns 0 or the lasting error, which may be one that
 * only the disk could tell (fsync()). NULL is allowed: 0. */
int tf_recorder_close(struct tf_recorder *recorder);

#endif
