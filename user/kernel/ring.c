// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * ring.c - see ring.h
 */
#include "kernel/ring.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct tf_ring {
	struct ring_buffer *buffer; /* owned */
	int fd;
	struct tf_wake *wake;
	tf_ring_fn fn;
	void *ctx;
	unsigned int n, max; /* of the drain that is running */
	uint64_t until_ns;   /* likewise */
	size_t later; /* bytes in `kept`: a record that was later than the last drain's end */
	union {
		struct tf_event ev;
		unsigned char bytes[512];
	} kept;
};

static void ring_freep(struct tf_ring **ring)
{
	tf_ring_free(*ring);
}

/* A negative result ends the drain; the record counts as taken all the same. */
static int take_record(void *ctx, void *record, size_t size)
{
	struct tf_ring *ring = ctx;
	const struct tf_event *ev = record;

	if (ev->time_ns > ring->until_ns && size <= sizeof(ring->kept)) {
		memcpy(&ring->kept, record, size);
		ring->later = size;
		return -ECANCELED;
	}
	ring->fn(ring->ctx, record, size);
	return ++ring->n < ring->max ? 0 : -ECANCELED;
}

int tf_ring_new(int fd, struct tf_wake *wake, tf_ring_fn fn, void *ctx, struct tf_ring **ret_ring)
{
	TF_CLEANUP(ring_freep) struct tf_ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	*ring = (struct tf_ring){.fd = fd, .wake = wake, .fn = fn, .ctx = ctx};
	ring->buffer = ring_buffer__new(fd, take_record, ring, NULL);
	if (!ring->buffer)
		return errno ? -errno : -ENOMEM;
	*ret_ring = TF_TAKE(ring);
	return 0;
}

void tf_ring_free(struct tf_ring *ring)
{
	if (!ring)
		return;
	ring_buffer__free(ring->buffer);
	free(ring);
}

/* The kernel compares its two positions: records that are reserved and not yet written count. */
static bool is_empty(const struct tf_ring *ring)
{
	struct pollfd readable = {.fd = ring->fd, .events = POLLIN};

	return !ring->later && poll(&readable, 1, 0) == 0;
}

/* The record that the last drain kept back, if its time has come. False: it has not. */
static bool take_kept(struct tf_ring *ring)
{
	size_t size = ring->later;

	if (!size)
		return true;
	if (ring->kept.ev.time_ns > ring->until_ns)
		return false;
	ring->later = 0;
	ring->fn(ring->ctx, &ring->kept, size);
	ring->n++;
	return true;
}

int tf_ring_drain(struct tf_ring *ring, unsigned int max, uint64_t until_ns, bool *ret_empty)
{
	int r = 0;

	ring->n = 0;
	ring->max = max;
	ring->until_ns = until_ns;
	if (take_kept(ring) && ring->n < max)
		r = ring_buffer__consume(ring->buffer);
	if (r < 0 && r != -ECANCELED)
		return r;
	*ret_empty = is_empty(ring);
	return ring->n;
}

bool tf_ring_sleep(struct tf_ring *ring)
{
	__atomic_store_n(&ring->wake->asleep, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (is_empty(ring))
		return true;
	__atomic_store_n(&ring->wake->asleep, 0, __ATOMIC_SEQ_CST);
	return false;
}
