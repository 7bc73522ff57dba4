// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_merge.c - sockets that a scan finds: open before the start, known, changed, missing, handed
 * on
 */
#include <errno.h>

#include "unit.h"

#include "core/conn/missing.h"
#include "core/states.h"
#include "core_fixture.h"
#include "scans.h"

#define FAR (60 * 1000 * MS) /* nothing that a race could excuse */

static struct scans r;

static int set_up(void **state)
{
	r = scans_start(&tape, FAR);
	return core_set_up(state);
}

/* A socket that is open, and no event of it was ever seen. */
static struct player from_before(uint64_t sock, bool server)
{
	struct player p = play_socket(&tape, sock, server, FAR);

	play_open(&p);
	tape.n = 0;
	return p;
}

static void one_scan(const struct player *p, uint32_t silent_ms)
{
	scan_begin(&r);
	if (p)
		scan_sock(&r, p, silent_ms);
	scan_end(&r, true);
	core_feed_tape();
}

static const struct tf_stats *stats(void)
{
	return tf_core_stats(run.core);
}

/* The last record, once all is settled. */
static const struct tf_conn_record *last(uint64_t now)
{
	run_tick(&run, now + 10000 * MS);
	assert_true(run.n_conns > 0);
	return &run.conns[run.n_conns - 1];
}

