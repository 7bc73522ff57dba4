// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_detect.c - each detector: its group, the crowd that looks like it, growth and the end of it
 */
#include "unit.h"

#include "core/alert/schedule.h"
#include "core/engine.h"
#include "core/states.h"
#include "scans.h"
#include "run.h"

#define SECOND (1000 * MS)
#define FAR (10000 * SECOND)

static struct run run;
static struct tape tape;
static struct scans r;

static int set_up(void **state)
{
	run = (struct run){0};
	tape = (struct tape){0};
	run.options.max_connections = 8192;
	run_start(&run);
	r = rounds_start(&tape, FAR);
	return 0;
}

static int tear_down(void **state)
{
	run_free(&run);
	tape_free(&tape);
	return 0;
}

static void feed(void)
{
	run_feed(&run, &tape);
	tape.n = 0;
}

/* Ticks, once a second, up to @now. */
static void pass(uint64_t from, uint64_t now)
{
	for (; from < now; from += SECOND)
		run_tick(&run, from);
	run_tick(&run, now);
}

static size_t count(enum tf_alert alert, enum tf_alert_event event)
{
	size_t n = 0;

	for (size_t i = 0; i < run.n_alerts; i++)
		n += run.alerts[i].alert == alert && run.alerts[i].event == event;
	return n;
}

/* The one that was raised, of @alert and nothing else; it may have grown since. */
static const struct tf_alert_record *raised(enum tf_alert alert)
{
	assert_int_equal(run.n_alerts, 1 + count(alert, TF_ALERT_EVENT_UPDATE));
	assert_int_equal(run.alerts[0].alert, alert);
	assert_int_equal(run.alerts[0].event, TF_ALERT_EVENT_RAISE);
	return &run.alerts[0];
}

/* --- states ------------------------------------------------------------------------------------*/

static struct player players[512];

static void open_some(unsigned int n, bool server, uint64_t first, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		players[i] = play_socket(&tape, first + i, server, now);
		play_open(&players[i]);
	}
	feed();
}

static void to_close_wait(unsigned int from, unsigned int n, uint64_t now)
{
	for (unsigned int i = from; i < from + n; i++) {
		players[i].now = now;
		play_peer_fin(&players[i], true);
		play_to(&players[i], TF_TCP_CLOSE_WAIT);
	}
	feed();
}

static void close_all(unsigned int n, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		players[i].now = now;
		play_to(&players[i], TF_TCP_LAST_ACK);
		players[i].c.st.flags |= TF_F_DEAD;
		play_fin_acked(&players[i]);
		play_end(&players[i], 0);
	}
	feed();
}

static void test_close_wait_is_raised_updated_and_cleared(void **state)
{
	const struct tf_alert_record *alert;

	open_some(200, false, 1000, FAR);
	to_close_wait(0, 60, FAR + SECOND);
	pass(FAR + SECOND, FAR + 50 * SECOND);
	assert_int_equal(run.n_alerts, 0); /* not old enough */
	pass(FAR + 50 * SECOND, FAR + 70 * SECOND);
	alert = raised(TF_ALERT_CLOSE_WAIT_PILEUP);
	assert_int_equal(alert->count, 60);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->remote_port, 80);
	assert_int_equal(alert->local_port, 0);
	assert_null(alert->remote_addr);
	assert_true(alert->oldest_us >= 60000000 && alert->oldest_us < 63000000);
	assert_false(alert->oldest_at_least);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
	assert_int_equal(alert->examples[0].state, TF_TCP_CLOSE_WAIT);
	assert_int_equal(alert->eof_read, TF_UNKNOWN_U64);
	to_close_wait(60, 100, FAR + 71 * SECOND);
	pass(FAR + 71 * SECOND, FAR + 140 * SECOND);
	assert_int_equal(count(TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE), 1);
	assert_int_equal(run.alerts[1].count, 160);
	assert_int_equal(run.alerts[1].since_ns, run.alerts[0].since_ns);
	assert_true(run.alerts[1].rate_per_min != TF_UNKNOWN_U64);
	close_all(160, FAR + 141 * SECOND);
	pass(FAR + 141 * SECOND, FAR + 160 * SECOND);
	assert_int_equal(count(TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_CLEAR), 1);
	assert_int_equal(run.alerts[2].count, 160); /* the most there were */
	assert_int_equal(run.n_alerts, 3);
	assert_int_equal(tf_core_stats(run.core)->alerts, 1);
}

