// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_unset.c - numbers that the kernel has not set yet change nothing
 *
 * In SYN_SENT the receiving half of a socket is not set, and before the SYN not even the sending
 * half is: each number there is 0 or left from the socket's former connection. Whatever they are,
 * records, alerts and snapshots must be the same.
 */
#include <errno.h>
#include <string.h>

#include "core/sequence.h"
#include "crowd.h"
#include "scene.h"
#include "stage.h"
#include "unit.h"

#define ROUNDS 2000
#define F(name) (1ULL << TF_FACT_##name)

enum ending { BY_CLOSE, BY_EXIT, BY_DISCONNECT, ENDINGS };

/* What a former connection may have left of the receiving half. */
static void leave_received(struct player *p, struct dice *dice)
{
	p->c.rcv_nxt = (uint32_t)dice_roll(dice);
	p->c.copied_seq = (uint32_t)dice_roll(dice);
	p->c.snd_wnd = dice_once_in(dice, 2) ? 0 : (uint32_t)dice_roll(dice);
	p->c.min_rtt_us = (uint32_t)dice_roll(dice);
	p->c.st.srtt_us = (uint32_t)dice_roll(dice);
}

/* ... and of the sending half; none of these numbers is a SYN's. */
static void leave_sent(struct player *p, struct dice *dice)
{
	bool fresh = dice_once_in(dice, 2);

	p->c.snd_una = fresh ? 0 : (uint32_t)dice_roll(dice);
	p->c.snd_nxt = fresh ? 0 : p->c.snd_una + (uint32_t)(dice_roll(dice) % 3);
	p->c.write_seq = p->c.snd_nxt + 2 + (uint32_t)(dice_roll(dice) % 0x7fff0000);
	p->c.retransmits = (uint8_t)dice_roll(dice);
	p->c.probes_out = (uint8_t)dice_roll(dice);
	p->c.unanswered_ms = (uint32_t)dice_roll(dice);
	p->c.err_soft = dice_once_in(dice, 2) ? EHOSTUNREACH : 0;
}

static void give_up(struct player *p, enum ending ending)
{
	p->c.st.shutdown = ending == BY_DISCONNECT ? 0 : 3;
	play_task(p, ending == BY_DISCONNECT ? 0 :
		     ending == BY_EXIT	     ? TF_F_FILE_GONE | TF_F_EXITING :
					       TF_F_FILE_GONE);
	play_end(p, 0);
	play_destroy(p, 0, true);
}

/* A connect() that leaves the SYN to the first write. */
static struct player connect_deferred(uint64_t sock, uint64_t now)
{
	struct player p = play_socket(&tape, sock, false, now);

	p.c.st.flags |= TF_F_SYN_WAITS;
	play_connect(&p);
	p.c.st.flags &= ~(uint32_t)TF_F_SYN_WAITS;
	return p;
}

static void test_a_connect_without_a_syn_counts_nothing(void **state)
{
	struct dice dice = {.seed = 20261130};

	for (uint64_t i = 0; i < ROUNDS; i++) {
		enum ending ending = i % ENDINGS;
		struct player p = connect_deferred(1000 + i, FAR);
		const struct tf_conn_record *got;

		leave_received(&p, &dice);
		leave_sent(&p, &dice);
		give_up(&p, ending);
		core_feed_tape();
		stage_pass(p.now, p.now + SECOND);
		assert_int_equal(run.n_conns, i + 1);
		got = &run.conns[i];
		assert_int_equal(got->fate, TF_FATE_CONNECT_ABANDONED);
		assert_int_equal(got->err, 0);
		assert_known(got->bytes_sent, 0);
		assert_known(got->bytes_acked, 0);
		assert_known(got->bytes_received, 0);
		assert_known(got->bytes_unread, 0);
		assert_known(got->bytes_unsent, 0);
		assert_known(got->bytes_unacked, 0);
		assert_known(got->retransmits, 0);
		assert_unknown(got->srtt_us);
		assert_unknown(got->min_rtt_us);
		assert_int_equal(got->evidence & ~(F(BY_CLOSE)),
				 F(ERR_NONE) | F(NOTHING_SENT) | F(SYN_DEFERRED));
	}
}

