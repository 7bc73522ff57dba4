// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_core.c - everything that is no connection: resets without one, transitions, gaps, counters
 */
#include <errno.h>
#include "unit.h"

#include "core/filter.h"
#include "core_fixture.h"

static struct player p;

static int set_up(void **state)
{
	p = play_socket(&tape, SOCK, false, 1000 * MS);
	return core_set_up(state);
}

static void feed_counters(uint64_t now, uint64_t lost)
{
	struct tf_ev_counters counters = {
		.ev = {.time_ns = now, .size = sizeof(counters), .kind = TF_EV_COUNTERS},
		.hook[TF_HOOK_STATE] = {.seen = 100, .lost = lost, .emitted = 100 - lost},
		.hook[TF_HOOK_ACCEPT] = {.seen = 5, .filtered = 2, .folded = 3},
	};

	tape_add(&tape, &counters);
	core_feed_tape();
}

/* Resets that belong to nobody. */
static void assert_reset(uint64_t sock, uint32_t flags, uint8_t state, enum tf_reset_kind kind)
{
	size_t before = run.n_resets;

	p.c.st.ev.sock = sock;
	p.c.st.new_state = state;
	play_rst_sent(&p, flags, REASON_OTHER);
	core_feed_tape();
	assert_int_equal(run.n_resets, before + 1);
	assert_int_equal(run.resets[before].kind, kind);
	assert_int_equal(run.resets[before].sock, 0);
	assert_int_equal(run.resets[before].netns, PLAYER_NETNS);
	assert_int_equal(run.resets[before].tuple.lport, p.c.st.tuple.lport);
	assert_int_equal(tf_maybe_or(run.resets[before].rst_reason, UINT64_MAX), REASON_OTHER);
	assert_int_equal(run.resets[before].time_ns, p.now);
	assert_int_equal(tf_core_stats(run.core)->connections, 0);
}

static void test_resets_without_a_connection_are_records(void **state)
{
	assert_reset(0, TF_F_SYN, 0, TF_RESET_REFUSED_INBOUND);
	assert_reset(0, 0, 0, TF_RESET_STRAY_SEGMENT);
	assert_reset(5, TF_F_LISTENER, TF_TCP_LISTEN, TF_RESET_STRAY_SEGMENT);
	assert_reset(5, TF_F_LISTENER | TF_F_QUEUE_FULL, TF_TCP_LISTEN, TF_RESET_STRAY_SEGMENT);
	assert_reset(5, TF_F_LISTENER | TF_F_SYN, TF_TCP_LISTEN, TF_RESET_TURNED_AWAY);
	assert_reset(5, TF_F_REQUEST, TF_TCP_NEW_SYN_RECV, TF_RESET_TURNED_AWAY);
	assert_int_equal(tf_core_stats(run.core)->resets, 6);
}

static void test_a_listeners_reset_touches_no_connection(void **state)
{
	play_listen(&p, PLAYER_PID);
	play_rst_sent(&p, TF_F_LISTENER, -1);
	core_feed_tape();
	assert_int_equal(run.n_resets, 1);
	run_finish(&run);
	assert_int_equal(run.n_conns, 0);
	assert_int_equal(run.stats.stats.live, 0);
}

static void test_transitions_are_records_when_asked_for(void **state)
{
	static const uint8_t path[][2] = {
		{TF_TCP_CLOSE, TF_TCP_SYN_SENT},	 {TF_TCP_SYN_SENT, TF_TCP_ESTABLISHED},
		{TF_TCP_ESTABLISHED, TF_TCP_CLOSE_WAIT}, {TF_TCP_CLOSE_WAIT, TF_TCP_LAST_ACK},
		{TF_TCP_LAST_ACK, TF_TCP_CLOSE},
	};

	life_remote_first(&p);
	run_feed(&run, &tape);
	assert_int_equal(run.n_states, 0); /* off by default */
	core_start((struct tf_core_options){.states = true});
	core_feed_tape();
	assert_int_equal(run.n_states, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(run.states[i].old_state, path[i][0]);
		assert_int_equal(run.states[i].new_state, path[i][1]);
		assert_int_equal(tf_maybe_or(run.states[i].spent_us, UINT64_MAX),
				 i ? 1000 : UINT64_MAX);
		assert_int_equal(run.states[i].sock, SOCK);
		assert_int_equal(run.states[i].owner.pid, PLAYER_PID);
	}
	assert_int_equal(run.n_conns, 1);
}

