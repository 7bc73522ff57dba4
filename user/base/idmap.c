// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * idmap.c - see idmap.h
 */
#include "base/idmap.h"

#include <errno.h>
#include <stddef.h>

#define PER_CHAIN 4 /* entries, when the map is full */

static struct tf_idmap_entry *entry_at(const struct tf_idmap *map, uint32_t handle)
{
	return tf_pool_at(&map->pool, handle);
}

int tf_idmap_init(struct tf_idmap *map, uint32_t max, struct tf_hash_key secret)
{
	struct tf_idmap made = {0};

	if (tf_hash_init(&made.hash, max / PER_CHAIN, offsetof(struct tf_idmap_entry, next),
			 secret) ||
	    tf_pool_init(&made.pool, sizeof(struct tf_idmap_entry), max)) {
		tf_idmap_fini(&made);
		return -ENOMEM;
	}
	*map = made;
	return 0;
}

void tf_idmap_fini(struct tf_idmap *map)
{
	tf_hash_fini(&map->hash);
	tf_pool_fini(&map->pool);
}

struct tf_idmap_entry *tf_idmap_get(const struct tf_idmap *map, uint64_t key)
{
	uint32_t handle = tf_hash_first(&map->hash, tf_hash_id(&map->hash, key));

	for (; handle; handle = entry_at(map, handle)->next)
		if (entry_at(map, handle)->key == key)
			return entry_at(map, handle);
	return NULL;
}

int tf_idmap_put(struct tf_idmap *map, const struct tf_idmap_entry *entry)
{
	struct tf_idmap_entry *there = tf_idmap_get(map, entry->key);
	uint32_t handle, next;

	if (!there) {
		handle = tf_pool_new(&map->pool);
		if (!handle)
			return -ENOSPC;
		tf_hash_add(&map->hash, &map->pool, tf_hash_id(&map->hash, entry->key), handle);
		there = entry_at(map, handle);
	}
	next = there->next;
	*there = *entry;
	there->next = next;
	return 0;
}

void tf_idmap_clear(struct tf_idmap *map)
{
	for (uint32_t handle = 1; handle <= map->pool.used; handle++)
		tf_hash_del(&map->hash, &map->pool,
			    tf_hash_id(&map->hash, entry_at(map, handle)->key), handle);
	tf_pool_clear(&map->pool);
}
