// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink/text/columns.h"

#include "unit.h"

static void test_amounts_are_short(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{0, "0"},	   {999, "999"},	{1000, "0.9K"},		 {1023, "0.9K"},
		{1024, "1.0K"},	   {10239, "9.9K"},	{10240, "10K"},		 {1048575, "1023K"},
		{1048576, "1.0M"}, {123456789, "117M"}, {UINT64_MAX - 1, "15E"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[TF_COLUMNS_NUMBER_MAX + 1];

		*tf_columns_bytes(text, rows[i].bytes) = '\0';
		assert_string_equal(text, rows[i].text);
	}
}

static void test_cells_are_padded_never_cut(void **state)
{
	char text[32] = "ab";

	*tf_columns_pad(text, text + 2, 5) = '\0';
	assert_string_equal(text, "ab   ");
	*tf_columns_pad(text, text + 5, 3) = '\0';
	assert_string_equal(text, "ab   ");
	strcpy(text, "caf\xc3\xa9"); /* four characters, five bytes */
	*tf_columns_pad(text, text + 5, 6) = '\0';
	assert_string_equal(text, "caf\xc3\xa9  ");
	strcpy(text, "12");
	*tf_columns_right(text, text + 2, 5) = '\0';
	assert_string_equal(text, "   12");
	*tf_columns_right(text, text + 5, 3) = '\0';
	assert_string_equal(text, "   12");
}

static void expect_end(const uint8_t addr[16], uint16_t port, const char *expected)
{
	char text[TF_COLUMNS_END_MAX + 1];

	*tf_columns_end_point(text, addr, port) = '\0';
	assert_string_equal(text, expected);
}

static void test_end_points_have_brackets_around_ipv6(void **state)
{
	static const uint8_t v4[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	uint8_t longest[16];

	memset(longest, 0xfe, sizeof(longest));
	expect_end(v4, 80, "192.0.2.1:80");
	expect_end(v6, 80, "[2001:db8::1]:80");
	expect_end(v6, 0, "[2001:db8::1]:?");
	expect_end(longest, UINT16_MAX, "[fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe]:65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amounts_are_short),
		cmocka_unit_test(test_cells_are_padded_never_cut),
		cmocka_unit_test(test_end_points_have_brackets_around_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
