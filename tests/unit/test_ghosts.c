// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_ghosts.c - connections that their peer left behind, and those that are only idle
 */
#include "stage.h"
#include "unit.h"

#define QUARTER (900 * SECOND)

static void test_connections_that_a_peer_left_behind_are_raised(void **state)
{
	const struct tf_alert_record *alert;

	stage_leave_behind(8, 60 * SECOND, false);
	alert = stage_raised(TF_ALERT_GHOST_ESTABLISHED);
	assert_known(alert->count, 7);
	assert_int_equal(alert->local_port, 80);
	assert_true(alert->remote_addr.known);
	assert_true(tf_maybe_value(alert->oldest_us) >= 900000000);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
}

static void test_connections_with_keepalive_are_not_raised(void **state)
{
	stage_leave_behind(8, 60 * SECOND, true);
	assert_int_equal(run.n_alerts, 0);
}

/* All were in use at the same time, then idle; one more was opened later. */
static void test_a_pool_of_idle_connections_is_not_raised(void **state)
{
	stage_open_some(50, true, 1000, FAR);
	stage.players[50] = play_socket(&tape, 2000, true, FAR + QUARTER);
	play_open(&stage.players[50]);
	core_feed_tape();
	stage.scans.now = FAR + 2 * QUARTER;
	scan_begin(&stage.scans);
	for (unsigned int i = 0; i <= 50; i++)
		scan_sock(&stage.scans, &stage.players[i],
			  i == 50 ? 10 : (uint32_t)((stage.scans.now - FAR - 100 * SECOND) / MS));
	scan_end(&stage.scans, true);
	core_feed_tape();
	assert_int_equal(run.n_alerts, 0);
}

/* What may become of a ghost between its turn in the scan and the end of the scan. */
static void its_peer_closes(struct player *p)
{
	play_peer_fin(p, false);
	play_to(p, TF_TCP_CLOSE_WAIT);
}

static void it_is_reset(struct player *p)
{
	play_tcp_reset(p);
	play_end(p, 104 /* ECONNRESET */);
}

static void it_is_destroyed(struct player *p)
{
	it_is_reset(p);
	play_destroy(p, 0, true);
}

static void another_has_its_slot(struct player *p)
{
	struct player next = play_socket(&tape, 3000, true, p->now + 4 * MS);

	it_is_destroyed(p);
	play_open(&next);
}

static void another_has_its_number(struct player *p)
{
	struct player next = play_socket(&tape, p->c.st.ev.sock, true, p->now + 4 * MS);

	it_is_destroyed(p);
	play_open(&next);
}

/* As stage_leave_behind(), but the first of seven ghosts is none any more when the scan ends. */
static void expect_six_ghosts(void (*then)(struct player *p))
{
	const struct tf_alert_record *alert;

	core_tear_down(NULL);
	stage_set_up(NULL);
	for (unsigned int i = 0; i < 8; i++) {
		stage.players[i] =
			play_socket(&tape, 1000 + i, true, FAR + (uint64_t)i * 60 * SECOND);
		play_open(&stage.players[i]);
	}
	core_feed_tape();
	stage.scans.now = FAR + 2 * QUARTER;
	scan_begin(&stage.scans);
	for (unsigned int i = 0; i < 8; i++)
		scan_sock(&stage.scans, &stage.players[i],
			  i < 7 ? (uint32_t)((2 * QUARTER - (uint64_t)i * 60 * SECOND) / MS) -
					  5000 :
				  10);
	stage.players[0].now = stage.scans.now;
	then(&stage.players[0]);
	stage.scans.now += 50 * MS;
	scan_end(&stage.scans, true);
	core_feed_tape();
	alert = stage_raised(TF_ALERT_GHOST_ESTABLISHED);
	assert_known(alert->count, 6);
	assert_int_equal(alert->n_examples, TF_ALERT_EXAMPLES);
	for (unsigned int i = 0; i < alert->n_examples; i++)
		assert_int_equal(alert->examples[i].sock, 1001 + i);
}

static void test_a_connection_that_ends_during_the_scan_is_not_raised(void **state)
{
	expect_six_ghosts(its_peer_closes);
	expect_six_ghosts(it_is_reset);
	expect_six_ghosts(it_is_destroyed);
}

static void test_the_next_connection_in_a_ghosts_place_is_not_raised(void **state)
{
	expect_six_ghosts(another_has_its_slot);
	expect_six_ghosts(another_has_its_number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_connections_that_a_peer_left_behind_are_raised),
		TEST(test_connections_with_keepalive_are_not_raised),
		TEST(test_a_pool_of_idle_connections_is_not_raised),
		TEST(test_a_connection_that_ends_during_the_scan_is_not_raised),
		TEST(test_the_next_connection_in_a_ghosts_place_is_not_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
