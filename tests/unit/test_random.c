// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/random.h"

#include "unit.h"

static void test_each_secret_is_another(void **state)
{
	struct tf_hash_key a = tf_random_key(), b = tf_random_key();

	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_true(a.word[0] != 0 && a.word[1] != 0 && a.word[0] != a.word[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_secret_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
