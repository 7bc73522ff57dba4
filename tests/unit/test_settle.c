// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_settle.c - when a record is written: not before its fate is sure, not later than it must
 */
#include <errno.h>
#include "unit.h"

#include "core_fixture.h"

static struct player p;

static int set_up(void **state)
{
	p = play_socket(&tape, SOCK, false, 1000 * MS);
	return core_start(
		(struct tf_core_options){.no_alerts = true}); /* they have times of their own */
}

/* Nothing is written a nanosecond before @ns past the last event, and one record is then. */
static void assert_written_after(uint64_t ns)
{
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	assert_int_equal(tf_core_next_due(run.core), p.now + ns);
	run_tick(&run, p.now + ns - 1);
	assert_int_equal(run.n_conns, 0);
	run_tick(&run, p.now + ns);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(tf_core_next_due(run.core), UINT64_MAX);
}

static void assert_written_at_once(void)
{
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(tf_core_next_due(run.core), UINT64_MAX);
}

static void test_a_dead_socket_held_waits_100_ms(void **state)
{
	life_reset_open(&p);
	tape.n--; /* its application does not close */
	p.now -= 21 * MS;
	assert_written_after(100 * MS);
	assert_false(tf_maybe_known(run.conns[0].dead_held_us));
	assert_int_equal(run.conns[0].err_delivered, TF_UNKNOWN);
}

static void test_close_of_the_dead_socket_ends_the_wait(void **state)
{
	life_reset_open(&p);
	assert_written_at_once();
	assert_int_equal(tf_maybe_or(run.conns[0].dead_held_us, UINT64_MAX), 21000);
}

/* An RST of the peer after our close(), or late data without its answer yet. */
static void play_reset_or_late_data(struct player *player)
{
	life_late_data(player);
	tape.n--;
	player->now -= MS;
}

/* No segment that could have brought data was at work. */
static void mark_as_rst(void)
{
	for (size_t i = 0; i < tape.n; i++)
		if (tape.events[i].ev.kind == TF_EV_CLOSE)
			tape.events[i].close.st.flags |= TF_F_ACK_OLDER;
}

static void test_a_reset_in_fin_wait_waits_10_ms_past_destroy(void **state)
{
	play_reset_or_late_data(&p);
	mark_as_rst();
	assert_written_after(10 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_RESET_AFTER_LOCAL_FIN);
}

static void test_what_may_be_late_data_waits_1_s_from_close(void **state)
{
	play_reset_or_late_data(&p);
	p.now -= MS;
	assert_written_after(1000 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_RESET_AFTER_LOCAL_FIN);
	assert_int_equal(run.conns[0].rst_received, TF_YES);
}

/* A CPU is taken away between tcp_destroy_sock and the answer, which comes all the same. */
static void test_an_answer_after_a_hole_of_50_ms_is_late_data(void **state)
{
	play_reset_or_late_data(&p);
	play_wait(&p, 50 * MS);
	tape_tick(&tape, p.now);
	play_rst_sent(&p, 0, REASON_OTHER);
	assert_written_at_once();
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_int_equal(run.conns[0].rst_received, TF_NO);
	assert_int_equal(run.n_resets, 0);
}

/* Likewise while an application holds the socket. It closes in the meantime, or later. */
static void test_the_same_hole_with_an_owner_is_late_data(void **state)
{
	for (int late = 0; late < 2; late++) {
		p = play_socket(&tape, SOCK + (uint64_t)late, false, p.now);
		life_late_data_owned(&p);
		tape.n -= 2;
		if (!late)
			play_destroy(&p, ECONNRESET, true);
		play_wait(&p, 250 * MS);
		tape_tick(&tape, p.now);
		play_rst_sent(&p, 0, REASON_OTHER);
		if (late)
			play_destroy(&p, ECONNRESET, true);
		core_feed_tape();
		assert_int_equal(run.n_conns, (size_t)late + 1);
		assert_int_equal(run.conns[late].fate, TF_FATE_ABORTED_LATE_DATA);
		assert_true(tf_maybe_known(run.conns[late].dead_held_us));
	}
}