/* The port is taken, or there is none; the socket may have had connections before. */
static void test_a_connect_without_a_port_counts_nothing(void **state)
{
	struct dice dice = {.seed = 20261201};

	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct player p = play_socket(&tape, 1000 + i, false, FAR);
		bool bound = i % 2;

		play_connect(&p);
		leave_received(&p, &dice);
		leave_sent(&p, &dice);
		if (i % 4 < 2)
			p.c.snd_una = p.c.snd_nxt = p.c.write_seq = 0;
		else if (bound)
			p.c.snd_una |= 1; /* of a former connection */
		p.c.st.tuple.lport = bound ? 4000 : 0;
		play_task(&p, 0);
		play_end(&p, 0);
		play_destroy(&p, 0, true);
		core_feed_tape();
		stage_pass(p.now, p.now + SECOND);
		assert_int_equal(run.conns[i].fate, TF_FATE_CONNECT_FAILED_LOCAL);
		assert_int_equal(run.conns[i].err, EADDRNOTAVAIL);
		assert_known(run.conns[i].bytes_unsent, 0);
		assert_known(run.conns[i].bytes_unacked, 0);
		assert_known(run.conns[i].bytes_unread, 0);
	}
}

static void test_an_unanswered_syn_has_received_nothing(void **state)
{
	struct dice dice = {.seed = 20261202};

	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct player p = play_socket(&tape, 1000 + i, false, FAR);

		play_connect(&p);
		leave_received(&p, &dice);
		give_up(&p, BY_CLOSE);
		core_feed_tape();
		stage_pass(p.now, p.now + SECOND);
		assert_int_equal(run.conns[i].fate, TF_FATE_CONNECT_ABANDONED);
		assert_known(run.conns[i].bytes_unread, 0);
		assert_known(run.conns[i].bytes_received, 0);
		assert_unknown(run.conns[i].min_rtt_us);
		assert_unknown(run.conns[i].srtt_us);
		assert_int_equal(run.conns[i].evidence, F(ERR_NONE) | F(BY_CLOSE));
	}
}

/* tcp_disconnect() does not reset rtt_min. */
static void test_a_second_life_has_no_shortest_round_trip(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);

	play_open(&p);
	play_task(&p, 0);
	play_end(&p, 0);
	play_softirq(&p);
	play_open(&p);
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	play_destroy(&p, 0, true);
	core_feed_tape();
	stage_pass(p.now, p.now + SECOND);
	assert_int_equal(run.n_conns, 2);
	assert_known(run.conns[0].min_rtt_us, 200);
	assert_unknown(run.conns[1].min_rtt_us);
	assert_known(run.conns[1].srtt_us, 250);
}

/* The time to the first write is none of the handshake's. */
static void test_a_handshake_begins_with_the_syn(void **state)
{
	struct player p = connect_deferred(7, FAR);

	play_wait(&p, 5 * SECOND);
	p.c.snd_una++;
	p.c.bytes_acked = 1;
	play_to(&p, TF_TCP_ESTABLISHED);
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	play_destroy(&p, 0, true);
	core_feed_tape();
	stage_pass(p.now, p.now + SECOND);
	assert_int_equal(run.n_conns, 1);
	assert_known(run.conns[0].handshake_us, 250);
}

/* @n connects whose SYN has left (@sent) or waits, seen by the hooks and, when @scanned, by a
 * scan. */
static void connect_some(uint64_t n, bool sent, bool scanned, struct dice *dice)
{
	if (scanned)
		scan_begin(&stage.scans);
	for (uint64_t i = 0; i < n; i++) {
		struct player p = connect_deferred(5000 + i, stage.scans.now);

		leave_received(&p, dice);
		if (!sent)
			leave_sent(&p, dice);
		p.c.retransmits = 3;
		if (scanned)
			scan_sock(&stage.scans, &p, (uint32_t)dice_roll(dice));
	}
	if (scanned)
		scan_end(&stage.scans, true);
	core_feed_tape();
	stage_pass(stage.scans.now, stage.scans.now + 60 * SECOND);
}

static void test_connects_without_a_syn_are_no_pile(void **state)
{
	struct dice dice = {.seed = 20261203};

	connect_some(60, false, false, &dice);
	assert_int_equal(run.n_alerts, 0);
	connect_some(60, false, true, &dice);
	assert_int_equal(run.n_alerts, 0);
	/* They look the same to the hooks; the scan finds the SYN. */
	stage_restart();
	connect_some(60, true, true, &dice);
	stage_raised(TF_ALERT_SYN_SENT_PILEUP);
}

