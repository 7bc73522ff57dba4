// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_property.c - what must hold for any stream of events
 *
 *  - whole: each life gives exactly one record, with its own fate;
 *  - losses: a record that says it is complete is the one of the whole stream; any other has the
 *    same fate or `unknown`, and says nothing else that is wrong;
 *  - nothing that has ended is held for ever, whatever was lost;
 *  - no id twice; every connection that a scan found is accounted for;
 *  - scans that find what is there change no record and add none;
 *  - how a connection ended is what its owner did, whoever else held it;
 *  - the same bytes give the same records, and ticks in between change none;
 *  - anything else, noise included: no crash, and the accounts still balance.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/engine.h"
#include "crowd.h"
#include "run.h"

#define N_SOCKS 2000
#define SPAN_NS (3000 * MS)
#define N_CROWDS 12

static struct run play(const struct tape *tape, uint32_t ceiling)
{
	struct run run = {.options.max_connections = ceiling};

	run_start(&run);
	run_feed(&run, tape);
	run_finish(&run);
	return run;
}

static int by_id(const void *a, const void *b)
{
	const struct tf_conn_record *x = a, *y = b;

	if (x->sock != y->sock)
		return x->sock < y->sock ? -1 : 1;
	return (x->generation > y->generation) - (x->generation < y->generation);
}

static void assert_ids_are_unique(struct run *run)
{
	struct tf_conn_record *sorted = calloc(run->n_conns + 1, sizeof(*sorted));

	assert_non_null(sorted);
	if (run->n_conns)
		memcpy(sorted, run->conns, run->n_conns * sizeof(*sorted));
	qsort(sorted, run->n_conns, sizeof(*sorted), by_id);
	for (size_t i = 1; i < run->n_conns; i++)
		assert_int_not_equal(by_id(&sorted[i - 1], &sorted[i]), 0);
	free(sorted);
}

/* Every connection found is written, live, or counted as given up; each record has one fate. */
static void assert_accounts_balance(const struct run *run)
{
	const struct tf_stats *stats = &run->stats.stats;
	uint64_t fates = 0;

	for (int fate = 0; fate < TF_FATE_MAX; fate++)
		fates += stats->fates[fate];
	assert_int_equal(stats->ended, run->n_conns);
	assert_int_equal(stats->ended, fates);
	assert_int_equal(stats->resets, run->n_resets);
	assert_int_equal(stats->held, 0);
	assert_int_equal(stats->connections + stats->returned,
			 stats->ended + stats->live + stats->evicted);
	assert_true(stats->incomplete <= stats->ended);
}

static const struct crowd_life *life_that_closed(const struct crowd *crowd, uint64_t sock,
						 uint64_t time_ns)
{
	for (size_t i = 0; i < crowd->n_lives; i++)
		if (crowd->lives[i].sock == sock && crowd->lives[i].closed_ns == time_ns)
			return &crowd->lives[i];
	return NULL;
}

static void test_whole_streams_give_each_life_its_record(void **state)
{
	struct dice dice = {.seed = 20261121};

	for (int scan = 0; scan < 3; scan++) {
		struct crowd crowd;
		struct run run;

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS);
		run = play(&crowd.tape, 4 * N_SOCKS);
		assert_int_equal(run.n_conns, crowd.n_lives);
		assert_int_equal(run.n_resets, 0);
		assert_ids_are_unique(&run);
		assert_accounts_balance(&run);
		assert_int_equal(run.stats.stats.live, 0);
		for (size_t i = 0; i < run.n_conns; i++) {
			const struct tf_conn_record *got = &run.conns[i];
			const struct crowd_life *life =
				life_that_closed(&crowd, got->sock, got->time_ns);

			assert_non_null(life);
			assert_int_equal(got->fate, life->script->want.fate);
			assert_int_equal(got->generation, life->generation);
			assert_true(got->complete);
		}
		run_free(&run);
		crowd_free(&crowd);
	}
}

