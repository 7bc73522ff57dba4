// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fmt.h"
#include "unit.h"

#define LINE_LEN 100

/* Line @n: its number, padded with dots, so that a torn or missing one shows. */
static void put_line(struct tf_output *out, unsigned int n)
{
	char *at = tf_output_begin(out, LINE_LEN + 1, 1), *end;

	if (!at)
		return;
	end = tf_fmt_u64(at, n);
	while (end < at + LINE_LEN - 1)
		*end++ = '.';
	*end++ = '\n';
	tf_output_end(out, end);
}

/* What a reader got so far. */
struct got {
	char text[8 << 20];
	size_t size;
};

/* Reads what is there. */
static void read_more(int fd, struct got *got)
{
	ssize_t n;

	while ((n = read(fd, got->text + got->size, sizeof(got->text) - got->size)) > 0)
		got->size += (size_t)n;
}

/* All that was got must be lines 0, 1, 2... whole and without a hole. Returns how many. */
static unsigned int count_lines(const struct got *got)
{
	assert_int_equal(got->size % LINE_LEN, 0);
	for (size_t at = 0; at < got->size; at += LINE_LEN) {
		assert_int_equal(got->text[at + LINE_LEN - 1], '\n');
		assert_int_equal(strtoul(got->text + at, NULL, 10), at / LINE_LEN);
	}
	return (unsigned int)(got->size / LINE_LEN);
}

static struct got got;

static void open_pipe(int fds[2])
{
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
}

static void test_lines_wait_for_a_flush(void **state)
{
	struct tf_output *out;
	int fds[2];

	got.size = 0;
	open_pipe(fds);
	assert_int_equal(tf_output_new(fds[1], TF_OUTPUT_OWN_FD, 0, &out), 0);
	put_line(out, 0);
	put_line(out, 1);
	read_more(fds[0], &got);
	assert_int_equal(got.size, 0);
	assert_true(tf_output_waiting(out) >= 0);
	assert_int_equal(tf_output_flush(out), 0);
	read_more(fds[0], &got);
	assert_int_equal(count_lines(&got), 2);
	assert_int_equal(tf_output_waiting(out), -1);
	assert_int_equal(tf_output_close(out, 0), 0);
	close(fds[0]);
}

/* A reader that stops: lines beyond the limit are lost and counted, what it gets is whole, and it
 * gets a report of the loss once it reads again. */
static void slow_reader(int read_fd, int write_fd)
{
	struct tf_output *out;
	unsigned int lines;

	got.size = 0;
	assert_int_equal(tf_output_new(write_fd, TF_OUTPUT_OWN_FD, 100000, &out), 0);
	for (unsigned int n = 0; n < 20000; n++)
		put_line(out, n);
	assert_int_equal(tf_output_flush(out), 0);
	assert_true(tf_output_lost(out) > 10000);
	assert_int_equal(tf_output_take_lost(out), 0); /* no room for the word yet */
	read_more(read_fd, &got);
	while (tf_output_waiting(out) >= 0) {
		assert_int_equal(tf_output_flush(out), 0);
		read_more(read_fd, &got);
	}
	lines = count_lines(&got);
	assert_int_equal(lines + tf_output_lost(out), 20000);
	assert_int_equal(tf_output_take_lost(out), 20000 - lines);
	assert_int_equal(tf_output_take_lost(out), 0);
	assert_int_equal(tf_output_close(out, 0), 0);
}

static void test_a_slow_pipe_loses_whole_lines_and_counts_them(void **state)
{
	int fds[2];

	open_pipe(fds);
	slow_reader(fds[0], fds[1]);
	close(fds[0]);
}

static void test_a_slow_socket_loses_whole_lines_and_counts_them(void **state)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	slow_reader(fds[0], fds[1]);
	close(fds[0]);
}

static void test_a_slow_terminal_does_not_block(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), slave;
	struct tf_output *out;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(tf_output_new(slave, TF_OUTPUT_OWN_FD, 100000, &out), 0);
	for (unsigned int n = 0; n < 5000; n++)
		put_line(out, n);
	assert_int_equal(tf_output_flush(out), 0);
	assert_true(tf_output_lost(out) > 1000);
	assert_int_equal(tf_output_close(out, 1), -ETIMEDOUT);
	close(master);
}

/* In a process that may not open the pipe anew: a write that waited would be ended by the alarm. */
static void write_as_nobody(int fd)
{
	struct tf_output *out;

	alarm(10);
	if (setuid(65534) || tf_output_new(fd, 0, 100000, &out))
		_exit(1);
	for (unsigned int n = 0; n < 20000; n++)
		put_line(out, n);
	if (tf_output_flush(out) || tf_output_lost(out) < 10000 || tf_output_waiting(out) != fd)
		_exit(2);
	_exit(tf_output_close(out, 10) == -ETIMEDOUT ? 0 : 3);
}

