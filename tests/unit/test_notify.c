// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_notify.c - the whole record of an alert, and what of it stays unknown
 */
#include "core/alert/notify.h"

#include "core/alert/rows.h"
#include "stage.h"
#include "unit.h"

/* Known to the last field, ten seconds after it was raised. */
static const struct tf_alert_group full = {
	.key = {.netns = 9,
		.pid = 221,
		.lport = 80,
		.rport = 443,
		.has_local = 1,
		.has_remote = 1,
		.laddr = {1},
		.raddr = {2}},
	.count = 60,
	.oldest_ns = {FAR - SECOND + 1},
	.at_least = true,
	.eof_read = {1 + 3},
	.unread = {1 + 4},
	.dropped = {1 + 5},
	.destinations = {1 + 6},
	.limit = {1 + 7},
	.owner = {.from = TF_OWNER_HOLDER, .pid = 221, .comm = "java"},
	.raised_ns = FAR,
	.peak = 70,
	.sample_ns = FAR - 20 * SECOND,
	.sample_count = 30,
	.latest = {.sock = 5, .state = TF_TCP_CLOSE, .tuple = {.raddr = {3}}},
};

static struct tf_alert_record expected(enum tf_alert alert, enum tf_alert_event event)
{
	return (struct tf_alert_record){
		.time_ns = FAR + 10 * SECOND,
		.alert = alert,
		.event = event,
		.since_ns = tf_maybe_of(FAR),
		.netns = 9,
		.owner = full.owner,
		.local_addr = {true, {1}},
		.remote_addr = {true, {2}},
		.local_port = 80,
		.remote_port = 443,
		.count = tf_maybe_of(60),
		.oldest_us = tf_maybe_of(11000000),
		.oldest_at_least = TF_YES,
		.rate_per_min = tf_maybe_of(60), /* 30 more in 30 s */
		.limit = tf_maybe_of(7),
		.eof_read = tf_maybe_of(3),
		.bytes_unread = tf_maybe_of(4),
		.dropped = tf_maybe_of(5),
		.destinations = tf_maybe_of(6),
	};
}

static struct tf_alert_record notified(const struct tf_alert_group *group, enum tf_alert alert,
				       enum tf_alert_event event)
{
	run.core->now = FAR + 10 * SECOND;
	tf_notify_alert(run.core, tf_rows_of(alert), group, event);
	return run.alerts[run.n_alerts - 1];
}

/* Field by field: padding has no value. */
static void assert_same(const struct tf_alert_record *a, const struct tf_alert_record *b)
{
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->alert, b->alert);
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->since_ns.plus_one, b->since_ns.plus_one);
	assert_int_equal(a->netns, b->netns);
	assert_memory_equal(&a->owner, &b->owner, sizeof(a->owner));
	assert_memory_equal(&a->local_addr, &b->local_addr, sizeof(a->local_addr));
	assert_memory_equal(&a->remote_addr, &b->remote_addr, sizeof(a->remote_addr));
	assert_int_equal(a->local_port, b->local_port);
	assert_int_equal(a->remote_port, b->remote_port);
	assert_int_equal(a->count.plus_one, b->count.plus_one);
	assert_int_equal(a->oldest_us.plus_one, b->oldest_us.plus_one);
	assert_int_equal(a->oldest_at_least, b->oldest_at_least);
	assert_int_equal(a->rate_per_min.plus_one, b->rate_per_min.plus_one);
	assert_int_equal(a->limit.plus_one, b->limit.plus_one);
	assert_int_equal(a->eof_read.plus_one, b->eof_read.plus_one);
	assert_int_equal(a->bytes_unread.plus_one, b->bytes_unread.plus_one);
	assert_int_equal(a->dropped.plus_one, b->dropped.plus_one);
	assert_int_equal(a->destinations.plus_one, b->destinations.plus_one);
	assert_int_equal(a->fate.plus_one, b->fate.plus_one);
	assert_int_equal(a->n_examples, b->n_examples);
}

static void test_all_that_a_group_knows_is_in_the_record(void **state)
{
	struct tf_alert_record want = expected(TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE);
	struct tf_alert_record got =
		notified(&full, TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE);

	assert_same(&got, &want);
	assert_null(got.names);
}

static void test_names_are_those_of_the_groups_cgroup(void **state)
{
	const struct tf_ev_cgroup names = {.id = 77, .unit = "nginx.service"};
	struct tf_alert_group group = full;
	struct tf_alert_record got;

	group.cgroup = 77;
	tf_cgroups_take(&run.core->cgroups, &names);
	got = notified(&group, TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE);
	assert_non_null(got.names);
	assert_string_equal(got.names->unit, "nginx.service");
}

static void test_a_clear_has_the_most_there_were_and_no_examples(void **state)
{
	struct tf_alert_record want = expected(TF_ALERT_RESET_STORM, TF_ALERT_EVENT_CLEAR), got;

	got = notified(&full, TF_ALERT_RESET_STORM, TF_ALERT_EVENT_CLEAR);
	want.count = tf_maybe_of(70);
	want.rate_per_min = tf_maybe_of(60); /* 60 in a window of 60 s */
	assert_same(&got, &want);
}

/* A zeroed group knows its key's alert, its number, and when it was raised: nothing else. */
static void test_an_empty_group_leaves_everything_unknown(void **state)
{
	const struct tf_alert_group empty = {.raised_ns = FAR};
	const struct tf_alert_record want = {
		.time_ns = FAR + 10 * SECOND,
		.alert = TF_ALERT_CLOSE_WAIT_PILEUP,
		.event = TF_ALERT_EVENT_RAISE,
		.since_ns = tf_maybe_of(FAR),
		.count = tf_maybe_of(0),
	};
	struct tf_alert_record got =
		notified(&empty, TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_RAISE);

	assert_same(&got, &want);
}

static void test_a_window_names_its_remote_end_while_there_is_one(void **state)
{
	struct tf_alert_group group = full;

	group.key.has_remote = 0;
	group.key.fate = TF_FATE_RESET_BY_REMOTE + 1;
	group.count = 0;
	assert_int_equal(notified(&group, TF_ALERT_RESET_STORM, TF_ALERT_EVENT_UPDATE)
				 .remote_addr.address[0],
			 3);
	assert_int_equal(run.alerts[0].n_examples, 1);
	assert_int_equal(run.alerts[0].examples[0].sock, 5);
	assert_known(run.alerts[0].fate, TF_FATE_RESET_BY_REMOTE);
	group.several_remotes = true;
	assert_false(
		notified(&group, TF_ALERT_RESET_STORM, TF_ALERT_EVENT_UPDATE).remote_addr.known);
}

static void test_growth_needs_a_sample_of_10_s_ago(void **state)
{
	struct tf_alert_group group = full;

	group.sample_ns = FAR + SECOND;
	assert_unknown(
		notified(&group, TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE).rate_per_min);
	group.sample_ns = FAR;
	assert_known(
		notified(&group, TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE).rate_per_min,
		180);
	group.sample_count = 61; /* it has shrunk */
	assert_unknown(
		notified(&group, TF_ALERT_CLOSE_WAIT_PILEUP, TF_ALERT_EVENT_UPDATE).rate_per_min);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, core_tear_down)
		TEST(test_all_that_a_group_knows_is_in_the_record),
		TEST(test_names_are_those_of_the_groups_cgroup),
		TEST(test_a_clear_has_the_most_there_were_and_no_examples),
		TEST(test_an_empty_group_leaves_everything_unknown),
		TEST(test_a_window_names_its_remote_end_while_there_is_one),
		TEST(test_growth_needs_a_sample_of_10_s_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
