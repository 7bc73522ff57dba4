/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * walks.h - when the live run walks over all sockets, and how that fits between its events
 *
 * The first round begins at once, further ones each --walk-interval. However long a round takes, the pause
 * after it is TF_WALKS_REST times as long: walks take 2 % of a core at most.
 */
#ifndef TCPFATE_CLI_WALKS_H
#define TCPFATE_CLI_WALKS_H

#include "cli/stream.h"
#include "kernel/walk.h"

#define TF_WALKS_REST 50

/* Zeroed: no walks. */
struct tf_walks {
	struct tf_walker *walker; /* owned; NULL: no walks */
	struct tf_stream *stream; /* borrowed */
	uint64_t interval_ns;
	uint64_t due_ns; /* when the next round may begin */
	uint64_t begun_ns;
};

/* Walks over what @loader attached, into @stream (both borrowed), as @options say. Cannot fail: a host on
 * which it does not work has no walks, which has been said then. */
void tf_walks_open(struct tf_walks *walks, const struct tf_options *options,
		   const struct tf_loader *loader, struct tf_stream *stream);
void tf_walks_free(struct tf_walks *walks);

/* Shows it a record of the ring. True: it is a walk's own, and tells of nothing that happened. */
bool tf_walks_saw(struct tf_walks *walks, const struct tf_event *ev);

/* Whether a round is under way: then come again at once. */
bool tf_walks_busy(const struct tf_walks *walks);

/* ... unless a thread is at work for it: then when tf_walks_fd() can be read, which may be polled any time;
 * -1: there is none. */
bool tf_walks_waits(const struct tf_walks *walks);
int tf_walks_fd(const struct tf_walks *walks);

/* When the next round is due (CLOCK_BOOTTIME); UINT64_MAX: never, or it is under way. */
uint64_t tf_walks_due(const struct tf_walks *walks);

/* Goes on with the round, or begins one that is due. Only after a drain that emptied the ring; @time_ns was
 * read before it. Returns 1 when a round has ended, 0, or a negative errno as tf_walker_step() does. */
int tf_walks_turn(struct tf_walks *walks, uint64_t time_ns);

#endif