static size_t scanned_sockets(const struct tape *tape)
{
	size_t n = 0;

	for (size_t i = 0; i < tape->n; i++)
		n += tape->events[i].ev.kind == TF_EV_SOCK;
	print_message("%zu sockets in scans\n", n);
	return n;
}

static void test_scans_change_nothing_that_events_reported(void **state)
{
	struct dice dice = {.seed = 20261125};

	for (int scan = 0; scan < 3; scan++) {
		struct tape scanned = {0};
		struct crowd crowd;
		struct run run, plain;

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS / 30);
		crowd_scan(&crowd.tape, &dice, 40, &scanned);
		plain = play(&crowd.tape, 4 * N_SOCKS);
		run = play(&scanned, 4 * N_SOCKS);
		assert_true(scanned_sockets(&scanned) > 1000);
		assert_int_equal(run.n_conns, plain.n_conns);
		assert_int_equal(run.n_gaps, 0);
		assert_accounts_balance(&run);
		for (size_t i = 0; i < run.n_conns; i++)
			assert_memory_equal(&run.conns[i], &plain.conns[i], sizeof(run.conns[i]));
		run_free(&run);
		run_free(&plain);
		tape_free(&scanned);
		crowd_free(&crowd);
	}
}

/* Other processes than one connect, accept, close and hold. */
static void mix_tasks(struct tape *tape, struct dice *dice, struct tape *ret_tape)
{
	*ret_tape = (struct tape){0};
	for (size_t i = 0; i < tape->n; i++) {
		union tf_any_event event = tape->events[i];
		uint32_t pid = 1 + dice_roll(dice) % 3;
		struct tf_ev_state *st = &event.state;
		struct tf_ev_holder holder = {.ev = event.ev, .pid = pid, .comm = {'p'}};

		if (event.ev.kind == TF_EV_STATE || event.ev.kind == TF_EV_CLOSE) {
			st->pid = st->flags & TF_F_TASK ? pid : 0;
			st->comm[0] = (uint8_t)('a' + pid);
			if ((st->flags & TF_F_TASK) && dice_once_in(dice, 10))
				st->flags &= ~(uint32_t)TF_F_TASK; /* a kernel worker */
			if ((st->flags & TF_F_TASK) && dice_once_in(dice, 4))
				st->flags |= TF_F_EXITING;
			if (st->flags & TF_F_EXITING)
				st->exit_signal = dice_roll(dice) % 12;
		} else if (event.ev.kind == TF_EV_DESTROY && (event.destroy.flags & TF_F_TASK)) {
			event.destroy.pid = pid;
		} else if (event.ev.kind == TF_EV_SOCK) {
			tape_add(ret_tape, &event);
			holder.ev.kind = TF_EV_HOLDER;
			holder.ev.size = sizeof(holder);
			memcpy(&event, &holder, sizeof(holder));
		}
		tape_add(ret_tape, &event);
	}
}

/* Whether @pid did what the record says, in this life of the socket. */
static bool has_done(const struct tape *tape, const struct tf_conn_record *conn)
{
	for (size_t i = 0; i < tape->n; i++) {
		const struct tf_ev_state *st = &tape->events[i].state;
		bool dies = st->flags & TF_F_EXITING, gone = st->flags & TF_F_FILE_GONE;

		if (st->ev.sock != conn->sock || st->ev.kind > TF_EV_CLOSE ||
		    st->ev.time_ns > conn->time_ns || !(st->flags & TF_F_TASK) ||
		    st->pid != conn->owner.pid || st->old_state == TF_TCP_CLOSE)
			continue;
		if (conn->how == (dies ? st->exit_signal ? TF_HOW_SIGNAL : TF_HOW_EXIT :
				  gone ? TF_HOW_CLOSE :
					 TF_HOW_SHUTDOWN) &&
		    (conn->how != TF_HOW_SIGNAL || conn->how_signal == st->exit_signal))
			return true;
	}
	return false;
}

