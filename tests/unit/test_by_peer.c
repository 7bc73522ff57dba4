// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_by_peer.c - storms and flaps, and the crowds that look like them
 */
#include "stage.h"
#include "unit.h"

static void test_many_resets_of_one_peer_are_a_storm(void **state)
{
	const struct tf_alert_record *alert;

	for (unsigned int i = 0; i < 120; i++)
		stage_reset_one(1000 + i, false, FAR + i * SECOND / 2, 100 * MS, 10);
	alert = stage_raised(TF_ALERT_RESET_STORM);
	assert_known(alert->fate, TF_FATE_RESET_BY_REMOTE);
	assert_true(tf_maybe_value(alert->rate_per_min) >= 60);
	assert_true(alert->remote_addr.known);
	assert_int_equal(alert->remote_port, 80);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->n_examples, 1);
	stage_pass(FAR + 60 * SECOND, FAR + 200 * SECOND);
	assert_int_equal(stage_count(TF_ALERT_RESET_STORM, TF_ALERT_EVENT_CLEAR), 1);
}

/* The end of a load test: all its connections in the same moment, and no more. */
static void test_one_burst_of_resets_is_no_storm(void **state)
{
	for (unsigned int i = 0; i < 400; i++)
		stage_reset_one(1000 + i, true, FAR + i * MS, 100 * MS, 10);
	stage_pass(FAR + SECOND, FAR + 100 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

static void test_health_checks_are_no_storm(void **state)
{
	for (unsigned int i = 0; i < 400; i++)
		stage_reset_one(1000 + i, true, FAR + i * SECOND / 4, MS, 0);
	assert_int_equal(run.n_alerts, 0);
}

static void test_many_refused_connects_are_a_storm(void **state)
{
	const struct tf_alert_record *alert;

	stage_refuse(120, SECOND / 2);
	alert = stage_raised(TF_ALERT_REFUSED_STORM);
	assert_true(alert->remote_addr.known);
	assert_unknown(alert->fate);
}

static void test_a_client_that_backs_off_is_no_storm(void **state)
{
	stage_refuse(30, 5 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

static void test_a_peer_that_is_reset_and_reconnects_flaps(void **state)
{
	const struct tf_alert_record *alert;

	for (unsigned int i = 0; i < 30; i++)
		stage_reset_one(1000 + i, true, FAR + i * SECOND, 300 * MS, 20);
	assert_int_equal(stage_count(TF_ALERT_RECONNECT_FLAP, TF_ALERT_EVENT_RAISE), 1);
	alert = &run.alerts[0];
	assert_int_equal(alert->alert, TF_ALERT_RECONNECT_FLAP);
	assert_int_equal(alert->local_port, 80);
	assert_true(alert->remote_addr.known);
}

static void served(uint64_t sock, uint64_t now)
{
	struct player p = play_socket(&tape, sock, true, now);

	play_open(&p);
	play_receive(&p, 100, 100);
	play_write(&p, 1000, 1000, 0);
	play_task(&p, TF_F_FILE_GONE);
	play_close(&p);
	play_softirq(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_peer_fin(&p, false);
	play_end(&p, 0);
	core_feed_tape();
}

/* Short connections of one client, each served and closed from here: HTTP without keep-alive. */
static void test_short_connections_that_are_served_are_no_flap(void **state)
{
	for (unsigned int i = 0; i < 2000; i++)
		served(1000 + i, FAR + i * 20 * MS);
	assert_int_equal(run.n_alerts, 0);
}

static void test_a_crowd_behind_one_address_is_no_flap(void **state)
{
	for (unsigned int i = 0; i < 300; i++) {
		served(10000 + 3 * i, FAR + i * 100 * MS);
		served(10001 + 3 * i, FAR + i * 100 * MS + 20 * MS);
		if (i % 4 == 0)
			stage_reset_one(10002 + 3 * i, true, FAR + i * 100 * MS + 40 * MS, 20 * MS,
					20);
	}
	assert_int_equal(stage_count(TF_ALERT_RECONNECT_FLAP, TF_ALERT_EVENT_RAISE), 0);
}

static uint32_t groups(void)
{
	return run.core->alerting.groups[TF_GROUPS_COMMON].pool.used;
}

/* Each port of a listener that lives for a moment has groups of its own, which go when the minute
 * has passed. */
static void test_peers_that_were_cut_off_once_are_forgotten(void **state)
{
	for (unsigned int i = 0; i < 40; i++)
		stage_reset_one(1000 + i, true, FAR + i * SECOND / 4, 200 * MS, 20);
	assert_int_equal(groups(), 2); /* of storms, of flaps */
	stage_pass(FAR + 10 * SECOND, FAR + 75 * SECOND);
	assert_int_equal(groups(), 1);
	stage_pass(FAR + 75 * SECOND, FAR + 500 * SECOND);
	assert_int_equal(groups(), 0);
}

/* @n resets within 32 s; the burst after this one comes when the window has long been empty. */
static void burst(unsigned int number, unsigned int n)
{
	uint64_t begin = FAR + number * 90 * SECOND;

	for (unsigned int i = 0; i < n; i++)
		stage_reset_one(1000 + number * 100 + i, false, begin + i * 2 * SECOND / 5, MS, 10);
	stage_pass(begin + 33 * SECOND, begin + 89 * SECOND);
}

static void test_a_little_more_than_usual_is_no_storm(void **state)
{
	for (unsigned int number = 0; number < 40; number++)
		burst(number, 50);
	burst(40, 80);
	assert_int_equal(run.n_alerts, 0);
}

static void test_the_same_without_a_usual_rate_is_a_storm(void **state)
{
	burst(0, 80);
	assert_int_equal(stage_count(TF_ALERT_RESET_STORM, TF_ALERT_EVENT_RAISE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_many_resets_of_one_peer_are_a_storm),
		TEST(test_one_burst_of_resets_is_no_storm),
		TEST(test_health_checks_are_no_storm),
		TEST(test_many_refused_connects_are_a_storm),
		TEST(test_a_client_that_backs_off_is_no_storm),
		TEST(test_a_peer_that_is_reset_and_reconnects_flaps),
		TEST(test_short_connections_that_are_served_are_no_flap),
		TEST(test_a_crowd_behind_one_address_is_no_flap),
		TEST(test_peers_that_were_cut_off_once_are_forgotten),
		TEST(test_a_little_more_than_usual_is_no_storm),
		TEST(test_the_same_without_a_usual_rate_is_a_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
