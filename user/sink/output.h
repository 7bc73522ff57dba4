/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * output.h - a descriptor that takes lines and never blocks the loop
 *
 * Lines are collected and written in batches. A slow reader has this effect:
 *
 *  - a regular file or a device is written at once, whole; the kernel may make us wait for a disk.
 *  - a pipe, socket or terminal is never waited for (unless TF_OUTPUT_LOSSLESS). Lines that it does
 *    not take are kept in memory, up to 4 MiB (option); beyond that whole new lines are dropped and
 *    counted. A reader that comes back gets unbroken lines.
 *
 * A descriptor that tcpfate inherits is shared with the shell, so its O_NONBLOCK flag must stay as
 * it is. A pipe or terminal is opened anew through /proc/self/fd, which gives a private open file
 * description; a socket is written with MSG_DONTWAIT. Where that fails (no /proc, no permission),
 * poll() and writes of at most PIPE_BUF bytes are the next best: on a pipe they block only if
 * another process fills it at that very moment.
 *
 * The caller must ignore SIGPIPE.
 */
#ifndef TCPFATE_SINK_OUTPUT_H
#define TCPFATE_SINK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tf_output;

enum tf_output_flag {
	TF_OUTPUT_LOSSLESS = 1 << 0, /* wait for a slow reader: replay, which has time */
	TF_OUTPUT_OWN_FD = 1 << 1,   /* close the descriptor at the end */
};

/* An output on @fd with enum tf_output_flag @flags, which holds at most @max_pending bytes for a
 * slow reader (0: 4 MiB). Returns 0 or -ENOMEM or fstat()'s error, then @fd stays the caller's. */
int tf_output_new(int fd, unsigned int flags, size_t max_pending, struct tf_output **ret_out);

/* Room for one line, or several that belong together, of at most @max bytes. NULL: there is no room
 * (@lines lines are counted as lost), or the output has failed. */
char *tf_output_begin(struct tf_output *out, size_t max, unsigned int lines);

/* Ends the line or lines begun last at @end, behind their '\n'. Writes a batch when it is full. */
void tf_output_end(struct tf_output *out, const char *end);

/* Writes as much as the reader takes now. Returns 0 (also when some of it must wait), or the
 * lasting error, the same each time: -EPIPE when the reader has gone, else the error of write(). */
int tf_output_flush(struct tf_output *out);

/* The descriptor to poll for POLLOUT, or -1 when nothing waits. */
int tf_output_waiting(const struct tf_output *out);

/* Lines dropped so far. */
uint64_t tf_output_lost(const struct tf_output *out);

/* Lines dropped since the last call, for tf_core_sink_lost(). 0 as long as there is no room for the
 * gap record that reports them, or it would be dropped too. */
uint64_t tf_output_take_lost(struct tf_output *out);

/* Waits up to @wait_ms for a slow reader, then frees everything; lines that are left are dropped
 * (the last one may be cut). Returns tf_output_flush()'s error, or -ETIMEDOUT when lines were left.
 * NULL is allowed: 0. */
int tf_output_close(struct tf_output *out, int wait_ms);

#endif