static void test_how_it_ended_is_what_its_owner_did(void **state)
{
	struct dice dice = {.seed = 20261201};
	size_t n = 0;

	for (int scan = 0; scan < 3; scan++) {
		struct tape scanned = {0}, mixed;
		struct crowd crowd;
		struct run run;

		crowd_make(&crowd, &dice, N_SOCKS / 4, SPAN_NS / 30);
		crowd_scan(&crowd.tape, &dice, 40, &scanned);
		mix_tasks(&scanned, &dice, &mixed);
		run = play(&mixed, 4 * N_SOCKS);
		for (size_t i = 0; i < run.n_conns; i++) {
			const struct tf_conn_record *conn = &run.conns[i];

			n += conn->how != TF_HOW_NONE;
			assert_true(conn->how == TF_HOW_NONE || has_done(&mixed, conn));
			assert_true((conn->owner.from != TF_OWNER_NONE) ==
				    (conn->owner.pid || conn->owner.comm[0]));
		}
		run_free(&run);
		tape_free(&mixed);
		tape_free(&scanned);
		crowd_free(&crowd);
	}
	assert_true(n > 500);
}

/* Whatever scans overlook: with no event lost, none ends what lives. */
static void test_scans_that_overlook_sockets_end_none(void **state)
{
	static const uint32_t overlooks[] = {2, 4, 10};
	struct dice dice = {.seed = 20261203};

	for (size_t i = 0; i < sizeof(overlooks) / sizeof(overlooks[0]); i++) {
		struct tape scanned = {0};
		struct crowd crowd;
		struct run run, plain;

		/* some scans in the life of each */
		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS / 30);
		crowd_scan_badly(&crowd.tape, &dice, 400, overlooks[i], &scanned);
		plain = play(&crowd.tape, 4 * N_SOCKS);
		run = play(&scanned, 4 * N_SOCKS);
		assert_true(scanned_sockets(&scanned) > 300);
		assert_int_equal(run.n_conns, plain.n_conns);
		for (size_t j = 0; j < run.n_conns; j++)
			assert_memory_equal(&run.conns[j], &plain.conns[j], sizeof(run.conns[j]));
		run_free(&run);
		run_free(&plain);
		tape_free(&scanned);
		crowd_free(&crowd);
	}
}

/* Ends that were lost are found out by the next two scans; no record is wrong. */
static void test_scans_find_out_what_losses_hid(void **state)
{
	struct dice dice = {.seed = 20261204};

	for (uint32_t rate = 3; rate < 1000; rate *= 4) {
		struct tape lossy, scanned = {0}, none = {0};
		struct crowd crowd;
		struct run run = {.options.max_connections = 4 * N_SOCKS};

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS);
		crowd_lose(&crowd.tape, &dice, rate, &lossy);
		run_start(&run);
		run_feed(&run, &lossy);
		tape_tick(&none, crowd.end_ns + MS);
		none.events[0].ev.lost_total = run.core->lost_total;
		crowd_scan(&none, &(struct dice){.seed = 1}, 1, &scanned);
		tape_tick(&none, crowd.end_ns + 2 * MS);
		run_feed(&run, &scanned);
		assert_true(run.core->lost_total > 0);
		run_feed(&run, &scanned);
		assert_int_equal(tf_core_stats(run.core)->live, 0);
		run_finish(&run);
		assert_ids_are_unique(&run);
		assert_accounts_balance(&run);
		run_free(&run);
		tape_free(&lossy);
		tape_free(&scanned);
		tape_free(&none);
		crowd_free(&crowd);
	}
}

static bool may_say(enum tf_tri got, enum tf_tri truth)
{
	return got == truth || got == TF_UNKNOWN;
}

