// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scans.c - see scans.h
 */
#include "cli/scans.h"

#include <string.h>

#include "cli/say.h"

static void take_record(void *ctx, const void *record, size_t size)
{
	tf_stream_take(ctx, record, size);
}

static int open_iterator(const void *loader, enum tf_hook hook)
{
	return tf_loader_iterate(loader, hook);
}

struct tf_scanner_iterators tf_scans_iterators(const struct tf_loader *loader)
{
	return (struct tf_scanner_iterators){
		.open = open_iterator,
		.ctx = loader,
		.sockets = tf_loader_has(loader, TF_HOOK_SOCKETS),
		.holders = tf_loader_has(loader, TF_HOOK_HOLDERS),
		.cookies = tf_loader_probe(loader)->cookies,
		.ring_bytes = tf_loader_ring_bytes(loader),
		.wake = tf_loader_wake(loader),
	};
}

void tf_scans_open(struct tf_scans *scans, const struct tf_options *options,
		   const struct tf_loader *loader, struct tf_stream *stream)
{
	const struct tf_scanner_options scanner = {
		.iterators = tf_scans_iterators(loader),
		.filter = &options->filter,
		.emit = take_record,
		.ctx = stream,
	};
	int err;

	*scans = (struct tf_scans){.stream = stream, .interval_ns = options->scan_interval_ns};
	if (!scans->interval_ns)
		return;
	err = tf_scanner_new(&scanner, &scans->scanner);
	if (err)
		tf_say("cannot scan the sockets that are open already: %s; is /proc mounted?",
		       strerror(-err));
}

void tf_scans_free(struct tf_scans *scans)
{
	tf_scanner_free(scans->scanner);
	*scans = (struct tf_scans){};
}

bool tf_scans_saw(struct tf_scans *scans, const struct tf_event *ev)
{
	if (scans->scanner)
		tf_scanner_saw(scans->scanner, ev);
	return ev->kind == TF_EV_SOCK || ev->kind == TF_EV_MINISOCK || ev->kind == TF_EV_HOLDER;
}

bool tf_scans_busy(const struct tf_scans *scans)
{
	return scans->scanner && tf_scanner_busy(scans->scanner);
}

bool tf_scans_waits(const struct tf_scans *scans)
{
	return scans->scanner && tf_scanner_waits(scans->scanner);
}

int tf_scans_fd(const struct tf_scans *scans)
{
	return scans->scanner ? tf_scanner_fd(scans->scanner) : -1;
}

uint64_t tf_scans_due(const struct tf_scans *scans)
{
	return scans->scanner && !tf_scanner_busy(scans->scanner) ? scans->due_ns : UINT64_MAX;
}

static void plan_next(struct tf_scans *scans, uint64_t time_ns)
{
	uint64_t rested = time_ns + TF_SCANS_REST * tf_scanner_took_ns(scans->scanner);

	scans->due_ns = scans->begun_ns + scans->interval_ns;
	if (scans->due_ns < rested)
		scans->due_ns = rested;
}

int tf_scans_turn(struct tf_scans *scans, uint64_t time_ns)
{
	int r;

	if (tf_scans_due(scans) <= time_ns) {
		scans->begun_ns = time_ns;
		tf_scanner_begin(scans->scanner);
	}
	if (!tf_scans_busy(scans))
		return 0;
	r = tf_scanner_step(scans->scanner, time_ns);
	if (r)
		return r < 0 ? r : 0;
	plan_next(scans, time_ns);
	return 1;
}
