// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_hash.c - keys found and lost, and chains that nobody can make long without the secret
 */
#include "base/hash.h"

#include <stdlib.h>

#include "crowd.h"
#include "unit.h"

static const struct tf_hash_key NO_KEY = {{0, 0}};
static const struct tf_hash_key SOME_KEY = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

struct thing {
	uint64_t id;
	uint32_t next;
};

struct things {
	struct tf_pool pool;
	struct tf_hash hash;
};

static void make_things(struct things *things, uint32_t max, uint32_t chains,
			struct tf_hash_key key)
{
	assert_int_equal(tf_pool_init(&things->pool, sizeof(struct thing), max), 0);
	assert_int_equal(tf_hash_init(&things->hash, chains, offsetof(struct thing, next), key), 0);
}

static void free_things(struct things *things)
{
	tf_hash_fini(&things->hash);
	tf_pool_fini(&things->pool);
}

static struct thing *thing_at(const struct things *things, uint32_t handle)
{
	return tf_pool_at(&things->pool, handle);
}

static uint32_t find_thing(const struct things *things, uint64_t id)
{
	uint32_t handle = tf_hash_first(&things->hash, tf_hash_id(&things->hash, id));

	while (handle && thing_at(things, handle)->id != id)
		handle = thing_at(things, handle)->next;
	return handle;
}

static uint32_t add_thing(struct things *things, uint64_t id)
{
	uint32_t handle = tf_pool_new(&things->pool);

	if (!handle)
		return 0;
	thing_at(things, handle)->id = id;
	tf_hash_add(&things->hash, &things->pool, tf_hash_id(&things->hash, id), handle);
	return handle;
}

static bool del_thing(struct things *things, uint32_t handle)
{
	uint32_t chain = tf_hash_id(&things->hash, thing_at(things, handle)->id);

	if (!tf_hash_del(&things->hash, &things->pool, chain, handle))
		return false;
	tf_pool_del(&things->pool, handle);
	return true;
}

/* The first values of the Rust library's test (SOME_KEY); CPython's hash(bytes) with
 * PYTHONHASHSEED=0. */
static void test_siphash_gives_the_values_of_other_implementations(void **state)
{
	static const uint64_t with_key[] = {
		0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb,
		0xcf75576088d38328, 0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140,
		0x369095118d299a8e, 0x25a48eb36c063de4,
	};
	unsigned char bytes[19];

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		skip();
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (unsigned int n = 0; n < COUNT(with_key); n++)
		assert_true(tf_hash_sip(SOME_KEY, bytes, n) == with_key[n]);
	assert_true(tf_hash_sip(NO_KEY, bytes, 1) == 0x68a914128e01e473);
	assert_true(tf_hash_sip(NO_KEY, bytes, 7) == 0x2f098ab0c751325a);
	assert_true(tf_hash_sip(NO_KEY, bytes, 13) == 0xa0cf3211850f8e0d);
	assert_true(tf_hash_sip(NO_KEY, bytes, 19) == 0x091f4a3329f87d19);
}

static void test_as_many_chains_as_asked_for_at_least(void **state)
{
	static const uint32_t asked[] = {0, 1, 2, 3, 64, 65, 4096},
			      got[] = {1, 1, 2, 4, 64, 128, 4096};

	for (size_t i = 0; i < COUNT(asked); i++) {
		struct tf_hash hash;

		assert_int_equal(tf_hash_init(&hash, asked[i], 0, SOME_KEY), 0);
		assert_int_equal(hash.mask + 1, got[i]);
		for (uint64_t id = 0; id < 5000; id++) {
			assert_true(tf_hash_id(&hash, id << 3) < got[i]);
			assert_true(tf_hash_bytes(&hash, &id, sizeof(id)) < got[i]);
		}
		tf_hash_fini(&hash);
		assert_null(hash.heads);
		tf_hash_fini(&hash);
	}
}

static void test_the_latest_comes_first_and_the_order_stays(void **state)
{
	struct things things;
	uint32_t handle;

	make_things(&things, 5, 1, SOME_KEY);
	for (uint64_t id = 1; id <= 5; id++)
		assert_int_equal(add_thing(&things, id), id);
	assert_int_equal(add_thing(&things, 6), 0); /* the pool's ceiling */
	assert_true(del_thing(&things, 3));
	assert_true(del_thing(&things, 5));
	handle = tf_hash_first(&things.hash, 0);
	assert_int_equal(handle, 4);
	handle = thing_at(&things, handle)->next;
	assert_int_equal(handle, 2);
	handle = thing_at(&things, handle)->next;
	assert_int_equal(handle, 1);
	assert_int_equal(thing_at(&things, handle)->next, 0);
	free_things(&things);
}

static void test_what_is_not_in_the_chain_is_not_taken_out(void **state)
{
	struct things things;
	uint32_t a, b;

	make_things(&things, 4, 2, SOME_KEY);
	a = add_thing(&things, 1);
	b = tf_pool_new(&things.pool);
	assert_false(tf_hash_del(&things.hash, &things.pool, 0, b));
	assert_false(tf_hash_del(&things.hash, &things.pool, 1, b));
	assert_false(tf_hash_del(&things.hash, &things.pool, 1 - tf_hash_id(&things.hash, 1), a));
	assert_int_equal(find_thing(&things, 1), a);
	assert_true(del_thing(&things, a));
	assert_int_equal(find_thing(&things, 1), 0);
	free_things(&things);
}

