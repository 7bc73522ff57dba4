// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_groups.c - groups by key, their ceiling, members and buckets of time
 */
#include "unit.h"

#include "core/alert/groups.h"

#define SECOND 1000000000ULL

static int set_up(void **state)
{
	static struct tf_groups groups;

	*state = &groups;
	return tf_groups_init(&groups, 8, (struct tf_hash_key){{1, 2}});
}

static int tear_down(void **state)
{
	tf_groups_fini(*state);
	return 0;
}

static struct tf_group_key key(uint16_t port)
{
	return (struct tf_group_key){.alert = TF_ALERT_LAST_ACK_PILEUP, .lport = port};
}

static void test_one_group_for_each_key(void **state)
{
	struct tf_groups *groups = *state;
	struct tf_group_key a = key(80), b = key(81);
	struct tf_alert_group *group = tf_groups_find(groups, &a, true);

	assert_non_null(group);
	assert_ptr_equal(tf_groups_find(groups, &a, true), group);
	assert_null(tf_groups_find(groups, &b, false));
	assert_ptr_not_equal(tf_groups_find(groups, &b, true), group);
	b.has_remote = 1;
	assert_null(tf_groups_find(groups, &b, false));
}

static void test_groups_of_each_alert_are_counted(void **state)
{
	struct tf_groups *groups = *state;
	struct tf_group_key a = key(80), b = key(81), c = {.alert = TF_ALERT_SYN_SENT_PILEUP};

	tf_groups_find(groups, &a, true);
	tf_groups_find(groups, &a, true);
	tf_groups_find(groups, &b, true);
	tf_groups_find(groups, &c, true);
	assert_int_equal(groups->n_of[TF_ALERT_LAST_ACK_PILEUP], 2);
	assert_int_equal(groups->n_of[TF_ALERT_SYN_SENT_PILEUP], 1);
	tf_groups_del(groups, groups->head);
	assert_int_equal(groups->n_of[TF_ALERT_LAST_ACK_PILEUP], 2);
	assert_int_equal(groups->n_of[TF_ALERT_SYN_SENT_PILEUP], 0);
}

static void test_the_ceiling_is_counted(void **state)
{
	struct tf_groups *groups = *state;
	unsigned int n = 0;

	for (uint16_t port = 1; port <= 20; port++) {
		struct tf_group_key k = key(port);

		n += tf_groups_find(groups, &k, true) != NULL;
	}
	assert_int_equal(n, 8);
	assert_int_equal(groups->refused, 12);
}

/* Whatever is deleted, the others are found and listed. */
static void test_groups_go_one_by_one(void **state)
{
	struct tf_groups *groups = *state;
	unsigned int left = 8;

	for (uint16_t port = 1; port <= 8; port++) {
		struct tf_group_key k = key(port);

		tf_groups_find(groups, &k, true);
	}
	while (groups->head) {
		uint32_t handle = groups->head, n = 0;

		if (left % 2 && tf_groups_at(groups, handle)->next)
			handle = tf_groups_at(groups, handle)->next;
		tf_groups_del(groups, handle);
		left--;
		for (handle = groups->head; handle; handle = tf_groups_at(groups, handle)->next) {
			assert_ptr_equal(tf_groups_find(groups, &tf_groups_at(groups, handle)->key,
							false),
					 tf_groups_at(groups, handle));
			n++;
		}
		assert_int_equal(n, left);
	}
	assert_int_equal(left, 0);
}

static void test_members_are_counted_anew_in_each_turn(void **state)
{
	struct tf_group_key k = key(80);
	struct tf_alert_group *group = tf_groups_find(*state, &k, true);

	tf_groups_begin(group, 1);
	tf_groups_add(group, (struct tf_maybe){0}, false);
	assert_unknown(group->oldest_ns);
	tf_groups_add(group, tf_maybe_of(50), false);
	tf_groups_add(group, tf_maybe_of(20), true);
	tf_groups_add(group, tf_maybe_of(30), false);
	tf_groups_begin(group, 1);
	assert_int_equal(group->count, 4);
	assert_known(group->oldest_ns, 20);
	assert_true(group->at_least);
	tf_groups_begin(group, 2);
	assert_int_equal(group->count, 0);
	assert_unknown(group->oldest_ns);
	assert_false(group->at_least);
}

static void happen(struct tf_alert_group *group, uint64_t now, uint32_t n)
{
	tf_groups_roll(group, now, SECOND);
	for (uint32_t i = 0; i < n; i++)
		tf_groups_happen(group);
}

static void test_buckets_forget_what_is_long_ago(void **state)
{
	struct tf_group_key k = key(80);
	struct tf_alert_group *group = tf_groups_find(*state, &k, true);
	unsigned int filled;

	for (unsigned int i = 0; i < 10; i++)
		happen(group, (100 + i) * SECOND, 1);
	assert_int_equal(tf_groups_sum(group, &filled), TF_GROUPS_BUCKETS);
	assert_int_equal(filled, TF_GROUPS_BUCKETS);
	tf_groups_roll(group, 112 * SECOND, SECOND);
	assert_int_equal(tf_groups_sum(group, &filled), 3);
	tf_groups_roll(group, 1000000 * SECOND, SECOND);
	assert_int_equal(tf_groups_sum(group, &filled), 0);
	assert_int_equal(filled, 0);
	assert_int_equal(group->usual, 0);
}

static void test_what_is_usual_is_learnt_unless_it_is_raised(void **state)
{
	struct tf_group_key k = key(80);
	struct tf_alert_group *group = tf_groups_find(*state, &k, true);
	uint32_t learnt;

	for (unsigned int i = 0; i < 200; i++)
		happen(group, (100 + i) * SECOND, 10);
	assert_in_range(group->usual, 9 * 256, 10 * 256);
	learnt = group->usual;
	group->raised_ns = 1;
	for (unsigned int i = 200; i < 300; i++)
		happen(group, (100 + i) * SECOND, 1000);
	assert_int_equal(group->usual, learnt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_one_group_for_each_key),
		TEST(test_groups_of_each_alert_are_counted),
		TEST(test_the_ceiling_is_counted),
		TEST(test_groups_go_one_by_one),
		TEST(test_members_are_counted_anew_in_each_turn),
		TEST(test_buckets_forget_what_is_long_ago),
		TEST(test_what_is_usual_is_learnt_unless_it_is_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
