// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_ceiling.c - more sockets than the table may hold
 *
 * Whatever comes in whatever order:
 *  - each connection is counted once, and so is what has no place;
 *  - only a connection that begins takes another's place: no scan does, and no event of one whose
 *    history is not known;
 *  - each connection that ends has one record; one that says it is complete is right.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/states.h"
#include "core_fixture.h"
#include "crowd.h"
#include "scans.h"

#define FAR (60 * 1000 * MS)
#define N 300
#define CEILING 200

static struct scans r;
static struct player players[N];

static int set_up(void **state)
{
	r = scans_start(&tape, FAR);
	return core_start((struct tf_core_options){.max_connections = CEILING, .no_alerts = true});
}

static const struct tf_stats *stats(void)
{
	return tf_core_stats(run.core);
}

static uint64_t table_gaps(void)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < run.n_gaps; i++)
		if (run.gaps[i].where == TF_GAP_TABLE)
			sum += tf_maybe_value(run.gaps[i].count);
	return sum;
}

/* @n connections, begun one after the other; @seen: by the hooks. */
static void open_some(unsigned int n, bool seen)
{
	for (unsigned int i = 0; i < n; i++) {
		players[i] = play_socket(&tape, 100 + i, i % 2, r.now);
		play_open(&players[i]);
		r.now = players[i].now;
	}
	if (!seen)
		tape.n = 0;
	core_feed_tape();
}

/* A scan finds those of the first @n that are open, in an order that depends on @turn. */
static void find_some(unsigned int n, unsigned int turn)
{
	for (unsigned int i = 0; i < n; i++)
		if (players[(i * 7 + turn) % n].c.st.new_state != TF_TCP_CLOSE)
			scan_sock(&r, &players[(i * 7 + turn) % n], 10);
}

static void scan_some(unsigned int n, unsigned int turn)
{
	r.now += 1000 * MS;
	scan_begin(&r);
	find_some(n, turn);
	scan_end(&r, true);
	core_feed_tape();
}

static void close_one(struct player *p)
{
	p->now = r.now;
	play_peer_fin(p, true);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_close(p);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
	r.now = p->now;
	core_feed_tape();
}

static void assert_counts(uint64_t connections, uint64_t evicted, uint64_t returned)
{
	assert_int_equal(stats()->connections, connections);
	assert_int_equal(stats()->evicted, evicted);
	assert_int_equal(stats()->returned, returned);
	assert_int_equal(stats()->connections + stats()->returned,
			 stats()->ended + stats()->live + stats()->held + stats()->evicted);
}

static void test_scans_evict_nothing_and_count_nothing_twice(void **state)
{
	open_some(N, true);
	assert_counts(N, N - CEILING, 0);
	for (unsigned int turn = 0; turn < 20; turn++)
		scan_some(N, turn);
	assert_counts(N, N - CEILING, 0);
	assert_int_equal(stats()->live, CEILING);
	assert_int_equal(stats()->unplaced, N - CEILING);
}

/* In whatever order they close, those that kept their place have their history, and all end. */
static void test_each_end_has_its_record_in_any_order(void **state)
{
	for (unsigned int order = 0; order < 3; order++) {
		set_up(NULL);
		open_some(N, true);
		scan_some(N, 0);
		for (unsigned int i = 0; i < N; i++) {
			close_one(&players[order == 0 ? i : order == 1 ? N - 1 - i : (i * 7) % N]);
			if (i % 40 == 0)
				scan_some(N, i);
		}
		run_finish(&run);
		assert_counts(N, N - CEILING, N - CEILING);
		assert_int_equal(run.n_conns, N);
		assert_int_equal(stats()->incomplete, N - CEILING);
		assert_int_equal(stats()->fates[TF_FATE_CLOSED_BY_REMOTE], N);
		assert_int_equal(stats()->unplaced, 0);
		assert_int_equal(table_gaps(), N - CEILING);
	}
}