/* @got is the record after losses, @truth of the whole stream. */
static bool is_honest(const struct tf_conn_record *got, const struct tf_conn_record *truth)
{
	if (got->complete)
		return got->fate == truth->fate && got->closed_first == truth->closed_first &&
		       got->role == truth->role && got->how == truth->how &&
		       got->started_ns.plus_one == truth->started_ns.plus_one &&
		       got->handshake_us.plus_one == truth->handshake_us.plus_one &&
		       got->established == truth->established && got->rst_sent == truth->rst_sent &&
		       got->rst_received == truth->rst_received &&
		       got->rst_reason.plus_one == truth->rst_reason.plus_one &&
		       got->err == truth->err && got->err_delivered == truth->err_delivered &&
		       got->dead_held_us.plus_one == truth->dead_held_us.plus_one &&
		       got->bytes_acked.plus_one == truth->bytes_acked.plus_one &&
		       got->n_states == truth->n_states && got->evidence == truth->evidence;
	if (got->fate != truth->fate && got->fate != TF_FATE_UNKNOWN)
		return false;
	return may_say(got->fin_sent, truth->fin_sent) &&
	       may_say(got->fin_received, truth->fin_received) &&
	       may_say(got->rst_sent, truth->rst_sent) &&
	       may_say(got->rst_received, truth->rst_received);
}

static void print_dishonest(const struct tf_conn_record *got, const struct tf_conn_record *truth)
{
	print_error(
		"%llu.%u: complete %d; fate %s, not %s; rst_sent %d, not %d; rst_received %d, not "
		"%d; fin_sent %d, not %d; fin_received %d, not %d\n",
		(unsigned long long)got->sock, got->generation, got->complete,
		tf_fates_info(got->fate)->slug, tf_fates_info(truth->fate)->slug, got->rst_sent,
		truth->rst_sent, got->rst_received, truth->rst_received, got->fin_sent,
		truth->fin_sent, got->fin_received, truth->fin_received);
}

static const struct tf_conn_record *record_of(const struct run *run, uint64_t sock,
					      uint64_t time_ns)
{
	struct tf_conn_record key = {.sock = sock};
	const struct tf_conn_record *at = run->conns + run->n_conns;

	/* sorted by id: the first of its socket, then on */
	for (size_t low = 0, high = run->n_conns; low < high;) {
		size_t middle = (low + high) / 2;

		if (by_id(&run->conns[middle], &key) < 0) {
			low = middle + 1;
		} else {
			high = middle;
			at = &run->conns[middle];
		}
	}
	for (; at < run->conns + run->n_conns && at->sock == sock; at++)
		if (at->time_ns == time_ns)
			return at;
	return NULL;
}

static void check_losses(const struct tape *lossy, const struct run *whole)
{
	struct run run = play(lossy, 4 * N_SOCKS);

	assert_ids_are_unique(&run);
	assert_accounts_balance(&run);
	for (size_t i = 0; i < run.n_conns; i++) {
		const struct tf_conn_record *got = &run.conns[i];
		const struct tf_conn_record *truth = record_of(whole, got->sock, got->time_ns);

		if (!truth) { /* its CLOSE was lost */
			assert_int_equal(got->fate, TF_FATE_UNKNOWN);
			assert_false(got->complete);
			continue;
		}
		if (!is_honest(got, truth))
			print_dishonest(got, truth);
		assert_true(is_honest(got, truth));
	}
	run_free(&run);
}

static void test_losses_make_unknown_but_never_wrong(void **state)
{
	static const uint32_t rates[] = {2, 3, 5, 10, 30, 100, 1000, 10000};
	struct dice dice = {.seed = 4711};

	for (int scan = 0; scan < N_CROWDS; scan++) {
		struct crowd crowd;
		struct run whole;

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS);
		whole = play(&crowd.tape, 4 * N_SOCKS);
		qsort(whole.conns, whole.n_conns, sizeof(*whole.conns), by_id);
		for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
			struct tape lossy;

			crowd_lose(&crowd.tape, &dice, rates[i], &lossy);
			check_losses(&lossy, &whole);
			tape_free(&lossy);
		}
		run_free(&whole);
		crowd_free(&crowd);
	}
}

