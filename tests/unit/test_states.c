// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_states.c - the names of the TCP states
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/tcp.h>

#include "core/states.h"

static void test_numbers_are_the_kernels(void **state)
{
	assert_int_equal(TF_TCP_ESTABLISHED, TCP_ESTABLISHED);
	assert_int_equal(TF_TCP_SYN_SENT, TCP_SYN_SENT);
	assert_int_equal(TF_TCP_SYN_RECV, TCP_SYN_RECV);
	assert_int_equal(TF_TCP_FIN_WAIT1, TCP_FIN_WAIT1);
	assert_int_equal(TF_TCP_FIN_WAIT2, TCP_FIN_WAIT2);
	assert_int_equal(TF_TCP_TIME_WAIT, TCP_TIME_WAIT);
	assert_int_equal(TF_TCP_CLOSE, TCP_CLOSE);
	assert_int_equal(TF_TCP_CLOSE_WAIT, TCP_CLOSE_WAIT);
	assert_int_equal(TF_TCP_LAST_ACK, TCP_LAST_ACK);
	assert_int_equal(TF_TCP_LISTEN, TCP_LISTEN);
	assert_int_equal(TF_TCP_CLOSING, TCP_CLOSING);
}

static void test_every_state_has_a_name_of_its_own(void **state)
{
	for (uint8_t i = 1; i < TF_TCP_STATE_MAX; i++) {
		assert_string_not_equal(tf_states_name(i), "?");
		for (uint8_t other = 1; other < i; other++)
			assert_string_not_equal(tf_states_name(i), tf_states_name(other));
	}
}

static void test_numbers_that_are_no_state_have_no_name(void **state)
{
	assert_string_equal(tf_states_name(0), "?");
	assert_string_equal(tf_states_name(TF_TCP_STATE_MAX), "?");
	assert_string_equal(tf_states_name(255), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_the_kernels),
		cmocka_unit_test(test_every_state_has_a_name_of_its_own),
		cmocka_unit_test(test_numbers_that_are_no_state_have_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
