// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "core/stream/recording.h"

#include <errno.h>

#include "base/cleanup.h"
#include "sink_fixture.h"
#include "unit.h"

#define RECORDS 5

static struct tf_event event(unsigned int n)
{
	return (struct tf_event){
		.time_ns = n, .sock = 7, .size = sizeof(struct tf_event), .kind = TF_EV_TICK};
}

/* A recording of RECORDS records, the n-th with n * 8 more bytes than a header. */
static void make(struct tf_buf *buf)
{
	static const char rest[RECORDS * 8];

	assert_int_equal(tf_recording_encode(&sink_fixture_info, buf), 0);
	for (unsigned int n = 0; n < RECORDS; n++) {
		struct tf_event ev = event(n);

		ev.size = (uint16_t)(ev.size + n * 8);
		assert_int_equal(tf_buf_add(buf, &ev, sizeof(ev)), 0);
		assert_int_equal(tf_buf_add(buf, rest, n * 8), 0);
	}
}

/* Feeds @size bytes in pieces of @piece. Returns the number of good records; `problem` says the
 * rest. */
static unsigned int replay(struct tf_recording *recording, const char *bytes, size_t size,
			   size_t piece)
{
	const struct tf_event *ev;
	unsigned int n = 0;
	int r = 0;

	for (size_t at = 0; at < size && r >= 0; at += piece) {
		size_t some = size - at < piece ? size - at : piece;

		assert_int_equal(tf_recording_feed(recording, bytes + at, some), 0);
		while ((r = tf_recording_next(recording, &ev)) > 0) {
			assert_int_equal((uintptr_t)ev % 8, 0);
			assert_int_equal(ev->time_ns, n);
			n++;
		}
	}
	r = tf_recording_end(recording);
	assert_int_equal(r, recording->problem ? -EBADMSG : 0);
	return n;
}

static void expect(const struct tf_buf *buf, size_t size, unsigned int records,
		   enum tf_recording_problem problem, uint64_t offset)
{
	static const size_t pieces[] = {1, 7, 64, 1 << 20};

	for (size_t i = 0; i < COUNT(pieces); i++) {
		TF_CLEANUP(tf_recording_free) struct tf_recording recording = {0};

		assert_int_equal(replay(&recording, tf_buf_data(buf), size, pieces[i]), records);
		assert_int_equal(recording.problem, problem);
		if (problem)
			assert_int_equal(recording.problem_offset, offset);
	}
}

static size_t header_size(const struct tf_buf *buf)
{
	uint32_t size;

	memcpy(&size, tf_buf_data(buf) + 16, sizeof(size));
	return size;
}

static void test_records_come_back_whatever_the_pieces(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};

	make(&buf);
	expect(&buf, tf_buf_size(&buf), RECORDS, TF_RECORDING_GOOD, 0);
}

static void check_info(const struct tf_run_info *info)
{
	TF_CLEANUP(tf_recording_free) struct tf_recording recording = {0};
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};

	assert_int_equal(tf_recording_encode(info, &buf), 0);
	assert_int_equal(tf_buf_size(&buf) % 8, 0);
	assert_int_equal(tf_recording_feed(&recording, tf_buf_data(&buf), tf_buf_size(&buf)), 0);
	assert_int_equal(tf_recording_header(&recording), 1);
	assert_int_equal(tf_recording_end(&recording), 0);
	assert_string_equal(recording.info.version, info->version);
	assert_string_equal(recording.info.host, info->host);
	assert_string_equal(recording.info.kernel, info->kernel);
	assert_true(recording.info.utc_offset_ns == info->utc_offset_ns);
	assert_true(recording.info.start_ns == info->start_ns);
	assert_int_equal(recording.info.cookies, info->cookies);
	/* A secret is no fact of the host, and whoever reads the file must not learn it. */
	assert_memory_equal(&recording.info.hash_key, &(struct tf_hash_key){0},
			    sizeof(info->hash_key));
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		assert_string_equal(recording.info.hook[i].method, info->hook[i].method);
		assert_int_equal(recording.info.hook[i].reason, info->hook[i].reason);
	}
	for (unsigned int i = 0; i < TF_REASONS_MAX; i++)
		assert_string_equal(recording.info.reason[i], info->reason[i]);
}

