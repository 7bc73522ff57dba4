// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * hash.c - see hash.h
 */
#include "base/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS_MAX (1u << 30)
#define BLOCK_MAX 10 /* a page of heads */

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t word, unsigned int by)
{
	return word << by | word >> (64 - by);
}

static inline void sip_round(struct sip *sip)
{
	sip->v0 += sip->v1;
	sip->v1 = rotl(sip->v1, 13) ^ sip->v0;
	sip->v0 = rotl(sip->v0, 32);
	sip->v2 += sip->v3;
	sip->v3 = rotl(sip->v3, 16) ^ sip->v2;
	sip->v0 += sip->v3;
	sip->v3 = rotl(sip->v3, 21) ^ sip->v0;
	sip->v2 += sip->v1;
	sip->v1 = rotl(sip->v1, 17) ^ sip->v2;
	sip->v2 = rotl(sip->v2, 32);
}

static inline void sip_word(struct sip *sip, uint64_t word)
{
	sip->v3 ^= word;
	sip_round(sip);
	sip->v0 ^= word;
}

/* Words are taken in the host's byte order: on a big-endian host the value is another one, and as
 * good. */
uint64_t tf_hash_sip(struct tf_hash_key key, const void *bytes, size_t size)
{
	struct sip sip = {
		.v0 = key.word[0] ^ 0x736f6d6570736575,
		.v1 = key.word[1] ^ 0x646f72616e646f6d,
		.v2 = key.word[0] ^ 0x6c7967656e657261,
		.v3 = key.word[1] ^ 0x7465646279746573,
	};
	const unsigned char *at = bytes, *end = at + size / 8 * 8;
	uint64_t word, last = 0;

	for (; at < end; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sip_word(&sip, word);
	}
	memcpy(&last, at, size % 8);
	sip_word(&sip, last | (uint64_t)size << 56);
	sip.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&sip);
	return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

static unsigned __int128 derive_number(struct tf_hash_key key, uint64_t which)
{
	const uint64_t low = 2 * which, high = low + 1;

	return (unsigned __int128)tf_hash_sip(key, &high, sizeof(high)) << 64 |
	       tf_hash_sip(key, &low, sizeof(low));
}

int tf_hash_init(struct tf_hash *hash, uint32_t chains, size_t link, struct tf_hash_key key)
{
	struct tf_hash made = {
		.link = (uint32_t)link,
		.key = key,
		.times = derive_number(key, 0),
		.plus = derive_number(key, 1),
	};
	uint32_t n = 1;

	for (; n < chains && n < CHAINS_MAX; n <<= 1)
		made.block += made.block < BLOCK_MAX;
	made.mask = n - 1;
	made.heads = calloc(n, sizeof(*made.heads));
	if (!made.heads)
		return -ENOMEM;
	*hash = made;
	return 0;
}

void tf_hash_fini(struct tf_hash *hash)
{
	free(hash->heads);
	*hash = (struct tf_hash){0};
}

uint32_t tf_hash_bytes(const struct tf_hash *hash, const void *bytes, size_t size)
{
	return (uint32_t)tf_hash_sip(hash->key, bytes, size) & hash->mask;
}

bool tf_hash_del(struct tf_hash *hash, const struct tf_pool *pool, uint32_t chain, uint32_t handle)
{
	uint32_t *link = &hash->heads[chain];

	while (*link && *link != handle)
		link = tf_hash_link(hash, pool, *link);
	if (!*link)
		return false;
	*link = *tf_hash_link(hash, pool, handle);
	*tf_hash_link(hash, pool, handle) = 0;
	return true;
}
