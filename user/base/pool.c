// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * pool.c - objects under small numbers; a freed one holds the next freed one's handle
 */
#include "base/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tf_pool_init(struct tf_pool *pool, size_t size, uint32_t max)
{
	size_t n_chunks = (size_t)max / TF_POOL_CHUNK + 1;
	unsigned char **chunks = calloc(n_chunks, sizeof(*chunks));

	if (!chunks)
		return -ENOMEM;
	*pool = (struct tf_pool){.size = size, .max = max, .fresh = 1, .chunks = chunks};
	return 0;
}

void tf_pool_fini(struct tf_pool *pool)
{
	if (!pool->chunks)
		return;
	for (size_t i = 0; i <= pool->max / TF_POOL_CHUNK; i++)
		free(pool->chunks[i]);
	free(pool->chunks);
	*pool = (struct tf_pool){0};
}

static uint32_t reuse(struct tf_pool *pool)
{
	uint32_t handle = pool->free;
	void *object = tf_pool_at(pool, handle);

	memcpy(&pool->free, object, sizeof(pool->free));
	memset(object, 0, pool->size);
	return handle;
}

uint32_t tf_pool_new(struct tf_pool *pool)
{
	unsigned char **chunk;
	uint32_t handle;

	if (pool->free) {
		pool->used++;
		return reuse(pool);
	}
	if (pool->fresh > pool->max)
		return 0;
	chunk = &pool->chunks[pool->fresh / TF_POOL_CHUNK];
	if (!*chunk)
		*chunk = calloc(TF_POOL_CHUNK, pool->size);
	if (!*chunk)
		return 0;
	handle = pool->fresh++;
	pool->used++;
	return handle;
}

void tf_pool_del(struct tf_pool *pool, uint32_t handle)
{
	memcpy(tf_pool_at(pool, handle), &pool->free, sizeof(pool->free));
	pool->free = handle;
	pool->used--;
}

void tf_pool_clear(struct tf_pool *pool)
{
	for (uint32_t from = 0; from < pool->fresh; from += TF_POOL_CHUNK) {
		uint32_t n =
			pool->fresh - from < TF_POOL_CHUNK ? pool->fresh - from : TF_POOL_CHUNK;

		if (pool->chunks[from / TF_POOL_CHUNK])
			memset(pool->chunks[from / TF_POOL_CHUNK], 0, n * pool->size);
	}
	pool->used = 0;
	pool->fresh = 1;
	pool->free = 0;
}
