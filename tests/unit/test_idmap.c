// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/idmap.h"

#include <errno.h>

#include "unit.h"

static const struct tf_hash_key SECRET = {{1, 2}};

static void test_an_empty_map_has_nothing(void **state)
{
	struct tf_idmap map;

	assert_int_equal(tf_idmap_init(&map, 10, SECRET), 0);
	assert_null(tf_idmap_get(&map, 1));
	assert_null(tf_idmap_get(&map, 0));
	tf_idmap_clear(&map);
	assert_null(tf_idmap_get(&map, 1));
	tf_idmap_fini(&map);
	tf_idmap_fini(&map);
}

static void test_many_keys_keep_their_values(void **state)
{
	const uint64_t n = 50000;
	struct tf_idmap map;

	assert_int_equal(tf_idmap_init(&map, n, SECRET), 0);
	for (uint64_t key = 0; key < n; key++) {
		const struct tf_idmap_entry entry = {
			.key = key << 20, .value = key, .netns = 4, .extra = 3, .next = 7};

		assert_int_equal(tf_idmap_put(&map, &entry), 0);
	}
	for (uint64_t key = 0; key < n; key++) {
		const struct tf_idmap_entry *entry = tf_idmap_get(&map, key << 20);

		assert_non_null(entry);
		assert_int_equal(entry->key, key << 20);
		assert_int_equal(entry->value, key);
		assert_int_equal(entry->netns, 4);
		assert_int_equal(entry->extra, 3);
		assert_null(tf_idmap_get(&map, (key << 20) + 1));
	}
	tf_idmap_fini(&map);
}

static void test_a_key_has_its_latest_value(void **state)
{
	struct tf_idmap_entry entry = {.value = 1};
	struct tf_idmap map;

	assert_int_equal(tf_idmap_init(&map, 8, SECRET), 0);
	for (entry.key = 0; entry.key < 8; entry.key++)
		assert_int_equal(tf_idmap_put(&map, &entry), 0);
	entry.value = 2;
	for (entry.key = 0; entry.key < 8; entry.key += 2)
		assert_int_equal(tf_idmap_put(&map, &entry), 0);
	for (uint64_t key = 0; key < 8; key++)
		assert_int_equal(tf_idmap_get(&map, key)->value, key % 2 ? 1 : 2);
	tf_idmap_fini(&map);
}

static void test_the_ceiling_holds_and_clear_makes_room_again(void **state)
{
	struct tf_idmap_entry entry = {};
	struct tf_idmap map;

	assert_int_equal(tf_idmap_init(&map, 10, SECRET), 0);
	for (entry.key = 1; entry.key <= 10; entry.key++)
		assert_int_equal(tf_idmap_put(&map, &entry), 0);
	assert_int_equal(tf_idmap_put(&map, &entry), -ENOSPC);
	assert_null(tf_idmap_get(&map, entry.key));
	tf_idmap_clear(&map);
	for (uint64_t key = 0; key <= 11; key++)
		assert_null(tf_idmap_get(&map, key));
	for (entry.key = 101; entry.key <= 110; entry.key++)
		assert_int_equal(tf_idmap_put(&map, &entry), 0);
	assert_non_null(tf_idmap_get(&map, 105));
	tf_idmap_fini(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_map_has_nothing),
		cmocka_unit_test(test_many_keys_keep_their_values),
		cmocka_unit_test(test_a_key_has_its_latest_value),
		cmocka_unit_test(test_the_ceiling_holds_and_clear_makes_room_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
