// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_pool.c - handles, the ceiling, and zeroed objects
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/pool.h"

struct thing {
	uint64_t a, b, c;
};

static void test_gives_handles_up_to_the_ceiling(void **state)
{
	struct tf_pool pool;

	assert_int_equal(tf_pool_init(&pool, sizeof(struct thing), 3), 0);
	assert_int_equal(tf_pool_new(&pool), 1);
	assert_int_equal(tf_pool_new(&pool), 2);
	assert_int_equal(tf_pool_new(&pool), 3);
	assert_int_equal(tf_pool_new(&pool), 0);
	assert_int_equal(pool.used, 3);
	tf_pool_fini(&pool);
}

static void test_a_freed_object_comes_back_zeroed(void **state)
{
	static const struct thing zero;
	struct tf_pool pool;
	uint32_t first, second;

	assert_int_equal(tf_pool_init(&pool, sizeof(struct thing), 2), 0);
	first = tf_pool_new(&pool);
	second = tf_pool_new(&pool);
	memset(tf_pool_at(&pool, first), 0xff, sizeof(struct thing));
	memset(tf_pool_at(&pool, second), 0xff, sizeof(struct thing));
	tf_pool_del(&pool, first);
	tf_pool_del(&pool, second);
	assert_int_equal(pool.used, 0);
	assert_int_equal(tf_pool_new(&pool), second);
	assert_int_equal(tf_pool_new(&pool), first);
	assert_memory_equal(tf_pool_at(&pool, first), &zero, sizeof(zero));
	assert_memory_equal(tf_pool_at(&pool, second), &zero, sizeof(zero));
	assert_int_equal(tf_pool_new(&pool), 0);
	tf_pool_fini(&pool);
}

static void test_clear_takes_all_back_and_zeroes_them(void **state)
{
	static const struct thing zero;
	const uint32_t n = TF_POOL_CHUNK + 5;
	struct tf_pool pool;

	assert_int_equal(tf_pool_init(&pool, sizeof(struct thing), n), 0);
	for (uint32_t i = 1; i <= n; i++) {
		assert_int_equal(tf_pool_new(&pool), i);
		memset(tf_pool_at(&pool, i), 0xff, sizeof(struct thing));
	}
	tf_pool_del(&pool, 3);
	tf_pool_clear(&pool);
	assert_int_equal(pool.used, 0);
	for (uint32_t i = 1; i <= n; i++) {
		assert_int_equal(tf_pool_new(&pool), i);
		assert_memory_equal(tf_pool_at(&pool, i), &zero, sizeof(zero));
	}
	assert_int_equal(tf_pool_new(&pool), 0);
	tf_pool_fini(&pool);
}

/* Handles straddle the borders of chunks; each object keeps its own bytes. */
static void test_objects_do_not_overlap_over_chunks(void **state)
{
	const uint32_t n = 2 * TF_POOL_CHUNK + 5;
	struct tf_pool pool;

	assert_int_equal(tf_pool_init(&pool, sizeof(struct thing), n), 0);
	for (uint32_t i = 1; i <= n; i++) {
		struct thing *thing;

		assert_int_equal(tf_pool_new(&pool), i);
		thing = tf_pool_at(&pool, i);
		*thing = (struct thing){i, ~(uint64_t)i, i};
	}
	assert_int_equal(tf_pool_new(&pool), 0);
	for (uint32_t i = 1; i <= n; i++) {
		const struct thing *thing = tf_pool_at(&pool, i);

		assert_int_equal(thing->a, i);
		assert_int_equal(thing->b, ~(uint64_t)i);
		assert_int_equal(thing->c, i);
	}
	tf_pool_fini(&pool);
}

static void test_fini_takes_a_zeroed_pool(void **state)
{
	struct tf_pool pool = {0};

	tf_pool_fini(&pool);
	assert_null(pool.chunks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gives_handles_up_to_the_ceiling),
		cmocka_unit_test(test_a_freed_object_comes_back_zeroed),
		cmocka_unit_test(test_objects_do_not_overlap_over_chunks),
		cmocka_unit_test(test_clear_takes_all_back_and_zeroes_them),
		cmocka_unit_test(test_fini_takes_a_zeroed_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
