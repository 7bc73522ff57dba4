// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_cause.c - causes: from facts to a cause, and the connections that have the first two
 */
#include <ctype.h>
#include <errno.h>

#include "core/fate/cause.h"
#include "stage.h"
#include "unit.h"

#define F(name) (1ULL << TF_FACT_##name)

static enum tf_cause find(enum tf_fate fate, uint64_t facts, uint64_t doubts)
{
	uint64_t evidence = 0;

	return tf_cause_find(fate, facts, doubts, &evidence);
}

static void test_every_cause_has_words_and_a_slug_of_its_own(void **state)
{
	for (int a = TF_CAUSE_NONE + 1; a < TF_CAUSE_MAX; a++) {
		const struct tf_cause_info *info = tf_cause_info(a);

		for (const char *at = info->slug; *at; at++)
			assert_true(islower(*at) || *at == '_');
		assert_true(*info->title && *info->meaning && *info->remedy && *info->test);
		assert_int_equal(tf_cause_parse(info->slug), a);
	}
	assert_int_equal(tf_cause_parse("nonsense"), -1);
	assert_null(tf_cause_words(TF_CAUSE_NONE, TF_FATE_UNKNOWN, ~0ULL));
}

static void test_a_cause_is_what_the_facts_show(void **state)
{
	const uint64_t dumped = F(REPAIR) | F(ERR_NONE) | F(BY_CLOSE);
	uint64_t evidence = F(ERR_NONE);

	assert_int_equal(tf_cause_find(TF_FATE_UNKNOWN, dumped | F(KEEPALIVE), 0, &evidence),
			 TF_CAUSE_CHECKPOINT);
	assert_true(evidence == dumped);
	assert_int_equal(find(TF_FATE_UNKNOWN, F(REPAIR) | F(ERR_RESET), 0), TF_CAUSE_NONE);
	assert_int_equal(find(TF_FATE_RESET_BY_REMOTE, dumped, 0), TF_CAUSE_NONE);
	assert_int_equal(find(TF_FATE_UNKNOWN, dumped, F(ORPHAN)), TF_CAUSE_NONE);
	assert_int_equal(find(TF_FATE_UNKNOWN, F(HISTORY_LOST), ~0ULL), TF_CAUSE_NONE);
	assert_int_equal(find(TF_FATE_RESET_BY_REMOTE, F(RESTORED), 0), TF_CAUSE_CHECKPOINT);
	assert_int_equal(find(TF_FATE_CONNECT_ABANDONED, F(SYN_DEFERRED), 0), TF_CAUSE_NOT_WRITTEN);
	assert_int_equal(find(TF_FATE_CONNECT_ABANDONED, F(ERR_NONE), 0), TF_CAUSE_NONE);
}

static void test_words_fit_the_fate(void **state)
{
	const struct tf_cause_words *words =
		tf_cause_words(TF_CAUSE_CHECKPOINT, TF_FATE_CLOSED_BY_REMOTE, F(RESTORED));

	assert_false(words->instead);
	assert_null(words->remedy);
	words = tf_cause_words(TF_CAUSE_CHECKPOINT, TF_FATE_UNKNOWN,
			       F(REPAIR) | F(ERR_NONE) | F(BY_CLOSE));
	assert_true(words->instead);
	assert_non_null(words->remedy);
}

static const struct tf_conn_record *finish(struct player *p)
{
	size_t before = run.n_conns;

	core_feed_tape();
	stage_pass(p->now, p->now + 5 * SECOND);
	assert_int_equal(run.n_conns, before + 1);
	return &run.conns[before];
}

/* An accepted connection, in which 100 bytes went out and 10 came in. */
static struct player accepted(void)
{
	struct player p = play_socket(&tape, 7, true, FAR);

	play_open(&p);
	play_write(&p, 100, 100, 0);
	play_receive(&p, 10, 10);
	return p;
}

/* In each state that an application can hold, with data that waits in either direction or none. */
static void test_a_dumped_connection_is_a_checkpoint_in_every_state(void **state)
{
	static const uint8_t states[] = {TF_TCP_ESTABLISHED, TF_TCP_CLOSE_WAIT, TF_TCP_FIN_WAIT1,
					 TF_TCP_FIN_WAIT2,   TF_TCP_LAST_ACK,	TF_TCP_CLOSING};

	for (size_t i = 0; i < 4 * COUNT(states); i++) {
		uint8_t at = states[i / 4];
		struct player p;
		const struct tf_conn_record *got;

		stage_restart();
		p = accepted();
		if (at == TF_TCP_CLOSE_WAIT || at == TF_TCP_LAST_ACK) {
			play_peer_fin(&p, true);
			play_to(&p, TF_TCP_CLOSE_WAIT);
		}
		if (at != TF_TCP_ESTABLISHED && at != TF_TCP_CLOSE_WAIT)
			play_shutdown(&p, 2);
		if (at == TF_TCP_FIN_WAIT2) {
			play_fin_acked(&p);
			play_to(&p, TF_TCP_FIN_WAIT2);
		}
		if (at == TF_TCP_CLOSING) {
			play_peer_fin(&p, false);
			play_to(&p, TF_TCP_CLOSING);
		}
		if (i & 1)
			play_receive(&p, 30, 0);
		p.c.st.flags |= TF_F_REPAIR | (i & 2 ? TF_F_LINGER0 : 0);
		p.c.st.shutdown = 3;
		play_task(&p, TF_F_FILE_GONE);
		play_end(&p, 0);
		play_destroy(&p, ECONNABORTED, true);
		got = finish(&p);
		print_message("%s %zu\n", tf_states_name(at), i % 4);
		assert_int_equal(got->fate, TF_FATE_UNKNOWN);
		assert_int_equal(got->cause, TF_CAUSE_CHECKPOINT);
		assert_true(got->complete);
		assert_int_equal(got->err, 0);
		assert_int_equal(got->rst_sent, TF_NO);
		assert_int_equal(got->rst_received, TF_NO);
		assert_true(got->evidence & F(REPAIR));
		assert_known(got->bytes_sent, 100);
	}
}

