// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_handed.c - resets after the hand-off to a minisock: data, a SYN, a FIN; before CLOSE is
 * reported; with no minisock there
 */
#include "unit.h"

#include "core_fixture.h"

#define LISTENER 1000

static struct player p;

static int set_up(void **state)
{
	p = play_socket(&tape, SOCK, false, 1000 * MS);
	return core_start((struct tf_core_options){.no_alerts = true});
}

static void talk_until_fin_wait2(struct player *player)
{
	play_open(player);
	play_close(player);
	play_fin_acked(player);
	play_to(player, TF_TCP_FIN_WAIT2);
}

/* What the last event on the tape says was sent by no socket was sent by a listener. */
static void listener_answers(void)
{
	struct tf_ev_reset *event = &tape.events[tape.n - 1].reset;

	event->ev.sock = LISTENER;
	event->state = TF_TCP_LISTEN;
	event->flags |= TF_F_LISTENER;
}

static void assert_reset(size_t at, enum tf_reset_kind kind, uint64_t sock)
{
	assert_true(run.n_resets > at);
	assert_int_equal(run.resets[at].kind, kind);
	assert_int_equal(run.resets[at].sock, sock);
}

/* The minisock is gone with its answer, and so is what could still happen. */
static void test_a_syn_within_the_hold_is_a_reset_of_its_own(void **state)
{
	static const uint8_t syns[] = {SEGMENT_SYN, SEGMENT_SYN | SEGMENT_ACK};

	for (size_t i = 0; i < COUNT(syns); i++) {
		p = play_socket(&tape, SOCK + i, false, p.now);
		life_local_first(&p);
		play_wait(&p, 500 * MS);
		play_minisock_answer(&p, syns[i], 0);
		core_feed_tape();
		assert_int_equal(run.n_conns, i + 1);
		assert_int_equal(run.conns[i].fate, TF_FATE_CLOSED_BY_LOCAL);
		assert_int_equal(run.conns[i].rst_sent, TF_NO);
		assert_true(run.conns[i].complete);
		assert_reset(i, TF_RESET_LATE_SYN, SOCK + i);
	}
}

static void test_a_syn_after_the_record_is_a_reset_with_its_id(void **state)
{
	life_local_first(&p);
	core_feed_tape();
	run_tick(&run, p.now + 2000 * MS);
	play_wait(&p, 3000 * MS);
	play_minisock_answer(&p, SEGMENT_SYN, 0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_reset(0, TF_RESET_LATE_SYN, SOCK);
}

/* As a recording that says no more of the segment has it. */
static void test_a_syn_is_known_by_the_flag_alone(void **state)
{
	life_local_first(&p);
	play_rst_sent(&p, TF_F_MINISOCK | TF_F_SYN, REASON_OTHER);
	core_feed_tape();
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_reset(0, TF_RESET_LATE_SYN, SOCK);
}

static void test_a_syn_before_close_leaves_the_connection_alone(void **state)
{
	talk_until_fin_wait2(&p);
	play_minisock_answer(&p, SEGMENT_SYN, 0);
	play_end(&p, 0);
	play_destroy(&p, 0, false);
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_true(run.conns[0].complete);
	assert_reset(0, TF_RESET_LATE_SYN, SOCK);
}

static void test_an_answer_before_close_is_one_record(void **state)
{
	life_minisock_first(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.conns[0].owner.pid, PLAYER_PID);
	assert_int_equal(tf_core_stats(run.core)->connections, 1);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.n_resets, 0);
}

/* CLOSE is lost: tcp_destroy_sock, or the next life, ends the wait. */
static void test_an_answer_whose_close_is_lost_heals(void **state)
{
	life_minisock_first(&p);
	tape.events[tape.n - 2] = tape.events[tape.n - 1];
	tape.n--;
	tape.events[tape.n - 1].ev.lost++;
	tape.events[tape.n - 1].ev.lost_total++;
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_false(run.conns[0].complete);
	assert_int_equal(tf_core_stats(run.core)->live, 0);
}

/* The whole of the life that was handed over is lost: the one before it, which is held still, has
 * nothing to do with the answer. */
static void test_an_answer_for_a_lost_life_is_not_the_former_ones(void **state)
{
	life_syn_timeout(&p);
	tape.n--; /* tcp_destroy_sock is lost, too */
	play_minisock_answer(&p, SEGMENT_ACK, 9);
	tape.events[tape.n - 1].ev.lost = 4;
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CONNECT_TIMEOUT);
	assert_int_equal(run.conns[0].rst_sent, TF_NO);
	assert_reset(0, TF_RESET_LATE_DATA, 0);
}

