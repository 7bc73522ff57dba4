/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scans.h - when the live run scans over all sockets, and how that fits between its events
 *
 * The first scan begins at once, further ones each --scan-interval. However long a scan takes, the pause
 * after it is TF_SCANS_REST times as long: scans take 2 % of a core at most.
 */
#ifndef TCPFATE_CLI_SCANS_H
#define TCPFATE_CLI_SCANS_H

#include "cli/stream.h"
#include "kernel/loader.h"
#include "scan/scanner.h"

#define TF_SCANS_REST 50

/* Zeroed: no scans. */
struct tf_scans {
	struct tf_scanner *scanner; /* owned; NULL: no scans */
	struct tf_stream *stream;   /* borrowed */
	uint64_t interval_ns;
	uint64_t due_ns; /* when the next scan may begin */
	uint64_t begun_ns;
};

/* The iterators of @loader, which must outlive what uses them. */
struct tf_scanner_iterators tf_scans_iterators(const struct tf_loader *loader);

/* Scans over what @loader attached, into @stream (both borrowed), as @options say. Cannot fail: a host on
 * which it does not work has no scans, which has been said then. */
void tf_scans_open(struct tf_scans *scans, const struct tf_options *options,
		   const struct tf_loader *loader, struct tf_stream *stream);
void tf_scans_free(struct tf_scans *scans);

/* Shows it a record of the ring. True: it is a scan's own, and tells of nothing that happened. */
bool tf_scans_saw(struct tf_scans *scans, const struct tf_event *ev);

/* Whether a scan is under way: then come again at once. */
bool tf_scans_busy(const struct tf_scans *scans);

/* ... unless a thread is at work for it: then when tf_scans_fd() can be read, which may be polled any time;
 * -1: there is none. */
bool tf_scans_waits(const struct tf_scans *scans);
int tf_scans_fd(const struct tf_scans *scans);

/* When the next scan is due (CLOCK_BOOTTIME); UINT64_MAX: never, or it is under way. */
uint64_t tf_scans_due(const struct tf_scans *scans);

/* Goes on with the scan, or begins one that is due. Only after a drain that emptied the ring; @time_ns was
 * read before it. Returns 1 when a scan has ended, 0, or a negative errno as tf_scanner_step() does. */
int tf_scans_turn(struct tf_scans *scans, uint64_t time_ns);

#endif
