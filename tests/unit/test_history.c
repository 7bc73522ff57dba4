// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_history.c - connections of which something is not known: lost events, no start, no end
 */
#include <errno.h>
#include "unit.h"

#include "core/fate/verdict.h"
#include "core_fixture.h"

#define F TF_FACT_BIT

static struct player p;

static int set_up(void **state)
{
	p = play_socket(&tape, SOCK, false, 1000 * MS);
	return core_set_up(state);
}

/* From that event on, one event of the socket's loss bucket is missing. */
static void lose_before(size_t first)
{
	for (size_t i = first; i < tape.n; i++) {
		tape.events[i].ev.lost++;
		tape.events[i].ev.lost_total++;
	}
}

/* Takes event @at away as the kernel side does when the ring is full. */
static void lose(size_t at)
{
	memmove(&tape.events[at], &tape.events[at + 1], (tape.n - at - 1) * sizeof(tape.events[0]));
	tape.n--;
	lose_before(at);
}

/* The one record of what is on the tape, which stays there for another core. */
static struct tf_conn_record record_of_tape(void)
{
	struct tf_conn_record conn;

	run_feed(&run, &tape);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	conn = run.conns[0];
	core_start((struct tf_core_options){0});
	return conn;
}

static void assert_fate_unknown(const struct tf_conn_record *conn)
{
	assert_int_equal(conn->fate, TF_FATE_UNKNOWN);
	assert_false(conn->complete);
	assert_true(conn->evidence & F(HISTORY_LOST));
}

static void test_a_loss_that_decides_makes_unknown(void **state)
{
	life_refused(&p);
	lose(1); /* tcp_reset() */
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
	assert_int_equal(run.conns[0].rst_received, TF_UNKNOWN);
	assert_int_equal(run.conns[0].end_state, TF_TCP_SYN_SENT);
}

static void test_a_loss_that_decides_nothing_keeps_the_fate(void **state)
{
	life_retransmit(&p);
	lose_before(2);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_RETRANSMIT_TIMEOUT);
	assert_false(run.conns[0].complete);
	assert_int_equal(tf_core_stats(run.core)->incomplete, 1);
}

static void test_a_loss_of_other_sockets_before_the_end_is_none_of_its_own(void **state)
{
	life_refused(&p);
	for (size_t i = 1; i < tape.n; i++)
		tape.events[i].ev.lost_total = 100;
	core_feed_tape();
	assert_int_equal(run.conns[0].fate, TF_FATE_CONNECT_REFUSED);
	assert_true(run.conns[0].complete);
}

/* Up to tcp_destroy_sock the socket's own counter decides: the total is that of all sockets. */
static void test_a_loss_of_other_sockets_before_the_destroy_is_none_of_its_own(void **state)
{
	struct tf_conn_record whole;

	life_refused(&p);
	whole = record_of_tape();
	assert_true(whole.complete);
	tape.events[tape.n - 1].ev.lost_total = 100;
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_memory_equal(&run.conns[0], &whole, sizeof(whole));
}

static void test_any_loss_after_the_end_may_be_its_own(void **state)
{
	struct player other = play_socket(&tape, SOCK + 1, false, 1500 * MS);

	life_local_first(&p);
	play_connect(&other);
	for (size_t i = 0; i < tape.n; i++)
		if (tape.events[i].ev.sock != SOCK)
			tape.events[i].ev.lost_total = 1;
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	run_tick(&run, p.now + 3000 * MS);
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
}

/* The news comes with the very event whose time makes the record due. */
static void test_a_late_report_of_a_loss_counts(void **state)
{
	struct player other;

	life_local_first(&p);
	core_feed_tape();
	other = play_socket(&tape, SOCK + 1, false, p.now + 5000 * MS);
	play_connect(&other);
	tape.events[0].ev.lost_total = 1;
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
}

static void test_the_counters_report_a_loss_too(void **state)
{
	struct tf_ev_counters counters = {
		.ev = {.size = sizeof(counters), .kind = TF_EV_COUNTERS},
		.hook[TF_HOOK_RST_SENT] = {.seen = 1, .lost = 1},
	};

	life_local_first(&p);
	counters.ev.time_ns = p.now + 3000 * MS;
	tape_add(&tape, &counters);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
}

