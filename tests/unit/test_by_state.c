// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_by_state.c - alerts about sockets in a state, and the crowds that look like them
 */
#include "core/filter.h"
#include "stage.h"
#include "unit.h"

static void to_close_wait(unsigned int from, unsigned int n, uint64_t now)
{
	for (unsigned int i = from; i < from + n; i++) {
		stage.players[i].now = now;
		play_peer_fin(&stage.players[i], true);
		play_to(&stage.players[i], TF_TCP_CLOSE_WAIT);
	}
	core_feed_tape();
}

static void close_all(unsigned int n, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		stage.players[i].now = now;
		play_to(&stage.players[i], TF_TCP_LAST_ACK);
		stage.players[i].c.st.flags |= TF_F_DEAD;
		play_fin_acked(&stage.players[i]);
		play_end(&stage.players[i], 0);
	}
	core_feed_tape();
}

static void test_close_wait_is_raised_updated_and_cleared(void **state)
{
	const struct tf_alert_record *alert;

	stage_open_some(200, false, 1000, FAR);
	to_close_wait(0, 60, FAR + SECOND);
	stage_pass(FAR + SECOND, FAR + 50 * SECOND);
	assert_int_equal(run.n_alerts, 0); /* not old enough */
	stage_pass(FAR + 50 * SECOND, FAR + 70 * SECOND);
	alert = stage_raised(TF_ALERT_CLOSE_WAIT_PILEUP);
	assert_known(alert->count, 60);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->remote_port, 80);
	assert_int_equal(alert->local_port, 0);
	assert_false(alert->remote_addr.known);
	assert_true(tf_maybe_value(alert->oldest_us) >= 60000000 &&
		    tf_maybe_value(alert->oldest_us) < 63000000);
	assert_int_equal(alert->oldest_at_least, TF_NO);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
	assert_int_equal(alert->examples[0].state, TF_TCP_CLOSE_WAIT);
	assert_unknown(alert->eof_read);
	to_close_wait(60, 100, FAR + 71 * SECOND);
	stage_pass(FAR + 71 * SECOND, FAR + 140 * SECOND);
	assert_int_equal(stage_count(TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE), 1);
	assert_known(run.alerts[1].count, 160);
	assert_known(run.alerts[1].since_ns, tf_maybe_value(run.alerts[0].since_ns));
	assert_true(tf_maybe_known(run.alerts[1].rate_per_min));
	close_all(160, FAR + 141 * SECOND);
	stage_pass(FAR + 141 * SECOND, FAR + 160 * SECOND);
	assert_int_equal(stage_count(TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_CLEAR), 1);
	assert_known(run.alerts[2].count, 160); /* the most there were */
	assert_int_equal(run.n_alerts, 3);
	assert_int_equal(tf_core_stats(run.core)->alerts, 1);
}

static void test_close_wait_that_passes_is_not_raised(void **state)
{
	for (unsigned int turn = 0; turn < 20; turn++) {
		uint64_t now = FAR + turn * 10 * SECOND;

		stage_open_some(200, true, 1000 + 1000 * turn, now);
		to_close_wait(0, 200, now + SECOND);
		close_all(200, now + 8 * SECOND);
		stage_pass(now + 8 * SECOND, now + 9 * SECOND);
	}
	assert_int_equal(run.n_alerts, 0);
}

/* Those of before the start are as old as their peers are silent, at least. */
static void test_close_wait_from_before_the_start_counts_at_once(void **state)
{
	const struct tf_alert_record *alert;

	scan_begin(&stage.scans);
	scan_listener(&stage.scans, 90, 80, 0, 128, 0, 0);
	for (unsigned int i = 0; i < 60; i++) {
		struct player p = play_socket(&tape, 1000 + i, true, FAR);

		p.c.st.new_state = TF_TCP_CLOSE_WAIT;
		p.c.st.flags |= TF_F_DONE;
		stage.scans.now -= MS;
		scan_sock(&stage.scans, &p, 3600000 / 2 - i);
		scan_holder(&stage.scans, 1000 + i, 221, 10 + (int)i, "java");
	}
	scan_end(&stage.scans, true);
	core_feed_tape();
	stage_pass(stage.scans.now, stage.scans.now + 2 * SECOND);
	alert = stage_raised(TF_ALERT_CLOSE_WAIT_PILEUP);
	assert_known(alert->count, 60);
	assert_int_equal(alert->local_port, 80);
	assert_int_equal(alert->owner.pid, 221);
	assert_int_equal(alert->oldest_at_least, TF_YES);
	assert_true(tf_maybe_value(alert->oldest_us) >= 1800000000 - 1000000);
	assert_known(alert->eof_read, 60);
	assert_known(alert->bytes_unread, 0);
	assert_true(tf_maybe_value(alert->examples[0].fd) >= 10);
}

