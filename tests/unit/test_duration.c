// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/duration.h"

#include "unit.h"

static void test_short_form_fits_a_column(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {
		{0, "0us"},
		{999, "999us"},
		{1000, "1.0ms"},
		{12345, "12.3ms"},
		{99999, "99.9ms"},
		{100000, "100ms"},
		{999999, "999ms"},
		{1000000, "1.0s"},
		{59999999, "59.9s"},
		{60000000, "1m0s"},
		{3599999999, "59m59s"},
		{3600000000, "1h0m"},
		{86399999999, "23h59m"},
		{86400000000, "1d0h"},
		{8639999999999, "99d23h"},
		{UINT64_MAX - 1, "213503982d8h"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[TF_DURATION_MAX + 1];

		*tf_duration_short(text, rows[i].us) = '\0';
		assert_string_equal(text, rows[i].text);
	}
}

static void test_words_form_has_one_unit(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {
		{0, "0 ms"},
		{999999, "999 ms"},
		{1000000, "1 s"},
		{119999999, "119 s"},
		{120000000, "2 min"},
		{7199999999, "119 min"},
		{7200000000, "2 h"},
		{172799999999, "47 h"},
		{172800000000, "2 days"},
		{UINT64_MAX - 1, "213503982 days"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[TF_DURATION_MAX + 1];

		*tf_duration_words(text, rows[i].us) = '\0';
		assert_string_equal(text, rows[i].text);
	}
}

static void test_option_form_is_what_options_take(void **state)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {
		{1000, "1ms"},	   {1999, "1ms"},	  {500000, "500ms"},
		{1000000, "1s"},   {1000999, "1s"},	  {1001000, "1001ms"},
		{60000000, "60s"}, {3600000000, "3600s"}, {UINT64_MAX - 1, "18446744073709551ms"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[TF_DURATION_MAX + 1];

		*tf_duration_option(text, rows[i].us) = '\0';
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_form_fits_a_column),
		cmocka_unit_test(test_words_form_has_one_unit),
		cmocka_unit_test(test_option_form_is_what_options_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