static void test_the_host_is_remembered(void **state)
{
	check_info(&sink_fixture_info);
	check_info(&(struct tf_run_info){0});
}

static void test_hostile_and_longest_names_are_remembered(void **state)
{
	static struct tf_run_info info;

	info.utc_offset_ns = -1;
	info.hash_key = (struct tf_hash_key){{0x0123456789abcdef, UINT64_MAX}};
	info.start_ns = UINT64_MAX;
	memset(info.version, '%', sizeof(info.version) - 1);
	memset(info.host, '\n', sizeof(info.host) - 1);
	memset(info.kernel, 0xff, sizeof(info.kernel) - 1);
	memcpy(info.host, "a=b\r\x7f", 5);
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		memset(info.hook[i].method, 1, TF_METHOD_LEN - 1);
		info.hook[i].reason = true;
	}
	for (unsigned int i = 0; i < TF_REASONS_MAX; i++)
		memset(info.reason[i], '\t', TF_REASON_LEN - 1);
	check_info(&info);
}

/* Whatever byte the file ends at: all whole records before it, and the offset of the torn one. */
static void test_a_truncated_file_gives_what_is_whole(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	size_t header, begin;
	unsigned int n = 0;

	make(&buf);
	header = begin = header_size(&buf);
	for (size_t size = 1; size < header; size++)
		expect(&buf, size, 0, TF_RECORDING_TRUNCATED, 0);
	for (size_t size = header; size <= tf_buf_size(&buf); size++) {
		if (size == begin + sizeof(struct tf_event) + n * 8) {
			begin = size;
			n++;
		}
		expect(&buf, size, n, size == begin ? TF_RECORDING_GOOD : TF_RECORDING_TRUNCATED,
		       begin);
	}
	assert_int_equal(n, RECORDS);
}

static void test_an_empty_file_is_no_recording(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};

	make(&buf);
	expect(&buf, 0, 0, TF_RECORDING_FOREIGN, 0);
}

/* Overwrites @size bytes at @at and expects @problem there. */
static void damage(size_t at, const void *bytes, size_t size, unsigned int records,
		   enum tf_recording_problem problem, uint64_t offset)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};

	make(&buf);
	memcpy(tf_buf_data(&buf) + at, bytes, size);
	expect(&buf, tf_buf_size(&buf), records, problem, offset);
}

#define DAMAGE(at, type, value, problem) damage(at, &(type){value}, sizeof(type), 0, problem, 0)

static void test_a_header_that_is_wrong_is_named(void **state)
{
	damage(0,
	       "\x7f"
	       "ELF",
	       4, 0, TF_RECORDING_FOREIGN, 0);
	damage(7, "x", 1, 0, TF_RECORDING_FOREIGN, 0);
	DAMAGE(8, uint32_t, 0x04030201, TF_RECORDING_BYTE_ORDER);
	DAMAGE(8, uint32_t, 0x01020305, TF_RECORDING_BAD_HEADER);
	DAMAGE(12, uint32_t, TF_ABI_VERSION + 1, TF_RECORDING_NEWER);
	DAMAGE(12, uint32_t, 0, TF_RECORDING_BAD_HEADER);
	DAMAGE(16, uint32_t, 16, TF_RECORDING_BAD_HEADER);
	DAMAGE(16, uint32_t, 28, TF_RECORDING_BAD_HEADER);
	DAMAGE(16, uint32_t, 0xfffffff8, TF_RECORDING_BAD_HEADER);
	DAMAGE(20, uint32_t, 1, TF_RECORDING_BAD_HEADER);
}

static void expect_text(const char *text, enum tf_recording_problem problem)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	uint32_t size = (uint32_t)(24 + (strlen(text) + 7) / 8 * 8);
	static const char pad[8];

	assert_int_equal(tf_recording_encode(&sink_fixture_info, &buf), 0);
	tf_buf_written(&buf, buf.data + 24);
	memcpy(buf.data + 16, &size, sizeof(size));
	assert_int_equal(tf_buf_add(&buf, text, strlen(text)), 0);
	assert_int_equal(tf_buf_add(&buf, pad, size - tf_buf_size(&buf)), 0);
	print_message("%s", text);
	expect(&buf, tf_buf_size(&buf), 0, problem, 0);
}

