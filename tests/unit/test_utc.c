// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/utc.h"

#include <stdio.h>
#include <time.h>

#include "unit.h"

#define SECOND 1000000000LL

static void check(struct tf_utc *cache, int64_t ns)
{
	time_t second = ns / SECOND - (ns % SECOND < 0);
	char text[TF_UTC_LEN + 1] = {0}, expected[80];
	struct tm tm;

	gmtime_r(&second, &tm);
	snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%09lldZ",
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (long long)((ns % SECOND + SECOND) % SECOND));
	assert_int_equal(tf_utc_format(cache, text, ns) - text, TF_UTC_LEN);
	assert_string_equal(text, expected);
}

static void test_times_are_formatted_as_expected(void **state)
{
	struct tf_utc cache = {0};
	char text[TF_UTC_LEN + 1] = {0};

	tf_utc_format(&cache, text, 0);
	assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
	tf_utc_format(&cache, text, 1709251199 * SECOND + 999999999); /* a leap day */
	assert_string_equal(text, "2024-02-29T23:59:59.999999999Z");
	tf_utc_format(&cache, text, -1);
	assert_string_equal(text, "1969-12-31T23:59:59.999999999Z");
}

static void test_times_are_as_gmtime_says(void **state)
{
	struct tf_utc cache = {0};

	/* Each day of six centuries, a bit past midnight, before it, at it. */
	for (int64_t day = -106750; day < 106750; day++) {
		int64_t ns = day * 86400 * SECOND;

		check(&cache, ns - 1);
		check(&cache, ns);
		check(&cache, ns + 123456789);
	}
	check(&cache, INT64_MAX);
	check(&cache, INT64_MIN);
}

static void test_the_cache_follows_time_back_and_forth(void **state)
{
	struct tf_utc cache = {0};
	static const int64_t times[] = {5 * SECOND,	5 * SECOND + 1,	   6 * SECOND - 1,
					6 * SECOND,	5 * SECOND - 1,	   INT64_MIN,
					INT64_MAX,	INT64_MIN + 1,	   0,
					86400 * SECOND, 86400 * SECOND - 1};

	for (size_t i = 0; i < COUNT(times); i++)
		check(&cache, times[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times_are_formatted_as_expected),
		cmocka_unit_test(test_times_are_as_gmtime_says),
		cmocka_unit_test(test_the_cache_follows_time_back_and_forth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
