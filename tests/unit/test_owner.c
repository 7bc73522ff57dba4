// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_owner.c - whose connection it was: connect, accept, listen, close, and nobody rather than
 * somebody
 */
#include "unit.h"

#include "core_fixture.h"

#define LISTENER_PID 80
#define ACCEPTER_PID 81
#define CHILD 100

static struct player listen_at(uint64_t sock, uint32_t pid, uint32_t netns)
{
	struct player p = play_socket(&tape, sock, true, 500 * MS);

	p.c.st.ev.netns = netns;
	play_listen(&p, pid);
	return p;
}

/* A child dies of a timeout while an application holds it: no call of its own gives that one
 * away. */
static const struct tf_conn_record *child(uint64_t sock, uint32_t netns)
{
	struct player p = play_socket(&tape, sock, true, sock * 10000 * MS);

	p.c.st.ev.netns = netns;
	life_retransmit(&p);
	tape.n--;
	core_feed_tape();
	run_tick(&run, p.now + 5000 * MS);
	return &run.conns[run.n_conns - 1];
}

static void assert_owner(const struct tf_conn_record *conn, enum tf_owner_from from, uint32_t pid)
{
	assert_int_equal(conn->owner.from, from);
	assert_int_equal(conn->owner.pid, pid);
}

static void test_a_child_belongs_to_its_listener(void **state)
{
	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	assert_owner(child(CHILD, PLAYER_NETNS), TF_OWNER_LISTEN, LISTENER_PID);
	assert_string_equal((const char *)run.conns[0].owner.comm, PLAYER_COMM);
	assert_int_equal(tf_core_stats(run.core)->connections, 1); /* a listener is none */
}

static void test_listeners_of_one_process_agree(void **state)
{
	for (uint64_t sock = 1; sock <= 4; sock++)
		listen_at(sock, LISTENER_PID, PLAYER_NETNS);
	assert_owner(child(CHILD, PLAYER_NETNS), TF_OWNER_LISTEN, LISTENER_PID);
}

static void test_listeners_of_several_processes_give_no_owner(void **state)
{
	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	listen_at(2, LISTENER_PID + 100, PLAYER_NETNS);
	assert_owner(child(CHILD, PLAYER_NETNS), TF_OWNER_NONE, 0);
}

static const uint8_t ANY[16];
static const uint8_t ANY4[16] = {[10] = 0xff, [11] = 0xff};

static void listen_on(uint64_t sock, uint32_t pid, const uint8_t address[16])
{
	struct player p = play_socket(&tape, sock, true, 500 * MS);

	if (address)
		memcpy(p.c.st.tuple.laddr, address, 16);
	play_listen(&p, pid);
}

/* The order of compute_score(), whatever order they came in. */
static void test_the_listener_that_fits_best_is_the_one(void **state)
{
	listen_on(1, LISTENER_PID + 1, ANY);
	listen_on(2, LISTENER_PID + 1, ANY);
	listen_on(3, LISTENER_PID, ANY4);
	assert_owner(child(CHILD, PLAYER_NETNS), TF_OWNER_LISTEN, LISTENER_PID);
	listen_on(4, LISTENER_PID + 3, NULL);
	assert_owner(child(CHILD + 1, PLAYER_NETNS), TF_OWNER_LISTEN, LISTENER_PID + 3);
	listen_on(5, LISTENER_PID + 4, ANY4);
	assert_owner(child(CHILD + 2, PLAYER_NETNS), TF_OWNER_LISTEN, LISTENER_PID + 3);
	listen_on(6, LISTENER_PID + 5, NULL);
	assert_owner(child(CHILD + 3, PLAYER_NETNS), TF_OWNER_NONE, 0);
}

static void test_a_listener_of_another_namespace_gives_no_owner(void **state)
{
	listen_at(1, LISTENER_PID, PLAYER_NETNS + 1);
	assert_owner(child(CHILD, PLAYER_NETNS), TF_OWNER_NONE, 0);
	listen_at(2, LISTENER_PID + 1, PLAYER_NETNS);
	assert_owner(child(CHILD + 1, PLAYER_NETNS), TF_OWNER_LISTEN, LISTENER_PID + 1);
}

/* @later past the close of a listener a child of it appears. */
static const struct tf_conn_record *child_of_gone(uint64_t later)
{
	struct player p = listen_at(1, LISTENER_PID, PLAYER_NETNS);

	p.now = CHILD * 10000 * MS - later;
	play_to(&p, TF_TCP_CLOSE);
	play_destroy(&p, 0, true);
	return child(CHILD, PLAYER_NETNS);
}