/* Half-closed, it can still be read: no data comes too late, and no answer. */
static void test_a_reset_of_a_half_closed_socket_waits_for_its_close_only(void **state)
{
	play_open(&p);
	play_shutdown(&p, 2);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	assert_written_after(100 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_RESET_AFTER_LOCAL_FIN);
}

static void test_the_reset_after_destroy_ends_the_wait(void **state)
{
	life_late_data(&p);
	assert_written_at_once();
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
}

static void test_a_reset_before_destroy_leaves_nothing_to_wait_for(void **state)
{
	life_late_data_owned(&p);
	assert_written_at_once();
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
}

static void test_a_hand_off_before_the_fin_waits_2_s_from_close(void **state)
{
	life_local_first(&p);
	p.now -= MS; /* counted from CLOSE, not from tcp_destroy_sock */
	assert_written_after(2000 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
}

static void test_a_late_reset_within_2_s_is_joined_at_once(void **state)
{
	life_late_data_minisock(&p);
	assert_written_at_once();
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_int_equal(run.conns[0].time_ns, tape.events[4].ev.time_ns);
	assert_int_equal(run.n_resets, 0);
}

/* Before 5.12 a socket is known by its address, and its minisock has another one. */
static void without_cookies(void)
{
	struct tf_run_info info = run.info;

	run_free(&run);
	info.cookies = false;
	run = (struct run){.info = info, .options.no_alerts = true};
	run_start(&run);
}

static void test_without_cookies_a_late_reset_is_joined_by_its_tuple(void **state)
{
	without_cookies();
	life_late_data_minisock(&p);
	tape.events[tape.n - 1].ev.sock = 99 * SOCK;
	tape.events[tape.n - 1].ev.lost = 5; /* of another bucket */
	assert_written_at_once();
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.n_resets, 0);
}

/* The address is soon another socket's: that ends nothing that was handed over. */
static void test_without_cookies_the_next_socket_at_the_address_is_another(void **state)
{
	struct player other;

	without_cookies();
	life_local_first(&p);
	other = play_socket(&tape, SOCK, true, p.now);
	other.c.st.tuple.rport = 999;
	life_remote_first(&other);
	p.now = other.now;
	play_rst_sent(&p, TF_F_MINISOCK, REASON_OTHER);
	tape.events[tape.n - 1].ev.sock = 99 * SOCK;
	core_feed_tape();
	assert_int_equal(run.n_conns, 2);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_REMOTE);
	assert_int_equal(run.conns[1].fate, TF_FATE_ABORTED_LATE_DATA);
	assert_int_not_equal(run.conns[0].generation, run.conns[1].generation);
	assert_int_equal(run.n_resets, 0);
}

/* A stand-in emits an event that the first program was skipped for, and rarely one that it was
 * not. */
static void test_duplicates_are_taken_once(void **state)
{
	struct tape twice = {0};

	life_local_first(&p);
	for (size_t i = 0; i < tape.n; i++) {
		union tf_any_event event = tape.events[i];

		tape_add(&twice, &event);
		event.state.flags |= TF_F_STAND_IN;
		if (event.ev.kind == TF_EV_STATE || event.ev.kind == TF_EV_CLOSE)
			tape_add(&twice, &event);
	}
	run_feed(&run, &twice);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.conns[0].n_states, 4);
	assert_int_equal(run.stats.stats.duplicates, twice.n - tape.n);
	tape_free(&twice);
}

/* Its slot is gone already. */
static void test_a_duplicate_end_is_one_end(void **state)
{
	union tf_any_event again;

	life_remote_first(&p);
	while (tape.events[tape.n - 1].ev.kind != TF_EV_CLOSE)
		tape.n--;
	again = tape.events[tape.n - 1];
	again.state.flags |= TF_F_STAND_IN;
	tape_add(&tape, &again);
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.stats.stats.duplicates, 1);
}

static void test_late_events_are_taken(void **state)
{
	life_local_first(&p);
	for (size_t i = 0; i < tape.n; i++)
		if (tape.events[i].ev.kind == TF_EV_STATE || tape.events[i].ev.kind == TF_EV_CLOSE)
			tape.events[i].state.flags |= TF_F_STAND_IN;
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.conns[0].n_states, 4);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.stats.stats.duplicates, 0);
}

