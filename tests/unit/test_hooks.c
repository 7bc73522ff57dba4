// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_hooks.c - which program fits which shape of a hook, on kernels that are not this one
 */
#include "kernel/hooks.h"

#include "unit.h"

static void test_the_tracepoint_with_a_reason_where_there_is_one(void **state)
{
	assert_string_equal(tf_hooks_program(TF_HOOK_RST_SENT, 2), "on_rst_sent");
	assert_string_equal(tf_hooks_program(TF_HOOK_RST_SENT, 3), "on_rst_sent_reason");
}

static void test_tracepoints_grow_at_the_end(void **state)
{
	assert_string_equal(tf_hooks_program(TF_HOOK_RST_SENT, 4), "on_rst_sent_reason");
	assert_string_equal(tf_hooks_program(TF_HOOK_STATE, 3), "on_state");
	assert_string_equal(tf_hooks_program(TF_HOOK_STATE, 5), "on_state");
	assert_null(tf_hooks_program(TF_HOOK_RST_SENT, 1));
}

/* A return value stands behind the arguments: one argument more, and it would be read as that. */
static void test_functions_must_match_exactly(void **state)
{
	assert_string_equal(tf_hooks_program(TF_HOOK_ACCEPT, 2), "on_accept");
	assert_string_equal(tf_hooks_program(TF_HOOK_ACCEPT, 4), "on_accept_old");
	assert_null(tf_hooks_program(TF_HOOK_ACCEPT, 1));
	assert_null(tf_hooks_program(TF_HOOK_ACCEPT, 3));
	assert_null(tf_hooks_program(TF_HOOK_ACCEPT, 5));
}

static void test_every_hook_has_a_program(void **state)
{
	for (int hook = 0; hook < TF_HOOK_MAX; hook++) {
		const char *program = tf_hooks_program(hook, 2);

		assert_non_null(program);
		assert_int_equal(tf_hooks_of_program(program), hook);
	}
	assert_int_equal(tf_hooks_of_program("on_accept_old"), TF_HOOK_ACCEPT);
	assert_int_equal(tf_hooks_of_program("something"), -1);
}

static void test_a_companion_is_named_like_its_program(void **state)
{
	assert_true(tf_hooks_is_companion("on_rst_sent_reason_owned", "on_rst_sent_reason"));
	assert_false(tf_hooks_is_companion("on_rst_sent_reason_owned", "on_rst_sent"));
	assert_false(tf_hooks_is_companion("on_rst_sent_reason", "on_rst_sent"));
	assert_false(tf_hooks_is_companion("on_state", "on_state"));
	assert_int_equal(tf_hooks_of_program("on_rst_sent_owned"), TF_HOOK_RST_SENT);
}

static void test_how_each_hook_is_attached(void **state)
{
	for (int hook = 0; hook < TF_HOOK_WALK; hook++)
		assert_string_equal(tf_hooks_kind_name(tf_hooks_kind(hook)),
				    hook == TF_HOOK_ACCEPT ? "fexit" : "tp_btf");
	assert_string_equal(tf_hooks_kind_name(tf_hooks_kind(TF_HOOK_WALK)), "iter");
	assert_string_equal(tf_hooks_kind_name(tf_hooks_kind(TF_HOOK_HOLDERS)), "iter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tracepoint_with_a_reason_where_there_is_one),
		cmocka_unit_test(test_tracepoints_grow_at_the_end),
		cmocka_unit_test(test_functions_must_match_exactly),
		cmocka_unit_test(test_every_hook_has_a_program),
		cmocka_unit_test(test_a_companion_is_named_like_its_program),
		cmocka_unit_test(test_how_each_hook_is_attached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
