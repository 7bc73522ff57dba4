// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "unit.h"

static void test_a_full_pipe_takes_part_and_says_how_much(void **state)
{
	size_t size = 1 << 20, written = 0;
	TF_CLEANUP(tf_cleanup_free) char *bytes = calloc(1, size);
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(tf_io_write_all(fds[1], bytes, size, &written), -EAGAIN);
	assert_true(written > 0 && written < size);
	tf_io_closep(&fds[0]);
	assert_int_equal(tf_io_write_all(fds[1], bytes, 1, NULL), -EPIPE);
	tf_io_closep(&fds[1]);
}

static void test_everything_written_can_be_read(void **state)
{
	char bytes[8] = {0};
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(tf_io_write_all(fds[1], "hello", 5, NULL), 0);
	tf_io_closep(&fds[1]);
	assert_int_equal(tf_io_read(fds[0], bytes, sizeof(bytes)), 5);
	assert_string_equal(bytes, "hello");
	assert_int_equal(tf_io_read(fds[0], bytes, sizeof(bytes)), 0);
	tf_io_closep(&fds[0]);
	assert_int_equal(tf_io_read(-1, bytes, sizeof(bytes)), -EBADF);
}

static void test_a_full_disk_is_an_error(void **state)
{
	TF_CLEANUP(tf_io_closep) int fd = open("/dev/full", O_WRONLY);
	size_t written = 1;

	assert_int_equal(tf_io_write_all(fd, "x", 1, &written), -ENOSPC);
	assert_int_equal(written, 0);
}

static void test_closing_keeps_errno(void **state)
{
	int none = -1;

	errno = ENOENT;
	tf_io_closep(&none);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_full_pipe_takes_part_and_says_how_much),
		cmocka_unit_test(test_everything_written_can_be_read),
		cmocka_unit_test(test_a_full_disk_is_an_error),
		cmocka_unit_test(test_closing_keeps_errno),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
