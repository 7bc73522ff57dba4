/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * ring.h - events out of the ring buffer, with as few wake-ups as can be
 *
 * The reader is in one of two states. Awake, it drains the ring every TF_RING_POLL_MS by itself and
 * the kernel wakes it only when the ring fills up. After TF_RING_IDLE_POLLS drains without an event
 * it goes to sleep: tf_ring_sleep() lets the programs know, and the next event wakes it at once. So
 * a busy host does not pay a wake-up for each event, and an idle host pays none at all.
 */
#ifndef TCPFATE_KERNEL_RING_H
#define TCPFATE_KERNEL_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define TF_RING_POLL_MS 20
#define TF_RING_IDLE_POLLS 10

struct tf_ring;

/* Takes in one record, as it stands in the ring. */
typedef void (*tf_ring_fn)(void *ctx, const void *record, size_t size);

/* A reader of the ring @fd, whose programs share @wake (both borrowed, must outlive it). Returns 0
 * or a negative errno, @ret_ring untouched then. Owned by the caller: tf_ring_free(). */
int tf_ring_new(int fd, struct tf_wake *wake, tf_ring_fn fn, void *ctx, struct tf_ring **ret_ring);
void tf_ring_free(struct tf_ring *ring); /* NULL is allowed */

/* Hands on what is in the ring, oldest first, at most @max records, up to the first one that is
 * later than @until_ns (CLOCK_BOOTTIME): that one waits for the next call. Returns how many, or a
 * negative errno. @ret_empty says whether nothing was left, not even a record that a program is
 * about to write: then every event of before the call has been handed on. */
int tf_ring_drain(struct tf_ring *ring, unsigned int max, uint64_t until_ns, bool *ret_empty);

/* Asks to be woken by the next event: from now on its descriptor becomes readable with it. False
 * when something came in meanwhile; then drain again. */
bool tf_ring_sleep(struct tf_ring *ring);

#endif
