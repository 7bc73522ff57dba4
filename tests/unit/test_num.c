// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/num.h"

#include <errno.h>

#include "unit.h"

#define SECOND 1000000000ULL
#define UNTOUCHED 77

static void test_numbers_are_taken_whole(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int r;
		uint64_t value;
	} rows[] = {
		{"0", 0, UINT64_MAX, 0, 0},
		{"80", 1, 65535, 0, 80},
		{"65535", 1, 65535, 0, 65535},
		{"007", 0, 10, 0, 7},
		{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"99999999999999999999999", 0, UINT64_MAX, -ERANGE, UNTOUCHED},
		{"99999999999999999999999x", 0, UINT64_MAX, -EINVAL, UNTOUCHED},
		{"65536", 1, 65535, -ERANGE, UNTOUCHED},
		{"0", 1, 65535, -ERANGE, UNTOUCHED},
		{"", 0, 10, -EINVAL, UNTOUCHED},
		{" 7", 0, 10, -EINVAL, UNTOUCHED},
		{"7 ", 0, 10, -EINVAL, UNTOUCHED},
		{"-1", 0, UINT64_MAX, -EINVAL, UNTOUCHED},
		{"+1", 0, 10, -EINVAL, UNTOUCHED},
		{"0x10", 0, 100, -EINVAL, UNTOUCHED},
		{"1e3", 0, 10000, -EINVAL, UNTOUCHED},
		{"80x", 0, 100, -EINVAL, UNTOUCHED},
		{"\xd9\xa1", 0, 100, -EINVAL, UNTOUCHED}, /* ARABIC-INDIC DIGIT ONE */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = UNTOUCHED;

		print_message("\"%s\"\n", rows[i].text);
		assert_int_equal(tf_num_u64(rows[i].text, rows[i].min, rows[i].max, &value),
				 rows[i].r);
		assert_true(value == rows[i].value);
	}
}

static void test_durations_have_a_unit_or_are_seconds(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t ns;
	} rows[] = {
		{"500ms", 0, 500000000},
		{"10s", 0, 10 * SECOND},
		{"10", 0, 10 * SECOND},
		{"2m", 0, 120 * SECOND},
		{"1h", 0, 3600 * SECOND},
		{"7d", 0, 7 * 86400 * SECOND},
		{"0", 0, 0},
		{"9223372036s", 0, 9223372036 * SECOND},
		{"9223372037s", -ERANGE, UNTOUCHED},
		{"106752d", -ERANGE, UNTOUCHED},
		{"99999999999999999999999s", -ERANGE, UNTOUCHED},
		{"s", -EINVAL, UNTOUCHED},
		{"", -EINVAL, UNTOUCHED},
		{"-1s", -EINVAL, UNTOUCHED},
		{"1 s", -EINVAL, UNTOUCHED},
		{"1.5s", -EINVAL, UNTOUCHED},
		{"1S", -EINVAL, UNTOUCHED},
		{"1min", -EINVAL, UNTOUCHED},
		{"1sx", -EINVAL, UNTOUCHED},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t ns = UNTOUCHED;

		print_message("\"%s\"\n", rows[i].text);
		assert_int_equal(tf_num_duration(rows[i].text, &ns), rows[i].r);
		assert_true(ns == rows[i].ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_taken_whole),
		cmocka_unit_test(test_durations_have_a_unit_or_are_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