static void test_close_wait_that_passes_is_nothing(void **state)
{
	for (unsigned int turn = 0; turn < 20; turn++) {
		uint64_t now = FAR + turn * 10 * SECOND;

		open_some(200, true, 1000 + 1000 * turn, now);
		to_close_wait(0, 200, now + SECOND);
		close_all(200, now + 8 * SECOND);
		pass(now + 8 * SECOND, now + 9 * SECOND);
	}
	assert_int_equal(run.n_alerts, 0);
}

/* Those of before the start are as old as their peers are silent, at least. */
static void test_close_wait_of_before_the_start_counts_at_once(void **state)
{
	const struct tf_alert_record *alert;

	scan_begin(&r);
	scan_listener(&r, 90, 80, 0, 128, 0, 0);
	for (unsigned int i = 0; i < 60; i++) {
		struct player p = play_socket(&tape, 1000 + i, true, FAR);

		p.c.st.new_state = TF_TCP_CLOSE_WAIT;
		p.c.st.flags |= TF_F_DONE;
		r.now -= MS;
		scan_sock(&r, &p, 3600000 / 2 - i);
		scan_holder(&r, 1000 + i, 221, 10 + (int)i, "java");
	}
	scan_end(&r, true);
	feed();
	pass(r.now, r.now + 2 * SECOND);
	alert = raised(TF_ALERT_CLOSE_WAIT_PILEUP);
	assert_int_equal(alert->count, 60);
	assert_int_equal(alert->local_port, 80);
	assert_int_equal(alert->owner.pid, 221);
	assert_true(alert->oldest_at_least);
	assert_true(alert->oldest_us >= 1800000000 - 1000000);
	assert_int_equal(alert->eof_read, 60);
	assert_int_equal(alert->bytes_unread, 0);
	assert_true(alert->examples[0].fd >= 10);
}

static void syn_sent(unsigned int n, unsigned int destinations, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		struct player p = play_socket(&tape, 5000 + i, false, now);

		p.c.st.tuple.raddr[15] = (uint8_t)(i % destinations);
		play_connect(&p);
	}
	feed();
}

static void test_connects_without_an_answer(void **state)
{
	const struct tf_alert_record *alert;

	syn_sent(40, 1, FAR);
	pass(FAR, FAR + 5 * SECOND);
	alert = raised(TF_ALERT_SYN_SENT_PILEUP);
	assert_int_equal(alert->count, 40);
	assert_non_null(alert->remote_addr);
	assert_int_equal(alert->remote_port, 80);
	assert_int_equal(alert->destinations, TF_UNKNOWN_U64);
}

/* The events of SYN_SENT come before connect() has chosen the port; a scan finds it. */
static void test_examples_have_the_port_that_a_scan_found(void **state)
{
	r.now = FAR;
	for (unsigned int i = 0; i < 25; i++) {
		players[i] = play_socket(&tape, 5000 + i, false, FAR);
		players[i].c.st.tuple.lport = 0;
		play_connect(&players[i]);
		players[i].c.st.tuple.lport = 40000;
	}
	r.now = FAR + SECOND;
	scan_begin(&r);
	for (unsigned int i = 0; i < 25; i++)
		scan_sock(&r, &players[i], UINT32_MAX);
	scan_end(&r, true);
	feed();
	pass(r.now, FAR + 5 * SECOND);
	assert_int_equal(raised(TF_ALERT_SYN_SENT_PILEUP)->examples[0].tuple.lport, 40000);
}

static void test_a_scan_is_one_alert_of_its_process(void **state)
{
	const struct tf_alert_record *alert;

	syn_sent(200, 200, FAR);
	pass(FAR, FAR + 5 * SECOND);
	alert = raised(TF_ALERT_SYN_SENT_PILEUP);
	assert_null(alert->remote_addr);
	assert_int_equal(alert->count, 200);
	assert_int_equal(alert->destinations, 200);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
}

