// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * piles.c - a hash of piles, and how one is counted
 */
#include "core/piles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tf_piles_init(struct tf_piles *piles, uint32_t max)
{
	struct tf_piles made = {.mask = 1};

	while (made.mask < max)
		made.mask <<= 1;
	made.buckets = calloc(made.mask, sizeof(*made.buckets));
	made.mask--;
	if (!made.buckets || tf_pool_init(&made.pool, sizeof(struct tf_pile), max)) {
		free(made.buckets);
		return -ENOMEM;
	}
	*piles = made;
	return 0;
}

void tf_piles_fini(struct tf_piles *piles)
{
	free(piles->buckets);
	tf_pool_fini(&piles->pool);
	*piles = (struct tf_piles){0};
}

/* FNV-1a over 64-bit words. */
static uint32_t *bucket_of(struct tf_piles *piles, const struct tf_pile_key *key)
{
	uint64_t words[sizeof(*key) / 8], hash = 0xcbf29ce484222325;

	_Static_assert(sizeof(*key) % 8 == 0, "hashed and compared as words: no padding");
	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / 8; i++)
		hash = (hash ^ words[i]) * 0x100000001b3;
	return &piles->buckets[(hash ^ hash >> 32) & piles->mask];
}

struct tf_pile *tf_piles_find(struct tf_piles *piles, const struct tf_pile_key *key, bool make)
{
	uint32_t *bucket = bucket_of(piles, key), handle;
	struct tf_pile *pile;

	for (handle = *bucket; handle; handle = tf_piles_at(piles, handle)->next_same)
		if (!memcmp(&tf_piles_at(piles, handle)->key, key, sizeof(*key)))
			return tf_piles_at(piles, handle);
	if (!make)
		return NULL;
	handle = tf_pool_new(&piles->pool);
	if (!handle) {
		piles->refused++;
		return NULL;
	}
	pile = tf_piles_at(piles, handle);
	pile->key = *key;
	pile->next_same = *bucket;
	*bucket = handle;
	pile->next = piles->head;
	if (piles->head)
		tf_piles_at(piles, piles->head)->prev = handle;
	piles->head = handle;
	return pile;
}

void tf_piles_del(struct tf_piles *piles, uint32_t handle)
{
	struct tf_pile *pile = tf_piles_at(piles, handle);
	uint32_t *link = bucket_of(piles, &pile->key);

	while (*link != handle)
		link = &tf_piles_at(piles, *link)->next_same;
	*link = pile->next_same;
	if (pile->prev)
		tf_piles_at(piles, pile->prev)->next = pile->next;
	else
		piles->head = pile->next;
	if (pile->next)
		tf_piles_at(piles, pile->next)->prev = pile->prev;
	tf_pool_del(&piles->pool, handle);
}

void tf_pile_begin(struct tf_pile *pile, uint32_t turn)
{
	if (pile->turn == turn)
		return;
	pile->turn = turn;
	pile->count = 0;
	pile->oldest_ns = TF_UNKNOWN_U64;
	pile->eof_read = pile->unread = TF_UNKNOWN_U64;
	pile->destinations = pile->dropped = pile->limit = TF_UNKNOWN_U64;
	pile->at_least = false;
}

void tf_pile_add(struct tf_pile *pile, uint64_t since_ns, bool at_least)
{
	pile->count++;
	if (since_ns >= pile->oldest_ns) /* unknown is the largest */
		return;
	pile->oldest_ns = since_ns;
	pile->at_least = at_least;
}

/* What was usual moves by a part of the difference with each bucket that closes: half of it is new
 * after some twenty. */
static void close_bucket(struct tf_pile *pile, uint32_t n)
{
	const int32_t share = 30;

	if (pile->raised_ns)
		return;
	if (!n && pile->usual < (uint32_t)share)
		pile->usual = 0;
	else
		pile->usual = (uint32_t)((int64_t)pile->usual +
					 ((int64_t)n * 256 - (int64_t)pile->usual) / share);
}

void tf_pile_roll(struct tf_pile *pile, uint64_t now, uint64_t bucket_ns)
{
	uint64_t no = now / bucket_ns;

	if (!pile->bucket_no)
		pile->bucket_no = no;
	if (no > pile->bucket_no + 64)
		pile->bucket_no = no - 64; /* all of it is long ago */
	while (pile->bucket_no < no) {
		uint32_t *oldest = &pile->bucket[++pile->bucket_no % TF_PILE_BUCKETS];

		close_bucket(pile, *oldest);
		*oldest = 0;
	}
}

uint32_t tf_pile_sum(const struct tf_pile *pile, unsigned int *ret_filled)
{
	uint32_t sum = 0;

	*ret_filled = 0;
	for (unsigned int i = 0; i < TF_PILE_BUCKETS; i++) {
		sum += pile->bucket[i];
		*ret_filled += pile->bucket[i] != 0;
	}
	return sum;
}