static void test_malformed_records_are_counted_and_skipped(void **state)
{
	unsigned char junk[64] = {1, 2, 3};

	assert_int_equal(tf_core_feed(run.core, junk, sizeof(junk)), -EBADMSG);
	assert_int_equal(tf_core_feed(run.core, junk, 3), -EBADMSG);
	life_remote_first(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(tf_core_stats(run.core)->malformed, 2);
	assert_int_equal(tf_core_stats(run.core)->events, 6);
	run_finish(&run);
	assert_int_equal(run.gaps[run.n_gaps - 1].where, TF_GAP_STREAM);
	assert_int_equal(tf_maybe_value(run.gaps[run.n_gaps - 1].total), 2);
}

static void test_losses_in_the_ring_are_reported_once(void **state)
{
	feed_counters(2000 * MS, 0);
	assert_int_equal(run.n_gaps, 0);
	feed_counters(3000 * MS, 5);
	assert_int_equal(run.n_gaps, 1);
	assert_int_equal(run.gaps[0].where, TF_GAP_RING);
	assert_int_equal(tf_maybe_value(run.gaps[0].count), 5);
	assert_int_equal(run.gaps[0].time_ns, 3000 * MS);
	feed_counters(4000 * MS, 5);
	assert_int_equal(run.n_gaps, 1);
	feed_counters(5000 * MS, 12);
	assert_int_equal(run.n_gaps, 2);
	assert_int_equal(tf_maybe_value(run.gaps[1].count), 7);
	assert_int_equal(tf_maybe_value(run.gaps[1].total), 12);
}

static void test_records_lost_by_the_sink_are_reported(void **state)
{
	tf_core_sink_lost(run.core, 3);
	tf_core_sink_lost(run.core, 4);
	assert_int_equal(run.n_gaps, 2);
	assert_int_equal(run.gaps[1].where, TF_GAP_SINK);
	assert_int_equal(tf_maybe_value(run.gaps[1].count), 4);
	assert_int_equal(tf_maybe_value(run.gaps[1].total), 7);
}

static void assert_gap(const struct tf_gap_record *gap, uint64_t time_ns, uint64_t count,
		       uint64_t total)
{
	assert_int_equal(gap->where, TF_GAP_TABLE);
	assert_int_equal(gap->time_ns, time_ns);
	assert_int_equal(tf_maybe_value(gap->count), count);
	assert_int_equal(tf_maybe_value(gap->total), total);
}

/* One more connection than there is room for: the former one is given up. */
static void open_too_many(uint64_t sock, uint64_t now)
{
	p = play_socket(&tape, sock, false, now);
	play_connect(&p);
	core_feed_tape();
}

/* Time alone brings the record: no counters, no flush. */
static void test_losses_that_come_one_by_one_are_reported_once_a_second(void **state)
{
	uint64_t reported_ns = 3000 * MS;

	core_start((struct tf_core_options){.max_connections = 1, .no_alerts = true});
	open_too_many(SOCK, 2000 * MS);
	open_too_many(SOCK + 1, 2000 * MS);
	run_tick(&run, reported_ns);
	assert_int_equal(run.n_gaps, 1);
	assert_gap(&run.gaps[0], reported_ns, 1, 1);
	open_too_many(SOCK + 2, reported_ns);
	open_too_many(SOCK + 3, reported_ns);
	assert_int_equal(tf_core_next_due(run.core), reported_ns + 1000 * MS);
	run_tick(&run, reported_ns + 1000 * MS - 1);
	assert_int_equal(run.n_gaps, 1);
	run_tick(&run, reported_ns + 1000 * MS);
	assert_int_equal(run.n_gaps, 2);
	assert_gap(&run.gaps[1], reported_ns + 1000 * MS, 2, 3);
}

static void test_stats_say_what_was_counted(void **state)
{
	const struct tf_stats *stats = &run.stats.stats;

	life_remote_first(&p);
	p = play_socket(&tape, SOCK + 1, false, p.now);
	life_local_first(&p);
	p = play_socket(&tape, SOCK + 2, false, p.now);
	play_open(&p);
	core_feed_tape();
	feed_counters(p.now, 0);
	tf_core_emit_stats(run.core);
	assert_int_equal(run.stats.time_ns, p.now);
	assert_int_equal(stats->events, 6 + 6 + 2);
	assert_int_equal(stats->connections, 3);
	assert_int_equal(stats->ended, 1);
	assert_int_equal(stats->fates[TF_FATE_CLOSED_BY_REMOTE], 1);
	assert_int_equal(stats->held, 1);
	assert_int_equal(stats->live, 1);
	assert_int_equal(stats->evicted, 0);
	assert_int_equal(stats->incomplete, 0);
	assert_int_equal(stats->hook[TF_HOOK_STATE].emitted, 100);
	assert_int_equal(stats->hook[TF_HOOK_ACCEPT].folded, 3);
}

static void test_time_never_goes_back(void **state)
{
	life_local_first(&p);
	core_feed_tape();
	run_tick(&run, 1);
	assert_int_equal(run.n_conns, 0);
	tf_core_emit_stats(run.core);
	assert_int_equal(run.stats.time_ns, p.now);
}

static void test_a_self_connect_is_one_connection(void **state)
{
	memcpy(p.c.st.tuple.raddr, p.c.st.tuple.laddr, 16);
	p.c.st.tuple.rport = p.c.st.tuple.lport;
	play_connect(&p);
	play_to(&p, TF_TCP_SYN_RECV);
	play_to(&p, TF_TCP_ESTABLISHED);
	play_close(&p);
	play_peer_fin(&p, false);
	play_to(&p, TF_TCP_CLOSING);
	play_fin_acked(&p);
	play_end(&p, 0);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_SIMULTANEOUSLY);
	assert_int_equal(run.conns[0].role, TF_ROLE_CLIENT);
	assert_int_equal(run.conns[0].n_states, 5);
	assert_int_equal(run.conns[0].states[1].state, TF_TCP_SYN_RECV);
}

