// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_run_info.c - what a host's hooks can and cannot show
 */
#include "unit.h"

#include <string.h>

#include "core/stream/run_info.h"

static struct tf_run_info whole(void)
{
	struct tf_run_info info = {.hook[TF_HOOK_RST_SENT].reason = true};

	for (int i = 0; i < TF_HOOK_MAX; i++)
		strcpy(info.hook[i].method, "tp_btf");
	return info;
}

static void test_every_hook_has_a_name_and_a_loss(void **state)
{
	struct tf_run_info info = whole();

	for (int i = 0; i < TF_HOOK_MAX; i++) {
		assert_true(strlen(tf_run_info_hook_name(i)) > 0);
		assert_true(strlen(tf_run_info_hook_row(i)->provides) > 0 &&
			    strlen(tf_run_info_hook_row(i)->runs) > 0);
		assert_null(tf_run_info_hook_weaker(&info, i));
		info.hook[i].method[0] = '\0';
		info.hook[TF_HOOK_RST_SENT].reason = false; /* else stand-ins are not needed */
		assert_true(strlen(tf_run_info_hook_weaker(&info, i)) > 0);
		info = whole();
	}
}

static void test_resets_without_reasons_are_weaker(void **state)
{
	struct tf_run_info info = whole();

	info.hook[TF_HOOK_RST_SENT].reason = false;
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_RST_SENT), "before 6.10"));
}

static void test_stand_ins_are_needed_only_without_reasons(void **state)
{
	struct tf_run_info info = whole();

	info.hook[TF_HOOK_BARE4].method[0] = info.hook[TF_HOOK_BARE6].method[0] = '\0';
	assert_false(tf_run_info_hook_needed(&info, TF_HOOK_BARE4));
	assert_null(tf_run_info_hook_weaker(&info, TF_HOOK_BARE4));
	assert_true(tf_run_info_has_capability(&info, TF_CAPABILITY_RST_BARE));
	info.hook[TF_HOOK_RST_SENT].reason = false;
	assert_true(tf_run_info_hook_needed(&info, TF_HOOK_BARE4));
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_BARE6), "IPv6"));
	assert_false(tf_run_info_has_capability(&info, TF_CAPABILITY_RST_BARE));
	strcpy(info.hook[TF_HOOK_BARE4].method, "fentry");
	assert_false(
		tf_run_info_has_capability(&info, TF_CAPABILITY_RST_BARE)); /* one family only */
	strcpy(info.hook[TF_HOOK_BARE6].method, "fentry");
	assert_true(tf_run_info_has_capability(&info, TF_CAPABILITY_RST_BARE));
	assert_null(tf_run_info_hook_weaker(&info, TF_HOOK_BARE4));
	strcpy(info.hook[TF_HOOK_BARE6].method, "kprobe"); /* may miss some */
	assert_false(tf_run_info_has_capability(&info, TF_CAPABILITY_RST_BARE));
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_BARE6), "may be skipped"));
	strcpy(info.hook[TF_HOOK_ACCEPT].method, "kretprobe");
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_ACCEPT), "accept()"));
}

static void test_each_supply_has_a_name(void **state)
{
	for (int i = 0; i < TF_CAPABILITY_MAX; i++)
		assert_true(strlen(tf_run_info_capability_name(i)) > 0);
}

/* Netlink knows sockets by cookies; hooks without them cannot be joined with it. */
static void test_scans_without_an_iterator_need_cookies(void **state)
{
	struct tf_run_info info = whole();

	info.hook[TF_HOOK_SOCKETS].method[0] = '\0';
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_SOCKETS), "are not found"));
	info.cookies = true;
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_SOCKETS), "instead"));
	info.cookies = false;
	info.hook[TF_HOOK_STATE].method[0] = '\0'; /* a single scan: there is nothing to join */
	assert_non_null(strstr(tf_run_info_hook_weaker(&info, TF_HOOK_SOCKETS), "instead"));
}

static void test_reason_names_stay_in_range(void **state)
{
	struct tf_run_info info = whole();

	strcpy(info.reason[3], "TCP_FLAGS");
	assert_string_equal(tf_run_info_reason_name(&info, tf_maybe_of(3)), "TCP_FLAGS");
	assert_null(tf_run_info_reason_name(&info, tf_maybe_of(4)));
	assert_null(tf_run_info_reason_name(&info, (struct tf_maybe){0}));
	assert_null(tf_run_info_reason_name(&info, tf_maybe_of(TF_REASONS_MAX)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_hook_has_a_name_and_a_loss),
		cmocka_unit_test(test_resets_without_reasons_are_weaker),
		cmocka_unit_test(test_stand_ins_are_needed_only_without_reasons),
		cmocka_unit_test(test_each_supply_has_a_name),
		cmocka_unit_test(test_scans_without_an_iterator_need_cookies),
		cmocka_unit_test(test_reason_names_stay_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
