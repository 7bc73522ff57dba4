/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * hash.h - objects of a pool found by a key: chains of handles, under a secret
 *
 * A tf_hash holds one head for each chain; the objects themselves hold the rest in a member of 32
 * bits, one for each tf_hash that they are in. Keys stay in the objects, and the caller compares
 * them:
 *
 *	chain = tf_hash_id(&hash, id);
 *	handle = tf_hash_first(&hash, chain);
 *	while (handle && thing_at(handle)->id != id)
 *		handle = thing_at(handle)->next;
 *
 * Remote hosts choose addresses and ports, local users choose pids and how many sockets they open.
 * Nobody of them knows the secret (struct tf_hash_key), so nobody can make long chains on purpose:
 * ids take a pairwise independent function (two ids meet in one of n chains with probability 1/n,
 * whatever ids they are), longer keys SipHash-1-3. The chain of a key depends on the secret; the
 * order within a chain does not: the object added last comes first. So whoever compares whole keys
 * finds the same under any secret: a replay draws its own, and a recording holds none.
 *
 * Pure: the caller brings the secret (base/random.h).
 */
#ifndef TCPFATE_BASE_HASH_H
#define TCPFATE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

/* A secret; all zeros: none, for tests. */
struct tf_hash_key {
	uint64_t word[2];
};

struct tf_hash {
	uint32_t *heads; /* owned; handles, 0: the chain is empty */
	uint32_t mask;	 /* number of chains - 1 */
	uint32_t link;	 /* offset of the member that chains an object, bytes */
	uint32_t block;	 /* log2 of how many ids that follow each other stay together */
	struct tf_hash_key key;
	unsigned __int128 times, plus; /* made from the key: see tf_hash_id() */
};

/* An empty hash of at least @chains chains (at most 2^30) of objects that have a uint32_t for it at
 * offset @link. 0 or -ENOMEM, then @hash is untouched. Ends with tf_hash_fini(), for which a zeroed
 * one is allowed; the objects are the pool's. */
int tf_hash_init(struct tf_hash *hash, uint32_t chains, size_t link, struct tf_hash_key key);
void tf_hash_fini(struct tf_hash *hash);

/* SipHash-1-3 of @size bytes at @bytes (Aumasson and Bernstein, 2012). */
uint64_t tf_hash_sip(struct tf_hash_key key, const void *bytes, size_t size);

/* The chain of a key of @size bytes, all of which count: no padding that is not zeroed. */
uint32_t tf_hash_bytes(const struct tf_hash *hash, const void *bytes, size_t size);

/* The chain of a number. Numbers that count up (cookies, inodes, pids) stay together, a page of
 * heads to a block, since sockets of one time are used at one time. Each block is permuted and
 * placed by the upper half of (times * block + plus) mod 2^128, which is pairwise independent
 * (Dietzfelbinger, STACS 1996): ids of one block never meet, others meet in one of n chains with
 * probability 1/n. It costs two multiplications. */
static inline uint32_t tf_hash_id(const struct tf_hash *hash, uint64_t id)
{
	unsigned __int128 product = hash->times * (id >> hash->block) + hash->plus;
	uint32_t within = (uint32_t)id & ((1u << hash->block) - 1);

	return ((uint32_t)(product >> 64) ^ within) & hash->mask;
}

/* Where the object behind @handle holds the next handle of its chain. */
static inline uint32_t *tf_hash_link(const struct tf_hash *hash, const struct tf_pool *pool,
				     uint32_t handle)
{
	return (uint32_t *)((char *)tf_pool_at(pool, handle) + hash->link);
}

/* The first handle of a chain; 0: it is empty. */
static inline uint32_t tf_hash_first(const struct tf_hash *hash, uint32_t chain)
{
	return hash->heads[chain];
}

/* Puts the object behind @handle, which is not in @hash, at the beginning of its chain. */
static inline void tf_hash_add(struct tf_hash *hash, const struct tf_pool *pool, uint32_t chain,
			       uint32_t handle)
{
	*tf_hash_link(hash, pool, handle) = hash->heads[chain];
	hash->heads[chain] = handle;
}

/* Takes it out again; the order of the others stays. False: it was not in that chain. */
bool tf_hash_del(struct tf_hash *hash, const struct tf_pool *pool, uint32_t chain, uint32_t handle);

#endif