/* A scan may take longer than the time between two evaluations; half of its sockets, and none of
 * their owners, would be an alert of less. */
static void test_a_snapshot_is_judged_at_its_end_alone(void **state)
{
	const struct tf_alert_record *alert;

	run.options.standing = true;
	stage_restart();
	scan_begin(&stage.scans);
	scan_listener(&stage.scans, 90, 80, 0, 128, 0, 0);
	for (unsigned int i = 0; i < 120; i++) {
		struct player p = play_socket(&tape, 1000 + i, true, FAR);

		p.c.st.new_state = TF_TCP_CLOSE_WAIT;
		p.c.st.flags |= TF_F_DONE;
		scan_sock(&stage.scans, &p, 3600000 / 2);
		stage.scans.now += 100 * MS;
	}
	for (unsigned int i = 0; i < 120; i++)
		scan_holder(&stage.scans, 1000 + i, 221, 10 + (int)i, "java");
	core_feed_tape();
	assert_int_equal(run.n_alerts, 0);
	scan_end(&stage.scans, true);
	core_feed_tape();
	assert_int_equal(run.n_alerts, 1);
	alert = stage_raised(TF_ALERT_CLOSE_WAIT_PILEUP);
	assert_known(alert->count, 120);
	assert_int_equal(alert->owner.from, TF_OWNER_HOLDER);
	assert_int_equal(alert->owner.pid, 221);
	assert_known(alert->eof_read, 120);
}

static void test_unanswered_connects_are_raised(void **state)
{
	const struct tf_alert_record *alert;

	stage_syn_sent(40, 1, FAR);
	stage_pass(FAR, FAR + 5 * SECOND);
	alert = stage_raised(TF_ALERT_SYN_SENT_PILEUP);
	assert_known(alert->count, 40);
	assert_true(alert->remote_addr.known);
	assert_int_equal(alert->remote_port, 80);
	assert_unknown(alert->destinations);
}

/* The events of SYN_SENT come before connect() has chosen the port; a scan finds it. */
static void test_examples_have_the_port_that_a_scan_found(void **state)
{
	stage.scans.now = FAR;
	for (unsigned int i = 0; i < 25; i++) {
		stage.players[i] = play_socket(&tape, 5000 + i, false, FAR);
		stage.players[i].c.st.tuple.lport = 0;
		play_connect(&stage.players[i]);
		stage.players[i].c.st.tuple.lport = 40000;
	}
	stage.scans.now = FAR + SECOND;
	scan_begin(&stage.scans);
	for (unsigned int i = 0; i < 25; i++)
		scan_sock(&stage.scans, &stage.players[i], UINT32_MAX);
	scan_end(&stage.scans, true);
	core_feed_tape();
	stage_pass(stage.scans.now, FAR + 5 * SECOND);
	assert_int_equal(stage_raised(TF_ALERT_SYN_SENT_PILEUP)->examples[0].tuple.lport, 40000);
}

static void test_connects_to_many_destinations_are_one_alert_of_their_process(void **state)
{
	const struct tf_alert_record *alert;

	stage_syn_sent(200, 200, FAR);
	stage_pass(FAR, FAR + 5 * SECOND);
	alert = stage_raised(TF_ALERT_SYN_SENT_PILEUP);
	assert_false(alert->remote_addr.known);
	assert_known(alert->count, 200);
	assert_known(alert->destinations, 200);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
}

