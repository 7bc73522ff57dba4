// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_judge.c - when a group is an alert: raised once, updated as it grows, cleared late
 */
#include "core/alert/judge.h"

#include "core/alert/rows.h"
#include "stage.h"
#include "unit.h"

#define ALERT TF_ALERT_LAST_ACK_PILEUP /* 50 of them, 10 s old */

static struct tf_alert_group group;

static int judge_set_up(void **state)
{
	group = (struct tf_alert_group){.key = {.alert = ALERT, .lport = 80}};
	return stage_set_up(state);
}

/* The group has @count members at @now, which is @level. Returns how many records there are. */
static size_t judge_at(uint64_t now, uint64_t count, enum tf_level level, uint64_t sustain_ns)
{
	run.core->now = FAR + now;
	group.count = count;
	tf_judge_group(run.core, tf_rows_of(ALERT), &group, level, sustain_ns);
	return run.n_alerts;
}

static void test_levels_leave_a_gap_between_few_and_enough(void **state)
{
	assert_int_equal(tf_judge_level(0, 0), TF_LEVEL_FEW);
	assert_int_equal(tf_judge_level(1, 0), TF_LEVEL_ENOUGH);
	assert_int_equal(tf_judge_level(50, 50), TF_LEVEL_ENOUGH);
	assert_int_equal(tf_judge_level(49, 50), TF_LEVEL_BETWEEN);
	assert_int_equal(tf_judge_level(25, 50), TF_LEVEL_BETWEEN);
	assert_int_equal(tf_judge_level(24, 50), TF_LEVEL_FEW);
	assert_int_equal(tf_judge_level(0, 50), TF_LEVEL_FEW);
}

static void test_a_share_is_rounded_up_and_never_0(void **state)
{
	assert_int_equal(tf_judge_share(tf_maybe_of(128), 100), 128);
	assert_int_equal(tf_judge_share(tf_maybe_of(5), 75), 4);
	assert_int_equal(tf_judge_share(tf_maybe_of(0), 75), 1);
	assert_int_equal(tf_judge_share((struct tf_maybe){0}, 75), 1);
}

static void test_an_alert_waits_until_its_group_was_enough_for_long(void **state)
{
	assert_int_equal(judge_at(0, 60, TF_LEVEL_ENOUGH, 3 * SECOND), 0);
	assert_int_equal(judge_at(2 * SECOND, 60, TF_LEVEL_ENOUGH, 3 * SECOND), 0);
	assert_int_equal(judge_at(3 * SECOND, 30, TF_LEVEL_BETWEEN, 3 * SECOND), 0);
	assert_int_equal(judge_at(4 * SECOND, 60, TF_LEVEL_ENOUGH, 3 * SECOND), 0);
	assert_int_equal(judge_at(7 * SECOND, 60, TF_LEVEL_ENOUGH, 3 * SECOND), 1);
	assert_int_equal(run.alerts[0].event, TF_ALERT_EVENT_RAISE);
	assert_known(run.alerts[0].since_ns, FAR + 7 * SECOND);
	assert_int_equal(run.core->stats.alerts, 1);
}

static void test_an_update_follows_growth_by_half_or_a_minute_of_any_growth(void **state)
{
	assert_int_equal(judge_at(0, 60, TF_LEVEL_ENOUGH, 0), 1);
	assert_int_equal(judge_at(SECOND, 90, TF_LEVEL_ENOUGH, 0), 1);
	assert_int_equal(judge_at(2 * SECOND, 91, TF_LEVEL_ENOUGH, 0), 2);
	assert_int_equal(run.alerts[1].event, TF_ALERT_EVENT_UPDATE);
	assert_int_equal(judge_at(61 * SECOND, 92, TF_LEVEL_ENOUGH, 0), 2);
	assert_int_equal(judge_at(62 * SECOND, 92, TF_LEVEL_ENOUGH, 0), 3);
	assert_int_equal(judge_at(200 * SECOND, 92, TF_LEVEL_ENOUGH, 0), 3);
	assert_int_equal(run.core->stats.alerts, 1);
}

static void test_an_alert_clears_after_its_group_was_few_for_10_s(void **state)
{
	assert_int_equal(judge_at(0, 80, TF_LEVEL_ENOUGH, 0), 1);
	assert_int_equal(judge_at(SECOND, 85, TF_LEVEL_ENOUGH, 0), 1);
	assert_int_equal(judge_at(20 * SECOND, 10, TF_LEVEL_FEW, 0), 1);
	assert_int_equal(judge_at(29 * SECOND, 30, TF_LEVEL_BETWEEN, 0), 1); /* begins again */
	assert_int_equal(judge_at(30 * SECOND, 10, TF_LEVEL_FEW, 0), 1);
	assert_int_equal(judge_at(39 * SECOND, 0, TF_LEVEL_FEW, 0), 1);
	assert_false(tf_judge_is_empty(&group));
	assert_int_equal(judge_at(40 * SECOND, 0, TF_LEVEL_FEW, 0), 2);
	assert_int_equal(run.alerts[1].event, TF_ALERT_EVENT_CLEAR);
	assert_known(run.alerts[1].count, 85); /* the most there were */
	assert_true(tf_judge_is_empty(&group));
	assert_int_equal(judge_at(41 * SECOND, 60, TF_LEVEL_ENOUGH, 0), 3); /* a new one */
	assert_int_equal(run.alerts[2].event, TF_ALERT_EVENT_RAISE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, judge_set_up, core_tear_down)
		cmocka_unit_test(test_levels_leave_a_gap_between_few_and_enough),
		cmocka_unit_test(test_a_share_is_rounded_up_and_never_0),
		TEST(test_an_alert_waits_until_its_group_was_enough_for_long),
		TEST(test_an_update_follows_growth_by_half_or_a_minute_of_any_growth),
		TEST(test_an_alert_clears_after_its_group_was_few_for_10_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
