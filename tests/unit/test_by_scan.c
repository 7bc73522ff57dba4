// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_by_scan.c - alerts about queues, pending handshakes and ports, and the crowds that look like
 * them
 */
#include "stage.h"
#include "unit.h"

static void test_a_full_accept_queue_with_drops_is_raised(void **state)
{
	const struct tf_alert_record *alert;

	stage_listener_scans(1, 0, 0);
	stage_listener_scans(2, 129, 5);
	alert = stage_raised(TF_ALERT_ACCEPT_QUEUE_FULL);
	assert_known(alert->count, 129);
	assert_known(alert->limit, 128);
	assert_known(alert->dropped, 5);
	assert_int_equal(alert->local_port, 80);
	assert_int_equal(alert->owner.pid, 801);
	assert_known(alert->examples[0].fd, 3);
	stage_listener_scans(3, 3, 0);
	assert_int_equal(stage_count(TF_ALERT_ACCEPT_QUEUE_FULL, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_a_queue_that_is_full_for_long_is_raised(void **state)
{
	stage_listener_scans(1, 128, 0);
	assert_int_equal(run.n_alerts, 0); /* full for a moment */
	stage_listener_scans(2, 128, 0);
	stage_raised(TF_ALERT_ACCEPT_QUEUE_FULL);
}

static void test_a_queue_that_moves_is_not_raised(void **state)
{
	for (unsigned int i = 0; i < 10; i++)
		stage_listener_scans(1, i % 2 ? 128 : 20, 0);
	stage_listener_scans(10, 100, 0);
	assert_int_equal(run.n_alerts, 0);
}

/* @again of @requests pending handshakes have been answered again. */
static void syn_scans(unsigned int n, uint32_t requests, uint32_t again, uint64_t finished_each)
{
	for (unsigned int i = 0; i < n; i++) {
		stage.scans.facts.snmp[TF_SNMP_PASSIVE_OPENS] += finished_each;
		scan_begin(&stage.scans);
		scan_listener(&stage.scans, 90, 80, 0, 512, requests, 0);
		for (uint32_t k = 0; k < requests; k++)
			scan_minisock(&stage.scans, TF_TCP_NEW_SYN_RECV, 80, (uint16_t)(1024 + k),
				      k < again);
		scan_end(&stage.scans, true);
		core_feed_tape();
		stage_pass(stage.scans.now, stage.scans.now + 10 * SECOND);
		stage.scans.now += 10 * SECOND;
	}
}

static void test_unfinished_handshakes_are_raised(void **state)
{
	const struct tf_alert_record *alert;

	syn_scans(3, 300, 200, 50);
	alert = stage_raised(TF_ALERT_SYN_RECV_FLOOD);
	assert_known(alert->count, 300);
	assert_known(alert->limit, 512);
	assert_int_equal(alert->local_port, 80);
	syn_scans(3, 0, 0, 50);
	assert_int_equal(stage_count(TF_ALERT_SYN_RECV_FLOOD, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_a_full_queue_of_handshakes_is_raised(void **state)
{
	syn_scans(3, 500, 60, 10);
	stage_raised(TF_ALERT_SYN_RECV_FLOOD);
}

static void test_many_young_handshakes_are_not_raised(void **state)
{
	syn_scans(4, 300, 5, 20000);
	syn_scans(4, 400, 150, 20000);
	assert_int_equal(run.n_alerts, 0);
}

static void test_used_up_ports_towards_one_destination_are_raised(void **state)
{
	const struct tf_alert_record *alert;

	stage.scans.facts.port_low = 50000;
	stage.scans.facts.port_high = 50099;
	stage_port_scan(79, 80);
	assert_int_equal(run.n_alerts, 0);
	stage_port_scan(81, 80);
	alert = stage_raised(TF_ALERT_TIME_WAIT_EXHAUSTION);
	assert_known(alert->count, 81);
	assert_known(alert->limit, 100);
	assert_true(alert->local_addr.known);
	assert_true(alert->remote_addr.known);
	assert_int_equal(alert->remote_port, 80);
	stage_port_scan(30, 80);
	stage_port_scan(30, 80);
	assert_int_equal(stage_count(TF_ALERT_TIME_WAIT_EXHAUSTION, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_ports_that_are_used_again_do_not_count(void **state)
{
	stage.scans.facts.port_low = 50000;
	stage.scans.facts.port_high = 50099;
	stage.scans.facts.tw_reuse = 1;
	stage_port_scan(100, 80);
	assert_int_equal(run.n_alerts, 0);
}

static void test_time_wait_of_a_server_does_not_count(void **state)
{
	stage.scans.facts.port_low = 50000;
	stage.scans.facts.port_high = 50009;
	for (unsigned int turn = 0; turn < 2; turn++) {
		scan_begin(&stage.scans);
		scan_listener(&stage.scans, 90, 50005, 0, 128, 0, 0);
		for (unsigned int i = 0; i < 1000; i++)
			scan_minisock(&stage.scans, TF_TCP_TIME_WAIT, 50005, (uint16_t)(1024 + i),
				      false);
		scan_end(&stage.scans, true);
		core_feed_tape();
	}
	assert_int_equal(run.n_alerts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_a_full_accept_queue_with_drops_is_raised),
		TEST(test_a_queue_that_is_full_for_long_is_raised),
		TEST(test_a_queue_that_moves_is_not_raised),
		TEST(test_unfinished_handshakes_are_raised),
		TEST(test_a_full_queue_of_handshakes_is_raised),
		TEST(test_many_young_handshakes_are_not_raised),
		TEST(test_used_up_ports_towards_one_destination_are_raised),
		TEST(test_ports_that_are_used_again_do_not_count),
		TEST(test_time_wait_of_a_server_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