static void test_a_socket_from_before_ends_with_its_fate(void **state)
{
	struct player p = from_before(7, false);
	const struct tf_conn_record *conn;

	uint64_t known_ns;

	one_scan(&p, 5000);
	known_ns = r.now - 5000 * MS;
	assert_int_equal(stats()->live, 1);
	one_scan(&p, 20); /* the same again */
	assert_int_equal(stats()->connections, 1);
	p.now = r.now;
	play_task(&p, TF_F_FILE_GONE);
	play_close(&p);
	play_softirq(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	core_feed_tape();
	conn = last(p.now);
	assert_int_equal(conn->fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(conn->origin, TF_ORIGIN_SNAPSHOT);
	assert_false(conn->complete);
	assert_false(tf_maybe_known(conn->started_ns));
	/* at least since the segment that had come last before the first scan */
	assert_int_equal(conn->duration_at_least, TF_YES);
	assert_in_range(tf_maybe_or(conn->duration_us, 0) * 1000, conn->time_ns - known_ns,
			conn->time_ns - known_ns + 10 * MS);
	assert_int_equal(conn->role, TF_ROLE_CLIENT);
	assert_int_equal(conn->established, TF_YES);
	assert_int_equal(conn->states[0].state, TF_TCP_ESTABLISHED);
	assert_false(tf_maybe_known(conn->states[0].spent_us));
	assert_int_equal(run.n_gaps, 0);
	assert_int_equal(stats()->live, 0);
}

/* By its listener, which a scan may find after it; else by the ports. */
static void test_a_socket_from_before_has_the_role_that_shows(void **state)
{
	static const struct {
		uint16_t lport, rport;
		bool listener;
		enum tf_role role;
	} rows[] = {
		{40000, 443, false, TF_ROLE_CLIENT},	{8080, 50000, false, TF_ROLE_SERVER},
		{50051, 40000, false, TF_ROLE_UNKNOWN}, {700, 2049, false, TF_ROLE_UNKNOWN},
		{50051, 40000, true, TF_ROLE_SERVER},	{50051, 443, true, TF_ROLE_SERVER},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct player p = from_before(7 + i, false);

		p.c.st.tuple.lport = rows[i].lport;
		p.c.st.tuple.rport = rows[i].rport;
		scan_begin(&r);
		scan_sock(&r, &p, 10);
		if (rows[i].listener)
			scan_listener(&r, 900 + i, rows[i].lport, 0, 128, 0, 0);
		scan_end(&r, true);
		one_scan(&p, 10);
		p.now = r.now;
		play_tcp_reset(&p);
		play_end(&p, ECONNRESET);
		play_destroy(&p, 0, true);
		core_feed_tape();
		assert_int_equal(last(p.now)->role, rows[i].role);
		r.now = p.now + 20000 * MS;
	}
}

static void test_a_known_socket_is_not_disturbed(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_conn_record *conn;

	play_open(&p);
	r.now = p.now + 5000 * MS;
	core_feed_tape();
	one_scan(&p, 10);
	one_scan(&p, 10);
	p.now = r.now;
	play_task(&p, TF_F_FILE_GONE);
	play_close(&p);
	play_softirq(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	core_feed_tape();
	conn = last(p.now);
	assert_int_equal(conn->fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(conn->origin, TF_ORIGIN_EVENT);
	assert_true(conn->complete);
	assert_true(tf_maybe_or(conn->states[1].spent_us, 0) >= 5000000);
	assert_int_equal(stats()->connections, 1);
}

static void test_a_scan_sets_right_what_no_event_reported(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_conn_record *conn;

	play_open(&p);
	r.now = p.now + 1000 * MS;
	p.c.st.new_state = TF_TCP_CLOSE_WAIT;
	p.c.st.flags |= TF_F_DONE;
	core_feed_tape();
	one_scan(&p, 200);
	p.now = r.now;
	play_end(&p, 32 /* EPIPE */);
	core_feed_tape();
	conn = last(p.now);
	assert_int_equal(conn->fate, TF_FATE_RESET_AFTER_REMOTE_FIN);
	assert_false(conn->complete);
	assert_int_equal(conn->states[conn->n_states - 1].state, TF_TCP_CLOSE_WAIT);
	assert_false(tf_maybe_known(conn->states[conn->n_states - 1].spent_us));
	run_finish(&run);
	assert_int_equal(run.n_gaps, 1);
	assert_int_equal(run.gaps[0].where, TF_GAP_HOOK);
}

/* Any event may have been lost, but no end: the scan found it alive. */
static void test_a_scan_after_a_loss_ends_the_doubt(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_conn_record *conn;

	play_open(&p);
	r.now = p.now + 1000 * MS;
	p.c.st.ev.lost = p.c.st.ev.lost_total = 3;
	scan_begin(&r);
	scan_sock(&r, &p, 10);
	tape.events[tape.n - 1].ev.lost = 3;
	tape.events[tape.n - 1].ev.lost_total = 3;
	scan_end(&r, true);
	p.now = r.now;
	play_task(&p, TF_F_FILE_GONE);
	play_close(&p);
	play_softirq(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	core_feed_tape();
	conn = last(p.now);
	assert_int_equal(conn->fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_false(conn->complete);
	assert_int_equal(conn->rst_sent, TF_NO);
}

static void test_a_scan_that_races_with_an_event_changes_nothing(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR), before;

	play_open(&p);
	before = p;
	play_to(&p, TF_TCP_CLOSE_WAIT);
	core_feed_tape();
	r.now = p.now - 3 * MS; /* the record stands right behind the event */
	one_scan(&before, 10);
	run_finish(&run);
	assert_int_equal(run.n_gaps, 0);
}

/* Events were lost, and no later one of any connection shows it. */
static void lose_events(uint32_t total)
{
	tape_tick(&tape, r.now += MS);
	tape.events[tape.n - 1].ev.lost_total = total;
	core_feed_tape();
}

static void test_a_connection_missing_from_two_whole_scans_after_a_loss_has_ended(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);

	play_open(&p);
	r.now = p.now + 1000 * MS;
	core_feed_tape();
	one_scan(&p, 10);
	lose_events(3);
	one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 0); /* one scan can overlook it */
	one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_false(run.conns[0].complete);
	assert_int_equal(stats()->live, 0);
}

/* Nothing was lost: if it had ended, that would have been seen. */
static void test_without_a_loss_many_scans_must_overlook_it(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);

	lose_events(3); /* before it began */
	p.now = r.now;
	play_open(&p);
	r.now = p.now + 1000 * MS;
	core_feed_tape();
	for (unsigned int i = 1; i < TF_MISSING; i++)
		one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 0);
	one_scan(&p, 0);
	for (unsigned int i = 1; i < TF_MISSING; i++)
		one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 0);
	one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
}