/* An accept() names an owner and decides no fate. */
static void test_a_lost_accept_is_no_loss_of_history(void **state)
{
	struct tf_ev_counters counters = {
		.ev = {.size = sizeof(counters), .kind = TF_EV_COUNTERS},
		.hook[TF_HOOK_ACCEPT] = {.seen = 1, .lost = 1},
	};
	struct tf_conn_record whole;

	life_local_first(&p);
	whole = record_of_tape();
	assert_true(whole.complete);
	counters.ev.time_ns = p.now + 1000 * MS; /* while the record waits */
	tape_add(&tape, &counters);
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_memory_equal(&run.conns[0], &whole, sizeof(whole));
	assert_int_equal(run.n_gaps, 1);
	assert_int_equal(run.gaps[0].where, TF_GAP_RING);
	assert_int_equal(tf_maybe_value(run.gaps[0].count), 1);
}

/* The counters are read while the ring still holds what came before the loss. */
static void test_a_loss_may_be_reported_before_older_events(void **state)
{
	struct tf_ev_counters counters = {
		.ev = {.time_ns = p.now - MS,
		       .size = sizeof(counters),
		       .kind = TF_EV_COUNTERS,
		       .lost_total = 1},
		.hook[TF_HOOK_RST_SENT] = {.seen = 1, .lost = 1},
	};

	tape_add(&tape, &counters);
	life_local_first(&p); /* whose events know of none */
	core_feed_tape();
	run_tick(&run, p.now + 3000 * MS);
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
}

/* Nobody knows anything of the end but that, and when it was noticed. */
static void assert_end_missed(const struct tf_conn_record *conn, uint64_t noticed_ns)
{
	assert_fate_unknown(conn);
	assert_int_equal(conn->time_ns, noticed_ns);
	assert_true(conn->evidence == F(HISTORY_LOST));
	assert_int_equal(conn->closed_first, TF_SIDE_NONE);
	assert_int_equal(conn->how, TF_HOW_NONE);
	assert_int_equal(conn->end_state, 0);
	assert_int_equal(conn->err, 0);
	assert_int_equal(conn->err_delivered, TF_UNKNOWN);
	assert_int_equal(conn->fin_sent, TF_UNKNOWN);
	assert_int_equal(conn->fin_received, TF_UNKNOWN);
	assert_int_equal(conn->rst_sent, TF_UNKNOWN);
	assert_int_equal(conn->rst_received, TF_UNKNOWN);
	assert_int_equal(conn->eof_read, TF_UNKNOWN);
	assert_unknown(conn->rst_reason);
	assert_unknown(conn->duration_us);
	assert_unknown(conn->dead_held_us);
	assert_unknown(conn->bytes_sent);
	assert_unknown(conn->bytes_acked);
	assert_unknown(conn->bytes_received);
	assert_unknown(conn->bytes_unread);
	assert_unknown(conn->bytes_unsent);
	assert_unknown(conn->bytes_unacked);
	assert_unknown(conn->retransmits);
	assert_unknown(conn->srtt_us);
	assert_unknown(conn->min_rtt_us);
}