static void test_sockets_from_before_fill_the_table_and_no_more(void **state)
{
	open_some(N, false);
	for (unsigned int turn = 0; turn < 20; turn++)
		scan_some(N, turn);
	assert_counts(N, N - CEILING, 0);
	assert_int_equal(stats()->live, CEILING);
	run_finish(&run);
	assert_int_equal(table_gaps(), N - CEILING);
}

/* Half of those with a place end: the next scans find places for the others, once. */
static void test_what_has_no_place_gets_one_when_there_is(void **state)
{
	open_some(N, false);
	scan_some(N, 0);
	scan_some(N, 0);
	for (unsigned int i = 0; i < 150; i++)
		close_one(&players[i]);
	memmove(players, players + 150, 150 * sizeof(players[0]));
	for (unsigned int turn = 0; turn < 4; turn++)
		scan_some(150, turn);
	run_tick(&run, r.now + 3000 * MS);
	assert_int_equal(stats()->live, 150);
	assert_int_equal(stats()->unplaced, 0);
	assert_int_equal(stats()->connections, N);
	assert_int_equal(run.n_conns, 150);
}

/* A hand-off waits for a late reset: no scan makes it wait less. */
static void test_a_scan_hurries_no_held_end(void **state)
{
	struct player p;

	open_some(CEILING - 1, true);
	p = play_socket(&tape, 9000, false, r.now);
	life_local_first(&p);
	r.now = p.now;
	core_feed_tape();
	assert_int_equal(stats()->held, 1);
	for (unsigned int i = CEILING - 1; i < CEILING + 20; i++)
		players[i] = play_socket(&tape, 100 + i, false, r.now);
	for (unsigned int i = CEILING - 1; i < CEILING + 20; i++)
		play_open(&players[i]);
	tape.n = 0;
	scan_some(CEILING + 20, 0);
	assert_int_equal(stats()->held, 1);
	assert_int_equal(run.n_conns, 0);
	assert_counts(CEILING + 21, 20, 0); /* the held one has a place beyond */
}

/* Churn beside idle ones: a scan does not bring back what the next connection would turn out. */
static void test_churn_does_not_turn_out_one_for_each_scan(void **state)
{
	uint64_t evicted;

	open_some(N, true);
	for (unsigned int turn = 0; turn < 50; turn++) {
		for (unsigned int i = 0; i < 20; i++) { /* up to four at once */
			struct player p[4];

			for (int j = 0; j < 4; j++) {
				p[j] = play_socket(&tape, 10000 + turn * 100 + i * 4 + j, false,
						   r.now);
				play_open(&p[j]);
			}
			core_feed_tape();
			for (int j = 0; j < 4; j++)
				close_one(&p[j]);
		}
		if (turn == 5)
			evicted = stats()->evicted;
		scan_some(N, turn);
	}
	assert_int_equal(stats()->evicted, evicted);
	assert_int_equal(stats()->connections, N + 50 * 20 * 4);
}

/* They have places of their own, up to a point, and do not take a connection's. */
static void test_listeners_that_a_scan_finds_take_nobodys_place(void **state)
{
	open_some(CEILING, true);
	for (int turn = 0; turn < 5; turn++) {
		scan_begin(&r);
		find_some(CEILING, turn);
		for (unsigned int i = 0; i < 500; i++)
			scan_listener(&r, 5000 + i, (uint16_t)(1000 + i), 0, 128, 0, 0);
		scan_end(&r, true);
		core_feed_tape();
	}
	assert_counts(CEILING, 0, 0);
	assert_int_equal(stats()->live, CEILING);
	run_finish(&run);
	assert_true(table_gaps() > 300 && table_gaps() < 500);
}

/* An identity that is outside begins anew: another connection. */
static void test_another_life_of_an_unplaced_socket_is_another_connection(void **state)
{
	struct player p;

	open_some(CEILING + 1, true);
	p = play_socket(&tape, 100, false, r.now); /* the first that had to leave */
	play_open(&p);
	core_feed_tape();
	assert_counts(CEILING + 2, 2, 0);
	assert_int_equal(stats()->unplaced, 1);
}

/* --- any stream, any ceiling --------------------------------------------------------------*/

