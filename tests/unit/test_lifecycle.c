// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_lifecycle.c - whole connections of every fate, in both roles, field by field
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run.h"
#include "scripts.h"

#define SOCK 7

/* Says which script it was before the test fails. */
#define SAME(script, server, got, field, value)                                                    \
	do {                                                                                       \
		long long is = (long long)(value), wanted = (long long)(script)->want.field;       \
                                                                                                   \
		if (is != wanted)                                                                  \
			print_error("%s as %s: " #field " is %lld, not %lld\n", (script)->name,    \
				    (server) ? "server" : "client", is, wanted);                   \
		assert_true(is == wanted);                                                         \
	} while (0)
#define SAME_WORD(script, server, got, field) SAME(script, server, got, field, (got)->field)
#define SAME_NUMBER(script, server, got, field)                                                    \
	SAME(script, server, got, field, tf_maybe_or((got)->field, UINT64_MAX))
#define SAME_TRI(script, server, got, field)                                                       \
	SAME(script, server, got, field, as_wanted((got)->field))

static int as_wanted(enum tf_tri tri)
{
	return tri == TF_UNKNOWN ? WANT_UNKNOWN : tri == TF_YES ? WANT_YES : WANT_NO;
}

static void compare_verdict(const struct script *script, bool server,
			    const struct tf_conn_record *got)
{
	SAME_WORD(script, server, got, fate);
	SAME_WORD(script, server, got, closed_first);
	SAME_WORD(script, server, got, how);
	SAME_WORD(script, server, got, how_signal);
	SAME_TRI(script, server, got, fin_sent);
	SAME_TRI(script, server, got, fin_received);
	SAME_TRI(script, server, got, rst_sent);
	SAME_TRI(script, server, got, rst_received);
	SAME_NUMBER(script, server, got, rst_reason);
	SAME_WORD(script, server, got, err);
	SAME_TRI(script, server, got, err_delivered);
	SAME_WORD(script, server, got, end_state);
	SAME_TRI(script, server, got, established);
	SAME_TRI(script, server, got, eof_read);
	SAME_NUMBER(script, server, got, dead_held_us);
}

static void compare_counts(const struct script *script, bool server,
			   const struct tf_conn_record *got)
{
	SAME_NUMBER(script, server, got, bytes_sent);
	SAME_NUMBER(script, server, got, bytes_acked);
	SAME_NUMBER(script, server, got, bytes_received);
	SAME_NUMBER(script, server, got, bytes_unread);
	SAME_NUMBER(script, server, got, bytes_unsent);
	SAME_NUMBER(script, server, got, bytes_unacked);
	SAME_NUMBER(script, server, got, retransmits);
	/* Before an answer there is no round-trip time. */
	assert_int_equal(tf_maybe_or(got->srtt_us, 0),
			 script->want.end_state == TF_TCP_SYN_SENT ? 0 : 250);
	assert_int_equal(tf_maybe_or(got->min_rtt_us, 0),
			 script->want.end_state == TF_TCP_SYN_SENT ? 0 : 200);
}

/* The path once more, straight from the tape: each state that was left, and how long it was.
 * Returns the time of CLOSE. */
static uint64_t compare_path(const struct tape *tape, const struct tf_conn_record *got)
{
	uint64_t since = 0, at = 0;
	unsigned int n = 0;

	for (size_t i = 0; i < tape->n; i++) {
		const struct tf_ev_state *st = &tape->events[i].state;
		bool child;

		if (st->ev.kind != TF_EV_STATE && st->ev.kind != TF_EV_CLOSE)
			continue;
		at = st->ev.time_ns;
		child = st->old_state == TF_TCP_SYN_RECV && !since;
		if (st->old_state != TF_TCP_CLOSE && (!child || st->ev.kind == TF_EV_CLOSE)) {
			assert_in_range(n, 0, got->n_states - 1);
			assert_int_equal(got->states[n].state, st->old_state);
			assert_int_equal(tf_maybe_or(got->states[n].spent_us, UINT64_MAX),
					 child ? UINT64_MAX : (at - since) / 1000);
			n++;
		}
		since = at;
	}
	assert_int_equal(got->n_states, n);
	return at;
}

