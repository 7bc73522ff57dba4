/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * walk.h - rounds over all sockets of this host and over those who hold them
 *
 * A round visits each network namespace (spaces.h) and then the descriptors of all processes. It is a machine
 * of small steps, some milliseconds each, that the caller drives between its other duties:
 *
 *	tf_walker_begin(walker);
 *	do {
 *		time = now, then drain the ring until it is empty;
 *		tf_walker_saw() for each record of the ring;
 *		r = tf_walker_step(walker, time);
 *		while tf_walker_waits(), nothing is to be done before tf_walker_fd() can be read;
 *	} while (r > 0);
 *
 * What the iterators meet comes through the ring, so that it stands in order with the events of the hooks;
 * what only user space knows (struct tf_ev_walk, struct tf_ev_netns) goes to the caller's function, with
 * the time of the step. Because the ring was drained until empty after the last step, NETNS_END comes
 * after all that the namespace's walk has met, and no time runs ahead of a record that is still to come.
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
#ifndef TCPFATE_KERNEL_WALK_H
#define TCPFATE_KERNEL_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/filter.h"

struct tf_loader;
struct tf_walker;

/* Takes in a record that does not come through the ring. */
typedef void (*tf_walk_fn)(void *ctx, const void *record, size_t size);

struct tf_walker_options {
	const struct tf_loader *loader; /* borrowed */
	const struct tf_filter *filter; /* namespaces it leaves out are not visited; NULL: all.
					 * Borrowed */
	bool alone;			/* no hooks run beside it (tf_loader_options.walk_only) */
	tf_walk_fn emit;
	void *ctx;
};

/* A walker at rest. Returns 0 or a negative errno (no memory, no /proc), @ret_walker untouched then. Owned
 * by the caller: tf_walker_free(). */
int tf_walker_new(const struct tf_walker_options *options, struct tf_walker **ret_walker);
void tf_walker_free(struct tf_walker *walker); /* NULL is allowed */

/* Begins a round; one that is under way goes on instead. */
void tf_walker_begin(struct tf_walker *walker);

/* Whether a round is under way. */
bool tf_walker_busy(const struct tf_walker *walker);

/* Whether the last step has left a thread at work: the next one has nothing to do before tf_walker_fd()
 * can be read. */
bool tf_walker_waits(const struct tf_walker *walker);

/* To be polled, see there; -1: no step ever leaves anything. The walker's. */
int tf_walker_fd(const struct tf_walker *walker);

/* The next step of the round. To be called only when a drain that began after the last step had returned
 * has emptied the ring; @time_ns (CLOCK_BOOTTIME) was read before that drain. Returns 1: there is more to
 * do; 0: the round has ended, or there is none; a negative errno: the thread cannot go back to its own
 * network namespace, and the program must end. */
int tf_walker_step(struct tf_walker *walker, uint64_t time_ns);

/* Shows it a record that came through the ring. */
void tf_walker_saw(struct tf_walker *walker, const struct tf_event *ev);

/* How long the last round took, nanoseconds; 0: there was none yet. */
uint64_t tf_walker_took_ns(const struct tf_walker *walker);

#endif
