/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * idmap.h - numbers to numbers: a hash table with a ceiling
 *
 * A zeroed struct is an empty map. Entries are never removed one by one.
 */
#ifndef TCPFATE_BASE_IDMAP_H
#define TCPFATE_BASE_IDMAP_H

#include <stdint.h>

struct tf_idmap_entry {
	uint64_t key; /* not 0 */
	uint64_t value;
	uint32_t netns; /* these two for whoever needs them */
	uint32_t extra;
};

struct tf_idmap {
	struct tf_idmap_entry *entry; /* owned */
	uint32_t n, room;	      /* room: a power of two, or 0 */
};

/* The entry of @key, or NULL. Valid until the next tf_idmap_put(). */
struct tf_idmap_entry *tf_idmap_get(const struct tf_idmap *map, uint64_t key);

/* Sets the entry of @entry->key. 0; -EINVAL for key 0; -ENOSPC when it would be more than @max entries;
 * -ENOMEM. The map is as it was then. */
int tf_idmap_put(struct tf_idmap *map, const struct tf_idmap_entry *entry, uint32_t max);

/* Forgets all; keeps the memory. */
void tf_idmap_clear(struct tf_idmap *map);

/* Gives the memory back; the map is empty then. */
void tf_idmap_free(struct tf_idmap *map);

#endif