/* Switched on and off again, or on while the peer ends it: an ordinary end. */
static void test_repair_mode_that_did_not_end_it_is_no_cause(void **state)
{
	struct player p = accepted();
	const struct tf_conn_record *got;

	play_close(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	play_destroy(&p, 0, false);
	got = finish(&p);
	assert_int_equal(got->fate, TF_FATE_CLOSED_BY_LOCAL);
	assert_int_equal(got->cause, TF_CAUSE_NONE);
	stage_restart();
	p = accepted();
	p.c.st.flags |= TF_F_REPAIR;
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	play_destroy(&p, 0, true);
	got = finish(&p);
	assert_int_equal(got->fate, TF_FATE_RESET_BY_REMOTE);
	assert_int_equal(got->cause, TF_CAUSE_NONE);
}

/* connect() in repair mode: SYN_SENT and ESTABLISHED, and no SYN. */
static struct player restored(void)
{
	struct player p = play_socket(&tape, 7, false, FAR);

	p.c.st.flags |= TF_F_HAS_SOCKET | TF_F_REPAIR;
	p.c.rcv_nxt = p.c.copied_seq = 5000;
	p.c.st.srtt_us = 0;
	play_task(&p, 0);
	play_to(&p, TF_TCP_SYN_SENT);
	play_to(&p, TF_TCP_ESTABLISHED);
	play_softirq(&p);
	p.c.st.flags &= ~(uint32_t)TF_F_REPAIR;
	play_write(&p, 8, 8, 0);
	play_receive(&p, 6, 6);
	return p;
}

static void expect_restored(struct player *p, enum tf_fate fate)
{
	const struct tf_conn_record *got = finish(p);

	assert_int_equal(got->fate, fate);
	assert_int_equal(got->cause, TF_CAUSE_CHECKPOINT);
	assert_int_equal(got->role, TF_ROLE_UNKNOWN);
	assert_unknown(got->handshake_us);
	assert_known(got->bytes_sent, 8);
	assert_known(got->bytes_acked, 8);
	assert_known(got->bytes_received, 6);
	assert_int_equal(got->duration_at_least, TF_YES);
	assert_true(got->complete);
}

static void test_a_restored_connection_ends_in_every_ordinary_way(void **state)
{
	struct player p = restored();

	play_peer_fin(&p, true);
	play_to(&p, TF_TCP_CLOSE_WAIT);
	play_close(&p);
	play_fin_acked(&p);
	play_end(&p, 0);
	play_destroy(&p, 0, false);
	expect_restored(&p, TF_FATE_CLOSED_BY_REMOTE);
	stage_restart();
	p = restored();
	play_close(&p);
	play_fin_acked(&p);
	play_to(&p, TF_TCP_FIN_WAIT2);
	play_end(&p, 0);
	play_destroy(&p, 0, false);
	expect_restored(&p, TF_FATE_CLOSED_BY_LOCAL);
	stage_restart();
	p = restored();
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	play_destroy(&p, 0, true);
	expect_restored(&p, TF_FATE_RESET_BY_REMOTE);
	stage_restart();
	p = restored(); /* dumped once more */
	p.c.st.flags |= TF_F_REPAIR;
	p.c.st.shutdown = 3;
	play_task(&p, TF_F_FILE_GONE);
	play_end(&p, 0);
	play_destroy(&p, ECONNABORTED, true);
	expect_restored(&p, TF_FATE_UNKNOWN);
}

/* An ordinary connect(); repair mode comes while the SYN waits for its answer. */
static void test_a_connect_with_a_syn_is_a_clients_whatever_comes_later(void **state)
{
	struct player p = play_socket(&tape, 7, false, FAR);
	const struct tf_conn_record *got;

	play_connect(&p);
	p.c.st.flags |= TF_F_REPAIR;
	p.c.snd_una++;
	p.c.bytes_acked = 1;
	play_to(&p, TF_TCP_ESTABLISHED);
	p.c.st.flags &= ~(uint32_t)TF_F_REPAIR;
	play_tcp_reset(&p);
	play_end(&p, ECONNRESET);
	play_destroy(&p, 0, true);
	got = finish(&p);
	assert_int_equal(got->role, TF_ROLE_CLIENT);
	assert_known(got->handshake_us, 1000);
	assert_known(got->bytes_acked, 0);
	assert_int_equal(got->cause, TF_CAUSE_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cause_has_words_and_a_slug_of_its_own),
		cmocka_unit_test(test_a_cause_is_what_the_facts_show),
		cmocka_unit_test(test_words_fit_the_fate),
		TEST(test_a_dumped_connection_is_a_checkpoint_in_every_state),
		TEST(test_repair_mode_that_did_not_end_it_is_no_cause),
		TEST(test_a_restored_connection_ends_in_every_ordinary_way),
		TEST(test_a_connect_with_a_syn_is_a_clients_whatever_comes_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
