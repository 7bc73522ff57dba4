// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_rows.c - the behaviour of each alert: no row lacks anything, whatever limits the user gives
 */
#include "unit.h"

#include "core/alert/rows.h"

static void test_every_row_is_whole(void **state)
{
	for (int i = 0; i < TF_ALERT_MAX; i++) {
		const struct tf_alert_info *info = tf_alerts_info(i);
		const char *lacks = tf_rows_lacks(tf_rows_of(i), &info->limits);

		if (lacks)
			fail_msg("alerts.def: %s lacks %s", info->slug, lacks);
		assert_int_equal(tf_rows_of(i)->alert, i);
	}
}

/* One thing is taken out of a whole row. */
#define EXPECT_LACK(of, member, what)                                                              \
	do {                                                                                       \
		struct tf_alert_row row = *tf_rows_of(of);                                         \
		struct tf_alert_limits limits = tf_alerts_info(of)->limits;                        \
                                                                                                   \
		memset(&(member), 0, sizeof(member));                                              \
		assert_string_equal(tf_rows_lacks(&row, &limits), what);                           \
	} while (0)

static void test_a_row_that_lacks_something_says_what(void **state)
{
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, row.kind, "a kind");
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, row.key, "a key");
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, row.judge, "a judge");
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, row.examples, "a function of examples");
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, row.state, "a state");
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, row.queue, "a state");
	EXPECT_LACK(TF_ALERT_CLOSE_WAIT_PILEUP, limits, "a limit of count");
	EXPECT_LACK(TF_ALERT_ACCEPT_QUEUE_FULL, row.hears, "something to count");
	EXPECT_LACK(TF_ALERT_RESET_STORM, row.hears, "ended connections");
	EXPECT_LACK(TF_ALERT_RESET_STORM, row.counts, "ended connections");
	EXPECT_LACK(TF_ALERT_RESET_STORM, row.bucket_ms, "buckets");
	EXPECT_LACK(TF_ALERT_RESET_STORM, limits.age_ns, "a limit of age");
	EXPECT_LACK(TF_ALERT_RESET_STORM, limits.rate, "a limit of rate");
}

static void test_no_bucket_has_length_0(void **state)
{
	static const struct tf_alert_limits ages[] = {
		{.age_ns = 0}, {.age_ns = 1}, {.age_ns = UINT64_MAX}};

	for (int i = 0; i < TF_ALERT_MAX; i++) {
		const struct tf_alert_row *row = tf_rows_of(i);

		for (size_t k = 0; k < COUNT(ages); k++)
			assert_true(tf_rows_bucket_ns(row, &ages[k]) >= 100000000);
	}
}

static void test_a_bucket_is_fixed_or_a_third_of_the_age(void **state)
{
	const struct tf_alert_limits limits = {.age_ns = 30000000000};

	assert_int_equal(tf_rows_bucket_ns(tf_rows_of(TF_ALERT_RESET_STORM), &limits), 10000000000);
	assert_int_equal(tf_rows_bucket_ns(tf_rows_of(TF_ALERT_RECONNECT_FLAP), &limits),
			 10000000000);
	assert_int_equal(tf_rows_bucket_ns(tf_rows_of(TF_ALERT_REFUSED_STORM),
					   &(struct tf_alert_limits){.age_ns = 3000000000}),
			 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_whole),
		cmocka_unit_test(test_a_row_that_lacks_something_says_what),
		cmocka_unit_test(test_no_bucket_has_length_0),
		cmocka_unit_test(test_a_bucket_is_fixed_or_a_third_of_the_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
