// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_group_key.c - each part of a key, from a connection, a record and a minisock
 */
#include "core/alert/group_key.h"

#include "unit.h"

#define ALERT TF_ALERT_RESET_STORM
#define ALL_PARTS 0x1ffu

static const struct tf_tuple tuple = {.laddr = {1}, .raddr = {2}, .lport = 80, .rport = 5000};

/* @got is @key, in the namespace and of the alert that all tests have. */
static void expect_key(const struct tf_group_key *got, struct tf_group_key key)
{
	key.alert = ALERT;
	key.netns = 9;
	assert_memory_equal(got, &key, sizeof(key));
}

static struct tf_group_key of_conn(unsigned int parts, enum tf_role role)
{
	const struct tf_conn conn = {.netns = 9,
				     .sock = 7,
				     .pid = 221,
				     .owner_from = TF_OWNER_HOLDER,
				     .role = role & 3,
				     .tuple = tuple};

	return tf_group_key_of_conn(ALERT, parts, &conn);
}

static struct tf_group_key of_record(unsigned int parts, enum tf_role role)
{
	const struct tf_conn_record record = {.netns = 9,
					      .sock = 7,
					      .owner = {.from = TF_OWNER_HOLDER, .pid = 221},
					      .role = role,
					      .fate = TF_FATE_RESET_BY_REMOTE,
					      .tuple = tuple};

	return tf_group_key_of_record(ALERT, parts, &record);
}

static void expect_both(unsigned int parts, enum tf_role role, struct tf_group_key key)
{
	struct tf_group_key got = of_conn(parts, role);

	expect_key(&got, key);
	got = of_record(parts, role);
	expect_key(&got, key);
}

static void test_each_part_adds_its_own_and_no_more(void **state)
{
	expect_both(0, TF_ROLE_SERVER, (struct tf_group_key){0});
	expect_both(TF_KEY_OWNER, TF_ROLE_SERVER, (struct tf_group_key){.pid = 221});
	expect_both(TF_KEY_SOCKET, TF_ROLE_SERVER, (struct tf_group_key){.sock = 7});
	expect_both(TF_KEY_LOCAL_PORT, TF_ROLE_CLIENT, (struct tf_group_key){.lport = 80});
	expect_both(TF_KEY_REMOTE_PORT, TF_ROLE_SERVER, (struct tf_group_key){.rport = 5000});
	expect_both(TF_KEY_LOCAL_ADDR, TF_ROLE_SERVER,
		    (struct tf_group_key){.has_local = 1, .laddr = {1}});
	expect_both(TF_KEY_REMOTE_ADDR, TF_ROLE_SERVER,
		    (struct tf_group_key){.has_remote = 1, .raddr = {2}});
}

static void test_a_service_is_the_port_of_the_serving_side(void **state)
{
	const unsigned int guess = TF_KEY_SERVICE | TF_KEY_GUESS;

	expect_both(TF_KEY_SERVICE, TF_ROLE_SERVER, (struct tf_group_key){.lport = 80});
	expect_both(TF_KEY_SERVICE, TF_ROLE_CLIENT, (struct tf_group_key){.rport = 5000});
	expect_both(TF_KEY_SERVICE, TF_ROLE_UNKNOWN, (struct tf_group_key){0});
	expect_both(guess, TF_ROLE_SERVER, (struct tf_group_key){.lport = 80});
	expect_both(guess, TF_ROLE_UNKNOWN, (struct tf_group_key){.rport = 5000});
}

static void test_only_a_record_has_a_fate(void **state)
{
	struct tf_group_key got = of_record(TF_KEY_FATE, TF_ROLE_SERVER);

	expect_key(&got, (struct tf_group_key){.fate = TF_FATE_RESET_BY_REMOTE + 1});
	got = of_conn(TF_KEY_FATE, TF_ROLE_SERVER);
	expect_key(&got, (struct tf_group_key){0});
}

static void test_a_minisock_has_ends_and_nothing_else(void **state)
{
	const struct tf_ev_minisock event = {.ev = {.netns = 9, .sock = 7}, .tuple = tuple};
	struct tf_group_key got = tf_group_key_of_minisock(ALERT, ALL_PARTS, &event);

	expect_key(&got, (struct tf_group_key){.lport = 80,
					       .rport = 5000,
					       .has_local = 1,
					       .has_remote = 1,
					       .laddr = {1},
					       .raddr = {2}});
	got = tf_group_key_of_minisock(ALERT, TF_KEY_SERVICE | TF_KEY_GUESS, &event);
	expect_key(&got, (struct tf_group_key){0});
}

static void test_an_unknown_owner_is_no_part(void **state)
{
	const struct tf_conn conn = {.netns = 9, .pid = 221};
	struct tf_group_key got = tf_group_key_of_conn(ALERT, TF_KEY_OWNER, &conn);

	expect_key(&got, (struct tf_group_key){0});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_part_adds_its_own_and_no_more),
		cmocka_unit_test(test_a_service_is_the_port_of_the_serving_side),
		cmocka_unit_test(test_only_a_record_has_a_fate),
		cmocka_unit_test(test_a_minisock_has_ends_and_nothing_else),
		cmocka_unit_test(test_an_unknown_owner_is_no_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
