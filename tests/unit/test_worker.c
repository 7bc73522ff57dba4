// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "unit.h"

#define LONG_MS 10000

struct place {
	struct tf_worker *worker;
	int in, out; /* of a pipe: the worker's end, ours */
};

/* The work of these tests: waits for a byte, and returns it; 0: there will be none. */
static int take_byte(void *ctx)
{
	const struct place *place = ctx;
	unsigned char byte;
	ssize_t n = read(place->in, &byte, 1);

	return n < 0 ? -errno : n ? byte : 0;
}

static int set_up(void **state)
{
	static struct place place;
	int pipe_fd[2];

	assert_int_equal(pipe(pipe_fd), 0);
	place = (struct place){.in = pipe_fd[0], .out = pipe_fd[1]};
	assert_int_equal(tf_worker_new(&place.worker), 0);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	if (place->out >= 0)
		close(place->out);
	assert_true(tf_worker_free(place->worker));
	close(place->in);
	return 0;
}

static void test_work_goes_on_beside_its_owner(void **state)
{
	struct place *place = *state;
	int result = -1;

	tf_worker_begin(place->worker, take_byte, place);
	assert_false(tf_worker_wait(place->worker, 0, &result));
	assert_true(tf_worker_busy(place->worker));
	assert_false(tf_worker_wait(place->worker, 20, &result));
	assert_int_equal(write(place->out, "a", 1), 1);
	assert_true(tf_worker_wait(place->worker, LONG_MS, &result));
	assert_int_equal(result, 'a');
	assert_false(tf_worker_busy(place->worker));
}

static void test_its_end_can_be_polled(void **state)
{
	struct place *place = *state;
	struct pollfd end = {.fd = tf_worker_fd(place->worker), .events = POLLIN};
	int result;

	tf_worker_begin(place->worker, take_byte, place);
	assert_int_equal(poll(&end, 1, 0), 0);
	assert_int_equal(write(place->out, "x", 1), 1);
	assert_int_equal(poll(&end, 1, LONG_MS), 1);
	assert_true(tf_worker_wait(place->worker, 0, &result));
	assert_int_equal(poll(&end, 1, 0), 0);
}

static void test_its_result_is_handed_over(void **state)
{
	struct place *place = *state;
	int result, in = place->in;

	close(place->out);
	place->out = -1;
	tf_worker_begin(place->worker, take_byte, place);
	assert_true(tf_worker_wait(place->worker, LONG_MS, &result));
	assert_int_equal(result, 0);
	place->in = -1;
	tf_worker_begin(place->worker, take_byte, place);
	assert_true(tf_worker_wait(place->worker, LONG_MS, &result));
	assert_int_equal(result, -EBADF);
	place->in = in;
}

static void test_many_pieces_of_work_run_in_a_row(void **state)
{
	struct place *place = *state;
	int result;

	for (int i = 0; i < 1000; i++) {
		unsigned char byte = (unsigned char)(i % 255 + 1);

		assert_int_equal(write(place->out, &byte, 1), 1);
		tf_worker_begin(place->worker, take_byte, place);
		assert_true(tf_worker_wait(place->worker, LONG_MS, &result));
		assert_int_equal(result, byte);
	}
}

static void test_the_thread_takes_no_signals(void **state)
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
static void test_endless_work_is_left_behind(void **state)
{
	static struct place left; /* reachable: no leak */
	int pipe_fd[2];

	assert_int_equal(pipe(pipe_fd), 0);
	left = (struct place){.in = pipe_fd[0], .out = pipe_fd[1]};
	assert_int_equal(tf_worker_new(&left.worker), 0);
	tf_worker_begin(left.worker, take_byte, &left);
	assert_false(tf_worker_free(left.worker));
}

static void test_none_can_be_freed(void **state)
{
	assert_true(tf_worker_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_work_goes_on_beside_its_owner, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_its_end_can_be_polled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_its_result_is_handed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_pieces_of_work_run_in_a_row, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_the_thread_takes_no_signals, set_up,
						tear_down),
		cmocka_unit_test(test_endless_work_is_left_behind),
		cmocka_unit_test(test_none_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