static void test_a_pipe_that_cannot_be_opened_anew_does_not_block(void **state)
{
	int fds[2], status;
	pid_t child;

	if (geteuid() != 0)
		skip();
	open_pipe(fds);
	child = fork();
	if (child == 0)
		write_as_nobody(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_the_flags_of_a_shared_descriptor_stay(void **state)
{
	struct tf_output *out;
	int fds[2], before;

	open_pipe(fds);
	before = fcntl(fds[1], F_GETFL);
	assert_int_equal(tf_output_new(fds[1], 0, 0, &out), 0);
	put_line(out, 1);
	assert_int_equal(tf_output_flush(out), 0);
	assert_int_equal(fcntl(fds[1], F_GETFL), before);
	assert_int_equal(tf_output_close(out, 0), 0);
	assert_int_equal(fcntl(fds[1], F_GETFL), before); /* and it is still open */
	close(fds[0]);
	close(fds[1]);
}

static void test_a_reader_that_left_is_an_epipe_that_stays(void **state)
{
	struct tf_output *out;
	int fds[2];

	open_pipe(fds);
	assert_int_equal(tf_output_new(fds[1], TF_OUTPUT_OWN_FD, 0, &out), 0);
	close(fds[0]);
	put_line(out, 1);
	assert_int_equal(tf_output_flush(out), -EPIPE);
	assert_null(tf_output_begin(out, 10, 1));
	assert_int_equal(tf_output_flush(out), -EPIPE);
	assert_int_equal(tf_output_lost(out), 0);
	assert_int_equal(tf_output_waiting(out), -1);
	assert_int_equal(tf_output_close(out, 1000), -EPIPE);
}

static void test_a_full_disk_is_an_error_that_stays(void **state)
{
	struct tf_output *out;
	int fd = open("/dev/full", O_WRONLY);

	assert_int_equal(tf_output_new(fd, TF_OUTPUT_OWN_FD, 0, &out), 0);
	for (unsigned int n = 0; n < 10000; n++)
		put_line(out, n);
	assert_int_equal(tf_output_flush(out), -ENOSPC);
	assert_int_equal(tf_output_close(out, 1000), -ENOSPC);
}

/* A child that reads with delays gets every line when nothing may be lost. */
static void test_a_lossless_output_waits_for_its_reader(void **state)
{
	struct tf_output *out;
	int fds[2], result[2];
	size_t size = 0;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(pipe(result), 0);
	got.size = 0;
	if (fork() == 0) {
		close(fds[1]);
		usleep(20000);
		read_more(fds[0], &got);
		_exit(write(result[1], &got.size, sizeof(got.size)) < 0);
	}
	close(fds[0]);
	assert_int_equal(tf_output_new(fds[1], TF_OUTPUT_OWN_FD | TF_OUTPUT_LOSSLESS, 100000, &out),
			 0);
	for (unsigned int n = 0; n < 20000; n++)
		put_line(out, n);
	assert_int_equal(tf_output_flush(out), 0);
	assert_int_equal(tf_output_lost(out), 0);
	assert_int_equal(tf_output_close(out, 0), 0);
	assert_int_equal(read(result[0], &size, sizeof(size)), sizeof(size));
	assert_int_equal(size, 20000 * LINE_LEN);
	close(result[0]);
	close(result[1]);
}

static void test_close_waits_so_long_and_no_longer(void **state)
{
	struct tf_output *out;
	int fds[2];

	open_pipe(fds);
	assert_int_equal(tf_output_new(fds[1], TF_OUTPUT_OWN_FD, 0, &out), 0);
	for (unsigned int n = 0; n < 2000; n++)
		put_line(out, n);
	assert_int_equal(tf_output_close(out, 10), -ETIMEDOUT);
	close(fds[0]);
	assert_int_equal(tf_output_close(NULL, 1000), 0);
}

static void test_a_bad_descriptor_is_refused(void **state)
{
	struct tf_output *out = NULL;

	assert_int_equal(tf_output_new(-1, 0, 0, &out), -EBADF);
	assert_null(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_wait_for_a_flush),
		cmocka_unit_test(test_a_slow_pipe_loses_whole_lines_and_counts_them),
		cmocka_unit_test(test_a_slow_socket_loses_whole_lines_and_counts_them),
		cmocka_unit_test(test_a_slow_terminal_does_not_block),
		cmocka_unit_test(test_a_pipe_that_cannot_be_opened_anew_does_not_block),
		cmocka_unit_test(test_the_flags_of_a_shared_descriptor_stay),
		cmocka_unit_test(test_a_reader_that_left_is_an_epipe_that_stays),
		cmocka_unit_test(test_a_full_disk_is_an_error_that_stays),
		cmocka_unit_test(test_a_lossless_output_waits_for_its_reader),
		cmocka_unit_test(test_close_waits_so_long_and_no_longer),
		cmocka_unit_test(test_a_bad_descriptor_is_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
