// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_fetched.c - the errno that an application fetches before CLOSE
 *
 * The kernel sets sk_err some time before it goes to CLOSE, and SO_ERROR takes it without the
 * socket's lock. The record must be that of the same end without the race, but for the evidence,
 * and that the errno was delivered.
 */
#include "unit.h"

#include "run.h"
#include "scripts.h"

#define SOCK 7

/* What the application does while the kernel is at work. */
enum meanwhile {
	WAITS,	 /* it has not asked yet */
	ASKS,	 /* it fetches the errno */
	CLOSES,	 /* and calls close(), which waits for the lock */
	IN_CALL, /* another thread is in a call, which does the work */
};

/* The record of @script. False: it has no errno to fetch. */
static bool record_of(const struct script *script, bool server, enum meanwhile meanwhile,
		      struct tf_conn_record *ret)
{
	struct tape tape = {0};
	struct player p = play_socket(&tape, SOCK, server, 1000 * MS);
	struct run run = {0};
	bool has_one = true;

	script->play(&p);
	if (meanwhile != WAITS)
		has_one = tape_fetch_errno(&tape, meanwhile == IN_CALL);
	if (meanwhile == CLOSES)
		tape_close_waits(&tape);
	run_start(&run);
	run_feed(&run, &tape);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	*ret = run.conns[0];
	run_free(&run);
	tape_free(&tape);
	return has_one;
}

/* Whether the work that ends it can be a task's. An ICMP error and the keepalive timer wait for the
 * lock; a timer's end in SYN_SENT looks like a connect() that is given up. */
static bool can_be_in_call(const struct tf_conn_record *whole)
{
	return whole->rst_received == TF_YES || whole->fate == TF_FATE_ABORTED_LATE_DATA ||
	       (whole->end_state != TF_TCP_SYN_SENT && whole->fate != TF_FATE_KEEPALIVE_TIMEOUT);
}

static void check_script(const struct script *script, bool server, enum meanwhile meanwhile,
			 unsigned int *n)
{
	struct tf_conn_record whole, got;

	record_of(script, server, WAITS, &whole);
	if (meanwhile == IN_CALL && !can_be_in_call(&whole))
		return;
	if (meanwhile == CLOSES && whole.how == TF_HOW_SHUTDOWN)
		return; /* shut down both ways it looks like close() at work */
	if (!record_of(script, server, meanwhile, &got))
		return;
	if (got.fate != whole.fate || got.err != whole.err)
		print_error("%s: %s, errno %d\n", script->name, tf_fates_info(got.fate)->slug,
			    got.err);
	assert_int_equal(got.err_delivered, TF_YES);
	whole.err_delivered = TF_YES;
	whole.evidence = got.evidence;
	if (server && meanwhile == IN_CALL) /* who is in a call on the socket is known, too */
		whole.owner = got.owner;
	assert_memory_equal(&got, &whole, sizeof(got));
	(*n)++;
}

static void test_an_errno_fetched_early_changes_no_record(void **state)
{
	unsigned int n = 0;

	for (size_t i = 0; i < n_scripts; i++)
		for (enum meanwhile what = ASKS; what <= IN_CALL; what++) {
			if (scripts[i].roles & SCRIPT_CLIENT)
				check_script(&scripts[i], false, what, &n);
			if (scripts[i].roles & SCRIPT_SERVER)
				check_script(&scripts[i], true, what, &n);
		}
	assert_true(n > 60);
}

/* On a kernel that gives no error queue for it, or with a race that nobody has thought of. */
static void test_an_end_that_nothing_explains_is_unknown(void **state)
{
	struct tape tape = {0};
	struct player p = play_socket(&tape, SOCK, false, 1000 * MS);
	struct run run = {0};

	play_connect(&p);
	play_end(&p, 0);
	play_destroy(&p, 0, true);
	p = play_socket(&tape, SOCK + 1, false, p.now);
	play_open(&p);
	play_shutdown(&p, 2);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	play_destroy(&p, 0, true);
	run_start(&run);
	run_feed(&run, &tape);
	run_finish(&run);
	assert_int_equal(run.n_conns, 2);
	assert_int_equal(run.conns[0].fate, TF_FATE_UNKNOWN);
	assert_int_equal(run.conns[1].fate, TF_FATE_UNKNOWN);
	run_free(&run);
	tape_free(&tape);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_errno_fetched_early_changes_no_record),
		cmocka_unit_test(test_an_end_that_nothing_explains_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