/* Scans ended it wrongly: its life goes on, and its real end has a record of its own. */
static void test_a_connection_that_scans_ended_goes_on(void **state)
{
	for (int found = 0; found < 2; found++) {
		struct player p;

		set_up(NULL);
		p = play_socket(&tape, 7, false, FAR);
		play_open(&p);
		r.now = p.now + 1000 * MS;
		core_feed_tape();
		for (unsigned int i = 0; i < TF_MISSING; i++)
			one_scan(NULL, 0);
		assert_int_equal(run.n_conns, 1);
		if (found)
			one_scan(&p, 10);
		assert_int_equal(stats()->live, found);
		p.now = r.now + 1000 * MS;
		play_task(&p, TF_F_FILE_GONE);
		play_close(&p);
		play_softirq(&p);
		play_fin_acked(&p);
		play_to(&p, TF_TCP_FIN_WAIT2);
		play_end(&p, 0);
		play_destroy(&p, 0, false);
		core_feed_tape();
		assert_int_equal(last(p.now)->fate, TF_FATE_CLOSED_BY_LOCAL);
		assert_int_equal(run.n_conns, 2);
		assert_int_equal(run.conns[1].role, TF_ROLE_CLIENT);
		assert_int_equal(run.conns[1].owner.pid, PLAYER_PID);
		assert_false(run.conns[1].complete);
		assert_int_not_equal(run.conns[1].generation, run.conns[0].generation);
		assert_int_equal(stats()->connections, 2);
		assert_int_equal(stats()->live, 0);
		assert_int_equal(run.n_gaps, 0);
	}
}

static void test_incomplete_scans_end_no_connection(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);

	play_open(&p);
	r.now = p.now + 1000 * MS;
	core_feed_tape();
	for (int i = 0; i < 4; i++) {
		scan_begin(&r);
		scan_end(&r, i % 2);
		core_feed_tape();
	}
	assert_int_equal(run.n_conns, 0);
	assert_int_equal(stats()->live, 1);
}

static void test_a_young_connection_is_not_missing(void **state)
{
	struct player p;

	one_scan(NULL, 0);
	scan_begin(&r);
	p = play_socket(&tape, 7, false, r.now);
	play_open(&p);
	r.now = p.now;
	scan_end(&r, true);
	core_feed_tape();
	lose_events(3);
	one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 0);
	one_scan(NULL, 0);
	assert_int_equal(run.n_conns, 1);
}

/* The kernel shows the minisock before it reports CLOSE. */
/* A reset is the first that is seen of it: nobody knows since when it is there. */
static void test_a_connection_first_seen_during_a_scan_is_not_missing(void **state)
{
	struct player p = from_before(7, false);
	struct tf_conn_record plain;

	for (int scans = 0; scans < 2; scans++) {
		p.now = FAR + 1000 * MS;
		r.now = FAR;
		core_set_up(NULL);
		if (scans)
			one_scan(NULL, 0);
		if (scans)
			scan_begin(&r);
		p.c.st.new_state = TF_TCP_ESTABLISHED;
		play_rst_sent(&p, TF_F_ACTIVE, REASON_OTHER);
		r.now = p.now;
		if (scans)
			scan_end(&r, true);
		p.now = r.now;
		core_feed_tape();
		assert_int_equal(run.n_conns, 0);
		p.now = FAR + 2000 * MS;
		play_end(&p, 103 /* ECONNABORTED */);
		play_destroy(&p, 0, true);
		core_feed_tape();
		assert_int_equal(run.n_conns, 1);
		if (scans)
			assert_memory_equal(&run.conns[0], &plain, sizeof(plain));
		plain = run.conns[0];
	}
	assert_int_equal(plain.fate, TF_FATE_ABORTED_BY_ADMIN);
	assert_int_equal(plain.end_state, TF_TCP_ESTABLISHED);
}

