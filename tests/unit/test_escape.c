// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/escape.h"

#include "unit.h"

struct row {
	const char *bytes;
	size_t size;
	const char *json, *term;
};
#define ROW(bytes, json, term)                                                                     \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, json, term                                               \
	}

static const struct row ROWS[] = {
	ROW("", "", ""),
	ROW("nginx: worker", "nginx: worker", "nginx: worker"),
	ROW("\"quoted\"", "\\\"quoted\\\"", "\"quoted\""),
	ROW("back\\slash", "back\\\\slash", "back\\x5cslash"),
	ROW("a\nb\tc\rd", "a\\nb\\tc\\rd", "a\\x0ab\\x09c\\x0dd"),
	ROW("\033[2J\a", "\\u001b[2J\\u0007", "\\x1b[2J\\x07"),
	ROW("\x7f", "\\u007f", "\\x7f"),
	ROW("a\0b", "a\\u0000b", "a\\x00b"),
	/* A C1 CSI, as UTF-8 and as the bare byte. */
	ROW("\xc2\x9b"
	    "2J",
	    "\xc2\x9b"
	    "2J",
	    "\\xc2\\x9b2J"),
	ROW("\x9b"
	    "2J",
	    "\xef\xbf\xbd"
	    "2J",
	    "\\x9b2J"),
	/* Text of the world stays. */
	ROW("caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7",
	    "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7",
	    "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xa7"),
	/* RIGHT-TO-LEFT OVERRIDE, ISOLATE, ZERO WIDTH SPACE, LINE SEPARATOR, BOM */
	ROW("\xe2\x80\xae", "\xe2\x80\xae", "\\xe2\\x80\\xae"),
	ROW("\xe2\x81\xa6", "\xe2\x81\xa6", "\\xe2\\x81\\xa6"),
	ROW("\xe2\x80\x8b", "\xe2\x80\x8b", "\\xe2\\x80\\x8b"),
	ROW("\xe2\x80\xa8", "\xe2\x80\xa8", "\\xe2\\x80\\xa8"),
	ROW("\xef\xbb\xbf", "\xef\xbb\xbf", "\\xef\\xbb\\xbf"),
	/* Not UTF-8: stray continuation, cut off, overlong '/', surrogate, past U+10FFFF, 0xff. */
	ROW("\x80x", "\xef\xbf\xbdx", "\\x80x"),
	ROW("\xe6\x97", "\xef\xbf\xbd\xef\xbf\xbd", "\\xe6\\x97"),
	ROW("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\\xc0\\xaf"),
	ROW("\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\xe0\\x80\\xaf"),
	ROW("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\xed\\xa0\\x80"),
	ROW("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    "\\xf4\\x90\\x80\\x80"),
	ROW("\xf9\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	    "\\xf9\\x90\\x80\\x80"),
	ROW("\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd", "\\xff\\xfe"),
	ROW("\xe6\x97z", "\xef\xbf\xbd\xef\xbf\xbdz", "\\xe6\\x97z"),
};

static void test_bytes_are_escaped_as_expected(void **state)
{
	for (size_t i = 0; i < COUNT(ROWS); i++) {
		char text[256];

		print_message("row %zu\n", i);
		*tf_escape_json(text, ROWS[i].bytes, ROWS[i].size) = '\0';
		assert_string_equal(text, ROWS[i].json);
		*tf_escape_term(text, ROWS[i].bytes, ROWS[i].size) = '\0';
		assert_string_equal(text, ROWS[i].term);
	}
}

static void check_harmless(const char *text, size_t size, bool terminal)
{
	while (size) {
		uint32_t point = 0;
		unsigned int len = tf_escape_utf8((const uint8_t *)text, size, &point);

		assert_int_not_equal(len, 0);
		assert_true(point >= 0x20 && point != 0x7f);
		if (terminal)
			assert_true(point < 0x7f || point > 0x9f);
		text += len;
		size -= len;
	}
}

static void check_pair(uint8_t a, uint8_t b)
{
	const uint8_t bytes[] = {a, b, 'x'};
	char text[sizeof(bytes) * TF_ESCAPE_JSON_MAX];
	char *end = tf_escape_json(text, bytes, sizeof(bytes));

	check_harmless(text, (size_t)(end - text), false);
	end = tf_escape_term(text, bytes, sizeof(bytes));
	assert_true((size_t)(end - text) <= sizeof(bytes) * TF_ESCAPE_TERM_MAX);
	check_harmless(text, (size_t)(end - text), true);
}

static void test_every_pair_of_bytes_becomes_harmless(void **state)
{
	for (unsigned int a = 0; a < 256; a++)
		for (unsigned int b = 0; b < 256; b++)
			check_pair((uint8_t)a, (uint8_t)b);
}

/* Encodes @point without asking whether it may be. */
static unsigned int encode(uint32_t point, uint8_t out[4])
{
	unsigned int len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (unsigned int i = len; i-- > 1; point >>= 6)
		out[i] = (uint8_t)(0x80 | (point & 0x3f));
	out[0] = (uint8_t)(len == 1 ? point : (0xf00u >> len & 0xff) | point);
	return len;
}

static void test_utf8_takes_each_code_point_and_nothing_else(void **state)
{
	for (uint32_t point = 0; point < 0x1fffff; point++) {
		bool valid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
		uint32_t decoded = 0;
		uint8_t bytes[4];
		unsigned int len = encode(point, bytes);

		if (tf_escape_utf8(bytes, len, &decoded) != (valid ? len : 0) ||
		    (valid && decoded != point))
			fail_msg("U+%04X", point);
		if (len > 1 && tf_escape_utf8(bytes, len - 1, &decoded) != 0)
			fail_msg("U+%04X, cut off", point);
	}
}

/* Eight at a time or one by one: the same, wherever the byte that is not plain stands. */
static void test_json_is_the_same_at_every_place(void **state)
{
	for (unsigned int byte = 0; byte < 256; byte++)
		for (unsigned int place = 0; place < 24; place++) {
			char text[24 * TF_ESCAPE_JSON_MAX], one[TF_ESCAPE_JSON_MAX];
			uint8_t bytes[24];
			size_t one_len, len;

			memset(bytes, 'x', sizeof(bytes));
			bytes[place] = (uint8_t)byte;
			one_len = (size_t)(tf_escape_json(one, &bytes[place], 1) - one);
			len = (size_t)(tf_escape_json(text, bytes, sizeof(bytes)) - text);
			assert_int_equal(len, sizeof(bytes) - 1 + one_len);
			assert_memory_equal(text + place, one, one_len);
			assert_int_equal(strspn(text, "x"), byte == 'x' ? len : place);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_escaped_as_expected),
		cmocka_unit_test(test_every_pair_of_bytes_becomes_harmless),
		cmocka_unit_test(test_utf8_takes_each_code_point_and_nothing_else),
		cmocka_unit_test(test_json_is_the_same_at_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