static void test_without_cookies_a_reset_of_another_tuple_is_a_record(void **state)
{
	without_cookies();
	life_late_data_minisock(&p);
	tape.events[tape.n - 1].ev.sock = 99 * SOCK;
	tape.events[tape.n - 1].reset.tuple.rport++;
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	assert_int_equal(run.n_resets, 1);
	assert_int_equal(run.resets[0].kind, TF_RESET_LATE_DATA);
	assert_int_equal(run.resets[0].sock, 0); /* nobody's that could be named */
	run_tick(&run, p.now + 2000 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
}

/* The next socket at the address: its beginning was lost, and the slot of the former one is
 * free. */
static void test_without_cookies_a_lost_life_ends_no_connection_twice(void **state)
{
	without_cookies();
	life_late_data_owned(&p);
	tape.events[tape.n - 2] = tape.events[tape.n - 1]; /* no answer: it is held for one */
	tape.n--;
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	play_destroy(&p, 0, false);
	tape.events[0].ev.lost = 1;
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_false(run.conns[0].complete);
	assert_int_equal(tf_core_next_due(run.core), UINT64_MAX);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.stats.stats.held, 0);
	assert_int_equal(run.stats.stats.connections, 1);
}

static void test_a_later_reset_is_a_record_with_the_id(void **state)
{
	life_local_first(&p);
	core_feed_tape();
	run_tick(&run, p.now + 2000 * MS);
	assert_int_equal(run.n_conns, 1);
	play_wait(&p, 3000 * MS);
	play_rst_sent(&p, TF_F_MINISOCK, REASON_OTHER);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.n_resets, 1);
	assert_int_equal(run.resets[0].kind, TF_RESET_LATE_DATA);
	assert_int_equal(run.resets[0].sock, SOCK);
	assert_int_equal(run.resets[0].generation, 0);
	assert_int_equal(tf_maybe_or(run.resets[0].rst_reason, UINT64_MAX), REASON_OTHER);
	assert_int_equal(run.resets[0].time_ns, p.now);
}

/* The second life's generation outlives its slot, for the sake of the id. */
static void test_a_later_reset_names_the_generation(void **state)
{
	life_refused(&p);
	tape.n--; /* the socket lives on */
	p = play_socket(&tape, SOCK, false, p.now);
	life_local_first(&p);
	core_feed_tape();
	run_tick(&run, p.now + 2000 * MS);
	assert_int_equal(run.n_conns, 2);
	play_rst_sent(&p, TF_F_MINISOCK, -1);
	core_feed_tape();
	assert_int_equal(run.n_resets, 1);
	assert_int_equal(run.resets[0].generation, 1);
}

static void test_both_fins_in_and_orphaned_is_written_at_once(void **state)
{
	life_remote_first(&p);
	tape.n--;
	assert_written_at_once();
}

static void test_both_fins_in_and_owned_is_written_at_once(void **state)
{
	life_local_half_closed(&p);
	tape.n--;
	assert_written_at_once();
}

static void test_a_twin_is_no_connection(void **state)
{
	p = play_socket(&tape, SOCK, true, 1000 * MS);
	life_twin(&p);
	core_feed_tape();
	assert_int_equal(tf_core_next_due(run.core), UINT64_MAX);
	assert_int_equal(tf_core_stats(run.core)->connections, 0);
	run_finish(&run);
	assert_int_equal(run.n_conns, 0);
}

/* The listener had given up its port when the child was made. */
static void test_a_child_without_a_port_is_no_connection(void **state)
{
	p = play_socket(&tape, SOCK, true, 1000 * MS);
	life_without_a_port(&p);
	core_feed_tape();
	assert_int_equal(tf_core_stats(run.core)->connections, 0);
	run_finish(&run);
	assert_int_equal(run.n_conns, 0);
}

/* An RST that was lost would have made a connection of it. */
static void test_a_possible_twin_is_unknown(void **state)
{
	p = play_socket(&tape, SOCK, true, 1000 * MS);
	life_twin(&p);
	tape.events[tape.n - 1].ev.lost++;
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_false(run.conns[0].complete);
}