static void test_a_minisock_that_comes_before_its_close_changes_nothing(void **state)
{
	struct player p = play_socket(&tape, 1, false, FAR);

	play_open(&p);
	play_task(&p, TF_F_FILE_GONE);
	play_close(&p);
	play_softirq(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_minisock(&r, TF_TCP_TIME_WAIT, 40001, 80, false);
	tape.events[tape.n - 1].ev.sock = 1;
	p.now = r.now;
	play_end(&p, 0);
	r.now = p.now;
	scan_end(&r, true);
	core_feed_tape();
	assert_int_equal(last(p.now)->fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_true(run.conns[0].complete);
	assert_int_equal(run.n_conns, 1);
}

/* The owner of a connection that is reset by its peer now. */
static const struct tf_owner *owner_at_the_end(struct player *p)
{
	p->now = r.now;
	play_tcp_reset(p);
	play_end(p, 104 /* ECONNRESET */);
	play_destroy(p, 0, false);
	core_feed_tape();
	return &last(p->now)->owner;
}

static void test_a_holder_owns_a_socket_whose_opener_is_unknown(void **state)
{
	struct player p = from_before(7, true);
	const struct tf_owner *owner;

	scan_begin(&r);
	scan_listener(&r, 90, 80, 0, 128, 0, 0);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 90, 800, 3, "listens");
	scan_holder(&r, 7, 801, 9, "serves");
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&p);
	assert_int_equal(owner->from, TF_OWNER_HOLDER);
	assert_int_equal(owner->pid, 801);
	assert_string_equal((const char *)owner->comm, "serves");
	assert_int_equal(run.conns[0].role, TF_ROLE_SERVER);
}

static void test_of_several_holders_none_is_the_owner(void **state)
{
	struct player p = from_before(7, false);
	const struct tf_owner *owner;

	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 801, 9, "worker");
	scan_holder(&r, 7, 802, 9, "worker");
	scan_holder(&r, 7, 803, 9, "worker");
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&p);
	assert_int_equal(owner->from, TF_OWNER_HOLDER);
	assert_int_equal(owner->pid, 0);
	assert_string_equal((const char *)owner->comm, "worker");
}

static void test_who_connected_and_still_holds_it_is_the_owner(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_owner *owner;

	play_open(&p);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 999, 5, "other");
	scan_holder(&r, 7, PLAYER_PID, 4, PLAYER_COMM);
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&p);
	assert_int_equal(owner->from, TF_OWNER_CONNECT);
	assert_int_equal(owner->pid, PLAYER_PID);
}

static void test_a_connection_that_was_handed_on_has_a_new_owner(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_owner *owner;

	play_open(&p);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 999, 5, "other");
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&p);
	assert_int_equal(owner->from, TF_OWNER_HOLDER);
	assert_int_equal(owner->pid, 999);
}

/* It ends before the scan does, and its slot goes to the next connection. */
static void test_a_handover_is_not_the_next_sockets(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR), next;
	const struct tf_owner *owner;

	play_open(&p);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 999, 5, "other");
	p.now = r.now;
	play_tcp_reset(&p);
	play_end(&p, 104 /* ECONNRESET */);
	play_destroy(&p, 0, false);
	next = play_socket(&tape, 8, false, p.now);
	play_open(&next);
	r.now = next.now;
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&next);
	assert_int_equal(owner->from, TF_OWNER_CONNECT);
	assert_int_equal(owner->pid, PLAYER_PID);
}

/* Until accept() is known a child has its listener's owner, and that may be several processes. */
static void test_children_of_a_shared_listener_have_its_name_only(void **state)
{
	struct player p;

	scan_begin(&r);
	scan_listener(&r, 90, 80, 0, 128, 0, 0);
	scan_holder(&r, 90, 801, 3, "nginx");
	scan_holder(&r, 90, 802, 3, "nginx");
	scan_end(&r, true);
	p = play_socket(&tape, 7, true, r.now);
	play_open_unaccepted(&p);
	core_feed_tape();
	r.now = p.now;
	assert_int_equal(owner_at_the_end(&p)->pid, 0);
	assert_int_equal(run.conns[0].owner.from, TF_OWNER_HOLDER);
	assert_string_equal((const char *)run.conns[0].owner.comm, "nginx");
}

