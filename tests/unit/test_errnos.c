// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/errnos.h"

#include <errno.h>

#include "unit.h"

static void test_names_are_those_of_the_c_library(void **state)
{
	/* 41 and 58 were never given; 133 is the last one. */
	for (int number = 1; number <= EHWPOISON; number++) {
		const char *expected = strerrorname_np(number);

		if (expected)
			assert_string_equal(tf_errnos_name(number), expected);
		else
			assert_null(tf_errnos_name(number));
	}
}

static void test_other_numbers_have_no_name(void **state)
{
	assert_null(tf_errnos_name(0));
	assert_null(tf_errnos_name(-EPIPE));
	assert_null(tf_errnos_name(EHWPOISON + 1));
	assert_null(tf_errnos_name(512));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_those_of_the_c_library),
		cmocka_unit_test(test_other_numbers_have_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