#define N_SOCKS 1000

static bool in_scan(const union tf_any_event *event)
{
	return event->ev.kind == TF_EV_SOCK || event->ev.kind == TF_EV_SCAN;
}

/* Feeds @scanned; what a scan does may count nothing but that it found a place. */
static void feed_watched(const struct tape *scanned, uint64_t n_begun)
{
	for (size_t i = 0; i < scanned->n; i++) {
		const union tf_any_event *event = &scanned->events[i];
		struct tf_stats before = *stats();

		assert_int_equal(tf_core_feed(run.core, event, event->ev.size), 0);
		assert_true(stats()->evicted <= n_begun);
		assert_true(stats()->connections <= n_begun);
		assert_true(stats()->unplaced <= N_SOCKS);
		if (!in_scan(event))
			continue;
		assert_int_equal(stats()->evicted, before.evicted);
		assert_int_equal(stats()->connections, before.connections);
	}
}

static int by_end(const void *a, const void *b)
{
	const struct tf_conn_record *x = a, *y = b;

	if (x->sock != y->sock)
		return x->sock < y->sock ? -1 : 1;
	return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

/* Each record is of one end of @whole, and no end has two. */
static void assert_records_are_ends(const struct run *whole)
{
	qsort(run.conns, run.n_conns, sizeof(run.conns[0]), by_end);
	for (size_t i = 0; i < run.n_conns; i++) {
		const struct tf_conn_record *got = &run.conns[i];
		const struct tf_conn_record *truth =
			bsearch(got, whole->conns, whole->n_conns, sizeof(*got), by_end);

		assert_non_null(truth);
		assert_true(!i || by_end(&run.conns[i - 1], got));
		if (!got->complete)
			continue;
		assert_int_equal(got->started_ns.plus_one, truth->started_ns.plus_one);
		/* A hand-off that waited less: the reset has a record of its own. */
		if (got->fate != TF_FATE_CLOSED_BY_LOCAL ||
		    truth->fate != TF_FATE_ABORTED_LATE_DATA)
			assert_int_equal(got->fate, truth->fate);
	}
}

static void test_at_any_ceiling_scans_evict_nothing(void **state)
{
	static const uint32_t ceilings[] = {1, 2, 7, 30, 100, 400, 900};
	struct dice dice = {.seed = 20261202};

	for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
		struct run whole = {.options = {.max_connections = 4 * N_SOCKS}};
		struct tape scanned = {0};
		struct crowd crowd;

		crowd_make(&crowd, &dice, N_SOCKS, 100 * MS);
		crowd_scan(&crowd.tape, &dice, 60, &scanned);
		run_start(&whole);
		run_feed(&whole, &crowd.tape);
		run_finish(&whole);
		qsort(whole.conns, whole.n_conns, sizeof(whole.conns[0]), by_end);
		core_start((struct tf_core_options){.max_connections = ceilings[i]});
		feed_watched(&scanned, crowd.n_lives);
		run_finish(&run);
		assert_records_are_ends(&whole);
		assert_int_equal(stats()->connections, crowd.n_lives);
		print_message("ceiling %u: %zu of %zu lives have a record, %u evicted\n",
			      ceilings[i], run.n_conns, crowd.n_lives,
			      (unsigned int)stats()->evicted);
		run_free(&whole);
		tape_free(&scanned);
		crowd_free(&crowd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, core_tear_down)
		TEST(test_scans_evict_nothing_and_count_nothing_twice),
		TEST(test_each_end_has_its_record_in_any_order),
		TEST(test_sockets_from_before_fill_the_table_and_no_more),
		TEST(test_what_has_no_place_gets_one_when_there_is),
		TEST(test_a_scan_hurries_no_held_end),
		TEST(test_churn_does_not_turn_out_one_for_each_scan),
		TEST(test_listeners_that_a_scan_finds_take_nobodys_place),
		TEST(test_another_life_of_an_unplaced_socket_is_another_connection),
		TEST(test_at_any_ceiling_scans_evict_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