/* A listener by @listens, which one connection waits at; then a scan that finds it held as
 * @holders, with names, and one more connection. */
static void hand_on_listener(struct player p[2], const uint32_t *holders, const char *const *names)
{
	struct player listener = play_socket(&tape, 90, true, FAR);

	play_listen(&listener, 800);
	p[0] = play_socket(&tape, 7, true, listener.now);
	play_open_unaccepted(&p[0]);
	r.now = p[0].now + 1000 * MS;
	scan_begin(&r);
	scan_listener(&r, 90, 80, 1, 128, 0, 0);
	scan_sock(&r, &p[0], 10);
	for (size_t i = 0; i < 3 && holders[i]; i++)
		scan_holder(&r, 90, holders[i], 3, names[i]);
	scan_end(&r, true);
	p[1] = play_socket(&tape, 8, true, r.now);
	play_open_unaccepted(&p[1]);
	core_feed_tape();
	r.now = p[1].now;
}

static void test_what_waits_is_whose_the_listener_is_now(void **state)
{
	static const struct {
		uint32_t holders[3];
		const char *names[3];
		enum tf_owner_from from;
		uint32_t pid;
		const char *comm;
	} rows[] = {
		{{800}, {"parent"}, TF_OWNER_LISTEN, 800, PLAYER_COMM},
		{{801}, {"child"}, TF_OWNER_HOLDER, 801, "child"},
		{{801, 800}, {"child", "parent"}, TF_OWNER_LISTEN, 800, PLAYER_COMM},
		{{801, 802, 803}, {"worker", "worker", "worker"}, TF_OWNER_HOLDER, 0, "worker"},
		{{801, 802, 803}, {"worker", "helper", "worker"}, TF_OWNER_NONE, 0, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct player p[2];

		core_start((struct tf_core_options){0});
		hand_on_listener(p, rows[i].holders, rows[i].names);
		for (size_t n = 0; n < 2; n++) {
			const struct tf_owner *owner = owner_at_the_end(&p[n]);

			assert_int_equal(owner->from, rows[i].from);
			assert_int_equal(owner->pid, rows[i].pid);
			assert_string_equal((const char *)owner->comm, rows[i].comm);
		}
	}
}

/* The scan finds its holder, and knows better than the listener's. */
static void test_what_was_accepted_is_its_holders_whoever_listens(void **state)
{
	struct player listener = play_socket(&tape, 90, true, FAR), p;
	const struct tf_owner *owner;

	play_listen(&listener, 800);
	p = play_socket(&tape, 7, true, listener.now);
	play_open(&p);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_listener(&r, 90, 80, 0, 128, 0, 0);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 90, 801, 3, "child");
	scan_holder(&r, 7, 802, 4, "grandchild");
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&p);
	assert_int_equal(owner->from, TF_OWNER_HOLDER);
	assert_int_equal(owner->pid, 802);
}

/* Connected, and held by two others now; or shared by two of different names. */
static void test_of_two_that_took_it_over_none_is_the_owner(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_owner *owner;

	play_open(&p);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 998, 5, "one");
	scan_holder(&r, 7, 999, 5, "other");
	scan_holder(&r, 7, 998, 6, "one");
	scan_end(&r, true);
	core_feed_tape();
	owner = owner_at_the_end(&p);
	assert_int_equal(owner->from, TF_OWNER_NONE);
	assert_int_equal(owner->pid, 0);
	assert_int_equal(owner->comm[0], 0);
}

static void test_the_last_of_two_that_closes_is_the_owner(void **state)
{
	struct player p = from_before(7, true);
	const struct tf_conn_record *conn;

	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 801, 9, "one");
	scan_holder(&r, 7, 802, 9, "other");
	scan_end(&r, true);
	p.now = r.now;
	play_task(&p, TF_F_EXITING);
	p.c.st.exit_signal = 9;
	play_close(&p);
	tape.events[tape.n - 1].state.pid = 802;
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	core_feed_tape();
	conn = last(p.now);
	assert_int_equal(conn->owner.from, TF_OWNER_CLOSE);
	assert_int_equal(conn->owner.pid, 802);
	assert_int_equal(conn->how, TF_HOW_SIGNAL);
}

