/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scanner.h - scans of all sockets of this host and of their holders
 *
 * A scan reads the sockets of each network namespace (spaces.h) and then the descriptors of all
 * processes. It proceeds in small steps, some milliseconds each, that the caller makes between its
 * other duties:
 *
 *	tf_scanner_begin(scanner);
 *	do {
 *		time = now, then drain the ring until it is empty;
 *		tf_scanner_saw() for each record of the ring;
 *		r = tf_scanner_step(scanner, time);
 *		while tf_scanner_waits(), wait until tf_scanner_fd() is readable;
 *	} while (r > 0);
 *
 * The iterators write to the ring, so that their records stand in order with the events of the
 * hooks. Records that user space makes (struct tf_ev_scan, struct tf_ev_netns) go to the caller's
 * function, with the time of the step. Because the ring was drained until empty after the last
 * step, NETNS_END comes after all sockets of its namespace, and no time runs ahead of a record that
 * is still to come.
 *
 * No step can bound two things. iter/tcp searches the kernel's whole table for the next socket of
 * its namespace (established_get_first(), net/ipv4/tcp_ipv4.c): 0.2 s with 150,000 sockets in
 * others. And it waits for the socket's lock, uninterruptibly (since 5.15): its owner usually
 * releases it within microseconds, but a send() that has to page in its data keeps it for as long.
 * Netlink waits for it too (tcp_get_info()). So a thread reads from either, and a step that would
 * take long leaves it reading while the caller goes on.
 *
 * Where an iterator does not load, netlink (sock_diag.h) and /proc (procfd.h) stand in
 * (fallback.h); their records go to the caller's function too.
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

/* The kernel's iterators, offered by whoever has loaded them: this folder does not use libbpf. */
struct tf_scanner_iterators {
	/* Opens a file of iterator @hook (TF_HOOK_SOCKETS, TF_HOOK_HOLDERS) for the network
	 * namespace, or the pid namespace, of the calling thread; reading it runs the iterator.
	 * Returns a descriptor, the caller's, or a negative errno: -ENOENT when it is not
	 * attached. */
	int (*open)(const void *ctx, enum tf_hook hook);
	const void *ctx;       /* borrowed */
	bool sockets, holders; /* which are attached; the fallback stands in for the others */
	bool cookies;	       /* they and the hooks identify a socket by its cookie */
	uint32_t ring_bytes;   /* size of the ring that they write to */
	struct tf_wake *wake;  /* shared with the programs. Borrowed */
};

struct tf_scanner_options {
	struct tf_scanner_iterators iterators;
	const struct tf_filter *filter; /* namespaces that it leaves out are not entered; NULL: all.
					 * Borrowed */
	bool alone;			/* no hooks run beside it (tf_loader_options.scan_only) */
	tf_scanner_fn emit;
	void *ctx;
};

/* No scan is running yet. Returns 0 or a negative errno (no memory, no /proc), @ret_scanner
 * untouched then. Owned by the caller: tf_scanner_free(). */
int tf_scanner_new(const struct tf_scanner_options *options, struct tf_scanner **ret_scanner);
void tf_scanner_free(struct tf_scanner *scanner); /* NULL is allowed */

/* Begins a scan, unless one is running. */
void tf_scanner_begin(struct tf_scanner *scanner);

/* Whether a scan is running. */
bool tf_scanner_busy(const struct tf_scanner *scanner);

/* Whether the last step has left its thread reading: the next step has nothing to do before
 * tf_scanner_fd() is readable. */
bool tf_scanner_waits(const struct tf_scanner *scanner);

/* To be polled then; -1: no step ever leaves a thread reading. The scanner's. */
int tf_scanner_fd(const struct tf_scanner *scanner);

/* The next step of the scan. To be called only when a drain that began after the last step had
 * returned has emptied the ring; @time_ns (CLOCK_BOOTTIME) was read before that drain. Returns
 * 1: there is more to do; 0: the scan has ended, or none is running; a negative errno: the
 * thread cannot return to its own network namespace, and the program must end. */
int tf_scanner_step(struct tf_scanner *scanner, uint64_t time_ns);

/* Notes a record that came through the ring. */
void tf_scanner_saw(struct tf_scanner *scanner, const struct tf_event *ev);

/* How long the last scan took, nanoseconds; 0: none has ended yet. */
uint64_t tf_scanner_took_ns(const struct tf_scanner *scanner);

#endif
