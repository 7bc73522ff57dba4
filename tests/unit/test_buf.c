// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/buf.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/fmt.h"
#include "unit.h"

static void test_a_zeroed_struct_is_an_empty_buffer(void **state)
{
	struct tf_buf buf = {0};

	assert_int_equal(tf_buf_size(&buf), 0);
	assert_int_equal(tf_buf_add(&buf, NULL, 0), 0);
	tf_buf_consume(&buf, 1);
	assert_int_equal(tf_buf_size(&buf), 0);
	tf_buf_free(&buf);
}

static void test_bytes_leave_in_the_order_in_which_they_came(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	uint32_t in = 0, out = 0;

	/* Unequal steps, so that growing and compacting both happen. */
	for (int scan = 0; scan < 3000; scan++) {
		for (int i = 0; i < scan % 7 + 1; i++, in++)
			assert_int_equal(tf_buf_add(&buf, &in, sizeof(in)), 0);
		for (int i = 0; i < scan % 5 + 1 && out < in; i++, out++) {
			assert_memory_equal(tf_buf_data(&buf), &out, sizeof(out));
			tf_buf_consume(&buf, sizeof(out));
		}
	}
	assert_int_equal(tf_buf_size(&buf), (in - out) * sizeof(in));
}

static void test_a_buffer_that_is_emptied_does_not_grow(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	char bytes[1000] = {0};

	for (int i = 0; i < 10000; i++) {
		assert_int_equal(tf_buf_add(&buf, bytes, sizeof(bytes)), 0);
		tf_buf_consume(&buf, sizeof(bytes) - 8);
		tf_buf_consume(&buf, 8);
	}
	assert_true(buf.cap <= 4096);
}

static void test_a_buffer_that_always_keeps_a_rest_stays_small(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	char bytes[1000] = {0};

	assert_int_equal(tf_buf_add(&buf, bytes, 8), 0);
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(tf_buf_add(&buf, bytes, sizeof(bytes)), 0);
		tf_buf_consume(&buf, sizeof(bytes));
		assert_int_equal((uintptr_t)tf_buf_data(&buf) % 8, 0);
	}
	assert_int_equal(tf_buf_size(&buf), 8);
	assert_true(buf.cap <= 8192);
}

static void test_what_was_reserved_counts_once_it_is_written(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	char *at;

	assert_int_equal(tf_buf_reserve(&buf, 100, &at), 0);
	assert_int_equal(tf_buf_size(&buf), 0);
	tf_buf_written(&buf, tf_fmt_str(at, "seven"));
	assert_int_equal(tf_buf_size(&buf), 5);
	assert_memory_equal(tf_buf_data(&buf), "seven", 5);
}

static void test_more_than_memory_holds_is_refused_and_nothing_changes(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	char *at = (char *)&buf;

	assert_int_equal(tf_buf_add(&buf, "abc", 3), 0);
	assert_int_equal(tf_buf_reserve(&buf, SIZE_MAX / 2, &at), -ENOMEM);
	assert_int_equal(tf_buf_reserve(&buf, SIZE_MAX, &at), -ENOMEM);
	assert_ptr_equal(at, &buf);
	assert_memory_equal(tf_buf_data(&buf), "abc", 3);
}

static void test_take_leaves_null_behind(void **state)
{
	TF_CLEANUP(tf_cleanup_free) char *owned = malloc(1);
	char *was = owned, *taken = TF_TAKE(owned);
	int fd = 7;

	assert_null(owned);
	assert_ptr_equal(taken, was);
	free(taken);
	assert_int_equal(TF_TAKE_FD(fd), 7);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_zeroed_struct_is_an_empty_buffer),
		cmocka_unit_test(test_bytes_leave_in_the_order_in_which_they_came),
		cmocka_unit_test(test_a_buffer_that_is_emptied_does_not_grow),
		cmocka_unit_test(test_a_buffer_that_always_keeps_a_rest_stays_small),
		cmocka_unit_test(test_what_was_reserved_counts_once_it_is_written),
		cmocka_unit_test(test_more_than_memory_holds_is_refused_and_nothing_changes),
		cmocka_unit_test(test_take_leaves_null_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