/* A reset in the accept queue, without what comes after CLOSE. */
static void reset_in_the_queue(void)
{
	struct player listener = play_socket(&tape, SOCK + 1, true, 900 * MS);

	play_listen(&listener, 55);
	p = play_socket(&tape, SOCK, true, 1000 * MS);
	life_reset_in_queue(&p);
	tape.n--;
	p.now -= 31 * MS;
}

/* A server that hangs: nothing that comes later changes the fate. */
static void test_a_connection_that_waits_for_accept_waits_100_ms(void **state)
{
	reset_in_the_queue();
	assert_written_after(100 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_RESET_BEFORE_ACCEPT);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.conns[0].owner.from, TF_OWNER_LISTEN);
	assert_int_equal(run.conns[0].owner.pid, 55);
	assert_int_equal(run.conns[0].err_delivered, TF_UNKNOWN);
	assert_false(tf_maybe_known(run.conns[0].dead_held_us));
}

/* net.ipv4.tcp_migrate_req: its listener has closed, and it waits at another one. */
static void test_what_waits_belongs_to_who_listens_now(void **state)
{
	struct player old = play_socket(&tape, SOCK + 1, true, 900 * MS);
	struct player new = play_socket(&tape, SOCK + 2, true, 901 * MS);

	play_listen(&old, 55);
	p = play_socket(&tape, SOCK, true, 1000 * MS);
	play_open_unaccepted(&p);
	new.now = p.now;
	play_listen(&new, 66);
	old.now = new.now;
	play_to(&old, TF_TCP_CLOSE);
	p.now = old.now;
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	assert_written_after(100 * MS);
	assert_int_equal(run.conns[0].owner.pid, 66);
}

/* It died with the listener that closed, whoever else listens. */
static void test_what_a_closed_listener_ended_is_its_owners(void **state)
{
	struct player other = play_socket(&tape, SOCK + 1, true, 900 * MS);
	struct player listener = play_socket(&tape, SOCK + 2, true, 901 * MS);

	play_listen(&listener, 55);
	p = play_socket(&tape, SOCK, true, 1000 * MS);
	play_open_unaccepted(&p);
	other.now = p.now;
	play_listen(&other, 66);
	listener.now = other.now;
	play_to(&listener, TF_TCP_CLOSE);
	p.now = listener.now;
	p.c.st.flags |= TF_F_LOCKED;
	play_end(&p, 0);
	play_rst_sent(&p, TF_F_ACTIVE, REASON_OTHER);
	play_destroy(&p, ECONNRESET, false);
	assert_written_at_once();
	assert_int_equal(run.conns[0].fate, TF_FATE_NEVER_ACCEPTED);
	assert_int_equal(run.conns[0].owner.pid, 55);
}

static void test_accepted_after_its_record_it_has_no_other(void **state)
{
	reset_in_the_queue();
	core_feed_tape();
	p.now += 3600 * 1000 * MS;
	play_accept(&p, 77, "late");
	play_destroy(&p, 0, true);
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].owner.pid, 55);
	assert_int_equal(run.stats.stats.connections, 1);
	assert_int_equal(run.stats.stats.live, 0);
}

static void test_accepted_dead_it_is_held_like_any_other(void **state)
{
	reset_in_the_queue();
	p.now += 50 * MS;
	play_accept(&p, 77, "late");
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	run_tick(&run, p.now + 100 * MS - 1);
	assert_int_equal(run.n_conns, 0);
	run_tick(&run, p.now + 100 * MS);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].owner.from, TF_OWNER_ACCEPT);
	assert_int_equal(run.conns[0].owner.pid, 77);
}

