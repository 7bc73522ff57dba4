/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scans.h - when the live run scans all sockets, between the events of the ring
 *
 * The first scan begins at once, further ones every --scan-interval. The pause after a scan is
 * at least TF_SCANS_REST times as long as the scan, so that scans take 2 % of a core at most.
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

/* The iterators of @loader, which must outlive their users. */
struct tf_scanner_iterators tf_scans_iterators(const struct tf_loader *loader);

/* Prepares scans with the iterators of @loader into @stream (both borrowed), as @options say.
 * Cannot fail: where scans do not work there are none, and a message on stderr has said so. */
void tf_scans_open(struct tf_scans *scans, const struct tf_options *options,
		   const struct tf_loader *loader, struct tf_stream *stream);
void tf_scans_free(struct tf_scans *scans);

/* Passes an event of the ring to the scan. True: it is a result of the scan and not an event of
 * a connection. */
bool tf_scans_saw(struct tf_scans *scans, const struct tf_event *ev);

/* Whether a scan is running: then call tf_scans_turn() again at once. */
bool tf_scans_busy(const struct tf_scans *scans);

/* Whether a running scan waits for its worker thread: then call tf_scans_turn() when
 * tf_scans_fd() is readable. The descriptor may be polled at any time; -1: none. */
bool tf_scans_waits(const struct tf_scans *scans);
int tf_scans_fd(const struct tf_scans *scans);

/* When the next scan is due (CLOCK_BOOTTIME); UINT64_MAX: never, or one is running. */
uint64_t tf_scans_due(const struct tf_scans *scans);

/* Continues the scan, or begins one that is due. Call it only after a drain that emptied the
 * ring; @time_ns was read before that drain. Returns 1 when a scan has ended, 0, or a negative
 * errno as tf_scanner_step() does. */
int tf_scans_turn(struct tf_scans *scans, uint64_t time_ns);

#endif
