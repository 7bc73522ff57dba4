// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "core/stream/recording.h"
#include "sink_fixture.h"
#include "unit.h"

static char folder[] = "/tmp/tcpfate-test-recorder-XXXXXX";
static char path[sizeof(folder) + 16];

static int make_folder(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static int remove_file(void **state)
{
	return unlink(path) && errno != ENOENT ? -1 : 0;
}

static void add(struct tf_recorder *recorder, unsigned int n, int expected)
{
	const struct tf_ev_reset event = {
		.ev = {.time_ns = n, .size = sizeof(event), .kind = TF_EV_RST_SENT}};

	assert_int_equal(tf_recorder_add(recorder, &event, sizeof(event)), expected);
}

/* Reads the file back: its records must be 0, 1, 2... and it must end where one ends. */
static unsigned int records_in_file(void)
{
	TF_CLEANUP(tf_recording_free) struct tf_recording recording = {0};
	TF_CLEANUP(tf_io_closep) int fd = open(path, O_RDONLY);
	const struct tf_event *event;
	static char bytes[100000];
	unsigned int n = 0;
	ssize_t size;

	assert_true(fd >= 0);
	while ((size = tf_io_read(fd, bytes, sizeof(bytes))) > 0) {
		assert_int_equal(tf_recording_feed(&recording, bytes, (size_t)size), 0);
		for (; tf_recording_next(&recording, &event) > 0; n++)
			assert_int_equal(event->time_ns, n);
	}
	assert_int_equal(tf_recording_end(&recording), 0);
	assert_string_equal(recording.info.host, sink_fixture_info.host);
	return n;
}

static void test_records_are_in_the_file(void **state)
{
	struct tf_recorder *recorder = NULL;
	struct stat st;

	assert_int_equal(tf_recorder_open(path, &sink_fixture_info, false, &recorder), 0);
	assert_int_equal(records_in_file(), 0); /* a header at once */
	for (unsigned int n = 0; n < 10000; n++)
		add(recorder, n, 0);
	assert_int_equal(tf_recorder_flush(recorder), 0);
	assert_int_equal(records_in_file(), 10000); /* readable while it grows */
	add(recorder, 10000, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(tf_recorder_size(recorder), st.st_size + sizeof(struct tf_ev_reset));
	assert_int_equal(tf_recorder_close(recorder), 0);
	assert_int_equal(records_in_file(), 10001);
	assert_int_equal(st.st_mode & 0777 & ~0644, 0);
}

static void test_an_existing_file_is_kept_unless_asked(void **state)
{
	struct tf_recorder *recorder = NULL;

	assert_int_equal(tf_recorder_open(path, &sink_fixture_info, false, &recorder), 0);
	add(recorder, 0, 0);
	assert_int_equal(tf_recorder_close(recorder), 0);
	recorder = NULL;
	assert_int_equal(tf_recorder_open(path, &sink_fixture_info, false, &recorder), -EEXIST);
	assert_null(recorder);
	assert_int_equal(records_in_file(), 1);
	assert_int_equal(tf_recorder_open(path, &sink_fixture_info, true, &recorder), 0);
	assert_int_equal(tf_recorder_close(recorder), 0);
	assert_int_equal(records_in_file(), 0);
}

static void test_a_link_to_an_existing_file_is_refused_too(void **state)
{
	struct tf_recorder *recorder = NULL;
	char other[sizeof(path) + 8];

	snprintf(other, sizeof(other), "%s.link", path);
	assert_int_equal(tf_recorder_open(path, &sink_fixture_info, false, &recorder), 0);
	assert_int_equal(tf_recorder_close(recorder), 0);
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(tf_recorder_open(other, &sink_fixture_info, false, &recorder), -EEXIST);
	assert_int_equal(unlink(other), 0);
}

/* A limit on the size of files stands for the full disk: the last write is cut in a record. */
static void test_a_full_disk_leaves_whole_records(void **state)
{
	const struct rlimit small = {500001, RLIM_INFINITY};
	struct tf_recorder *recorder = NULL;
	struct rlimit before;
	unsigned int n = 0;
	int r = 0;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(tf_recorder_open(path, &sink_fixture_info, false, &recorder), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (; n < 100000 && r == 0; n++) {
		const struct tf_ev_reset event = {.ev = {.time_ns = n, .size = sizeof(event)}};

		r = tf_recorder_add(recorder, &event, sizeof(event));
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
	add(recorder, n, -EFBIG); /* it lasts, though there would be room now */
	assert_int_equal(tf_recorder_flush(recorder), -EFBIG);
	n = records_in_file();
	assert_in_range(n, (500001 - 2000) / sizeof(struct tf_ev_reset),
			500001 / sizeof(struct tf_ev_reset));
	assert_int_equal(tf_recorder_close(recorder), -EFBIG);
	assert_int_equal(records_in_file(), n);
}

static void test_a_disk_that_is_full_at_once_leaves_no_file(void **state)
{
	const struct rlimit none = {10, RLIM_INFINITY};
	struct tf_recorder *recorder = NULL;
	struct rlimit before;
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	r = tf_recorder_open(path, &sink_fixture_info, false, &recorder);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
	assert_int_equal(access(path, F_OK), -1);
}

static void test_devices_are_written_as_they_are(void **state)
{
	struct tf_recorder *recorder = NULL;

	assert_int_equal(tf_recorder_open("/dev/full", &sink_fixture_info, false, &recorder),
			 -ENOSPC);
	assert_int_equal(access("/dev/full", F_OK), 0);
	assert_int_equal(tf_recorder_open("/dev/null", &sink_fixture_info, false, &recorder), 0);
	add(recorder, 0, 0);
	assert_int_equal(tf_recorder_close(recorder), 0);
}

static void test_a_file_that_cannot_be_opened_returns_its_errno(void **state)
{
	struct tf_recorder *recorder = NULL;

	assert_int_equal(tf_recorder_open("/nowhere/file", &sink_fixture_info, false, &recorder),
			 -ENOENT);
	assert_int_equal(tf_recorder_open(folder, &sink_fixture_info, true, &recorder), -EISDIR);
	assert_null(recorder);
	assert_int_equal(tf_recorder_close(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_records_are_in_the_file, remove_file),
		cmocka_unit_test_teardown(test_an_existing_file_is_kept_unless_asked, remove_file),
		cmocka_unit_test_teardown(test_a_link_to_an_existing_file_is_refused_too,
					  remove_file),
		cmocka_unit_test_teardown(test_a_full_disk_leaves_whole_records, remove_file),
		cmocka_unit_test_teardown(test_a_disk_that_is_full_at_once_leaves_no_file,
					  remove_file),
		cmocka_unit_test(test_devices_are_written_as_they_are),
		cmocka_unit_test(test_a_file_that_cannot_be_opened_returns_its_errno),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
