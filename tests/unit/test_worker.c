// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "unit.h"

#define LONG_MS 10000

struct place {
	struct tf_reader *reader;
	int in, out; /* of a pipe: the reader's end, ours */
};

static int set_up(void **state)
{
	static struct place place;
	int pipe_fd[2];

	assert_int_equal(pipe(pipe_fd), 0);
	place = (struct place){.in = pipe_fd[0], .out = pipe_fd[1]};
	assert_int_equal(tf_reader_new(&place.reader), 0);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	if (place->out >= 0)
		close(place->out);
	tf_reader_free(place->reader);
	close(place->in);
	return 0;
}

static void test_a_read_goes_on_beside_its_owner(void **state)
{
	struct place *place = *state;
	int result = -1;

	tf_reader_begin(place->reader, place->in, 5);
	assert_false(tf_reader_wait(place->reader, 0, &result));
	assert_true(tf_reader_busy(place->reader));
	assert_int_equal(write(place->out, "abc", 3), 3); /* not all */
	assert_false(tf_reader_wait(place->reader, 20, &result));
	assert_int_equal(write(place->out, "de", 2), 2);
	assert_true(tf_reader_wait(place->reader, LONG_MS, &result));
	assert_int_equal(result, 1);
	assert_false(tf_reader_busy(place->reader));
}

static void test_its_end_can_be_polled(void **state)
{
	struct place *place = *state;
	struct pollfd end = {.fd = tf_reader_fd(place->reader), .events = POLLIN};
	int result;

	tf_reader_begin(place->reader, place->in, 1);
	assert_int_equal(poll(&end, 1, 0), 0);
	assert_int_equal(write(place->out, "x", 1), 1);
	assert_int_equal(poll(&end, 1, LONG_MS), 1);
	assert_true(tf_reader_wait(place->reader, 0, &result));
	assert_int_equal(poll(&end, 1, 0), 0);
}

static void test_the_end_of_the_file_and_errors(void **state)
{
	struct place *place = *state;
	int result;

	close(place->out);
	tf_reader_begin(place->reader, place->in, 1);
	assert_true(tf_reader_wait(place->reader, LONG_MS, &result));
	assert_int_equal(result, 0);
	tf_reader_begin(place->reader, place->out, 1); /* which is closed */
	assert_true(tf_reader_wait(place->reader, LONG_MS, &result));
	assert_int_equal(result, -EBADF);
	place->out = -1;
}

static void test_many_in_a_row(void **state)
{
	struct place *place = *state;
	int result;

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(write(place->out, "0123456789", 10), 10);
		tf_reader_begin(place->reader, place->in, 10);
		assert_true(tf_reader_wait(place->reader, LONG_MS, &result));
		assert_int_equal(result, 1);
	}
}

static void test_signals_are_not_for_the_thread(void **state)
{
	sigset_t usr1, before;
	siginfo_t info;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	kill(getpid(), SIGUSR1); /* would end the process if another thread took it */
	assert_int_equal(sigwaitinfo(&usr1, &info), SIGUSR1);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* What cannot be ended is left, and its owner is not held up for ever. */
static void test_a_read_without_end_is_left(void **state)
{
	static struct tf_reader *left; /* reachable: no leak */
	int pipe_fd[2];

	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(tf_reader_new(&left), 0);
	tf_reader_begin(left, pipe_fd[0], 1);
	tf_reader_free(left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_read_goes_on_beside_its_owner, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_its_end_can_be_polled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_end_of_the_file_and_errors, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_many_in_a_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signals_are_not_for_the_thread, set_up,
						tear_down),
		cmocka_unit_test(test_a_read_without_end_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
