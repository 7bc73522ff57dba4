// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/wrap.h"

#include "unit.h"

static void expect_wrapped(const char *text, unsigned int indent, unsigned int columns,
			   const char *expected)
{
	char wrapped[256];

	*tf_wrap(wrapped, text, strlen(text), indent, columns) = '\0';
	assert_string_equal(wrapped, expected);
}

static void test_sentences_are_broken_at_blanks(void **state)
{
	expect_wrapped("one two three", 0, 0, "one two three\n");
	expect_wrapped("one two three", 2, 0, "  one two three\n");
	expect_wrapped("one two three", 0, 7, "one two\nthree\n");
	expect_wrapped("one two three", 0, 8, "one two\nthree\n");
	expect_wrapped("one two three", 0, 6, "one\ntwo\nthree\n");
	expect_wrapped("one two three", 2, 9, "  one two\n  three\n");
	expect_wrapped("one two three", 0, 13, "one two three\n");
	expect_wrapped("unbreakable word", 0, 4, "unbreakable\nword\n");
	expect_wrapped("a unbreakable", 0, 4, "a\nunbreakable\n");
	expect_wrapped("caf\xc3\xa9 caf\xc3\xa9", 0, 9, "caf\xc3\xa9 caf\xc3\xa9\n");
	expect_wrapped("caf\xc3\xa9 caf\xc3\xa9", 0, 8, "caf\xc3\xa9\ncaf\xc3\xa9\n");
	expect_wrapped("", 0, 10, "");
	expect_wrapped("x", 20, 10, "                    x\n");
}

static void test_width_counts_characters_not_bytes(void **state)
{
	static const char text[] = "caf\xc3\xa9";

	assert_int_equal(tf_wrap_width(text, text + 5), 4);
	assert_int_equal(tf_wrap_width(text, text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences_are_broken_at_blanks),
		cmocka_unit_test(test_width_counts_characters_not_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
