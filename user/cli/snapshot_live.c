// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_live.c - see snapshot_live.h
 */
#include "cli/snapshot_live.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/say.h"
#include "cli/scans.h"
#include "cli/version.h"
#include "enrich/names.h"
#include "kernel/loader.h"
#include "kernel/ring.h"
#include "scan/scanner.h"

struct snapshot_live {
	struct tf_scanned *scanned; /* borrowed */
	struct tf_filter filter;
	struct tf_loader *loader; /* owned, and so is what follows */
	struct tf_ring *ring;
	struct tf_scanner *scanner;
	struct tf_names *names;
};

static void live_free(struct snapshot_live *live)
{
	tf_names_free(live->names);
	tf_scanner_free(live->scanner);
	tf_ring_free(live->ring);
	tf_loader_free(live->loader);
}

/* The filters for the kernel. A listener has no remote port, and its wildcard address is in no
 * network, yet it decides the role of the connections that it accepted; and a scan knows owners
 * only after it has seen the holders. */
static void kernel_filter(struct tf_filter *filter, const struct tf_filter *wanted)
{
	tf_filter_init(filter);
	filter->lport = wanted->lport;
	filter->n_netns = wanted->n_netns;
	memcpy(filter->netns, wanted->netns, sizeof(filter->netns));
	filter->n_cgroups = wanted->n_cgroups;
	memcpy(filter->cgroups, wanted->cgroups, sizeof(filter->cgroups));
}

/* Takes an event that the scanner made itself. */
static void take_record(void *ctx, const void *record, size_t size)
{
	struct snapshot_live *live = ctx;
	struct tf_ev_cgroup cgroup;

	while (tf_names_note(live->names, record, &cgroup))
		tf_scanned_take(live->scanned, &cgroup, sizeof(cgroup));
	tf_scanned_take(live->scanned, record, size);
}

static void take_from_ring(void *ctx, const void *record, size_t size)
{
	struct snapshot_live *live = ctx;

	tf_scanner_saw(live->scanner, record);
	take_record(ctx, record, size);
}

/* Attaches the iterators and no other hook. Returns an exit status. */
static int attach_iterators(struct snapshot_live *live, const struct tf_options *options,
			    struct tf_run_info *ret_info)
{
	const struct tf_loader_options loader = {
		.filter = &live->filter,
		.debug = options->debug,
		.scan_only = true,
		.without = options->without,
	};
	struct tf_trouble trouble;
	int err = tf_loader_open(&loader, ret_info, &live->loader, &trouble);

	if (!err)
		return TF_EXIT_OK;
	tf_say("%s", trouble.text);
	return err == -ENOMEM ? TF_EXIT_FAILED : TF_EXIT_HOST;
}

/* Opens the ring, the names of cgroups and the scanner. 0 or a negative errno. */
static int set_up_scan(struct snapshot_live *live)
{
	const struct tf_scanner_options scanner = {
		.iterators = tf_scans_iterators(live->loader),
		.filter = &live->filter,
		.alone = true,
		.emit = take_record,
		.ctx = live,
	};
	int err = tf_ring_new(tf_loader_ring_fd(live->loader), tf_loader_wake(live->loader),
			      take_from_ring, live, &live->ring);

	if (!err)
		err = tf_names_new(NULL, &live->names);
	return err ? err : tf_scanner_new(&scanner, &live->scanner);
}

/* Runs the whole scan. Nothing else writes into the ring, so one drain empties it. */
static int scan_once(struct snapshot_live *live)
{
	struct pollfd end = {.fd = tf_scanner_fd(live->scanner), .events = POLLIN};
	bool empty;
	int r;

	tf_scanner_begin(live->scanner);
	do {
		uint64_t time_ns = tf_clock_boot_ns();

		r = tf_ring_drain(live->ring, UINT32_MAX, UINT64_MAX, &empty);
		if (r >= 0)
			r = tf_scanner_step(live->scanner, time_ns);
		if (r > 0 && tf_scanner_waits(live->scanner))
			poll(&end, 1, -1);
	} while (r > 0);
	return r;
}

int tf_snapshot_live_read(const struct tf_options *options, struct tf_scanned *scanned,
			  struct tf_run_info *ret_info)
{
	TF_CLEANUP(live_free) struct snapshot_live live = {.scanned = scanned};
	int err, status;

	kernel_filter(&live.filter, &options->filter);
	status = attach_iterators(&live, options, ret_info);
	if (status != TF_EXIT_OK)
		return status;
	snprintf(ret_info->version, sizeof(ret_info->version), "%s", TF_VERSION);
	err = tf_scanned_begin(scanned, options, ret_info);
	if (err) {
		tf_say("no memory for the sockets; lower --max-connections, or use filters");
		return TF_EXIT_FAILED;
	}
	err = set_up_scan(&live);
	if (!err)
		err = scan_once(&live);
	if (!err)
		return TF_EXIT_OK;
	tf_say("cannot scan all sockets: %s; check that /proc is mounted, and ulimit -n",
	       strerror(-err));
	return TF_EXIT_FAILED;
}