/* Who shut it down stays, though another holds it when a scan comes by. */
static void test_who_ended_it_stays_the_owner_in_a_scan(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_conn_record *conn;

	play_open(&p);
	play_shutdown(&p, 2);
	r.now = p.now + 1000 * MS;
	scan_begin(&r);
	scan_sock(&r, &p, 10);
	scan_holder(&r, 7, 999, 5, "other");
	scan_end(&r, true);
	core_feed_tape();
	p.now = r.now;
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_peer_fin(&p, true);
	play_end(&p, 0);
	core_feed_tape();
	conn = last(p.now);
	assert_int_equal(conn->owner.pid, PLAYER_PID);
	assert_int_equal(conn->how, TF_HOW_SHUTDOWN);
}

static void test_a_filter_holds_for_scans(void **state)
{
	static struct tf_filter filter;
	struct player p = from_before(7, false);

	tf_core_free(run.core);
	tf_filter_init(&filter);
	filter.n_netns = 1;
	filter.netns[0] = PLAYER_NETNS + 1;
	run.options.filter = &filter;
	run_start(&run);
	one_scan(&p, 10);
	assert_int_equal(stats()->connections, 0);
}

static void test_a_loss_in_a_scan_is_no_loss_of_history(void **state)
{
	struct tf_ev_counters counters = {
		.ev = {.kind = TF_EV_COUNTERS, .size = sizeof(counters), .time_ns = FAR},
		.hook[TF_HOOK_SOCKETS] = {.seen = 9, .lost = 5, .emitted = 4},
	};

	tape_add(&tape, &counters);
	core_feed_tape();
	assert_int_equal(run.n_gaps, 1);
	assert_int_equal(run.gaps[0].where, TF_GAP_SCAN);
	assert_int_equal(tf_maybe_value(run.gaps[0].count), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, core_tear_down)
		TEST(test_a_socket_from_before_ends_with_its_fate),
		TEST(test_a_socket_from_before_has_the_role_that_shows),
		TEST(test_a_known_socket_is_not_disturbed),
		TEST(test_a_scan_sets_right_what_no_event_reported),
		TEST(test_a_scan_after_a_loss_ends_the_doubt),
		TEST(test_a_scan_that_races_with_an_event_changes_nothing),
		TEST(test_a_connection_missing_from_two_whole_scans_after_a_loss_has_ended),
		TEST(test_without_a_loss_many_scans_must_overlook_it),
		TEST(test_a_connection_that_scans_ended_goes_on),
		TEST(test_incomplete_scans_end_no_connection),
		TEST(test_a_young_connection_is_not_missing),
		TEST(test_a_connection_first_seen_during_a_scan_is_not_missing),
		TEST(test_a_minisock_that_comes_before_its_close_changes_nothing),
		TEST(test_a_holder_owns_a_socket_whose_opener_is_unknown),
		TEST(test_of_several_holders_none_is_the_owner),
		TEST(test_who_connected_and_still_holds_it_is_the_owner),
		TEST(test_a_connection_that_was_handed_on_has_a_new_owner),
		TEST(test_a_handover_is_not_the_next_sockets),
		TEST(test_children_of_a_shared_listener_have_its_name_only),
		TEST(test_what_waits_is_whose_the_listener_is_now),
		TEST(test_what_was_accepted_is_its_holders_whoever_listens),
		TEST(test_of_two_that_took_it_over_none_is_the_owner),
		TEST(test_the_last_of_two_that_closes_is_the_owner),
		TEST(test_who_ended_it_stays_the_owner_in_a_scan),
		TEST(test_a_filter_holds_for_scans),
		TEST(test_a_loss_in_a_scan_is_no_loss_of_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
