/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * idmap.h - numbers to numbers, up to a ceiling: a pool of entries and a hash over them
 *
 * Entries are never removed one by one.
 */
#ifndef TCPFATE_BASE_IDMAP_H
#define TCPFATE_BASE_IDMAP_H

#include <stdint.h>

#include "base/hash.h"
#include "base/pool.h"

struct tf_idmap_entry {
	uint64_t key;
	uint64_t value;
	uint32_t netns, extra; /* the caller's */
	uint32_t next;	       /* the map's */
};

struct tf_idmap {
	struct tf_pool pool;
	struct tf_hash hash;
};

/* An empty map of at most @max entries, hashed under @secret. 0 or -ENOMEM, then @map is untouched.
 * Ends with tf_idmap_fini(), for which a zeroed one is allowed. */
int tf_idmap_init(struct tf_idmap *map, uint32_t max, struct tf_hash_key secret);
void tf_idmap_fini(struct tf_idmap *map);

/* The entry of @key, or NULL. Valid until tf_idmap_clear(). */
struct tf_idmap_entry *tf_idmap_get(const struct tf_idmap *map, uint64_t key);

/* Sets the entry of @entry->key. 0, or -ENOSPC when that would be one too many, or memory is short:
 * the map is as it was then. */
int tf_idmap_put(struct tf_idmap *map, const struct tf_idmap_entry *entry);

/* Forgets all, in a time that depends on how much there is; keeps the memory. */
void tf_idmap_clear(struct tf_idmap *map);

#endif