/* Doubt has its price, which must stay small: a loss in a thousand may not take half of the
 * fates. */
static void test_few_losses_leave_most_fates_known(void **state)
{
	struct dice dice = {.seed = 99};
	struct crowd crowd;
	struct tape lossy;
	struct run run;

	crowd_make(&crowd, &dice, N_SOCKS, 60 * SPAN_NS);
	crowd_lose(&crowd.tape, &dice, 5000, &lossy);
	run = play(&lossy, 4 * N_SOCKS);
	assert_true(run.stats.stats.fates[TF_FATE_UNKNOWN] * 4 < run.n_conns);
	run_free(&run);
	tape_free(&lossy);
	crowd_free(&crowd);
}

/* The longest wait of settle.h. */
#define LONGEST_NS (2000 * MS)

/* All that has ended and is not written stands in a queue with a time, and that time is near. */
static void assert_all_held_are_due_soon(struct tf_core *core)
{
	static const enum tf_queue timed[] = {TF_QUEUE_DESTROY, TF_QUEUE_DEAD, TF_QUEUE_RAN,
					      TF_QUEUE_HANDOFF};
	uint64_t held = 0, now = core->now;

	for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++) {
		uint32_t handle = core->table.queue[timed[i]].head;

		for (; handle; handle = tf_table_conn(&core->table, handle)->next, held++) {
			const struct tf_conn *conn = tf_table_conn(&core->table, handle);
			uint64_t due = tf_table_end(&core->table, conn)->due_ns;

			assert_int_equal(conn->phase, TF_PHASE_HELD);
			assert_true(due > now && due <= now + LONGEST_NS);
		}
	}
	assert_int_equal(held, core->table.ends.used);
	assert_int_equal(held, tf_core_stats(core)->held);
}

/* Each of @mute hooks less, as on a host that lacks it. */
static void check_holding(const struct tape *tape, int mute)
{
	struct run run = {0}, usual = {0};

	run_start(&usual);
	run.info = usual.info;
	run_free(&usual);
	run.options.max_connections = 4 * N_SOCKS;
	run.info.hook[mute].method[0] = mute == TF_HOOK_STATE ? 't' : 0;
	run_start(&run);
	for (size_t i = 0; i < tape->n; i++) {
		const union tf_any_event *event = &tape->events[i];

		assert_int_equal(tf_core_feed(run.core, event, event->ev.size), 0);
		if (event->ev.kind == TF_EV_TICK)
			assert_all_held_are_due_soon(run.core);
	}
	run_tick(&run, run.core->now + LONGEST_NS);
	assert_int_equal(tf_core_stats(run.core)->held, 0);
	run_free(&run);
}

static void test_nothing_is_held_for_ever(void **state)
{
	static const uint32_t rates[] = {2, 5, 30, 1000};
	static const int mute[] = {TF_HOOK_STATE, TF_HOOK_DESTROY, TF_HOOK_ACCEPT, TF_HOOK_RST_SENT,
				   TF_HOOK_RST_RECEIVED};
	struct dice dice = {.seed = 20261201};
	struct crowd crowd;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct tape lossy;

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS);
		crowd_lose(&crowd.tape, &dice, rates[i], &lossy);
		for (size_t j = 0; j < sizeof(mute) / sizeof(mute[0]); j++) {
			check_holding(&lossy, mute[j]);
			check_holding(&crowd.tape, mute[j]);
		}
		tape_free(&lossy);
		crowd_free(&crowd);
	}
}

static bool same_record(const struct tf_conn_record *a, const struct tf_conn_record *b)
{
	return a->sock == b->sock && a->generation == b->generation && a->complete == b->complete &&
	       a->evidence == b->evidence && a->dead_held_us.plus_one == b->dead_held_us.plus_one &&
	       is_honest(a, b) && is_honest(b, a);
}

