/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * fallback.h - scanning without an iterator: sockets by netlink, holders from /proc
 *
 * Used by scanner.c only, for either or both of the iterators that do not load.
 *
 * Netlink's answers do not come through the ring: an event of a hook may be older or younger than
 * an answer, and nothing says which. So an answer is kept until the ring was drained after it, and
 * its records of sockets that had events since the kernel began to fill it are dropped: the events
 * know better. These are the drains before and after the step that read the answer, because the
 * kernel fills an answer at the end of the read() before.
 *
 * /proc names descriptors by inode; the inodes of the sockets are learnt when the same scan lists
 * them.
 */
#ifndef TCPFATE_SCAN_FALLBACK_H
#define TCPFATE_SCAN_FALLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/filter.h"

#define TF_FALLBACK_INODES (1u << 20)  /* sockets that can get a holder */
#define TF_FALLBACK_CHANGED (1u << 16) /* with events in a step; more: the answer is dropped */

struct tf_fallback;

/* Takes in a record. */
typedef void (*tf_fallback_fn)(void *ctx, const void *record, size_t size);

/* Returns 0 or -ENOMEM, @ret_fallback untouched then. Owned by the caller: tf_fallback_free().
 * @fn gets the records. Of @filter (NULL: none; borrowed) only the cgroups apply, without their
 * descendants, which user space cannot know; the core applies the rest. */
int tf_fallback_new(const struct tf_filter *filter, tf_fallback_fn fn, void *ctx,
		    struct tf_fallback **ret_fallback);
void tf_fallback_free(struct tf_fallback *fallback); /* NULL is allowed */

/* Notes a record that came through the ring. */
void tf_fallback_saw(struct tf_fallback *fallback, const struct tf_event *ev);

/* Begins a scan: forgets the inodes of the last one. */
void tf_fallback_begin(struct tf_fallback *fallback);

/* Begins a step, the ring having been drained: hands out the records that the last step has
 * read, as of @time_ns. False: some of them had to be dropped. */
bool tf_fallback_step(struct tf_fallback *fallback, uint64_t time_ns);

/* Begins to list the sockets of the calling thread's namespace. 0 or a negative errno. */
int tf_fallback_open_space(struct tf_fallback *fallback, uint32_t netns);

/* Reads the next sockets. 1; 0: those were the last; or a negative errno. Another thread may
 * call it, in any namespace: until it has returned, only tf_fallback_saw() may be called
 * meanwhile. */
int tf_fallback_read_space(struct tf_fallback *fallback);

/* Ends the list, complete or not. */
void tf_fallback_close_space(struct tf_fallback *fallback);

/* Begins to read the descriptors. 0 or a negative errno. */
int tf_fallback_open_holders(struct tf_fallback *fallback);

/* Hands out the next holders as of @time_ns. False: those were the last. */
bool tf_fallback_read_holders(struct tf_fallback *fallback, uint64_t time_ns);

#endif