static struct tf_filter filter;

static void filter_port(uint16_t port)
{
	tf_filter_init(&filter);
	filter.rport.any = false;
	filter.rport.bits[port / 64] = 1ULL << port % 64;
	core_start((struct tf_core_options){.filter = &filter});
}

static void test_sockets_that_the_filter_turns_away_are_not_followed(void **state)
{
	filter_port(443);
	life_remote_first(&p);
	p = play_socket(&tape, SOCK + 1, false, p.now);
	p.c.st.tuple.rport = 443;
	life_remote_first(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].sock, SOCK + 1);
	assert_int_equal(tf_core_stats(run.core)->connections, 1);
}

/* The next destination is not wanted; what became of the former one is. */
static void test_a_socket_reused_elsewhere_leaves_the_former_record_alone(void **state)
{
	filter_port(80);
	life_refused(&p);
	tape.n--;
	p = play_socket(&tape, SOCK, false, p.now);
	p.c.st.tuple.rport = 443;
	life_refused(&p);
	tape.n--;
	p = play_socket(&tape, SOCK, false, p.now);
	life_syn_timeout(&p);
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 2);
	assert_int_equal(run.conns[0].fate, TF_FATE_CONNECT_REFUSED);
	assert_int_equal(run.conns[1].fate, TF_FATE_CONNECT_TIMEOUT);
	assert_int_not_equal(run.conns[0].generation, run.conns[1].generation);
	assert_int_equal(run.stats.stats.connections, 2);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, set_up, core_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RUN(test_resets_without_a_connection_are_records),
		WITH_RUN(test_a_listeners_reset_touches_no_connection),
		WITH_RUN(test_transitions_are_records_when_asked_for),
		WITH_RUN(test_malformed_records_are_counted_and_skipped),
		WITH_RUN(test_losses_in_the_ring_are_reported_once),
		WITH_RUN(test_records_lost_by_the_sink_are_reported),
		WITH_RUN(test_losses_that_come_one_by_one_are_reported_once_a_second),
		WITH_RUN(test_stats_say_what_was_counted),
		WITH_RUN(test_time_never_goes_back),
		WITH_RUN(test_a_self_connect_is_one_connection),
		WITH_RUN(test_sockets_that_the_filter_turns_away_are_not_followed),
		WITH_RUN(test_a_socket_reused_elsewhere_leaves_the_former_record_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