static void test_a_burst_of_connects_is_nothing(void **state)
{
	open_some(500, false, 1000, FAR);
	pass(FAR, FAR + 10 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

static void test_fins_that_nobody_acknowledges(void **state)
{
	const struct tf_alert_record *alert;

	open_some(60, true, 1000, FAR);
	for (unsigned int i = 0; i < 60; i++)
		play_to(&players[i], TF_TCP_FIN_WAIT1);
	feed();
	pass(FAR, FAR + 15 * SECOND);
	alert = raised(TF_ALERT_FIN_WAIT1_PILEUP);
	assert_int_equal(alert->count, 60);
	assert_int_equal(alert->local_port, 80);
	assert_int_equal(alert->owner.from, TF_OWNER_NONE);
}

static void test_last_acks_that_do_not_come(void **state)
{
	open_some(60, true, 1000, FAR);
	to_close_wait(0, 60, FAR + SECOND);
	for (unsigned int i = 0; i < 60; i++)
		play_to(&players[i], TF_TCP_LAST_ACK);
	feed();
	pass(FAR + 2 * SECOND, FAR + 15 * SECOND);
	assert_int_equal(raised(TF_ALERT_LAST_ACK_PILEUP)->local_port, 80);
}

static void test_fin_wait2_is_counted_with_minisocks(void **state)
{
	const struct tf_alert_record *alert;

	for (unsigned int turn = 0; turn < 5; turn++) {
		scan_begin(&r);
		for (unsigned int i = 0; i < 60; i++)
			scan_minisock(&r, TF_TCP_FIN_WAIT2, (uint16_t)(50000 + i), 80, false);
		scan_end(&r, true);
		feed();
		pass(r.now, r.now + 10 * SECOND);
		r.now += 10 * SECOND;
		if (turn < 3)
			assert_int_equal(run.n_alerts, 0); /* they may be passing ones */
	}
	alert = raised(TF_ALERT_FIN_WAIT2_STUCK);
	assert_int_equal(alert->count, 60);
	assert_non_null(alert->remote_addr);
	scan_begin(&r);
	scan_end(&r, true);
	feed();
	pass(r.now, r.now + 20 * SECOND);
	assert_int_equal(count(TF_ALERT_FIN_WAIT2_STUCK, TF_ALERT_EVENT_CLEAR), 1);
}

/* --- listeners ---------------------------------------------------------------------------------*/

static void listener_scans(unsigned int n, uint32_t waiting, uint32_t drops_each)
{
	for (unsigned int i = 0; i < n; i++) {
		scan_begin(&r);
		scan_listener(&r, 90, 80, waiting, 128, 0, 7 + i * drops_each);
		scan_holder(&r, 90, 801, 3, "nginx");
		scan_end(&r, true);
		feed();
		pass(r.now, r.now + 10 * SECOND);
		r.now += 10 * SECOND;
	}
}

static void test_a_full_accept_queue_with_drops(void **state)
{
	const struct tf_alert_record *alert;

	listener_scans(1, 0, 0);
	listener_scans(2, 129, 5);
	alert = raised(TF_ALERT_ACCEPT_QUEUE_FULL);
	assert_int_equal(alert->count, 129);
	assert_int_equal(alert->limit, 128);
	assert_int_equal(alert->dropped, 5);
	assert_int_equal(alert->local_port, 80);
	assert_int_equal(alert->owner.pid, 801);
	assert_int_equal(alert->examples[0].fd, 3);
	listener_scans(3, 3, 0);
	assert_int_equal(count(TF_ALERT_ACCEPT_QUEUE_FULL, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_a_queue_that_is_full_for_long(void **state)
{
	listener_scans(1, 128, 0);
	assert_int_equal(run.n_alerts, 0); /* full for a moment */
	listener_scans(2, 128, 0);
	raised(TF_ALERT_ACCEPT_QUEUE_FULL);
}

static void test_a_queue_that_moves_is_nothing(void **state)
{
	for (unsigned int i = 0; i < 10; i++)
		listener_scans(1, i % 2 ? 128 : 20, 0);
	listener_scans(10, 100, 0);
	assert_int_equal(run.n_alerts, 0);
}

/* @again of @requests pending handshakes have been answered again. */
static void syn_scans(unsigned int n, uint32_t requests, uint32_t again, uint64_t finished_each)
{
	for (unsigned int i = 0; i < n; i++) {
		r.facts.snmp[TF_SNMP_PASSIVE_OPENS] += finished_each;
		scan_begin(&r);
		scan_listener(&r, 90, 80, 0, 512, requests, 0);
		for (uint32_t k = 0; k < requests; k++)
			scan_minisock(&r, TF_TCP_NEW_SYN_RECV, 80, (uint16_t)(1024 + k), k < again);
		scan_end(&r, true);
		feed();
		pass(r.now, r.now + 10 * SECOND);
		r.now += 10 * SECOND;
	}
}

static void test_requests_that_nobody_finishes(void **state)
{
	const struct tf_alert_record *alert;

	syn_scans(3, 300, 200, 50);
	alert = raised(TF_ALERT_SYN_RECV_FLOOD);
	assert_int_equal(alert->count, 300);
	assert_int_equal(alert->limit, 512);
	assert_int_equal(alert->local_port, 80);
	syn_scans(3, 0, 0, 50);
	assert_int_equal(count(TF_ALERT_SYN_RECV_FLOOD, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_a_queue_of_requests_at_its_limit(void **state)
{
	syn_scans(3, 500, 60, 10);
	raised(TF_ALERT_SYN_RECV_FLOOD);
}

static void test_many_handshakes_under_way_are_nothing(void **state)
{
	syn_scans(4, 300, 5, 20000);
	syn_scans(4, 400, 150, 20000);
	assert_int_equal(run.n_alerts, 0);
}

/* --- ports -------------------------------------------------------------------------------------*/

static void port_scan_end(unsigned int n, uint16_t rport)
{
	scan_begin(&r);
	for (unsigned int i = 0; i < n; i++)
		scan_minisock(&r, TF_TCP_TIME_WAIT, (uint16_t)(r.facts.port_low + i), rport, false);
	scan_end(&r, true);
	feed();
	pass(r.now, r.now + 10 * SECOND);
	r.now += 10 * SECOND;
}

static void test_ports_towards_one_destination_run_out(void **state)
{
	const struct tf_alert_record *alert;

	r.facts.port_low = 50000;
	r.facts.port_high = 50099;
	port_scan_end(79, 80);
	assert_int_equal(run.n_alerts, 0);
	port_scan_end(81, 80);
	alert = raised(TF_ALERT_TIME_WAIT_EXHAUSTION);
	assert_int_equal(alert->count, 81);
	assert_int_equal(alert->limit, 100);
	assert_non_null(alert->local_addr);
	assert_non_null(alert->remote_addr);
	assert_int_equal(alert->remote_port, 80);
	port_scan_end(30, 80);
	port_scan_end(30, 80);
	assert_int_equal(count(TF_ALERT_TIME_WAIT_EXHAUSTION, TF_ALERT_EVENT_CLEAR), 1);
}

static void test_ports_that_are_used_again_do_not_count(void **state)
{
	r.facts.port_low = 50000;
	r.facts.port_high = 50099;
	r.facts.tw_reuse = 1;
	port_scan_end(100, 80);
	assert_int_equal(run.n_alerts, 0);
}

static void test_time_wait_of_a_server_does_not_count(void **state)
{
	r.facts.port_low = 50000;
	r.facts.port_high = 50009;
	for (unsigned int turn = 0; turn < 2; turn++) {
		scan_begin(&r);
		scan_listener(&r, 90, 50005, 0, 128, 0, 0);
		for (unsigned int i = 0; i < 1000; i++)
			scan_minisock(&r, TF_TCP_TIME_WAIT, 50005, (uint16_t)(1024 + i), false);
		scan_end(&r, true);
		feed();
	}
	assert_int_equal(run.n_alerts, 0);
}

/* --- what ended --------------------------------------------------------------------------------*/

/* A connection in which @bytes were written, that its peer resets after @life. */
static void reset_one(uint64_t sock, bool server, uint64_t now, uint64_t life, uint32_t bytes)
{
	struct player p = play_socket(&tape, sock, server, now);

	play_open(&p);
	if (bytes)
		play_write(&p, bytes, bytes, 0);
	p.now = now + life;
	play_tcp_reset(&p);
	play_end(&p, 104 /* ECONNRESET */);
	play_destroy(&p, 0, false);
	feed();
}

static void test_resets_that_come_in_a_storm(void **state)
{
	const struct tf_alert_record *alert;

	for (unsigned int i = 0; i < 120; i++)
		reset_one(1000 + i, false, FAR + i * SECOND / 2, 100 * MS, 10);
	alert = raised(TF_ALERT_RESET_STORM);
	assert_int_equal(alert->fate, TF_FATE_RESET_BY_REMOTE);
	assert_true(alert->rate_per_min >= 60);
	assert_non_null(alert->remote_addr);
	assert_int_equal(alert->remote_port, 80);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->n_examples, 1);
	pass(FAR + 60 * SECOND, FAR + 200 * SECOND);
	assert_int_equal(count(TF_ALERT_RESET_STORM, TF_ALERT_EVENT_CLEAR), 1);
}

/* The end of a load test: all its connections in the same moment, and no more. */
static void test_one_burst_of_resets_is_no_storm(void **state)
{
	for (unsigned int i = 0; i < 400; i++)
		reset_one(1000 + i, true, FAR + i * MS, 100 * MS, 10);
	pass(FAR + SECOND, FAR + 100 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

static void test_health_checks_are_nobodys_storm(void **state)
{
	for (unsigned int i = 0; i < 400; i++)
		reset_one(1000 + i, true, FAR + i * SECOND / 4, MS, 0);
	assert_int_equal(run.n_alerts, 0);
}

static void refuse(unsigned int n, uint64_t apart)
{
	for (unsigned int i = 0; i < n; i++) {
		struct player p = play_socket(&tape, 1000 + i, false, FAR + i * apart);

		play_connect(&p);
		play_tcp_reset(&p);
		play_end(&p, 111 /* ECONNREFUSED */);
		play_destroy(&p, 0, true);
		feed();
	}
}

static void test_connects_that_are_refused_again_and_again(void **state)
{
	const struct tf_alert_record *alert;

	refuse(120, SECOND / 2);
	alert = raised(TF_ALERT_REFUSED_STORM);
	assert_non_null(alert->remote_addr);
	assert_int_equal(alert->fate, -1);
}

static void test_a_client_that_waits_between_its_tries_is_no_storm(void **state)
{
	refuse(30, 5 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

static void test_a_peer_that_is_cut_off_and_connects_again(void **state)
{
	const struct tf_alert_record *alert;

	for (unsigned int i = 0; i < 30; i++)
		reset_one(1000 + i, true, FAR + i * SECOND, 300 * MS, 20);
	assert_int_equal(count(TF_ALERT_RECONNECT_FLAP, TF_ALERT_EVENT_RAISE), 1);
	alert = &run.alerts[0];
	assert_int_equal(alert->alert, TF_ALERT_RECONNECT_FLAP);
	assert_int_equal(alert->local_port, 80);
	assert_non_null(alert->remote_addr);
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
	feed();
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
			reset_one(10002 + 3 * i, true, FAR + i * 100 * MS + 40 * MS, 20 * MS, 20);
	}
	assert_int_equal(count(TF_ALERT_RECONNECT_FLAP, TF_ALERT_EVENT_RAISE), 0);
}

static uint32_t groups(void)
{
	return run.core->detect.groups.pool.used;
}

/* Each port of a listener that lives for a moment has groups of its own, which go when the minute has passed. */
static void test_peers_that_were_cut_off_once_are_forgotten(void **state)
{
	for (unsigned int i = 0; i < 40; i++)
		reset_one(1000 + i, true, FAR + i * SECOND / 4, 200 * MS, 20);
	assert_int_equal(groups(), 2); /* of storms, of flaps */
	pass(FAR + 10 * SECOND, FAR + 75 * SECOND);
	assert_int_equal(groups(), 1);
	pass(FAR + 75 * SECOND, FAR + 500 * SECOND);
	assert_int_equal(groups(), 0);
}

/* @n resets within 32 s; the burst after this one comes when the window has long been empty. */
static void burst(unsigned int number, unsigned int n)
{
	uint64_t begin = FAR + number * 90 * SECOND;

	for (unsigned int i = 0; i < n; i++)
		reset_one(1000 + number * 100 + i, false, begin + i * 2 * SECOND / 5, MS, 10);
	pass(begin + 33 * SECOND, begin + 89 * SECOND);
}

static void test_what_comes_regularly_is_usual_and_a_little_more_no_storm(void **state)
{
	for (unsigned int number = 0; number < 40; number++)
		burst(number, 50);
	burst(40, 80);
	assert_int_equal(run.n_alerts, 0);
}

static void test_the_same_out_of_the_blue_is_one(void **state)
{
	burst(0, 80);
	assert_int_equal(count(TF_ALERT_RESET_STORM, TF_ALERT_EVENT_RAISE), 1);
}

/* --- ghosts ------------------------------------------------------------------------------------*/

#define QUARTER (900 * SECOND)

/* @n connections of one peer, each begun @apart after the one before and silent @apart later. */
static void comes_back(unsigned int n, uint64_t apart, bool keepalive)
{
	for (unsigned int i = 0; i < n; i++) {
		players[i] = play_socket(&tape, 1000 + i, true, FAR + i * apart);
		if (keepalive)
			players[i].c.st.flags |= TF_F_KEEPOPEN;
		play_open(&players[i]);
	}
	feed();
	r.now = FAR + n * apart + QUARTER;
	scan_begin(&r);
	for (unsigned int i = 0; i < n; i++) {
		uint64_t last = FAR + i * apart + apart / 2;

		scan_sock(&r, &players[i], i == n - 1 ? 10 : (uint32_t)((r.now - last) / MS));
	}
	scan_end(&r, true);
	feed();
}

static void test_a_peer_that_left_connections_behind(void **state)
{
	const struct tf_alert_record *alert;

	comes_back(8, 60 * SECOND, false);
	alert = raised(TF_ALERT_GHOST_ESTABLISHED);
	assert_int_equal(alert->count, 7);
	assert_int_equal(alert->local_port, 80);
	assert_non_null(alert->remote_addr);
	assert_true(alert->oldest_us >= 900000000);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
}

static void test_keepalive_will_find_out_by_itself(void **state)
{
	comes_back(8, 60 * SECOND, true);
	assert_int_equal(run.n_alerts, 0);
}

/* All were in use at the same time, then idle; one more was opened later. */
static void test_a_pool_of_idle_connections_is_no_crowd_of_ghosts(void **state)
{
	open_some(50, true, 1000, FAR);
	players[50] = play_socket(&tape, 2000, true, FAR + QUARTER);
	play_open(&players[50]);
	feed();
	r.now = FAR + 2 * QUARTER;
	scan_begin(&r);
	for (unsigned int i = 0; i <= 50; i++)
		scan_sock(&r, &players[i],
			  i == 50 ? 10 : (uint32_t)((r.now - FAR - 100 * SECOND) / MS));
	scan_end(&r, true);
	feed();
	assert_int_equal(run.n_alerts, 0);
}

/* --- options -----------------------------------------------------------------------------------*/

static void test_limits_are_options(void **state)
{
	tf_core_free(run.core);
	run.options.alert[TF_ALERT_SYN_SENT_PILEUP] =
		(struct tf_alert_limits){.count = 3, .age_ns = SECOND};
	run.options.alert[TF_ALERT_FIN_WAIT1_PILEUP].off = true;
	run_start(&run);
	syn_sent(3, 1, FAR);
	open_some(60, true, 1000, FAR);
	for (unsigned int i = 0; i < 60; i++)
		play_to(&players[i], TF_TCP_FIN_WAIT1);
	feed();
	pass(FAR, FAR + 60 * SECOND);
	raised(TF_ALERT_SYN_SENT_PILEUP);
}

static void test_without_alerts_there_are_none(void **state)
{
	tf_core_free(run.core);
	run.options.no_alerts = true;
	run_start(&run);
	syn_sent(300, 1, FAR);
	listener_scans(3, 129, 4);
	port_scan_end(100, 80);
	refuse(120, SECOND / 2);
	comes_back(8, 60 * SECOND, false);
	assert_int_equal(run.n_alerts, 0);
}

/* Every key has its group, up to the ceiling; what comes then is counted as not counted. */
static void test_keys_without_room_are_told(void **state)
{
	for (unsigned int i = 0; i < TF_SCHEDULE_GROUPS + 50; i++) {
		struct player p = play_socket(&tape, 1000 + i, false, FAR);

		p.c.st.tuple.raddr[14] = (uint8_t)(i >> 8);
		p.c.st.tuple.raddr[15] = (uint8_t)i;
		play_connect(&p);
		play_tcp_reset(&p);
		play_end(&p, 111 /* ECONNREFUSED */);
		play_destroy(&p, 0, true);
		feed();
	}
	assert_int_equal(tf_core_stats(run.core)->alerts_uncounted, 50);
}

/* One look: what is there counts as if it had lasted, where that is known. */
static void test_one_look_judges_what_stands(void **state)
{
	tf_core_free(run.core);
	run.options.standing = true;
	run_start(&run);
	scan_begin(&r);
	scan_listener(&r, 90, 80, 129, 128, 0, 4);
	for (unsigned int i = 0; i < 60; i++) {
		struct player p = play_socket(&tape, 1000 + i, true, FAR);

		p.c.st.new_state = i < 30 ? TF_TCP_FIN_WAIT1 : TF_TCP_LAST_ACK;
		p.c.retransmits = i < 55;
		scan_sock(&r, &p, 100);
	}
	for (unsigned int i = 0; i < 25; i++) {
		struct player p = play_socket(&tape, 5000 + i, false, FAR);

		p.c.st.new_state = TF_TCP_SYN_SENT;
		p.c.retransmits = 1;
		scan_sock(&r, &p, UINT32_MAX);
	}
	scan_end(&r, true);
	feed();
	assert_int_equal(count(TF_ALERT_ACCEPT_QUEUE_FULL, TF_ALERT_EVENT_RAISE), 1);
	assert_int_equal(count(TF_ALERT_SYN_SENT_PILEUP, TF_ALERT_EVENT_RAISE), 1);
	assert_int_equal(run.n_alerts, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_close_wait_is_raised_updated_and_cleared),
		TEST(test_close_wait_that_passes_is_nothing),
		TEST(test_close_wait_of_before_the_start_counts_at_once),
		TEST(test_connects_without_an_answer),
		TEST(test_examples_have_the_port_that_a_scan_found),
		TEST(test_a_scan_is_one_alert_of_its_process),
		TEST(test_a_burst_of_connects_is_nothing),
		TEST(test_fins_that_nobody_acknowledges),
		TEST(test_last_acks_that_do_not_come),
		TEST(test_fin_wait2_is_counted_with_minisocks),
		TEST(test_a_full_accept_queue_with_drops),
		TEST(test_a_queue_that_is_full_for_long),
		TEST(test_a_queue_that_moves_is_nothing),
		TEST(test_requests_that_nobody_finishes),
		TEST(test_a_queue_of_requests_at_its_limit),
		TEST(test_many_handshakes_under_way_are_nothing),
		TEST(test_ports_towards_one_destination_run_out),
		TEST(test_ports_that_are_used_again_do_not_count),
		TEST(test_time_wait_of_a_server_does_not_count),
		TEST(test_resets_that_come_in_a_storm),
		TEST(test_one_burst_of_resets_is_no_storm),
		TEST(test_health_checks_are_nobodys_storm),
		TEST(test_connects_that_are_refused_again_and_again),
		TEST(test_a_client_that_waits_between_its_tries_is_no_storm),
		TEST(test_a_peer_that_is_cut_off_and_connects_again),
		TEST(test_short_connections_that_are_served_are_no_flap),
		TEST(test_a_crowd_behind_one_address_is_no_flap),
		TEST(test_peers_that_were_cut_off_once_are_forgotten),
		TEST(test_what_comes_regularly_is_usual_and_a_little_more_no_storm),
		TEST(test_the_same_out_of_the_blue_is_one),
		TEST(test_a_peer_that_left_connections_behind),
		TEST(test_keepalive_will_find_out_by_itself),
		TEST(test_a_pool_of_idle_connections_is_no_crowd_of_ghosts),
		TEST(test_limits_are_options),
		TEST(test_without_alerts_there_are_none),
		TEST(test_keys_without_room_are_told),
		TEST(test_one_look_judges_what_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