static void test_without_a_minisock_data_is_late_data(void **state)
{
	life_local_first(&p);
	play_wait(&p, 500 * MS);
	play_bare_answer(&p, SEGMENT_ACK, 9);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_int_equal(run.conns[0].rst_sent, TF_YES);
	assert_int_equal(run.n_resets, 0);
}

static void test_without_a_minisock_an_answered_fin_is_orderly(void **state)
{
	life_local_first(&p);
	play_wait(&p, 500 * MS);
	play_bare_answer(&p, SEGMENT_FIN | SEGMENT_ACK, 0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(run.conns[0].rst_sent, TF_YES);
	assert_int_equal(run.conns[0].fin_received, TF_YES);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.n_resets, 0);
}

/* An older recording does not say what was answered. */
static void test_without_a_minisock_an_unknown_segment_is_unknown(void **state)
{
	life_local_first(&p);
	play_wait(&p, 500 * MS);
	play_bare_answer(&p, 0, 0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_int_equal(run.conns[0].rst_sent, TF_YES);
	assert_int_equal(run.n_resets, 0);
}

/* On a server's port the segment meets the listener, which answers. */
static void test_without_a_minisock_the_listener_answers(void **state)
{
	static const struct {
		uint8_t segment;
		uint32_t data_len;
		enum tf_fate fate;
	} rows[] = {
		{SEGMENT_ACK, 9, TF_FATE_ABORTED_LATE_DATA},
		{SEGMENT_FIN | SEGMENT_ACK, 0, TF_FATE_CLOSED_BY_LOCAL},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = play_socket(&tape, SOCK + i, true, p.now);
		life_local_first(&p);
		play_wait(&p, 20 * MS);
		play_bare_answer(&p, rows[i].segment, rows[i].data_len);
		listener_answers();
		tape.events[tape.n - 1].reset.flags |= TF_F_QUEUE_FULL; /* as it may be, too */
		tape.events[tape.n - 1].reset.reason = -1;
		core_feed_tape();
		assert_int_equal(run.n_conns, i + 1);
		assert_int_equal(run.conns[i].fate, rows[i].fate);
		assert_int_equal(run.conns[i].rst_sent, TF_YES);
		assert_int_equal(run.n_resets, 0);
	}
}

/* Late data has ended the socket, whose answer is on its way; the peer's FIN meets nobody on
 * another CPU, and is answered before. */
static void test_an_answer_of_the_socket_outranks_one_without(void **state)
{
	__typeof__(tape.events[0]) answer;

	life_late_data_after_the_ack(&p);
	answer = tape.events[--tape.n];
	play_bare_answer(&p, SEGMENT_FIN | SEGMENT_ACK, 0);
	tape.events[tape.n++] = answer;
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_int_equal(run.conns[0].fin_received, TF_NO);
	assert_int_equal(run.conns[0].rst_sent, TF_YES);
}

/* Who is turned away is named with the listener's owner; a stray segment at the same listener has
 * nothing to do with it. */
static void test_a_dropped_handshake_is_turned_away_by_its_listener(void **state)
{
	static const struct {
		uint32_t flags;
		int32_t reason;
		uint8_t segment;
		enum tf_reset_kind kind;
	} rows[] = {
		{TF_F_QUEUE_FULL, -1, SEGMENT_ACK, TF_RESET_TURNED_AWAY},
		{TF_F_QUEUE_FULL, REASON_OTHER, SEGMENT_ACK, TF_RESET_STRAY_SEGMENT},
		{0, REASON_INVALID_SYN, SEGMENT_ACK, TF_RESET_TURNED_AWAY},
		{0, REASON_INVALID_SYN, SEGMENT_SYN, TF_RESET_TURNED_AWAY},
		{0, REASON_OTHER, SEGMENT_ACK, TF_RESET_STRAY_SEGMENT},
		{0, -1, SEGMENT_ACK, TF_RESET_STRAY_SEGMENT},
		{TF_F_QUEUE_FULL, -1, SEGMENT_SYN | SEGMENT_ACK, TF_RESET_STRAY_SEGMENT},
	};

	p = play_socket(&tape, LISTENER, true, 1000 * MS);
	play_listen(&p, 77);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct player client = play_socket(&tape, SOCK + i, true, p.now + i * MS);

		play_bare_answer(&client, rows[i].segment, 0);
		listener_answers();
		tape.events[tape.n - 1].reset.flags |= rows[i].flags;
		tape.events[tape.n - 1].reset.reason = rows[i].reason;
	}
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool away = rows[i].kind == TF_RESET_TURNED_AWAY;

		assert_reset(i, rows[i].kind, 0);
		assert_int_equal(run.resets[i].owner.pid, away ? 77 : 0);
		assert_int_equal(run.resets[i].owner.from, away ? TF_OWNER_LISTEN : TF_OWNER_NONE);
	}
}

