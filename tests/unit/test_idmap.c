// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_idmap.c - numbers to numbers
 */
#include "base/idmap.h"

#include <errno.h>
#include <stddef.h>

#include "unit.h"

static void test_an_empty_map_has_nothing(void **state)
{
	struct tf_idmap map = {};

	assert_null(tf_idmap_get(&map, 1));
	assert_null(tf_idmap_get(&map, 0));
	tf_idmap_clear(&map);
	tf_idmap_free(&map);
}

static void test_many_entries_are_found_again(void **state)
{
	const uint64_t n = 50000;
	struct tf_idmap map = {};

	for (uint64_t key = 1; key <= n; key++) {
		const struct tf_idmap_entry entry = {.key = key << 20, .value = key, .extra = 3};

		assert_int_equal(tf_idmap_put(&map, &entry, UINT32_MAX), 0);
	}
	assert_int_equal(map.n, n);
	for (uint64_t key = 1; key <= n; key++) {
		assert_non_null(tf_idmap_get(&map, key << 20));
		assert_int_equal(tf_idmap_get(&map, key << 20)->value, key);
		assert_null(tf_idmap_get(&map, (key << 20) + 1));
	}
	tf_idmap_free(&map);
	assert_int_equal(map.n, 0);
}

static void test_the_last_value_of_a_key_counts(void **state)
{
	struct tf_idmap_entry entry = {.key = 7, .value = 1};
	struct tf_idmap map = {};

	assert_int_equal(tf_idmap_put(&map, &entry, 1), 0);
	entry.value = 2;
	assert_int_equal(tf_idmap_put(&map, &entry, 1), 0);
	assert_int_equal(map.n, 1);
	assert_int_equal(tf_idmap_get(&map, 7)->value, 2);
	tf_idmap_free(&map);
}

static void test_the_ceiling_holds(void **state)
{
	struct tf_idmap_entry entry = {};
	struct tf_idmap map = {};

	assert_int_equal(tf_idmap_put(&map, &entry, 10), -EINVAL);
	for (entry.key = 1; entry.key <= 10; entry.key++)
		assert_int_equal(tf_idmap_put(&map, &entry, 10), 0);
	assert_int_equal(tf_idmap_put(&map, &entry, 10), -ENOSPC);
	assert_null(tf_idmap_get(&map, entry.key));
	tf_idmap_clear(&map);
	assert_null(tf_idmap_get(&map, 1));
	assert_int_equal(tf_idmap_put(&map, &entry, 10), 0);
	tf_idmap_free(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_map_has_nothing),
		cmocka_unit_test(test_many_entries_are_found_again),
		cmocka_unit_test(test_the_last_value_of_a_key_counts),
		cmocka_unit_test(test_the_ceiling_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
