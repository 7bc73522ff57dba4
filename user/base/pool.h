/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * pool.h - many objects of one size under small numbers, with a fixed ceiling
 *
 * An object is named by a handle of 32 bits (0: none), half a pointer, so that lists and tables of
 * a million objects stay small. Memory is taken in chunks as it is needed and kept until the pool
 * goes; addresses stay valid for an object's life.
 */
#ifndef TCPFATE_BASE_POOL_H
#define TCPFATE_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

struct tf_pool {
	size_t size;	/* of one object, bytes */
	uint32_t max;	/* objects at most */
	uint32_t used;	/* objects now */
	uint32_t fresh; /* handles from here on were never given out */
	uint32_t free;	/* head of the list of freed ones */
	unsigned char **chunks;
};

/* An empty pool of objects of @size bytes (at least 4), at most @max. 0 or -ENOMEM, then @pool is
 * untouched. Ends with tf_pool_fini(). */
int tf_pool_init(struct tf_pool *pool, size_t size, uint32_t max);
void tf_pool_fini(struct tf_pool *pool); /* a zeroed pool is allowed */

/* A zeroed object's handle; 0: the ceiling is reached, or no memory is left. */
uint32_t tf_pool_new(struct tf_pool *pool);
void tf_pool_del(struct tf_pool *pool, uint32_t handle);

/* Takes back all objects; keeps the memory. */
void tf_pool_clear(struct tf_pool *pool);

#define TF_POOL_CHUNK 4096u

/* The object behind @handle, which must be in use. */
static inline void *tf_pool_at(const struct tf_pool *pool, uint32_t handle)
{
	return pool->chunks[handle / TF_POOL_CHUNK] + handle % TF_POOL_CHUNK * pool->size;
}

/* The same where the pool's objects are of @type: faster, as the compiler knows their size. */
#define TF_POOL_AT(pool, type, handle)                                                             \
	((type *)(pool)->chunks[(handle) / TF_POOL_CHUNK] + (handle) % TF_POOL_CHUNK)

#endif