/* It met no listener: nothing of the old connection. */
static void test_a_refused_syn_joins_nothing(void **state)
{
	life_local_first(&p);
	play_bare_answer(&p, SEGMENT_SYN, 0);
	play_bare_answer(&p, SEGMENT_SYN | SEGMENT_ACK, 0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	assert_reset(0, TF_RESET_REFUSED_INBOUND, 0);
	assert_reset(1, TF_RESET_STRAY_SEGMENT, 0);
	run_finish(&run);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(run.conns[0].rst_sent, TF_NO);
}

/* What the peer had under way behind the first segment. */
static void test_further_answers_name_the_connection(void **state)
{
	life_late_data_minisock(&p);
	play_bare_answer(&p, SEGMENT_ACK, 1000);
	play_bare_answer(&p, SEGMENT_FIN | SEGMENT_ACK, 0);
	play_wait(&p, 2000 * MS);
	play_bare_answer(&p, SEGMENT_ACK, 1000);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.n_resets, 3);
	assert_reset(0, TF_RESET_LATE_DATA, SOCK);
	assert_reset(1, TF_RESET_STRAY_SEGMENT, SOCK);
	assert_reset(2, TF_RESET_STRAY_SEGMENT, 0);
}

static void test_another_tuple_or_namespace_joins_nothing(void **state)
{
	life_local_first(&p);
	p.c.st.tuple.rport++;
	play_bare_answer(&p, SEGMENT_ACK, 9);
	p.c.st.tuple.rport--;
	p.c.st.ev.netns++;
	play_bare_answer(&p, SEGMENT_ACK, 9);
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	assert_reset(0, TF_RESET_STRAY_SEGMENT, 0);
	assert_reset(1, TF_RESET_STRAY_SEGMENT, 0);
}

/* With no minisock in the way the same ports are used again at once: what comes then is the new
 * connection's. */
static void test_the_next_connection_of_the_tuple_ends_the_wait(void **state)
{
	struct player next;

	life_local_first(&p);
	next = play_socket(&tape, SOCK + 1, false, p.now);
	next.c.st.tuple = p.c.st.tuple;
	play_open(&next);
	play_bare_answer(&p, SEGMENT_ACK, 9);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(run.conns[0].rst_sent, TF_NO);
	assert_reset(0, TF_RESET_STRAY_SEGMENT, 0);
	assert_int_equal(tf_core_stats(run.core)->live, 1);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, set_up, core_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RUN(test_a_syn_within_the_hold_is_a_reset_of_its_own),
		WITH_RUN(test_a_syn_after_the_record_is_a_reset_with_its_id),
		WITH_RUN(test_a_syn_is_known_by_the_flag_alone),
		WITH_RUN(test_a_syn_before_close_leaves_the_connection_alone),
		WITH_RUN(test_an_answer_before_close_is_one_record),
		WITH_RUN(test_an_answer_whose_close_is_lost_heals),
		WITH_RUN(test_an_answer_for_a_lost_life_is_not_the_former_ones),
		WITH_RUN(test_without_a_minisock_data_is_late_data),
		WITH_RUN(test_without_a_minisock_an_answered_fin_is_orderly),
		WITH_RUN(test_without_a_minisock_an_unknown_segment_is_unknown),
		WITH_RUN(test_without_a_minisock_the_listener_answers),
		WITH_RUN(test_a_dropped_handshake_is_turned_away_by_its_listener),
		WITH_RUN(test_an_answer_of_the_socket_outranks_one_without),
		WITH_RUN(test_a_refused_syn_joins_nothing),
		WITH_RUN(test_further_answers_name_the_connection),
		WITH_RUN(test_another_tuple_or_namespace_joins_nothing),
		WITH_RUN(test_the_next_connection_of_the_tuple_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
