// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_alerts.c - the words and limits of each alert
 */
#include "unit.h"

#include "core/alert/alerts.h"

static void test_every_alert_has_words_limits_and_a_test(void **state)
{
	for (int i = 0; i < TF_ALERT_MAX; i++) {
		const struct tf_alert_info *info = tf_alerts_info(i);
		const struct tf_alert_limits *limits = &info->limits;

		assert_true(info->slug[0] && info->counted[0] && info->clause[0]);
		assert_true(info->said[0] && info->meaning[0] && info->remedy[0]);
		assert_true(info->related[0]);
		assert_non_null(strstr(info->test, ".py::test_"));
		assert_true(limits->count || limits->rate || limits->percent);
		assert_true(limits->percent <= 100);
		assert_false(limits->off);
	}
}

static void test_slugs_are_found_and_nothing_else(void **state)
{
	for (int i = 0; i < TF_ALERT_MAX; i++)
		assert_int_equal(tf_alerts_parse(tf_alerts_info(i)->slug), i);
	assert_int_equal(tf_alerts_parse("close_wait"), -1);
	assert_int_equal(tf_alerts_parse(""), -1);
	assert_int_equal(tf_alerts_parse("CLOSE_WAIT_PILEUP"), -1);
}

static void test_limits_of_the_user_replace_the_defaults(void **state)
{
	const struct tf_alert_limits own = {.count = 3}, off = {.off = true}, none = {0};
	const struct tf_alert_limits usual = tf_alerts_info(TF_ALERT_CLOSE_WAIT_PILEUP)->limits;
	struct tf_alert_limits limits = tf_alerts_limits(TF_ALERT_CLOSE_WAIT_PILEUP, &own);

	assert_memory_equal(&limits, &own, sizeof(own));
	limits = tf_alerts_limits(TF_ALERT_CLOSE_WAIT_PILEUP, &off);
	assert_memory_equal(&limits, &off, sizeof(off));
	limits = tf_alerts_limits(TF_ALERT_CLOSE_WAIT_PILEUP, &none);
	assert_memory_equal(&limits, &usual, sizeof(usual));
}

static void test_severities_have_names(void **state)
{
	assert_string_equal(tf_alerts_severity_name(TF_SEVERITY_WARNING), "warning");
	assert_string_equal(tf_alerts_severity_name(TF_SEVERITY_CRITICAL), "critical");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_alert_has_words_limits_and_a_test),
		cmocka_unit_test(test_slugs_are_found_and_nothing_else),
		cmocka_unit_test(test_limits_of_the_user_replace_the_defaults),
		cmocka_unit_test(test_severities_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
