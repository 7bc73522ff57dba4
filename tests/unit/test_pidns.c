// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/pidns.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void test_a_thread_is_known_in_the_initial_namespace_only(void **state)
{
	if (tf_pidns_initial())
		assert_int_equal(tf_pidns_process(), getpid());
	else
		assert_int_equal(tf_pidns_process(), 0);
}

/* In a user namespace of its own anybody may make a pid namespace, where that is allowed at all. */
static void test_a_child_namespace_has_other_numbers(void **state)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWPID))
			_exit(2);
		pid = fork();
		if (!pid)
			_exit(tf_pidns_initial() || tf_pidns_process() ? 1 : 0);
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_thread_is_known_in_the_initial_namespace_only),
		cmocka_unit_test(test_a_child_namespace_has_other_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