static void test_lines_of_the_header_are_checked(void **state)
{
	expect_text("", TF_RECORDING_GOOD);
	expect_text("host=a%0ab\n", TF_RECORDING_GOOD);
	expect_text("of_tomorrow=anything\n", TF_RECORDING_GOOD);
	expect_text("hook.of_tomorrow=fentry\n", TF_RECORDING_GOOD);
	expect_text("reason.64=OF_TOMORROW\n", TF_RECORDING_GOOD);
	expect_text("no newline", TF_RECORDING_BAD_HEADER);
	expect_text("no equals sign\n", TF_RECORDING_BAD_HEADER);
	expect_text("host=%0\n", TF_RECORDING_BAD_HEADER);
	expect_text("host=%zz\n", TF_RECORDING_BAD_HEADER);
	expect_text("host=%00\n", TF_RECORDING_BAD_HEADER);
	expect_text("start_ns=x\n", TF_RECORDING_BAD_HEADER);
	expect_text("start_ns=\n", TF_RECORDING_BAD_HEADER);
	expect_text("utc_offset_ns=--1\n", TF_RECORDING_BAD_HEADER);
	expect_text("utc_offset_ns=-9223372036854775808\n", TF_RECORDING_BAD_HEADER);
	expect_text("cookies=2\n", TF_RECORDING_BAD_HEADER);
	expect_text("reason.x=A\n", TF_RECORDING_BAD_HEADER);
	expect_text("version=12345678901234567890123456789012\n", TF_RECORDING_BAD_HEADER);
}

static void test_a_line_of_any_length_may_be_of_tomorrow(void **state)
{
	char text[5000];

	memset(text, 'x', sizeof(text));
	text[2000] = '=';
	memcpy(text + sizeof(text) - 2, "\n", 2);
	expect_text(text, TF_RECORDING_GOOD);
}

static void test_an_impossible_record_is_named_with_its_offset(void **state)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	static const uint16_t sizes[] = {0, 8, 24, 33, 4104, 65528};
	size_t third;

	make(&buf);
	third = header_size(&buf) + 2 * sizeof(struct tf_event) + 8;
	for (size_t i = 0; i < COUNT(sizes); i++)
		damage(third + offsetof(struct tf_event, size), &sizes[i], sizeof(sizes[i]), 2,
		       TF_RECORDING_CORRUPT, third);
	damage(third + offsetof(struct tf_event, pad0), "\1", 1, 2, TF_RECORDING_CORRUPT, third);
}

static void test_a_problem_stays(void **state)
{
	TF_CLEANUP(tf_recording_free) struct tf_recording recording = {0};
	const struct tf_event *ev;

	assert_int_equal(tf_recording_feed(&recording, "GIF89a..", 8), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tf_recording_next(&recording, &ev), -EBADMSG);
		assert_int_equal(tf_recording_feed(&recording, "tcpfate\n", 8), 0);
	}
	assert_int_equal(tf_recording_end(&recording), -EBADMSG);
	assert_int_equal(recording.problem, TF_RECORDING_FOREIGN);
}

static void test_every_problem_has_words(void **state)
{
	for (unsigned int i = 0; i < TF_RECORDING_PROBLEM_MAX; i++)
		assert_true(strlen(tf_recording_problem_text(i)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_back_whatever_the_pieces),
		cmocka_unit_test(test_the_host_is_remembered),
		cmocka_unit_test(test_hostile_and_longest_names_are_remembered),
		cmocka_unit_test(test_a_truncated_file_gives_what_is_whole),
		cmocka_unit_test(test_an_empty_file_is_no_recording),
		cmocka_unit_test(test_a_header_that_is_wrong_is_named),
		cmocka_unit_test(test_lines_of_the_header_are_checked),
		cmocka_unit_test(test_a_line_of_any_length_may_be_of_tomorrow),
		cmocka_unit_test(test_an_impossible_record_is_named_with_its_offset),
		cmocka_unit_test(test_a_problem_stays),
		cmocka_unit_test(test_every_problem_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