static void test_a_listener_that_is_gone_gives_no_owner(void **state)
{
	assert_owner(child_of_gone(101 * MS), TF_OWNER_NONE, 0);
}

/* The last ACK of its handshake was handled on another CPU meanwhile. */
static void test_a_child_past_the_close_of_its_listener_belongs_to_it(void **state)
{
	assert_owner(child_of_gone(1 * MS), TF_OWNER_LISTEN, LISTENER_PID);
}

/* Another process listens there: the child can as well be its own. */
static void test_a_closed_listener_yields_to_those_that_are_open(void **state)
{
	listen_at(2, LISTENER_PID + 1, PLAYER_NETNS);
	listen_at(3, LISTENER_PID + 2, PLAYER_NETNS);
	assert_owner(child_of_gone(1 * MS), TF_OWNER_NONE, 0);
}

static void test_its_destroy_alone_ends_a_listener(void **state)
{
	struct player p = listen_at(1, LISTENER_PID, PLAYER_NETNS);

	play_destroy(&p, 0, true);
	assert_owner(child(CHILD, PLAYER_NETNS), TF_OWNER_NONE, 0);
	assert_int_equal(tf_core_stats(run.core)->live, 0);
}

/* A connection that @pid accepted, if any, and that its last holder closes, @exiting by @signal. */
static const struct tf_conn_record *handed_on(uint32_t pid, uint32_t exiting, uint8_t signal)
{
	struct player p;

	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	p = play_socket(&tape, CHILD, true, 1000 * MS);
	play_open(&p);
	if (pid)
		play_accept(&p, pid, "accepter");
	play_task(&p, exiting);
	p.c.st.exit_signal = signal;
	play_close(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	core_feed_tape();
	run_finish(&run);
	return &run.conns[0];
}

static void test_the_owner_from_accept_beats_the_listeners(void **state)
{
	struct player p;

	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	p = play_socket(&tape, CHILD, true, 1000 * MS);
	play_open(&p);
	play_accept(&p, ACCEPTER_PID, "accepter");
	play_tcp_reset(&p);
	play_end(&p, 104);
	core_feed_tape();
	run_tick(&run, p.now + 1000 * MS);
	assert_owner(&run.conns[0], TF_OWNER_ACCEPT, ACCEPTER_PID);
	assert_string_equal((const char *)run.conns[0].owner.comm, "accepter");
}

/* Fork per connection: it is the child's that was killed, not the parent's that accepted. */
static void test_the_last_holder_is_the_owner_and_how_is_its_end(void **state)
{
	const struct tf_conn_record *conn = handed_on(ACCEPTER_PID, TF_F_EXITING, 9);

	assert_owner(conn, TF_OWNER_CLOSE, PLAYER_PID);
	assert_string_equal((const char *)conn->owner.comm, PLAYER_COMM);
	assert_int_equal(conn->how, TF_HOW_SIGNAL);
	assert_int_equal(conn->how_signal, 9);
}

/* The one that accepted, by its name before it became another program. */
static void test_an_accepter_that_closes_keeps_its_name(void **state)
{
	const struct tf_conn_record *conn = handed_on(PLAYER_PID, 0, 0);

	assert_owner(conn, TF_OWNER_ACCEPT, PLAYER_PID);
	assert_string_equal((const char *)conn->owner.comm, "accepter");
	assert_int_equal(conn->how, TF_HOW_CLOSE);
}

/* io_uring lets go of registered files in a kernel worker; so can the scanner. */
static void test_a_kernel_worker_gives_neither_owner_nor_how(void **state)
{
	struct player p;

	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	p = play_socket(&tape, CHILD, true, 1000 * MS);
	play_open(&p);
	play_receive(&p, 9, 0);
	p.c.st.shutdown = 3;
	play_task(&p, TF_F_FILE_GONE);
	p.c.st.flags &= ~(uint32_t)TF_F_TASK;
	p.c.st.pid = 0;
	play_end(&p, 0);
	core_feed_tape();
	run_tick(&run, p.now + 1000 * MS);
	assert_int_equal(run.conns[0].fate, TF_FATE_ABORTED_UNREAD);
	assert_owner(&run.conns[0], TF_OWNER_LISTEN, LISTENER_PID);
	assert_int_equal(run.conns[0].how, TF_HOW_NONE);
}

/* The first act decides, and both fields are of one process. */
static void test_who_shuts_it_down_is_the_owner_whoever_closes(void **state)
{
	struct player p = play_socket(&tape, CHILD, true, 1000 * MS);

	play_open(&p);
	play_accept(&p, ACCEPTER_PID, "accepter");
	play_shutdown(&p, 2);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_peer_fin(&p, false);
	play_end(&p, 0);
	play_destroy(&p, 0, true);
	tape.events[tape.n - 1].destroy.pid = 999;
	core_feed_tape();
	run_finish(&run);
	assert_owner(&run.conns[0], TF_OWNER_CLOSE, PLAYER_PID);
	assert_int_equal(run.conns[0].how, TF_HOW_SHUTDOWN);
}

static void test_an_accept_by_the_kernel_names_nobody(void **state)
{
	struct player p = play_socket(&tape, CHILD, true, 1000 * MS);

	play_open(&p);
	play_accept(&p, 0, "");
	play_tcp_reset(&p);
	play_end(&p, 104);
	core_feed_tape();
	run_tick(&run, p.now + 1000 * MS);
	assert_owner(&run.conns[0], TF_OWNER_NONE, 0);
}

static void test_the_owner_from_close_beats_the_listeners(void **state)
{
	struct player p;

	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	p = play_socket(&tape, CHILD, true, 1000 * MS);
	life_local_first(&p);
	core_feed_tape();
	run_finish(&run);
	assert_owner(&run.conns[0], TF_OWNER_CLOSE, PLAYER_PID);
}

static void test_who_closes_the_dead_socket_is_its_owner(void **state)
{
	struct player p;

	listen_at(1, LISTENER_PID, PLAYER_NETNS);
	p = play_socket(&tape, CHILD, true, 1000 * MS);
	life_reset_open(&p);
	core_feed_tape();
	assert_owner(&run.conns[0], TF_OWNER_CLOSE, PLAYER_PID);
}

/* What dies in softirq on somebody's time says nothing of the owner. */
static void test_the_task_of_an_interrupt_is_never_the_owner(void **state)
{
	struct player p = play_socket(&tape, CHILD, true, 1000 * MS);

	life_reset_last_ack(&p);
	for (size_t i = 0; i < tape.n; i++)
		if (tape.events[i].ev.kind == TF_EV_STATE)
			tape.events[i].state.flags &= ~(uint32_t)(TF_F_TASK | TF_F_LOCKED);
	core_feed_tape();
	run_finish(&run);
	assert_owner(&run.conns[0], TF_OWNER_NONE, 0);
	assert_int_equal(run.conns[0].how, TF_HOW_NONE);
}

static void test_who_closes_what_another_connected_is_the_owner(void **state)
{
	struct player p = play_socket(&tape, CHILD, false, 1000 * MS);

	life_local_first(&p);
	tape.events[2].state.pid = 999; /* the close, in a child process */
	core_feed_tape();
	run_finish(&run);
	assert_owner(&run.conns[0], TF_OWNER_CLOSE, 999);
	assert_int_equal(run.conns[0].how, TF_HOW_CLOSE);
	assert_int_equal(tf_maybe_or(run.conns[0].uid, UINT64_MAX), PLAYER_UID);
}

static void test_how_distinguishes_exit_signal_and_close(void **state)
{
	static const struct {
		uint32_t flags;
		uint8_t signal;
		enum tf_close_how how;
	} rows[] = {
		{TF_F_FILE_GONE, 0, TF_HOW_CLOSE},
		{TF_F_FILE_GONE | TF_F_EXITING, 0, TF_HOW_EXIT},
		{TF_F_FILE_GONE | TF_F_EXITING, 15, TF_HOW_SIGNAL},
		{TF_F_FILE_GONE | TF_F_EXITING, 9, TF_HOW_SIGNAL},
		{TF_F_FILE_GONE | TF_F_EXITING | TF_F_OOM, 9, TF_HOW_OOM},
		{0, 0, TF_HOW_SHUTDOWN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct player p = play_socket(&tape, CHILD + i, false, (i + 1) * 5000 * MS);

		play_open(&p);
		play_task(&p, rows[i].flags);
		p.c.st.exit_signal = rows[i].signal;
		p.c.st.shutdown = rows[i].flags & TF_F_FILE_GONE ? 3 : 2; /* close() both */
		play_to(&p, TF_TCP_FIN_WAIT1);
		play_softirq(&p);
		play_end(&p, 104);
		core_feed_tape();
		run_tick(&run, p.now + 1000 * MS);
		assert_int_equal(run.n_conns, i + 1);
		assert_int_equal(run.conns[i].how, rows[i].how);
		assert_int_equal(run.conns[i].how_signal,
				 rows[i].how == TF_HOW_SIGNAL ? rows[i].signal : 0);
	}
}

/* Who is stopped, closes, exits: ordinary. Who is killed or crashes: not, however orderly the
 * kernel closed for it. */
static void test_a_killed_owner_makes_a_clean_end_abnormal(void **state)
{
	static const struct {
		uint32_t flags;
		uint8_t signal;
		enum tf_tri abnormal;
	} rows[] = {
		{TF_F_FILE_GONE, 0, TF_NO},
		{TF_F_FILE_GONE | TF_F_EXITING, 0, TF_NO},
		{TF_F_FILE_GONE | TF_F_EXITING, 1, TF_NO},
		{TF_F_FILE_GONE | TF_F_EXITING, 2, TF_NO},
		{TF_F_FILE_GONE | TF_F_EXITING, 15, TF_NO},
		{TF_F_FILE_GONE | TF_F_EXITING, 3, TF_YES},
		{TF_F_FILE_GONE | TF_F_EXITING, 6, TF_YES},
		{TF_F_FILE_GONE | TF_F_EXITING, 9, TF_YES},
		{TF_F_FILE_GONE | TF_F_EXITING, 11, TF_YES},
		{TF_F_FILE_GONE | TF_F_EXITING | TF_F_OOM, 9, TF_YES},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct player p = play_socket(&tape, CHILD + i, i % 2, (i + 1) * 5000 * MS);

		play_open(&p);
		play_peer_fin(&p, true);
		play_to(&p, TF_TCP_CLOSE_WAIT);
		play_task(&p, rows[i].flags);
		p.c.st.exit_signal = rows[i].signal;
		play_close(&p);
		play_fin_acked(&p);
		play_end(&p, 0);
		play_destroy(&p, 0, false);
		core_feed_tape();
		run_tick(&run, p.now + 1000 * MS);
		assert_int_equal(run.n_conns, i + 1);
		assert_int_equal(run.conns[i].fate, TF_FATE_CLOSED_BY_REMOTE);
		assert_int_equal(run.conns[i].abnormal, rows[i].abnormal);
	}
}

static void test_a_clean_end_by_nobody_known_may_be_abnormal(void **state)
{
	struct player p = play_socket(&tape, CHILD, true, 1000 * MS);

	life_local_first(&p);
	for (size_t i = 0; i < tape.n; i++)
		if (tape.events[i].ev.kind == TF_EV_STATE)
			tape.events[i].state.flags &= ~(uint32_t)(TF_F_TASK | TF_F_LOCKED);
	core_feed_tape();
	run_finish(&run);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(run.conns[0].abnormal, TF_UNKNOWN);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, core_set_up, core_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RUN(test_a_child_belongs_to_its_listener),
		WITH_RUN(test_listeners_of_one_process_agree),
		WITH_RUN(test_listeners_of_several_processes_give_no_owner),
		WITH_RUN(test_the_listener_that_fits_best_is_the_one),
		WITH_RUN(test_a_listener_of_another_namespace_gives_no_owner),
		WITH_RUN(test_a_listener_that_is_gone_gives_no_owner),
		WITH_RUN(test_a_child_past_the_close_of_its_listener_belongs_to_it),
		WITH_RUN(test_a_closed_listener_yields_to_those_that_are_open),
		WITH_RUN(test_its_destroy_alone_ends_a_listener),
		WITH_RUN(test_the_owner_from_accept_beats_the_listeners),
		WITH_RUN(test_the_owner_from_close_beats_the_listeners),
		WITH_RUN(test_who_closes_the_dead_socket_is_its_owner),
		WITH_RUN(test_the_task_of_an_interrupt_is_never_the_owner),
		WITH_RUN(test_who_closes_what_another_connected_is_the_owner),
		WITH_RUN(test_the_last_holder_is_the_owner_and_how_is_its_end),
		WITH_RUN(test_an_accepter_that_closes_keeps_its_name),
		WITH_RUN(test_a_kernel_worker_gives_neither_owner_nor_how),
		WITH_RUN(test_who_shuts_it_down_is_the_owner_whoever_closes),
		WITH_RUN(test_an_accept_by_the_kernel_names_nobody),
		WITH_RUN(test_how_distinguishes_exit_signal_and_close),
		WITH_RUN(test_a_killed_owner_makes_a_clean_end_abnormal),
		WITH_RUN(test_a_clean_end_by_nobody_known_may_be_abnormal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
