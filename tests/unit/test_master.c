// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_master.c - what the MPTCP connection adds to its subflow: who closes it, and what waits
 */
#include "unit.h"

#include "core_fixture.h"
#include "stage.h"

/* An open subflow of a server, at @ms of its clock. */
static struct player served(void)
{
	struct player p = play_socket(&tape, SOCK, true, 500 * MS);

	play_open(&p);
	p.c.st.flags |= TF_F_MPTCP;
	return p;
}

/* Both ends have closed: the kernel's worker closes the subflow, of which nobody is left. */
static void kernel_closes(struct player *p)
{
	play_softirq(p);
	p->c.st.flags = (p->c.st.flags & ~(uint32_t)TF_F_HAS_SOCKET) | TF_F_DEAD | TF_F_FILE_GONE;
	p->c.st.shutdown = 3;
	play_to(p, TF_TCP_FIN_WAIT1);
	p->c.write_seq++;
	p->c.snd_nxt++;
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_end(p, 0);
	play_destroy(p, 0, false);
	core_feed_tape();
	run_finish(&run);
}

static void test_who_closes_the_mptcp_socket_has_closed_the_connection(void **state)
{
	struct player p = served();

	play_task(&p, TF_F_FILE_GONE);
	p.c.st.shutdown = 3;
	play_master(&p, TF_TCP_ESTABLISHED, TF_TCP_FIN_WAIT1, 0);
	kernel_closes(&p);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.conns[0].fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(run.conns[0].how, TF_HOW_CLOSE);
	assert_int_equal(run.conns[0].owner.from, TF_OWNER_CLOSE);
	assert_int_equal(run.conns[0].owner.pid, PLAYER_PID);
	assert_string_equal((const char *)run.conns[0].owner.comm, PLAYER_COMM);
	assert_true(run.conns[0].complete);
}

static void test_a_kill_is_the_masters_end(void **state)
{
	struct player p = served();

	play_task(&p, TF_F_EXITING | TF_F_FILE_GONE);
	play_master(&p, TF_TCP_ESTABLISHED, TF_TCP_FIN_WAIT1, 9);
	kernel_closes(&p);
	assert_int_equal(run.conns[0].how, TF_HOW_SIGNAL);
	assert_int_equal(run.conns[0].how_signal, 9);
}

static void test_a_worker_is_nobody(void **state)
{
	struct player p = served();

	play_master(&p, TF_TCP_ESTABLISHED, TF_TCP_FIN_WAIT1, 0);
	kernel_closes(&p);
	assert_int_equal(run.conns[0].how, TF_HOW_NONE);
	assert_int_equal(run.conns[0].owner.from, TF_OWNER_NONE);
}

/* The subflow was ESTABLISHED all the time: one entry, and the whole time. */
static void test_waiting_for_close_does_not_split_the_time_in_a_state(void **state)
{
	struct player p = served();
	uint64_t began = p.now;

	play_wait(&p, 300 * MS);
	play_master(&p, TF_TCP_ESTABLISHED, TF_TCP_CLOSE_WAIT, 0);
	play_wait(&p, 700 * MS);
	play_task(&p, TF_F_FILE_GONE);
	p.c.st.shutdown = 3;
	play_master(&p, TF_TCP_CLOSE_WAIT, TF_TCP_LAST_ACK, 0);
	kernel_closes(&p);
	assert_int_equal(run.conns[0].n_states, 3);
	assert_int_equal(run.conns[0].states[0].state, TF_TCP_ESTABLISHED);
	/* FIN_WAIT2, CLOSE and destroy came a millisecond after each other. */
	assert_int_equal(tf_maybe_value(run.conns[0].states[0].spent_us),
			 (p.now - 3 * MS - began) / 1000);
}

/* --- what waits -------------------------------------------------------------------------------*/

static void masters_to(unsigned int n, uint8_t from, uint8_t to, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		stage.players[i].now = now;
		play_softirq(&stage.players[i]);
		stage.players[i].c.st.flags |= TF_F_MPTCP;
		play_master(&stage.players[i], from, to, 0);
	}
	core_feed_tape();
}

static void test_masters_that_are_never_closed_are_a_pile_of_close_wait(void **state)
{
	const struct tf_alert_record *alert;

	stage_open_some(60, false, 1000, FAR);
	masters_to(60, TF_TCP_ESTABLISHED, TF_TCP_CLOSE_WAIT, FAR + SECOND);
	stage_pass(FAR + SECOND, FAR + 50 * SECOND);
	assert_int_equal(run.n_alerts, 0);
	stage_pass(FAR + 50 * SECOND, FAR + 70 * SECOND);
	alert = stage_raised(TF_ALERT_CLOSE_WAIT_PILEUP);
	assert_known(alert->count, 60);
	assert_int_equal(alert->owner.pid, PLAYER_PID);
	assert_int_equal(alert->examples[0].state, TF_TCP_CLOSE_WAIT);
	masters_to(60, TF_TCP_CLOSE_WAIT, TF_TCP_LAST_ACK, FAR + 71 * SECOND);
	stage_pass(FAR + 71 * SECOND, FAR + 100 * SECOND);
	assert_int_equal(stage_count(TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_CLEAR), 1);
	assert_int_equal(run.n_alerts, 2);
}

static void test_open_masters_are_no_pile(void **state)
{
	stage_open_some(60, false, 1000, FAR);
	masters_to(60, TF_TCP_SYN_SENT, TF_TCP_ESTABLISHED, FAR + SECOND);
	stage_pass(FAR + SECOND, FAR + 200 * SECOND);
	assert_int_equal(run.n_alerts, 0);
}

#define WITH_RUN(test) cmocka_unit_test_setup_teardown(test, core_set_up, core_tear_down)
#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_set_up, core_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RUN(test_who_closes_the_mptcp_socket_has_closed_the_connection),
		WITH_RUN(test_a_kill_is_the_masters_end),
		WITH_RUN(test_a_worker_is_nobody),
		WITH_RUN(test_waiting_for_close_does_not_split_the_time_in_a_state),
		ON_STAGE(test_masters_that_are_never_closed_are_a_pile_of_close_wait),
		ON_STAGE(test_open_masters_are_no_pile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
