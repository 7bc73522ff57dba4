/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scan.h - scans over all sockets of this host and over those who hold them
 *
 * A scan visits each network namespace (spaces.h) and then the descriptors of all processes. It is a machine
 * of small steps, some milliseconds each, that the caller drives between its other duties:
 *
 *	tf_scanner_begin(scanner);
 *	do {
 *		time = now, then drain the ring until it is empty;
 *		tf_scanner_saw() for each record of the ring;
 *		r = tf_scanner_step(scanner, time);
 *		while tf_scanner_waits(), nothing is to be done before tf_scanner_fd() can be read;
 *	} while (r > 0);
 *
 * What the iterators meet comes through the ring, so that it stands in order with the events of the hooks;
 * what only user space knows (struct tf_ev_scan, struct tf_ev_netns) goes to the caller's function, with
 * the time of the step. Because the ring was drained until empty after the last step, NETNS_END comes
 * after all that the namespace's scan has met, and no time runs ahead of a record that is still to come.
 *
 * Two things no step can bound. iter/tcp looks through the kernel's whole table for the next socket of its
 * namespace (established_get_first(), net/ipv4/tcp_ipv4.c): 0.2 s with 150,000 sockets in others. And it waits for
 * a socket's lock, uninterruptibly (since 5.15): who holds it usually lets go within microseconds; who sleeps with
 * it, because a send() has to page in its data, keeps it for as long. Netlink waits for it too (tcp_get_info()). So
 * a thread reads from either, and a step that would take long leaves it at work while the caller goes on.
 *
 * Where an iterator does not load, netlink (diag.h) and /proc (procfd.h) serve; what they find goes to
 * the caller's function too.
 */
#ifndef TCPFATE_SCAN_SCANNER_H
#define TCPFATE_SCAN_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/filter.h"

struct tf_scanner;

/* Takes in a record that does not come through the ring. */
typedef void (*tf_scanner_fn)(void *ctx, const void *record, size_t size);

/* The kernel's iterators, offered by whoever has loaded them: this folder knows no libbpf. */
struct tf_scanner_iterators {
	/* Makes a file of iterator @hook (TF_HOOK_SOCKETS, TF_HOOK_HOLDERS) for the network namespace, or the pid
	 * namespace, in which the calling thread is; to read it is to run it. A descriptor, the caller's, or a
	 * negative errno: -ENOENT when there is none. */
	int (*open)(const void *ctx, enum tf_hook hook);
	const void *ctx;       /* borrowed */
	bool sockets, holders; /* which of them there are; netlink and /proc serve for the others */
	bool cookies;	       /* what they and the hooks call a socket is its cookie */
	uint32_t ring_bytes;   /* size of the ring that they write to */
	struct tf_wake *wake;  /* shared with the programs. Borrowed */
};

struct tf_scanner_options {
	struct tf_scanner_iterators iterators;
	const struct tf_filter *filter; /* namespaces it leaves out are not visited; NULL: all.
					 * Borrowed */
	bool alone;			/* no hooks run beside it (tf_loader_options.scan_only) */
	tf_scanner_fn emit;
	void *ctx;
};

/* A scanner at rest. Returns 0 or a negative errno (no memory, no /proc), @ret_scanner untouched then. Owned
 * by the caller: tf_scanner_free(). */
int tf_scanner_new(const struct tf_scanner_options *options, struct tf_scanner **ret_scanner);
void tf_scanner_free(struct tf_scanner *scanner); /* NULL is allowed */

/* Begins a scan; one that is under way goes on instead. */
void tf_scanner_begin(struct tf_scanner *scanner);

/* Whether a scan is under way. */
bool tf_scanner_busy(const struct tf_scanner *scanner);

/* Whether the last step has left a thread at work: the next one has nothing to do before tf_scanner_fd()
 * can be read. */
bool tf_scanner_waits(const struct tf_scanner *scanner);

/* To be polled, see there; -1: no step ever leaves anything. The scanner's. */
int tf_scanner_fd(const struct tf_scanner *scanner);

/* The next step of the scan. To be called only when a drain that began after the last step had returned
 * has emptied the ring; @time_ns (CLOCK_BOOTTIME) was read before that drain. Returns 1: there is more to
 * do; 0: the scan has ended, or there is none; a negative errno: the thread cannot go back to its own
 * network namespace, and the program must end. */
int tf_scanner_step(struct tf_scanner *scanner, uint64_t time_ns);

/* Shows it a record that came through the ring. */
void tf_scanner_saw(struct tf_scanner *scanner, const struct tf_event *ev);

/* How long the last scan took, nanoseconds; 0: there was none yet. */
uint64_t tf_scanner_took_ns(const struct tf_scanner *scanner);

#endif
