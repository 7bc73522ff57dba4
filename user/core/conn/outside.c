// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * outside.c - see outside.h
 */
#include "core/conn/outside.h"

#include <errno.h>
#include <stddef.h>

struct absent {
	uint64_t sock;
	uint32_t next; /* of its chain */
	uint8_t stamp; /* of the last scan that found it */
};

static struct absent *absent_at(const struct tf_outside *outside, uint32_t handle)
{
	return TF_POOL_AT(&outside->pool, struct absent, handle);
}

int tf_outside_init(struct tf_outside *outside, uint32_t max, struct tf_hash_key key)
{
	struct tf_outside made = {0};

	if (tf_pool_init(&made.pool, sizeof(struct absent), max) ||
	    tf_hash_init(&made.by_sock, max / 4 + 1, offsetof(struct absent, next), key)) {
		tf_outside_fini(&made);
		return -ENOMEM;
	}
	*outside = made;
	return 0;
}

void tf_outside_fini(struct tf_outside *outside)
{
	tf_hash_fini(&outside->by_sock);
	tf_pool_fini(&outside->pool);
	*outside = (struct tf_outside){0};
}

static uint32_t find_absent(const struct tf_outside *outside, uint64_t sock)
{
	uint32_t handle;

	if (!outside->pool.used)
		return 0;
	handle = tf_hash_first(&outside->by_sock, tf_hash_id(&outside->by_sock, sock));
	while (handle && absent_at(outside, handle)->sock != sock)
		handle = absent_at(outside, handle)->next;
	return handle;
}

bool tf_outside_add(struct tf_outside *outside, uint64_t sock, uint8_t stamp)
{
	uint32_t handle = find_absent(outside, sock);

	if (handle) {
		absent_at(outside, handle)->stamp = stamp;
		return false;
	}
	handle = tf_pool_new(&outside->pool);
	if (!handle)
		return false;
	absent_at(outside, handle)->sock = sock;
	absent_at(outside, handle)->stamp = stamp;
	tf_hash_add(&outside->by_sock, &outside->pool, tf_hash_id(&outside->by_sock, sock), handle);
	return true;
}

static void drop_absent(struct tf_outside *outside, uint32_t handle)
{
	uint32_t chain = tf_hash_id(&outside->by_sock, absent_at(outside, handle)->sock);

	tf_hash_del(&outside->by_sock, &outside->pool, chain, handle);
	tf_pool_del(&outside->pool, handle);
}

bool tf_outside_has(const struct tf_outside *outside, uint64_t sock)
{
	return find_absent(outside, sock);
}

bool tf_outside_remove(struct tf_outside *outside, uint64_t sock)
{
	uint32_t handle = find_absent(outside, sock);

	if (handle)
		drop_absent(outside, handle);
	return handle;
}

void tf_outside_forget(struct tf_outside *outside, uint8_t stamp, uint8_t last)
{
	uint32_t handle, next;

	if (!outside->pool.used)
		return;
	for (uint32_t chain = 0; chain <= outside->by_sock.mask; chain++)
		for (handle = tf_hash_first(&outside->by_sock, chain); handle; handle = next) {
			const struct absent *absent = absent_at(outside, handle);

			next = absent->next;
			if (absent->stamp != stamp && absent->stamp != last)
				drop_absent(outside, handle);
		}
}