static void compare_life(const struct tape *tape, bool server, const struct tf_conn_record *got)
{
	const struct tf_ev_state *first = &tape->events[0].state;

	assert_true(got->complete);
	assert_int_equal(got->sock, SOCK);
	assert_int_equal(got->generation, 0);
	assert_int_equal(got->origin, TF_ORIGIN_EVENT);
	assert_int_equal(got->role, server ? TF_ROLE_SERVER : TF_ROLE_CLIENT);
	assert_int_equal(got->netns, PLAYER_NETNS);
	assert_int_equal(tf_maybe_or(got->uid, 0), PLAYER_UID);
	assert_int_equal(got->cgroup, 77);
	assert_false(got->v6_socket);
	assert_memory_equal(got->tuple.laddr, first->tuple.laddr, 16);
	assert_memory_equal(got->tuple.raddr, first->tuple.raddr, 16);
	assert_int_equal(got->tuple.rport, first->tuple.rport);
	assert_int_equal(got->time_ns, compare_path(tape, got));
	assert_int_equal(tf_maybe_or(got->started_ns, 0), first->ev.time_ns);
	assert_int_equal(tf_maybe_or(got->duration_us, UINT64_MAX),
			 (got->time_ns - first->ev.time_ns) / 1000);
	if (got->established != TF_YES)
		assert_false(tf_maybe_known(got->handshake_us));
	else
		assert_int_equal(tf_maybe_or(got->handshake_us, 0),
				 server ? 250 : tf_maybe_or(got->states[0].spent_us, 0));
}

/* The script's other fields decide. */
static void compare_abnormal(const struct want *want, const struct tf_conn_record *got)
{
	if (tf_fates_info(want->fate)->class != TF_CLASS_CLEAN)
		assert_int_equal(got->abnormal, TF_YES);
	else
		assert_int_equal(got->abnormal, want->how_signal == 9 ? TF_YES : TF_NO);
}

static void compare_owner(bool server, const struct tf_conn_record *got)
{
	if (!server) {
		assert_int_equal(got->owner.from, TF_OWNER_CONNECT);
		assert_int_equal(got->owner.pid, PLAYER_PID);
		assert_string_equal((const char *)got->owner.comm, PLAYER_COMM);
	} else if (got->owner.from != TF_OWNER_NONE) {
		assert_int_equal(got->owner.from, TF_OWNER_CLOSE);
		assert_int_equal(got->owner.pid, PLAYER_PID);
	}
}

static void play_alone(const struct script *script, bool server)
{
	struct tape tape = {0};
	struct run run = {0};
	struct player player = play_socket(&tape, SOCK, server, 1000 * MS);

	run_start(&run);
	script->play(&player);
	run_feed(&run, &tape);
	run_tick(&run, player.now + 5000 * MS);
	if (run.n_conns != 1)
		print_error("%s: %zu records\n", script->name, run.n_conns);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.n_resets, 0);
	compare_verdict(script, server, run.conns);
	assert_int_equal(run.conns->evidence >> TF_FACT_RST_CLEARED_OLD & 1,
			 !strcmp(script->name, "cleared_old"));
	compare_counts(script, server, run.conns);
	compare_life(&tape, server, run.conns);
	compare_owner(server, run.conns);
	compare_abnormal(&script->want, run.conns);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	assert_int_equal(run.n_gaps, 0);
	tape_free(&tape);
	run_free(&run);
}

static void test_every_script_gives_its_record_as_a_client(void **state)
{
	for (size_t i = 0; i < n_scripts; i++)
		if (scripts[i].roles & SCRIPT_CLIENT)
			play_alone(&scripts[i], false);
}

static void test_every_script_gives_its_record_as_a_server(void **state)
{
	for (size_t i = 0; i < n_scripts; i++)
		if (scripts[i].roles & SCRIPT_SERVER)
			play_alone(&scripts[i], true);
}

static void test_every_fate_but_unknown_has_a_script(void **state)
{
	unsigned int without = 0;

	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		bool found = fate == TF_FATE_UNKNOWN;

		for (size_t i = 0; i < n_scripts; i++)
			found |= scripts[i].want.fate == (enum tf_fate)fate;
		if (!found)
			print_error("no script for %s\n", tf_fates_info(fate)->slug);
		without += !found;
	}
	assert_int_equal(without, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_script_gives_its_record_as_a_client),
		cmocka_unit_test(test_every_script_gives_its_record_as_a_server),
		cmocka_unit_test(test_every_fate_but_unknown_has_a_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
