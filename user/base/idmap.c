// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * idmap.c - see idmap.h
 *
 * Open addressing, linear probing, at most three quarters full. Key 0 marks a free place.
 */
#include "base/idmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024

static struct tf_idmap_entry *place(const struct tf_idmap *map, uint64_t key)
{
	uint32_t at = (uint32_t)((key * 0x9E3779B97F4A7C15ULL) >> 32) & (map->room - 1);

	while (map->entry[at].key && map->entry[at].key != key)
		at = (at + 1) & (map->room - 1);
	return &map->entry[at];
}

struct tf_idmap_entry *tf_idmap_get(const struct tf_idmap *map, uint64_t key)
{
	struct tf_idmap_entry *entry;

	if (!map->n || !key)
		return NULL;
	entry = place(map, key);
	return entry->key ? entry : NULL;
}

static int grow(struct tf_idmap *map)
{
	struct tf_idmap larger = {.n = map->n, .room = map->room ? 2 * map->room : FIRST_ROOM};

	larger.entry = calloc(larger.room, sizeof(*larger.entry));
	if (!larger.entry)
		return -ENOMEM;
	for (uint32_t i = 0; i < map->room; i++)
		if (map->entry[i].key)
			*place(&larger, map->entry[i].key) = map->entry[i];
	free(map->entry);
	*map = larger;
	return 0;
}

int tf_idmap_put(struct tf_idmap *map, const struct tf_idmap_entry *entry, uint32_t max)
{
	struct tf_idmap_entry *there = tf_idmap_get(map, entry->key);
	int err = 0;

	if (!entry->key)
		return -EINVAL;
	if (there) {
		*there = *entry;
		return 0;
	}
	if (map->n >= max)
		return -ENOSPC;
	if (map->n >= map->room / 4 * 3)
		err = grow(map);
	if (err)
		return err;
	*place(map, entry->key) = *entry;
	map->n++;
	return 0;
}

void tf_idmap_clear(struct tf_idmap *map)
{
	if (map->n)
		memset(map->entry, 0, map->room * sizeof(*map->entry));
	map->n = 0;
}

void tf_idmap_free(struct tf_idmap *map)
{
	free(map->entry);
	*map = (struct tf_idmap){};
}