static void test_the_next_connection_settles_the_former_at_once(void **state)
{
	life_refused(&p);
	tape.n--;
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	p = play_socket(&tape, SOCK, false, p.now);
	play_connect(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CONNECT_REFUSED);
	assert_int_equal(run.conns[0].generation, 0);
	assert_true(run.conns[0].complete);
	play_tcp_reset(&p);
	play_end(&p, ECONNREFUSED);
	play_destroy(&p, 0, true);
	core_feed_tape();
	assert_int_equal(run.n_conns, 2);
	assert_int_equal(run.conns[1].generation, 1);
	assert_int_equal(run.conns[1].fate, TF_FATE_CONNECT_REFUSED);
	assert_int_equal(run.conns[1].n_states, 1);
	assert_true(run.conns[1].complete);
	assert_true(tf_maybe_or(run.conns[1].started_ns, 0) > run.conns[0].time_ns);
}

/* A listener between two lives: its slot must not forget how many there were. */
static void test_generations_count_through_listen(void **state)
{
	life_refused(&p);
	tape.n--;
	p = play_socket(&tape, SOCK, false, p.now);
	play_listen(&p, PLAYER_PID);
	play_to(&p, TF_TCP_CLOSE);
	p = play_socket(&tape, SOCK, false, p.now);
	life_refused(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 2);
	assert_int_equal(run.conns[0].generation, 0);
	assert_true(run.conns[1].generation > 0);
	assert_int_equal(tf_core_stats(run.core)->connections, 2);
	assert_int_equal(tf_core_stats(run.core)->live, 0);
}

static void test_graces_are_options(void **state)
{
	core_start((struct tf_core_options){
		.handoff_grace_ns = 7 * MS, .dead_grace_ns = 5 * MS, .destroy_grace_ns = 3 * MS});
	life_local_first(&p);
	p.now -= MS;
	assert_written_after(7 * MS);
}

static void test_flush_writes_all_that_is_held(void **state)
{
	life_local_first(&p); /* hand-off */
	p = play_socket(&tape, SOCK + 1, false, p.now);
	life_refused(&p); /* dead, held */
	tape.n--;
	p = play_socket(&tape, SOCK + 2, true, p.now);
	life_reset_in_queue(&p); /* waits for accept() */
	tape.n--;
	p = play_socket(&tape, SOCK + 3, false, p.now - 305 * MS);
	life_late_data(&p); /* past tcp_destroy_sock */
	tape.n--;
	p = play_socket(&tape, SOCK + 4, false, p.now);
	play_open(&p); /* lives on: stays unwritten */
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	assert_int_equal(tf_core_stats(run.core)->held, 4);
	run_finish(&run);
	assert_int_equal(run.n_conns, 4);
	assert_int_equal(run.stats.stats.held, 0);
	assert_int_equal(run.stats.stats.live, 1);
	assert_int_equal(tf_core_next_due(run.core), UINT64_MAX);
}

/* Held ones have some places of their own; beyond these they are written early, and only then live
 * ones go. */
static void test_a_full_table_writes_held_ones_before_it_drops_live_ones(void **state)
{
	const unsigned int spare = 64;

	core_start((struct tf_core_options){.max_connections = 2});
	for (unsigned int i = 0; i < spare + 1; i++) {
		p = play_socket(&tape, SOCK + i, false, p.now + 11 * MS);
		life_local_first(&p);
	}
	p = play_socket(&tape, SOCK + 100, false, p.now + 11 * MS);
	play_open(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 0);
	p = play_socket(&tape, SOCK + 101, false, p.now);
	play_open(&p);
	core_feed_tape();
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].sock, SOCK);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(tf_core_stats(run.core)->evicted, 0);
	p = play_socket(&tape, SOCK + 102, false, p.now);
	play_open(&p);
	core_feed_tape();
	assert_int_equal(tf_core_stats(run.core)->evicted, 1);
	run_finish(&run);
	assert_int_equal(run.n_conns, spare + 1);
	assert_int_equal(run.n_gaps, 1);
	assert_int_equal(run.gaps[0].where, TF_GAP_TABLE);
	assert_int_equal(tf_maybe_value(run.gaps[0].count), 1);
}

