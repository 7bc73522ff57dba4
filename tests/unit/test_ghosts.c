// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_ghosts.c - connections that their peer left behind, and those that are only idle
 */
#include "stage.h"
#include "unit.h"

#define QUARTER (900 * SECOND)

static void test_connections_that_a_peer_left_behind_are_raised(void **state)
{
	const struct tf_alert_record *alert;

	stage_leave_behind(8, 60 * SECOND, false);
	alert = stage_raised(TF_ALERT_GHOST_ESTABLISHED);
	assert_known(alert->count, 7);
	assert_int_equal(alert->local_port, 80);
	assert_true(alert->remote_addr.known);
	assert_true(tf_maybe_value(alert->oldest_us) >= 900000000);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
}

static void test_connections_with_keepalive_are_not_raised(void **state)
{
	stage_leave_behind(8, 60 * SECOND, true);
	assert_int_equal(run.n_alerts, 0);
}

/* All were in use at the same time, then idle; one more was opened later. */
static void test_a_pool_of_idle_connections_is_not_raised(void **state)
{
	stage_open_some(50, true, 1000, FAR);
	stage.players[50] = play_socket(&tape, 2000, true, FAR + QUARTER);
	play_open(&stage.players[50]);
	core_feed_tape();
	stage.scans.now = FAR + 2 * QUARTER;
	scan_begin(&stage.scans);
	for (unsigned int i = 0; i <= 50; i++)
		scan_sock(&stage.scans, &stage.players[i],
			  i == 50 ? 10 : (uint32_t)((stage.scans.now - FAR - 100 * SECOND) / MS));
	scan_end(&stage.scans, true);
	core_feed_tape();
	assert_int_equal(run.n_alerts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_connections_that_a_peer_left_behind_are_raised),
		TEST(test_connections_with_keepalive_are_not_raised),
		TEST(test_a_pool_of_idle_connections_is_not_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
