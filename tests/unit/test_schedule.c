// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_schedule.c - limits, ceilings and snapshots of all alerts together
 */
#include "stage.h"
#include "unit.h"

static void test_limits_are_options(void **state)
{
	run.options.alert[TF_ALERT_SYN_SENT_PILEUP] =
		(struct tf_alert_limits){.count = 3, .age_ns = SECOND};
	run.options.alert[TF_ALERT_FIN_WAIT1_PILEUP].off = true;
	stage_restart();
	stage_syn_sent(3, 1, FAR);
	stage_open_some(60, true, 1000, FAR);
	for (unsigned int i = 0; i < 60; i++)
		play_to(&stage.players[i], TF_TCP_FIN_WAIT1);
	core_feed_tape();
	stage_pass(FAR, FAR + 60 * SECOND);
	stage_raised(TF_ALERT_SYN_SENT_PILEUP);
}

static void test_without_alerts_there_are_none(void **state)
{
	run.options.no_alerts = true;
	stage_restart();
	stage_syn_sent(300, 1, FAR);
	stage_listener_scans(3, 129, 4);
	stage_port_scan(100, 80);
	stage_refuse(120, SECOND / 2);
	stage_leave_behind(8, 60 * SECOND, false);
	assert_int_equal(run.n_alerts, 0);
}

/* Every key has its group, up to the ceiling; what comes then is counted as not counted. */
static void test_keys_without_room_are_counted(void **state)
{
	for (unsigned int i = 0; i < TF_SCHEDULE_GROUPS + 50; i++) {
		struct player p = play_socket(&tape, 1000 + i, false, FAR);

		p.c.st.tuple.raddr[14] = (uint8_t)(i >> 8);
		p.c.st.tuple.raddr[15] = (uint8_t)i;
		play_connect(&p);
		play_tcp_reset(&p);
		play_end(&p, 111 /* ECONNREFUSED */);
		play_destroy(&p, 0, true);
		core_feed_tape();
	}
	assert_int_equal(tf_core_stats(run.core)->alerts_uncounted, 50);
}

/* One scan: sockets count as if they had lasted, where their age is known. */
static void test_one_scan_is_enough_for_standing_alerts(void **state)
{
	run.options.standing = true;
	stage_restart();
	scan_begin(&stage.scans);
	scan_listener(&stage.scans, 90, 80, 129, 128, 0, 4);
	for (unsigned int i = 0; i < 60; i++) {
		struct player p = play_socket(&tape, 1000 + i, true, FAR);

		p.c.st.new_state = i < 30 ? TF_TCP_FIN_WAIT1 : TF_TCP_LAST_ACK;
		p.c.retransmits = i < 55;
		scan_sock(&stage.scans, &p, 100);
	}
	for (unsigned int i = 0; i < 25; i++) {
		struct player p = play_socket(&tape, 5000 + i, false, FAR);

		p.c.st.new_state = TF_TCP_SYN_SENT;
		p.c.write_seq = ++p.c.snd_nxt; /* the SYN */
		p.c.retransmits = 1;
		scan_sock(&stage.scans, &p, UINT32_MAX);
	}
	scan_end(&stage.scans, true);
	core_feed_tape();
	assert_int_equal(stage_count(TF_ALERT_ACCEPT_QUEUE_FULL, TF_ALERT_EVENT_RAISE), 1);
	assert_int_equal(stage_count(TF_ALERT_SYN_SENT_PILEUP, TF_ALERT_EVENT_RAISE), 1);
	assert_int_equal(run.n_alerts, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_limits_are_options),
		TEST(test_without_alerts_there_are_none),
		TEST(test_keys_without_room_are_counted),
		TEST(test_one_scan_is_enough_for_standing_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
