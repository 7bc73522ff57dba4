// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_standing.c - alerts kept beyond the call that brings them
 */
#include "core/alert/standing.h"

#include "unit.h"

static struct tf_alert_record raise(enum tf_alert alert, uint32_t pid, uint64_t count)
{
	return (struct tf_alert_record){
		.alert = alert,
		.event = TF_ALERT_EVENT_RAISE,
		.netns = 1,
		.owner = {.from = TF_OWNER_HOLDER, .pid = pid},
		.count = tf_maybe_of(count),
	};
}

static void test_the_critical_come_first_then_the_many(void **state)
{
	struct tf_standing standing = {0};
	static const uint32_t expected[] = {3, 2, 4, 1};

	for (uint32_t pid = 1; pid <= 4; pid++) {
		struct tf_alert_record record =
			raise(pid == 3 ? TF_ALERT_ACCEPT_QUEUE_FULL : TF_ALERT_CLOSE_WAIT_PILEUP,
			      pid, pid == 2 ? 900 : 50 + pid);

		tf_standing_take(&standing, &record);
	}
	tf_standing_sort(&standing);
	assert_int_equal(standing.n, 4);
	for (unsigned int i = 0; i < COUNT(expected); i++)
		assert_int_equal(tf_standing_alert(&standing, i)->owner.pid, expected[i]);
	tf_standing_free(&standing);
	assert_int_equal(standing.n, 0);
}

static void test_what_a_record_points_to_is_kept_too(void **state)
{
	struct tf_standing standing = {0};

	for (uint8_t i = 0; i < 100; i++) { /* the array moves meanwhile */
		struct tf_alert_record record = raise(TF_ALERT_SYN_SENT_PILEUP, 7, i);
		struct tf_ev_cgroup names = {.id = i};

		record.names = i % 2 ? &names : NULL;
		record.remote_port = i + 1;
		tf_standing_take(&standing, &record);
		memset(&names, 0xff, sizeof(names));
	}
	tf_standing_sort(&standing);
	assert_int_equal(standing.n, 100);
	for (unsigned int i = 0; i < 100; i++) {
		const struct tf_alert_record *record = tf_standing_alert(&standing, 99 - i);

		assert_known(record->count, i);
		assert_int_equal(!!record->names, i % 2);
		assert_int_equal(record->names ? record->names->id : i, i);
	}
	tf_standing_free(&standing);
}

static void test_updates_replace_and_clears_remove(void **state)
{
	struct tf_standing standing = {0};
	struct tf_alert_record first = raise(TF_ALERT_CLOSE_WAIT_PILEUP, 1, 50);
	struct tf_alert_record second = raise(TF_ALERT_CLOSE_WAIT_PILEUP, 2, 60);

	tf_standing_take(&standing, &first);
	tf_standing_take(&standing, &second);
	first.event = TF_ALERT_EVENT_UPDATE;
	first.count = tf_maybe_of(500);
	tf_standing_take(&standing, &first);
	assert_int_equal(standing.n, 2);
	assert_known(tf_standing_alert(&standing, 0)->count, 500);
	second.remote_addr = (struct tf_alert_address){true, {1}}; /* another key */
	tf_standing_take(&standing, &second);
	assert_int_equal(standing.n, 3);
	first.event = TF_ALERT_EVENT_CLEAR;
	tf_standing_take(&standing, &first);
	tf_standing_take(&standing, &first); /* of what does not stand: nothing */
	assert_int_equal(standing.n, 2);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(tf_standing_alert(&standing, i)->owner.pid, 2);
	tf_standing_free(&standing);
}

static void test_more_than_the_ceiling_is_counted(void **state)
{
	struct tf_standing standing = {0};
	struct tf_alert_record record;

	for (uint32_t i = 0; i < TF_STANDING_MAX + 5; i++) {
		record = raise(TF_ALERT_CLOSE_WAIT_PILEUP, i + 1, 50);
		tf_standing_take(&standing, &record);
	}
	assert_int_equal(standing.n, TF_STANDING_MAX);
	assert_int_equal(standing.left_out, 5);
	tf_standing_free(&standing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_critical_come_first_then_the_many),
		cmocka_unit_test(test_what_a_record_points_to_is_kept_too),
		cmocka_unit_test(test_updates_replace_and_clears_remove),
		cmocka_unit_test(test_more_than_the_ceiling_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