static void test_connects_without_a_syn_do_not_stand_out_in_one_scan(void **state)
{
	struct dice dice = {.seed = 20261204};

	for (int sent = 0; sent < 2; sent++) {
		run.options.standing = true;
		stage_restart();
		scan_begin(&stage.scans);
		for (uint64_t i = 0; i < 60; i++) {
			struct player p = play_socket(&tape, 1000 + i, false, FAR);

			p.c.st.new_state = TF_TCP_SYN_SENT;
			leave_received(&p, &dice);
			if (sent)
				p.c.write_seq = ++p.c.snd_nxt;
			else
				leave_sent(&p, &dice);
			p.c.retransmits = 3;
			scan_sock(&stage.scans, &p, (uint32_t)dice_roll(&dice));
		}
		scan_end(&stage.scans, true);
		core_feed_tape();
		assert_int_equal(stage_count(TF_ALERT_SYN_SENT_PILEUP, TF_ALERT_EVENT_RAISE), sent);
	}
}

static void expect_no_numbers(const struct tf_snapshot_socket *socket, bool sent)
{
	assert_int_equal(socket->syn_waits, !sent);
	assert_int_equal(socket->rcv_queue, 0);
	assert_int_equal(socket->snd_queue, sent);
	assert_int_equal(socket->unsent, 0);
	assert_int_equal(socket->waits_ms, sent ? 3000 : 0);
	assert_int_equal(socket->retransmits, sent ? 2 : 0);
	assert_int_equal(socket->probes_out, 0);
	assert_int_equal(socket->srtt_us, 0);
	assert_unknown(socket->silent_ms);
	assert_unknown(socket->idle_ms);
}

static void test_a_snapshot_of_connects_has_no_bytes(void **state)
{
	struct dice dice = {.seed = 20261205};

	for (int sent = 0; sent < 2; sent++) {
		struct scene scene;
		struct tf_snapshot *snapshot;

		scene_begin(&scene);
		scene_netns(&scene, 1, 32768, 60999);
		for (uint16_t i = 0; i < 300; i++) {
			struct tf_ev_sock *sock = scene_sock(&scene, TF_TCP_SYN_SENT, "192.0.2.1",
							     40000 + i, "192.0.2.2", 80);

			sock->rcv_queue = (uint32_t)dice_roll(&dice);
			sock->st.srtt_us = (uint32_t)dice_roll(&dice);
			sock->silent_ms = (uint32_t)dice_roll(&dice);
			sock->idle_ms = (uint32_t)dice_roll(&dice);
			sock->probes_out = (uint8_t)dice_roll(&dice);
			sock->waits_ms = 3000;
			sock->retransmits = 2;
			if (!sent) { /* snd_una and snd_nxt are 0, or of a former connection */
				sock->unsent = 2 + (uint32_t)dice_roll(&dice) % 0xffff0000;
				sock->snd_queue = sock->unsent + i % 3;
			}
		}
		scene_end(&scene, true);
		snapshot = scene_snapshot(&scene, &(struct tf_snapshot_options){0});
		assert_int_equal(tf_snapshot_n_groups(snapshot), 1);
		assert_int_equal(tf_snapshot_group(snapshot, 0)->unsent, 0);
		assert_int_equal(tf_snapshot_group(snapshot, 0)->unacked, 0);
		assert_int_equal(tf_snapshot_group(snapshot, 0)->unread, 0);
		assert_int_equal(tf_snapshot_group(snapshot, 0)->syn_waits, sent ? 0 : 300);
		for (uint32_t i = 0; i < tf_snapshot_n_sockets(snapshot); i++)
			expect_no_numbers(tf_snapshot_socket(snapshot, i), sent);
		tf_snapshot_free(snapshot);
		scene_free(&scene);
	}
}

/* Netlink clips what is not sent at 0 when it is negative. */
static void test_a_clipped_number_is_no_syn(void **state)
{
	assert_false(tf_sequence_syn_sent(0x80001234, 0, false));
	assert_true(tf_sequence_syn_sent(1, 0, false));
	assert_true(tf_sequence_syn_sent(1460, 0, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_a_connect_without_a_syn_counts_nothing),
		TEST(test_a_connect_without_a_port_counts_nothing),
		TEST(test_an_unanswered_syn_has_received_nothing),
		TEST(test_a_second_life_has_no_shortest_round_trip),
		TEST(test_a_handshake_begins_with_the_syn),
		TEST(test_connects_without_a_syn_are_no_pile),
		TEST(test_connects_without_a_syn_do_not_stand_out_in_one_scan),
		cmocka_unit_test(test_a_snapshot_of_connects_has_no_bytes),
		cmocka_unit_test(test_a_clipped_number_is_no_syn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
