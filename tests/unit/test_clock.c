// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/clock.h"

#include <time.h>

#include "unit.h"

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void test_the_offset_makes_utc_of_an_event_s_time(void **state)
{
	uint64_t before = realtime_ns(), after;
	uint64_t utc = tf_clock_boot_ns() + (uint64_t)tf_clock_utc_offset();

	after = realtime_ns();
	/* Of two clocks read one after the other: to a millisecond, if nothing comes between. */
	assert_true(utc + 1000000 > before && utc < after + 1000000);
}

static void test_a_step_is_noticed_either_way(void **state)
{
	int64_t offset = tf_clock_utc_offset();

	assert_true(tf_clock_stepped(offset + 2 * TF_CLOCK_SLACK_NS, tf_clock_boot_ns()));
	assert_true(tf_clock_stepped(offset - 2 * TF_CLOCK_SLACK_NS, tf_clock_boot_ns()));
	assert_true(tf_clock_stepped(offset - 3600 * 1000000000LL, tf_clock_boot_ns()));
}

static void test_a_clock_that_goes_on_has_not_stepped(void **state)
{
	int64_t offset = tf_clock_utc_offset();
	bool stepped = true;

	/* A pause between the two readings looks like a step; that often it is none. */
	for (int i = 0; i < 100 && stepped; i++)
		stepped = tf_clock_stepped(offset, tf_clock_boot_ns());
	assert_false(stepped);
}

static void test_durations_grow(void **state)
{
	uint64_t boot = tf_clock_boot_ns(), monotonic = tf_clock_monotonic_ns();

	assert_true(tf_clock_boot_ns() >= boot);
	assert_true(tf_clock_monotonic_ns() >= monotonic);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_offset_makes_utc_of_an_event_s_time),
		cmocka_unit_test(test_a_step_is_noticed_either_way),
		cmocka_unit_test(test_a_clock_that_goes_on_has_not_stepped),
		cmocka_unit_test(test_durations_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
