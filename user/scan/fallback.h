/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * fallback.h - what a scan does where an iterator does not load: netlink for sockets, /proc for holders
 *
 * Used by scan.c only, which does the one, the other, or both in place of the iterators.
 *
 * Netlink's answers are no part of the ring: a hook's event may be older or younger than an answer, and
 * nothing tells which. So an answer is kept back until the ring has been drained after it, and what it
 * says of sockets of which the ring said something since its filling began is dropped: the hooks have told
 * better. That takes the drains before and after the step that read it, because the kernel fills an answer
 * at the end of the read() before.
 *
 * /proc knows descriptors by inode; what inodes are which sockets is learnt from the scan of sockets in
 * the same scan.
 */
#ifndef TCPFATE_SCAN_FALLBACK_H
#define TCPFATE_SCAN_FALLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/filter.h"

#define TF_FALLBACK_INODES (1u << 20) /* sockets with a descriptor that are remembered */
#define TF_FALLBACK_CHANGED                                                                        \
	(1u << 16) /* sockets that change in a step; more: the answer is dropped */

struct tf_fallback;

/* Takes in a record. */
typedef void (*tf_fallback_fn)(void *ctx, const void *record, size_t size);

/* Returns 0 or -ENOMEM, @ret_fallback untouched then. Owned by the caller: tf_fallback_free(). @fn gets the
 * records. Of @filter (NULL: none; borrowed) only the cgroups are looked at, and not what is below them,
 * which user space cannot tell: the core takes care of the rest. */
int tf_fallback_new(const struct tf_filter *filter, tf_fallback_fn fn, void *ctx,
		    struct tf_fallback **ret_fallback);
void tf_fallback_free(struct tf_fallback *fallback); /* NULL is allowed */

/* A record came through the ring. */
void tf_fallback_saw(struct tf_fallback *fallback, const struct tf_event *ev);

/* A scan begins: what was learnt of inodes is forgotten. */
void tf_fallback_begin(struct tf_fallback *fallback);

/* A step begins, with a drained ring: hands out what the last one has read, as of @time_ns. False: some of it
 * had to be dropped unseen. */
bool tf_fallback_step(struct tf_fallback *fallback, uint64_t time_ns);

/* Begins to list the sockets of the namespace in which the thread is. 0 or a negative errno. */
int tf_fallback_open_space(struct tf_fallback *fallback, uint32_t netns);

/* Reads the next ones. 1; 0: those were the last; or a negative errno. May be left to another thread, wherever that
 * is: until it has returned, nothing but tf_fallback_saw() may be called then. */
int tf_fallback_read_space(struct tf_fallback *fallback);

/* Ends the list, whole or not. */
void tf_fallback_close_space(struct tf_fallback *fallback);

/* Begins to look at the descriptors. 0 or a negative errno. */
int tf_fallback_open_holders(struct tf_fallback *fallback);

/* Hands out the next ones as of @time_ns. False: those were the last. */
bool tf_fallback_read_holders(struct tf_fallback *fallback, uint64_t time_ns);

#endif
