// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_nearest.c - how far apart words are, and what is near enough
 */
#include "cli/nearest.h"

#include <limits.h>

#include "unit.h"

static void test_distance_counts_letters_that_differ(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int distance;
	} rows[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"kitten", "sitting", 3},
		{"flaw", "lawn", 2},
		{"EPIPE", "epipe", 0},
		{"close-wait", "CLOSE_WAIT", 0},
		{"replay", "reply", 1},
	};
	static const char long_word[] =
		"0123456789012345678901234567890123456789012345678901234567890123";

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(tf_nearest_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(tf_nearest_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
	assert_true(tf_nearest_distance(long_word, long_word) == UINT_MAX);
	assert_int_equal(tf_nearest_distance(long_word + 1, long_word + 1), 0);
}

static const char *nearest_of(const char *word)
{
	struct tf_nearest nearest = {.word = word};

	tf_nearest_offer(&nearest, NULL);
	tf_nearest_offer(&nearest, "record");
	tf_nearest_offer(&nearest, "replay");
	tf_nearest_offer(&nearest, "doctor");
	return tf_nearest_take(&nearest);
}

static void test_only_a_near_candidate_is_offered(void **state)
{
	assert_string_equal(nearest_of("reply"), "replay");
	assert_string_equal(nearest_of("rekord"), "record");
	assert_string_equal(nearest_of("doctr"), "doctor");
	assert_null(nearest_of("xyzzy"));
	assert_null(nearest_of(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance_counts_letters_that_differ),
		cmocka_unit_test(test_only_a_near_candidate_is_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