/* Against an array: what it says is there is found, and nothing else is. Ids count up by @step, as
 * cookies do, or are anywhere. */
static void compare_with_an_array(struct dice *dice, uint32_t chains, uint64_t step,
				  struct tf_hash_key key)
{
	enum { IDS = 3000, MAX = 1000 };
	uint32_t *there = calloc(IDS, sizeof(*there)), n = 0;
	struct things things;

	assert_non_null(there);
	make_things(&things, MAX, chains, key);
	for (int turn = 0; turn < 60000; turn++) {
		uint32_t i = (uint32_t)(dice_roll(dice) % IDS);

		assert_int_equal(find_thing(&things, i * step), there[i]);
		if (there[i]) {
			assert_true(del_thing(&things, there[i]));
			there[i] = 0;
			n--;
			continue;
		}
		there[i] = add_thing(&things, i * step);
		assert_int_equal(there[i] != 0, n < MAX);
		n += there[i] != 0;
	}
	assert_int_equal(things.pool.used, n);
	for (uint32_t i = 0; i < IDS; i++)
		assert_int_equal(find_thing(&things, i * step), there[i]);
	free_things(&things);
	free(there);
}

static void test_finds_what_an_array_says_is_there(void **state)
{
	static const uint32_t chains[] = {1, 8, 1024, 4096};
	static const uint64_t steps[] = {1, 1024, 0x100000000, 0x9e3779b97f4a7c15};
	struct dice dice = {.seed = 20261130};

	for (size_t i = 0; i < COUNT(chains); i++)
		for (size_t k = 0; k < COUNT(steps); k++)
			compare_with_an_array(&dice, chains[i], steps[k],
					      (struct tf_hash_key){{dice_roll(&dice), i}});
}

/* The first @n multiples of @step whose chain is 0 under @hash. */
static void collide(const struct tf_hash *hash, uint64_t step, uint64_t *ret_ids, uint32_t n)
{
	uint32_t found = 0;

	for (uint64_t id = step; found < n; id += step)
		if (tf_hash_id(hash, id) == 0)
			ret_ids[found++] = id;
}

static uint32_t longest_chain(const uint32_t *length, uint32_t n)
{
	uint32_t longest = 0;

	for (uint32_t i = 0; i < n; i++)
		longest = length[i] > longest ? length[i] : longest;
	return longest;
}

/* 1024 ids and as many keys of bytes, all in one chain under one secret: under another, they are
 * where random ones would be, of which ten in one of 1024 chains come once in ten thousand
 * times. */
static void test_keys_chosen_for_one_secret_do_not_collide_under_another(void **state)
{
	enum { N = 1024 };
	static const uint64_t steps[] = {1, 16, 1024, 0x9e3779b97f4a7c15};
	struct tf_hash known, secret;
	uint64_t ids[N];

	assert_int_equal(tf_hash_init(&known, N, 0, NO_KEY), 0);
	assert_int_equal(tf_hash_init(&secret, N, 0, SOME_KEY), 0);
	for (size_t k = 0; k < COUNT(steps); k++) {
		uint32_t length[N] = {0};

		collide(&known, steps[k], ids, N);
		for (uint32_t i = 0; i < N; i++)
			length[tf_hash_id(&secret, ids[i])]++;
		assert_in_range(longest_chain(length, N), 1, 10);
	}
	for (uint64_t id = 0, n = 0; n < N; id++)
		if (tf_hash_bytes(&known, &id, sizeof(id)) == 0)
			ids[n++] = id;
	uint32_t length[N] = {0};
	for (uint32_t i = 0; i < N; i++)
		length[tf_hash_bytes(&secret, &ids[i], sizeof(ids[i]))]++;
	assert_in_range(longest_chain(length, N), 1, 10);
	tf_hash_fini(&known);
	tf_hash_fini(&secret);
}

/* Sockets of one time share pages and cache lines, and never a chain. */
static void test_ids_of_one_block_stay_together_without_meeting(void **state)
{
	static uint8_t taken[65536];
	struct tf_hash hash;
	uint32_t page;

	assert_int_equal(tf_hash_init(&hash, 65536, 0, SOME_KEY), 0);
	page = tf_hash_id(&hash, 7 * 1024) / 1024;
	for (uint64_t id = 7 * 1024; id < 8 * 1024; id++) {
		uint32_t chain = tf_hash_id(&hash, id);

		assert_int_equal(chain / 1024, page);
		assert_int_equal(taken[chain]++, 0);
		assert_int_equal(chain / 16, tf_hash_id(&hash, id & ~15ULL) / 16);
	}
	assert_int_not_equal(tf_hash_id(&hash, 8 * 1024) / 1024, page);
	tf_hash_fini(&hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_siphash_gives_the_values_of_other_implementations),
		cmocka_unit_test(test_as_many_chains_as_asked_for_at_least),
		cmocka_unit_test(test_the_latest_comes_first_and_the_order_stays),
		cmocka_unit_test(test_what_is_not_in_the_chain_is_not_taken_out),
		cmocka_unit_test(test_finds_what_an_array_says_is_there),
		cmocka_unit_test(test_keys_chosen_for_one_secret_do_not_collide_under_another),
		cmocka_unit_test(test_ids_of_one_block_stay_together_without_meeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