static void test_a_burst_of_connects_is_not_raised(void **state)
{
	stage_open_some(500, false, 1000, FAR);
	stage_pass(FAR, FAR + 10 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

static void test_unacknowledged_fins_are_raised(void **state)
{
	const struct tf_alert_record *alert;

	stage_open_some(60, true, 1000, FAR);
	for (unsigned int i = 0; i < 60; i++)
		play_to(&stage.players[i], TF_TCP_FIN_WAIT1);
	core_feed_tape();
	stage_pass(FAR, FAR + 15 * SECOND);
	alert = stage_raised(TF_ALERT_FIN_WAIT1_PILEUP);
	assert_known(alert->count, 60);
	assert_int_equal(alert->local_port, 80);
	assert_int_equal(alert->owner.from, TF_OWNER_NONE);
}

static void test_missing_last_acks_are_raised(void **state)
{
	stage_open_some(60, true, 1000, FAR);
	to_close_wait(0, 60, FAR + SECOND);
	for (unsigned int i = 0; i < 60; i++)
		play_to(&stage.players[i], TF_TCP_LAST_ACK);
	core_feed_tape();
	stage_pass(FAR + 2 * SECOND, FAR + 15 * SECOND);
	assert_int_equal(stage_raised(TF_ALERT_LAST_ACK_PILEUP)->local_port, 80);
}

static void scan_fin_wait2(unsigned int n, uint16_t lport, uint16_t rport)
{
	for (unsigned int i = 0; i < n; i++)
		scan_minisock(&stage.scans, TF_TCP_FIN_WAIT2, (uint16_t)(lport + i), rport, false);
}

static void test_fin_wait2_is_counted_with_minisocks(void **state)
{
	const struct tf_alert_record *alert;

	for (unsigned int turn = 0; turn < 5; turn++) {
		scan_begin(&stage.scans);
		scan_fin_wait2(60, 50000, 80);
		scan_end(&stage.scans, true);
		core_feed_tape();
		stage_pass(stage.scans.now, stage.scans.now + 10 * SECOND);
		stage.scans.now += 10 * SECOND;
		if (turn < 3)
			assert_int_equal(run.n_alerts, 0); /* they may be passing ones */
	}
	alert = stage_raised(TF_ALERT_FIN_WAIT2_STUCK);
	assert_known(alert->count, 60);
	assert_true(alert->remote_addr.known);
	scan_begin(&stage.scans);
	scan_end(&stage.scans, true);
	core_feed_tape();
	stage_pass(stage.scans.now, stage.scans.now + 20 * SECOND);
	assert_int_equal(stage_count(TF_ALERT_FIN_WAIT2_STUCK, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_minisocks_that_the_filter_turns_away_are_not_counted(void **state)
{
	static struct tf_filter filter;

	tf_filter_init(&filter);
	filter.rport.any = false;
	filter.rport.bits[443 / 64] = 1ULL << 443 % 64;
	run.options.filter = &filter;
	stage_restart();
	for (unsigned int turn = 0; turn < 5; turn++) {
		scan_begin(&stage.scans);
		scan_fin_wait2(60, 50000, 443);
		scan_fin_wait2(70, 50000, 80); /* to the same address: they would be one group */
		scan_end(&stage.scans, true);
		core_feed_tape();
		stage_pass(stage.scans.now, stage.scans.now + 10 * SECOND);
		stage.scans.now += 10 * SECOND;
	}
	assert_int_equal(run.n_alerts, 1);
	assert_known(stage_raised(TF_ALERT_FIN_WAIT2_STUCK)->count, 60);
}

/* The record that begins a scan may be damaged in a recording, and is skipped then. */
static void test_a_scan_without_its_beginning_counts_no_minisock_again(void **state)
{
	scan_begin(&stage.scans);
	for (unsigned int turn = 0; turn < 6; turn++) {
		scan_fin_wait2(30, 50000, 80);
		scan_end(&stage.scans, true);
		core_feed_tape();
		stage_pass(stage.scans.now, stage.scans.now + 10 * SECOND);
		stage.scans.now += 10 * SECOND;
	}
	assert_int_equal(run.n_alerts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_close_wait_is_raised_updated_and_cleared),
		TEST(test_close_wait_that_passes_is_not_raised),
		TEST(test_close_wait_from_before_the_start_counts_at_once),
		TEST(test_a_snapshot_is_judged_at_its_end_alone),
		TEST(test_unanswered_connects_are_raised),
		TEST(test_examples_have_the_port_that_a_scan_found),
		TEST(test_connects_to_many_destinations_are_one_alert_of_their_process),
		TEST(test_a_burst_of_connects_is_not_raised),
		TEST(test_unacknowledged_fins_are_raised),
		TEST(test_missing_last_acks_are_raised),
		TEST(test_fin_wait2_is_counted_with_minisocks),
		TEST(test_minisocks_that_the_filter_turns_away_are_not_counted),
		TEST(test_a_scan_without_its_beginning_counts_no_minisock_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