static void assert_same_run(const struct run *a, const struct run *b)
{
	assert_int_equal(a->n_conns, b->n_conns);
	assert_int_equal(a->n_resets, b->n_resets);
	for (size_t i = 0; i < a->n_conns; i++)
		assert_true(same_record(&a->conns[i], &b->conns[i]));
	assert_memory_equal(a->stats.stats.fates, b->stats.stats.fates,
			    sizeof(a->stats.stats.fates));
}

/* A copy with a tick before every third event, at or somewhat before its time. */
static void add_ticks(const struct tape *from, struct dice *dice, struct tape *ret_tape)
{
	uint64_t last = 0;

	*ret_tape = (struct tape){0};
	for (size_t i = 0; i < from->n; i++) {
		uint64_t time = from->events[i].ev.time_ns;

		if (dice_once_in(dice, 3))
			tape_tick(ret_tape,
				  last + (time > last ? dice_roll(dice) % (time - last) : 0));
		tape_add(ret_tape, &from->events[i]);
		last = time;
	}
}

static void test_the_same_bytes_and_more_ticks_give_the_same_records(void **state)
{
	struct dice dice = {.seed = 31337};

	for (int scan = 0; scan < 3; scan++) {
		struct tape ticked;
		struct crowd crowd;
		struct run once, again, often;

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS);
		add_ticks(&crowd.tape, &dice, &ticked);
		once = play(&crowd.tape, N_SOCKS / 2);
		again = play(&crowd.tape, N_SOCKS / 2);
		assert_same_run(&once, &again);
		run_free(&again);
		run_free(&once);
		once = play(&crowd.tape, 4 * N_SOCKS);
		often = play(&ticked, 4 * N_SOCKS);
		assert_same_run(&once, &often);
		run_free(&once);
		run_free(&often);
		tape_free(&ticked);
		crowd_free(&crowd);
	}
}

static struct run play_with_key(const struct tape *tape, uint32_t ceiling, bool cookies,
				struct tf_hash_key key)
{
	struct run usual = {0}, run = {.options.max_connections = ceiling};

	run_start(&usual);
	run.info = usual.info;
	run_free(&usual);
	run.info.cookies = cookies;
	run.info.hash_key = key;
	run_start(&run);
	run_feed(&run, tape);
	run_finish(&run);
	return run;
}

static void check_key(const struct tape *tape, uint32_t ceiling, bool cookies,
		      struct tf_hash_key key)
{
	struct run plain = play_with_key(tape, ceiling, cookies, (struct tf_hash_key){0});
	struct run keyed = play_with_key(tape, ceiling, cookies, key);

	assert_int_equal(keyed.n_conns, plain.n_conns);
	for (size_t i = 0; i < plain.n_conns; i++)
		assert_memory_equal(&keyed.conns[i], &plain.conns[i], sizeof(plain.conns[i]));
	if (ceiling > N_SOCKS) /* room for all: each reset finds its connection */
		assert_int_equal(plain.n_resets, 0);
	assert_int_equal(keyed.n_resets, plain.n_resets);
	for (size_t i = 0; i < plain.n_resets; i++)
		assert_memory_equal(&keyed.resets[i], &plain.resets[i], sizeof(plain.resets[i]));
	assert_memory_equal(&keyed.stats, &plain.stats, sizeof(plain.stats));
	run_free(&keyed);
	run_free(&plain);
}

/* Each replay draws a key of its own, and says the same. Without cookies the key is
 * that of one more index: of connections handed over to a minisock, by tuple. */
static void test_the_key_of_the_tables_changes_no_record(void **state)
{
	struct dice dice = {.seed = 20261130};
	struct crowd crowd;

	for (uint32_t ceiling = N_SOCKS / 4; ceiling <= 4 * N_SOCKS; ceiling *= 4) {
		struct tf_hash_key key = {{dice_roll(&dice), dice_roll(&dice)}};

		crowd_make(&crowd, &dice, N_SOCKS, SPAN_NS);
		check_key(&crowd.tape, ceiling, true, key);
		check_key(&crowd.tape, ceiling, false, key);
		crowd_free(&crowd);
	}
}

