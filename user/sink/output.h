/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * output.h - a descriptor that takes lines and cannot stop us
 *
 * Lines are collected and written in batches. What happens when the other end is slow depends on
 * what the descriptor is:
 *
 *  - a regular file or a device: written at once, whole. The kernel may make us wait for a disk.
 *  - a pipe, socket or terminal: never waited for (unless TF_OUTPUT_LOSSLESS). What it does not take
 *    waits in memory, up to 4 MiB (option); beyond that whole new lines are dropped and counted. A
 *    reader that comes back gets every line that it gets unbroken.
 *
 * A descriptor that we were given is shared with the shell and our siblings, so its O_NONBLOCK flag
 * is not ours to set. A pipe or terminal is opened anew through /proc/self/fd, which gives an open
 * file description of our own; a socket is written with MSG_DONTWAIT. Where that cannot be done (no
 * /proc, no right to it), poll() and writes of at most PIPE_BUF bytes are the next best: on a pipe
 * they can only block if another process fills it at that very moment.
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
	TF_OUTPUT_LOSSLESS = 1 << 0, /* wait for a slow reader: replay, whose time is not real */
	TF_OUTPUT_OWN_FD = 1 << 1,   /* close the descriptor at the end */
};

/* An output on @fd with enum tf_output_flag @flags, which holds at most @max_pending bytes for a
 * slow reader (0: 4 MiB). Returns 0 or -ENOMEM or fstat()'s error, then @fd stays the caller's. */
int tf_output_new(int fd, unsigned int flags, size_t max_pending, struct tf_output **ret_out);

/* Room for one line, or several that belong together, of at most @max bytes; NULL when there is
 * none (counted as @lines lost lines) or the output has failed. */
char *tf_output_begin(struct tf_output *out, size_t max, unsigned int lines);

/* The line or lines begun last end at @end (with their '\n'). Writes when much has gathered. */
void tf_output_end(struct tf_output *out, const char *end);

/* Writes what the reader takes now. Returns 0 (also when some of it must wait), or the lasting
 * error, the same each time: -EPIPE: the reader has gone; -ENOSPC...: as write() says. */
int tf_output_flush(struct tf_output *out);

/* The descriptor to poll for POLLOUT, or -1 when nothing waits. */
int tf_output_waiting(const struct tf_output *out);

/* Lines dropped so far. */
uint64_t tf_output_lost(const struct tf_output *out);

/* Lines dropped since the last call, for tf_core_sink_lost(); 0 as long as there is no room to say
 * so, because a word about lost lines must not be the next to be lost. */
uint64_t tf_output_take_lost(struct tf_output *out);

/* Gives a slow reader up to @wait_ms to take what still waits, then frees everything; what is left
 * is dropped (the last line may be cut). Returns tf_output_flush()'s error, or -ETIMEDOUT when
 * something was left. NULL is allowed: 0. */
int tf_output_close(struct tf_output *out, int wait_ms);

#endif