static void test_a_lost_end_is_reported_when_the_socket_is_used_again(void **state)
{
	uint64_t started_ns = p.now;

	play_open(&p);
	started_ns = tape.events[0].ev.time_ns;
	core_feed_tape();
	p = play_socket(&tape, SOCK, false, p.now);
	play_connect(&p);
	lose_before(0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_end_missed(&run.conns[0], p.now);
	/* Its life is known all the same. */
	assert_int_equal(run.conns[0].generation, 0);
	assert_int_equal(run.conns[0].origin, TF_ORIGIN_EVENT);
	assert_int_equal(run.conns[0].role, TF_ROLE_CLIENT);
	assert_int_equal(run.conns[0].established, TF_YES);
	assert_known(run.conns[0].started_ns, started_ns);
	assert_known(run.conns[0].handshake_us, 1000);
	assert_known(run.conns[0].uid, PLAYER_UID);
	assert_int_equal(run.conns[0].owner.pid, PLAYER_PID);
	assert_int_equal(run.conns[0].n_states, 1);
	assert_int_equal(tf_core_stats(run.core)->live, 1);
}

static void test_a_lost_end_is_reported_when_the_socket_is_destroyed(void **state)
{
	life_reset_open(&p);
	lose(3); /* CLOSE */
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
	assert_int_equal(tf_core_stats(run.core)->live, 0);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
}

/* The first that is seen of it is its reset, the next that its socket goes. */
static void test_a_connection_met_at_its_reset_was_established(void **state)
{
	life_reset_open(&p);
	assert_int_equal(tape.events[2].ev.kind, TF_EV_RST_RECEIVED);
	lose(3); /* CLOSE */
	memmove(&tape.events[0], &tape.events[2], (tape.n - 2) * sizeof(tape.events[0]));
	tape.n -= 2;
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
	assert_int_equal(run.conns[0].established, TF_YES);
}

static void test_a_missing_transition_is_noticed_without_counters(void **state)
{
	life_local_first(&p);
	tape.events[2] = tape.events[3]; /* FIN_WAIT1 never came, FIN_WAIT2 did */
	tape.n = 3;
	p.c.st.new_state = TF_TCP_FIN_WAIT2;
	play_end(&p, 0);
	core_feed_tape();
	run_tick(&run, p.now + 3000 * MS);
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
	run_finish(&run);
	assert_int_equal(run.n_gaps, 1);
	assert_int_equal(run.gaps[0].where, TF_GAP_HOOK);
	assert_int_equal(tf_maybe_value(run.gaps[0].count), 1);
}

/* What the peer's segment did is known without its event; only the times are not. */
static void test_a_missing_step_of_the_peer_leaves_the_fate(void **state)
{
	const struct tf_conn_record *conn;
	unsigned int i = 0;

	life_local_first(&p);
	while (tape.events[i].state.new_state != TF_TCP_FIN_WAIT2)
		i++;
	memmove(&tape.events[i], &tape.events[i + 1], (tape.n - i - 1) * sizeof(tape.events[0]));
	tape.n--;
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	conn = &run.conns[0];
	assert_int_equal(conn->fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_false(conn->complete);
	assert_int_equal(conn->evidence & (1ULL << TF_FACT_HISTORY_LOST), 0);
	assert_int_equal(conn->n_states, 4);
	assert_int_equal(conn->states[2].state, TF_TCP_FIN_WAIT1);
	assert_false(tf_maybe_known(conn->states[2].spent_us));
	assert_int_equal(conn->states[3].state, TF_TCP_FIN_WAIT2);
	assert_false(tf_maybe_known(conn->states[3].spent_us));
	assert_true(tf_maybe_known(conn->states[1].spent_us));
	assert_int_equal(run.gaps[0].where, TF_GAP_HOOK);
}

static void test_a_connection_from_before_has_an_end_but_no_start(void **state)
{
	life_remote_first(&p);
	memmove(&tape.events[0], &tape.events[2], (tape.n - 2) * sizeof(tape.events[0]));
	tape.n -= 2;
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_REMOTE);
	assert_false(run.conns[0].complete);
	assert_int_equal(run.conns[0].evidence & F(HISTORY_LOST), 0);
	assert_false(tf_maybe_known(run.conns[0].started_ns));
	/* from the first event of it on */
	assert_known(run.conns[0].duration_us,
		     (run.conns[0].time_ns - tape.events[0].ev.time_ns) / 1000);
	assert_int_equal(run.conns[0].duration_at_least, TF_YES);
	assert_false(tf_maybe_known(run.conns[0].handshake_us));
	assert_int_equal(run.conns[0].role, TF_ROLE_UNKNOWN);
	assert_int_equal(run.conns[0].established, TF_YES);
	assert_false(tf_maybe_known(run.conns[0].bytes_sent));
	assert_int_equal(tf_maybe_or(run.conns[0].bytes_received, UINT64_MAX), 200);
	assert_int_equal(run.conns[0].n_states, 3);
	assert_int_equal(run.conns[0].states[0].state, TF_TCP_ESTABLISHED);
	assert_false(tf_maybe_known(run.conns[0].states[0].spent_us));
	assert_int_equal(tf_maybe_or(run.conns[0].states[1].spent_us, UINT64_MAX), 1000);
}

/* Losses before the scan may have been its own. */
static void test_a_connection_from_before_is_in_doubt_after_a_loss(void **state)
{
	life_local_first(&p);
	lose(0);
	lose(0);
	core_feed_tape();
	run_tick(&run, p.now + 3000 * MS);
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
}

/* The first life ended by ICMP. Of the second one only a reset is seen: it is not the first
 * one's. */
static void test_a_reset_of_a_later_connection_is_not_the_former_ones(void **state)
{
	life_port_unreachable(&p);
	tape.n--;
	core_feed_tape();
	p = play_socket(&tape, SOCK, false, p.now);
	life_refused(&p);
	lose(0);
	core_feed_tape();
	assert_true(run.n_conns >= 1);
	assert_int_not_equal(run.conns[0].fate, TF_FATE_CONNECT_REFUSED);
	assert_false(run.conns[0].complete);
	assert_int_not_equal(run.conns[0].rst_received, TF_YES);
	run_finish(&run);
	assert_int_equal(run.n_conns, 2);
	assert_int_equal(run.conns[1].generation, 1);
	assert_fate_unknown(&run.conns[1]);
}

/* Its end and the next start are lost: what was seen of the former may not speak for the latter. */
static void test_a_reset_of_a_former_connection_is_not_the_later_ones(void **state)
{
	play_connect(&p);
	play_tcp_reset(&p);
	core_feed_tape();
	p = play_socket(&tape, SOCK, false, p.now);
	life_port_unreachable(&p);
	lose(0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
	assert_int_not_equal(run.conns[0].rst_received, TF_YES);
}

/* ECONNRESET is set by tcp_reset() alone: the event is lost, its fact is not. */
static void test_errno_shows_a_reset_whose_event_is_lost(void **state)
{
	life_reset_open(&p);
	lose(2);
	core_feed_tape();
	assert_int_equal(run.conns[0].fate, TF_FATE_RESET_BY_REMOTE);
	assert_int_equal(run.conns[0].rst_received, TF_YES);
	assert_false(run.conns[0].complete);
}

/* The total in the header may be ahead of the counters behind it. */
static void test_the_greater_of_two_totals_counts(void **state)
{
	struct tf_ev_counters counters = {
		.ev = {.size = sizeof(counters), .kind = TF_EV_COUNTERS, .lost_total = 1},
	};

	life_local_first(&p);
	counters.ev.time_ns = p.now + 3000 * MS;
	tape_add(&tape, &counters);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_fate_unknown(&run.conns[0]);
}

/* A hook that is missing is a doubt for all, and no loss. */
static void test_without_the_hook_refused_is_unknown(void **state)
{
	run.info.hook[TF_HOOK_RST_RECEIVED].method[0] = '\0';
	life_refused(&p);
	memmove(&tape.events[1], &tape.events[2], (tape.n - 2) * sizeof(tape.events[0]));
	tape.n--;
	core_feed_tape();
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_int_equal(run.conns[0].rst_received, TF_UNKNOWN);
	assert_true(run.conns[0].complete);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, set_up, core_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RUN(test_a_loss_that_decides_makes_unknown),
		WITH_RUN(test_a_loss_that_decides_nothing_keeps_the_fate),
		WITH_RUN(test_a_loss_may_be_reported_before_older_events),
		WITH_RUN(test_a_loss_of_other_sockets_before_the_end_is_none_of_its_own),
		WITH_RUN(test_a_loss_of_other_sockets_before_the_destroy_is_none_of_its_own),
		WITH_RUN(test_any_loss_after_the_end_may_be_its_own),
		WITH_RUN(test_a_late_report_of_a_loss_counts),
		WITH_RUN(test_the_counters_report_a_loss_too),
		WITH_RUN(test_a_lost_accept_is_no_loss_of_history),
		WITH_RUN(test_a_lost_end_is_reported_when_the_socket_is_used_again),
		WITH_RUN(test_a_lost_end_is_reported_when_the_socket_is_destroyed),
		WITH_RUN(test_a_connection_met_at_its_reset_was_established),
		WITH_RUN(test_a_missing_transition_is_noticed_without_counters),
		WITH_RUN(test_a_missing_step_of_the_peer_leaves_the_fate),
		WITH_RUN(test_a_connection_from_before_has_an_end_but_no_start),
		WITH_RUN(test_a_connection_from_before_is_in_doubt_after_a_loss),
		WITH_RUN(test_a_reset_of_a_later_connection_is_not_the_former_ones),
		WITH_RUN(test_a_reset_of_a_former_connection_is_not_the_later_ones),
		WITH_RUN(test_errno_shows_a_reset_whose_event_is_lost),
		WITH_RUN(test_the_greater_of_two_totals_counts),
		WITH_RUN(test_without_the_hook_refused_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