/* A ceiling far below what lives: every one that is given up is counted, nothing else is lost. */
static void test_a_low_ceiling_loses_nothing_uncounted(void **state)
{
	static const uint32_t ceilings[] = {1, 2, 7, 64};
	struct dice dice = {.seed = 5};
	struct crowd crowd;

	crowd_make(&crowd, &dice, N_SOCKS, 20 * MS);
	for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
		struct run run = play(&crowd.tape, ceilings[i]);
		uint64_t reported = 0;

		assert_ids_are_unique(&run);
		assert_accounts_balance(&run);
		assert_true(run.stats.stats.evicted > 0);
		for (size_t gap = 0; gap < run.n_gaps; gap++)
			reported += run.gaps[gap].where == TF_GAP_TABLE ?
					    tf_maybe_value(run.gaps[gap].count) :
					    0;
		assert_true(reported >= run.stats.stats.evicted);
		run_free(&run);
	}
	crowd_free(&crowd);
}

/* Turns some of the stream into noise that decode still believes. */
static void scramble(struct tape *tape, struct dice *dice)
{
	for (size_t i = 0; i < tape->n; i++) {
		union tf_any_event *event = &tape->events[i];
		size_t other = dice_roll(dice) % tape->n, body = event->ev.size - sizeof(event->ev);

		if (dice_once_in(dice, 4)) {
			union tf_any_event swapped = tape->events[other];

			tape->events[other] = *event;
			*event = swapped;
			continue;
		}
		if (dice_once_in(dice, 6) && body)
			((uint8_t *)event)[sizeof(event->ev) + dice_roll(dice) % body] =
				(uint8_t)dice_roll(dice);
		if (dice_once_in(dice, 50))
			event->ev.time_ns = dice_roll(dice) >> dice_roll(dice) % 64;
		if (dice_once_in(dice, 10))
			event->ev.sock = dice_roll(dice) % 64;
		if (dice_once_in(dice, 100))
			event->ev.lost = (uint32_t)dice_roll(dice);
		if (dice_once_in(dice, 8))
			tape->events[other] = *event; /* twice, at another place */
	}
}

static void test_random_bytes_are_refused(void **state)
{
	static const uint32_t ceilings[] = {1, 3, 50, 4 * N_SOCKS};
	struct dice dice = {.seed = 666};

	for (int scan = 0; scan < N_CROWDS; scan++) {
		struct crowd crowd;
		struct run run = {
			.options = {.max_connections = ceilings[scan % 4], .states = true}};

		crowd_make(&crowd, &dice, N_SOCKS / 4, SPAN_NS);
		scramble(&crowd.tape, &dice);
		run_start(&run);
		for (size_t i = 0; i < crowd.tape.n; i++)
			(void)tf_core_feed(run.core, &crowd.tape.events[i],
					   crowd.tape.events[i].ev.size);
		run_finish(&run);
		assert_accounts_balance(&run);
		run_free(&run);
		crowd_free(&crowd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_streams_give_each_life_its_record),
		cmocka_unit_test(test_scans_change_nothing_that_events_reported),
		cmocka_unit_test(test_how_it_ended_is_what_its_owner_did),
		cmocka_unit_test(test_scans_that_overlook_sockets_end_none),
		cmocka_unit_test(test_scans_find_out_what_losses_hid),
		cmocka_unit_test(test_losses_make_unknown_but_never_wrong),
		cmocka_unit_test(test_nothing_is_held_for_ever),
		cmocka_unit_test(test_few_losses_leave_most_fates_known),
		cmocka_unit_test(test_the_same_bytes_and_more_ticks_give_the_same_records),
		cmocka_unit_test(test_the_key_of_the_tables_changes_no_record),
		cmocka_unit_test(test_a_low_ceiling_loses_nothing_uncounted),
		cmocka_unit_test(test_random_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