/* What would stand right behind CLOSE may not have come yet: then nothing is sure. */
static void test_an_end_that_is_written_at_once_may_be_unknown(void **state)
{
	core_start((struct tf_core_options){.max_connections = 1});
	for (unsigned int i = 0; i < 66; i++) {
		p = play_socket(&tape, SOCK + i, true, 1000 * MS);
		life_listener_gone_early(&p);
		tape.n -= 2;
	}
	p = play_socket(&tape, SOCK + 100, false, p.now);
	play_open(&p);
	core_feed_tape();
	assert_true(run.n_conns > 0);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_false(run.conns[0].complete);
}

/* The least recently active goes: an event makes it recent. */
static void test_the_least_recently_active_is_dropped(void **state)
{
	struct player old, idle;

	core_start((struct tf_core_options){.max_connections = 2});
	old = play_socket(&tape, SOCK, false, 1000 * MS);
	play_open(&old);
	idle = play_socket(&tape, SOCK + 1, false, old.now);
	play_open(&idle);
	play_wait(&old, 100 * MS);
	play_peer_fin(&old, false);
	play_to(&old, TF_TCP_CLOSE_WAIT);
	p = play_socket(&tape, SOCK + 2, false, old.now);
	play_connect(&p);
	play_close(&old);
	play_fin_acked(&old);
	play_end(&old, 0);
	core_feed_tape();
	assert_int_equal(tf_core_stats(run.core)->evicted, 1);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].sock, SOCK);
	assert_true(run.conns[0].complete);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, set_up, core_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RUN(test_a_dead_socket_held_waits_100_ms),
		WITH_RUN(test_close_of_the_dead_socket_ends_the_wait),
		WITH_RUN(test_a_reset_in_fin_wait_waits_10_ms_past_destroy),
		WITH_RUN(test_what_may_be_late_data_waits_1_s_from_close),
		WITH_RUN(test_an_answer_after_a_hole_of_50_ms_is_late_data),
		WITH_RUN(test_the_same_hole_with_an_owner_is_late_data),
		WITH_RUN(test_a_reset_of_a_half_closed_socket_waits_for_its_close_only),
		WITH_RUN(test_the_reset_after_destroy_ends_the_wait),
		WITH_RUN(test_a_reset_before_destroy_leaves_nothing_to_wait_for),
		WITH_RUN(test_a_hand_off_before_the_fin_waits_2_s_from_close),
		WITH_RUN(test_a_late_reset_within_2_s_is_joined_at_once),
		WITH_RUN(test_without_cookies_a_late_reset_is_joined_by_its_tuple),
		WITH_RUN(test_without_cookies_the_next_socket_at_the_address_is_another),
		WITH_RUN(test_duplicates_are_taken_once),
		WITH_RUN(test_a_duplicate_end_is_one_end),
		WITH_RUN(test_late_events_are_taken),
		WITH_RUN(test_without_cookies_a_reset_of_another_tuple_is_a_record),
		WITH_RUN(test_without_cookies_a_lost_life_ends_no_connection_twice),
		WITH_RUN(test_a_later_reset_is_a_record_with_the_id),
		WITH_RUN(test_a_later_reset_names_the_generation),
		WITH_RUN(test_both_fins_in_and_orphaned_is_written_at_once),
		WITH_RUN(test_both_fins_in_and_owned_is_written_at_once),
		WITH_RUN(test_a_twin_is_no_connection),
		WITH_RUN(test_a_child_without_a_port_is_no_connection),
		WITH_RUN(test_a_possible_twin_is_unknown),
		WITH_RUN(test_a_connection_that_waits_for_accept_waits_100_ms),
		WITH_RUN(test_what_waits_belongs_to_who_listens_now),
		WITH_RUN(test_what_a_closed_listener_ended_is_its_owners),
		WITH_RUN(test_accepted_after_its_record_it_has_no_other),
		WITH_RUN(test_accepted_dead_it_is_held_like_any_other),
		WITH_RUN(test_the_next_connection_settles_the_former_at_once),
		WITH_RUN(test_generations_count_through_listen),
		WITH_RUN(test_graces_are_options),
		WITH_RUN(test_flush_writes_all_that_is_held),
		WITH_RUN(test_a_full_table_writes_held_ones_before_it_drops_live_ones),
		WITH_RUN(test_an_end_that_is_written_at_once_may_be_unknown),
		WITH_RUN(test_the_least_recently_active_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
