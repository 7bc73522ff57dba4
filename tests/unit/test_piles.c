// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_piles.c - piles by key, their ceiling, members and buckets of time
 */
#include "unit.h"

#include "core/piles.h"

#define SECOND 1000000000ULL

static int set_up(void **state)
{
	static struct tf_piles piles;

	*state = &piles;
	return tf_piles_init(&piles, 8);
}

static int tear_down(void **state)
{
	tf_piles_fini(*state);
	return 0;
}

static struct tf_pile_key key(uint16_t port)
{
	return (struct tf_pile_key){.alert = TF_ALERT_LAST_ACK_PILEUP, .lport = port};
}

static void test_one_pile_for_each_key(void **state)
{
	struct tf_piles *piles = *state;
	struct tf_pile_key a = key(80), b = key(81);
	struct tf_pile *pile = tf_piles_find(piles, &a, true);

	assert_non_null(pile);
	assert_ptr_equal(tf_piles_find(piles, &a, true), pile);
	assert_null(tf_piles_find(piles, &b, false));
	assert_ptr_not_equal(tf_piles_find(piles, &b, true), pile);
	b.has_remote = 1;
	assert_null(tf_piles_find(piles, &b, false));
}

static void test_the_ceiling_is_counted(void **state)
{
	struct tf_piles *piles = *state;
	unsigned int n = 0;

	for (uint16_t port = 1; port <= 20; port++) {
		struct tf_pile_key k = key(port);

		n += tf_piles_find(piles, &k, true) != NULL;
	}
	assert_int_equal(n, 8);
	assert_int_equal(piles->refused, 12);
}

/* Whatever is deleted, the others are found and listed. */
static void test_piles_go_one_by_one(void **state)
{
	struct tf_piles *piles = *state;
	unsigned int left = 8;

	for (uint16_t port = 1; port <= 8; port++) {
		struct tf_pile_key k = key(port);

		tf_piles_find(piles, &k, true);
	}
	while (piles->head) {
		uint32_t handle = piles->head, n = 0;

		if (left % 2 && tf_piles_at(piles, handle)->next)
			handle = tf_piles_at(piles, handle)->next;
		tf_piles_del(piles, handle);
		left--;
		for (handle = piles->head; handle; handle = tf_piles_at(piles, handle)->next) {
			assert_ptr_equal(tf_piles_find(piles, &tf_piles_at(piles, handle)->key,
						       false),
					 tf_piles_at(piles, handle));
			n++;
		}
		assert_int_equal(n, left);
	}
	assert_int_equal(left, 0);
}

static void test_members_are_counted_anew_in_each_turn(void **state)
{
	struct tf_pile_key k = key(80);
	struct tf_pile *pile = tf_piles_find(*state, &k, true);

	tf_pile_begin(pile, 1);
	tf_pile_add(pile, TF_UNKNOWN_U64, false);
	assert_int_equal(pile->oldest_ns, TF_UNKNOWN_U64);
	tf_pile_add(pile, 50, false);
	tf_pile_add(pile, 20, true);
	tf_pile_add(pile, 30, false);
	tf_pile_begin(pile, 1);
	assert_int_equal(pile->count, 4);
	assert_int_equal(pile->oldest_ns, 20);
	assert_true(pile->at_least);
	tf_pile_begin(pile, 2);
	assert_int_equal(pile->count, 0);
	assert_int_equal(pile->oldest_ns, TF_UNKNOWN_U64);
	assert_false(pile->at_least);
}

static void happen(struct tf_pile *pile, uint64_t now, uint32_t n)
{
	tf_pile_roll(pile, now, SECOND);
	pile->bucket[pile->bucket_no % TF_PILE_BUCKETS] += n;
}

static void test_buckets_forget_what_is_long_ago(void **state)
{
	struct tf_pile_key k = key(80);
	struct tf_pile *pile = tf_piles_find(*state, &k, true);
	unsigned int filled;

	for (unsigned int i = 0; i < 10; i++)
		happen(pile, (100 + i) * SECOND, 1);
	assert_int_equal(tf_pile_sum(pile, &filled), TF_PILE_BUCKETS);
	assert_int_equal(filled, TF_PILE_BUCKETS);
	tf_pile_roll(pile, 112 * SECOND, SECOND);
	assert_int_equal(tf_pile_sum(pile, &filled), 3);
	tf_pile_roll(pile, 1000000 * SECOND, SECOND);
	assert_int_equal(tf_pile_sum(pile, &filled), 0);
	assert_int_equal(filled, 0);
	assert_int_equal(pile->usual, 0);
}

static void test_what_is_usual_is_learnt_unless_it_is_raised(void **state)
{
	struct tf_pile_key k = key(80);
	struct tf_pile *pile = tf_piles_find(*state, &k, true);
	uint32_t learnt;

	for (unsigned int i = 0; i < 200; i++)
		happen(pile, (100 + i) * SECOND, 10);
	assert_in_range(pile->usual, 9 * 256, 10 * 256);
	learnt = pile->usual;
	pile->raised_ns = 1;
	for (unsigned int i = 200; i < 300; i++)
		happen(pile, (100 + i) * SECOND, 1000);
	assert_int_equal(pile->usual, learnt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_one_pile_for_each_key),
		TEST(test_the_ceiling_is_counted),
		TEST(test_piles_go_one_by_one),
		TEST(test_members_are_counted_anew_in_each_turn),
		TEST(test_buckets_forget_what_is_long_ago),
		TEST(test_what_is_usual_is_learnt_unless_it_is_raised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
