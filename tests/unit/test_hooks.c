// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_hooks.c - which program fits which shape of a hook, on kernels that are not this one
 */
#include "kernel/hooks.h"

#include "unit.h"

#include <string.h>

/* The first program that fits; NULL: none. */
static const char *first(enum tf_hook hook, int args, uint32_t without)
{
	const struct tf_hooks_method *method = tf_hooks_next(hook, args, without, NULL);

	return method ? method->program : NULL;
}

/* All methods that fit, "fexit kretprobe". Static. */
static const char *all_methods(enum tf_hook hook, int args, const char *without)
{
	static char text[64];
	const struct tf_hooks_method *method = NULL;

	text[0] = '\0';
	while ((method = tf_hooks_next(hook, args, tf_hooks_kinds(without), method))) {
		strcat(text, text[0] ? " " : "");
		strcat(text, tf_hooks_kind_name(method->kind));
	}
	return text;
}

static void test_the_tracepoint_with_a_reason_where_there_is_one(void **state)
{
	assert_string_equal(first(TF_HOOK_RST_SENT, 2, 0), "on_rst_sent");
	assert_string_equal(first(TF_HOOK_RST_SENT, 3, 0), "on_rst_sent_reason");
}

static void test_tracepoints_grow_at_the_end(void **state)
{
	assert_string_equal(first(TF_HOOK_RST_SENT, 4, 0), "on_rst_sent_reason");
	assert_string_equal(first(TF_HOOK_STATE, 3, 0), "on_state");
	assert_string_equal(first(TF_HOOK_STATE, 5, 0), "on_state");
	assert_null(first(TF_HOOK_RST_SENT, 1, 0));
}

/* A return value stands behind the arguments: one argument more, and it would be read as that. */
static void test_functions_must_match_exactly(void **state)
{
	uint32_t probes = tf_hooks_kinds("kprobe");

	assert_string_equal(first(TF_HOOK_ACCEPT, 2, 0), "on_accept");
	assert_string_equal(first(TF_HOOK_ACCEPT, 4, 0), "on_accept_old");
	assert_null(first(TF_HOOK_ACCEPT, 1, probes));
	assert_null(first(TF_HOOK_ACCEPT, 3, probes));
	assert_null(first(TF_HOOK_ACCEPT, 5, probes));
	assert_string_equal(first(TF_HOOK_ACCEPT, 5, 0), "on_accept_probed");
	assert_null(first(TF_HOOK_BARE4, 3, 0));
}

static void test_attach_methods_come_in_order_of_preference(void **state)
{
	assert_string_equal(all_methods(TF_HOOK_ACCEPT, 2, ""), "fexit kretprobe");
	assert_string_equal(all_methods(TF_HOOK_BARE6, 2, ""), "fentry kprobe");
	assert_string_equal(all_methods(TF_HOOK_SOCKETS, 2, ""), "iter");
	assert_string_equal(all_methods(TF_HOOK_STATE, 3, ""), "tp_btf");
}

static void test_methods_that_a_user_excludes_are_left_out(void **state)
{
	assert_string_equal(all_methods(TF_HOOK_ACCEPT, 2, "fentry"), "kretprobe");
	assert_string_equal(all_methods(TF_HOOK_BARE4, 2, "fentry"), "kprobe");
	assert_string_equal(all_methods(TF_HOOK_BARE4, 2, "kprobe"), "fentry");
	assert_string_equal(all_methods(TF_HOOK_ACCEPT, 2, "kprobe"), "fexit");
	assert_string_equal(all_methods(TF_HOOK_HOLDERS, 4, "iter"), "");
	assert_int_equal(tf_hooks_kinds("tp_btf"), 0); /* without it nothing works */
	assert_int_equal(tf_hooks_kinds("fexit"), 0);
	assert_int_equal(tf_hooks_kinds(""), 0);
}

static void test_every_hook_has_a_program(void **state)
{
	for (int hook = 0; hook < TF_HOOK_MAX; hook++) {
		const char *program = first(hook, 2, 0);

		assert_non_null(program);
		assert_int_equal(tf_hooks_of_program(program), hook);
	}
	assert_int_equal(tf_hooks_of_program("on_accept_old"), TF_HOOK_ACCEPT);
	assert_int_equal(tf_hooks_of_program("something"), -1);
}

static void test_a_stand_in_is_named_like_its_program(void **state)
{
	assert_int_equal(tf_hooks_stand_in("on_rst_sent_reason_stand_in3", "on_rst_sent_reason"),
			 TF_HOOKS_LAST);
	assert_int_equal(tf_hooks_stand_in("on_state_stand_in1", "on_state"), 0);
	assert_int_equal(tf_hooks_stand_in("on_state_stand_in2", "on_state"), 1);
	assert_int_equal(tf_hooks_stand_in("on_rst_sent_reason_stand_in3", "on_rst_sent"), -1);
	assert_int_equal(tf_hooks_stand_in("on_rst_sent_reason", "on_rst_sent"), -1);
	assert_int_equal(tf_hooks_stand_in("on_state", "on_state"), -1);
	assert_int_equal(tf_hooks_of_program("on_rst_sent_stand_in3"), TF_HOOK_RST_SENT);
	assert_int_equal(tf_hooks_of_program("on_destroy_stand_in2"), TF_HOOK_DESTROY);
}

static void test_each_hook_names_its_function_or_tracepoint(void **state)
{
	assert_int_equal(tf_hooks_target(TF_HOOK_STATE), TF_HOOKS_TRACEPOINT);
	assert_int_equal(tf_hooks_target(TF_HOOK_ACCEPT), TF_HOOKS_FUNCTION);
	assert_int_equal(tf_hooks_target(TF_HOOK_BARE4), TF_HOOKS_FUNCTION);
	assert_int_equal(tf_hooks_target(TF_HOOK_HOLDERS), TF_HOOKS_ITERATOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_tracepoint_with_a_reason_where_there_is_one),
		cmocka_unit_test(test_tracepoints_grow_at_the_end),
		cmocka_unit_test(test_functions_must_match_exactly),
		cmocka_unit_test(test_attach_methods_come_in_order_of_preference),
		cmocka_unit_test(test_methods_that_a_user_excludes_are_left_out),
		cmocka_unit_test(test_every_hook_has_a_program),
		cmocka_unit_test(test_a_stand_in_is_named_like_its_program),
		cmocka_unit_test(test_each_hook_names_its_function_or_tracepoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
