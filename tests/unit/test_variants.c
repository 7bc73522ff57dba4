// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_variants.c - the forms of a fate: whole rows, short enough, chosen only by what is known
 */
#include "core/fate/variants.h"

#include "sink/text/sentence.h"
#include "unit.h"

static size_t length_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static void test_every_variant_says_something(void **state)
{
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
		const struct tf_variant_info *info = tf_variants_info(variant);

		assert_true(info->meaning || info->remedy);
		assert_true(info->when && *info->when);
		if (info->meaning)
			assert_int_equal(info->meaning[strlen(info->meaning) - 1], '.');
		if (info->remedy)
			assert_int_equal(info->remedy[strlen(info->remedy) - 1], '.');
	}
}

/* What TF_SENTENCE_MAX leaves to the tables, if all variants of a fate hold at once. */
static void test_a_fate_and_its_variants_fit_a_paragraph(void **state)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		size_t size = length_of(tf_fates_info(fate)->meaning);

		for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
			const struct tf_variant_info *info = tf_variants_info(variant);

			size += info->fate == (enum tf_fate)fate ? length_of(info->meaning) : 0;
			assert_in_range(length_of(info->remedy), 0, TF_SENTENCE_MAX / 2);
		}
		assert_in_range(size, 1, TF_SENTENCE_MAX / 2);
	}
}

/* A record of which nothing is known is no form of anything that a count or a flag would say. */
static void test_what_is_unknown_chooses_no_sentence_of_data_or_resets(void **state)
{
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
		struct tf_conn_record record = {.fate = tf_variants_info(variant)->fate};

		if (record.fate == TF_FATE_CONNECT_FAILED_LOCAL ||
		    record.fate == TF_FATE_USER_TIMEOUT || record.fate == TF_FATE_CLOSE_TIMEOUT)
			continue; /* by a port that is not there, by what is not in the evidence */
		assert_false(tf_variants_holds(variant, &record));
	}
}

static void test_a_variant_holds_for_its_own_fate_only(void **state)
{
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++)
		for (int fate = 0; fate < TF_FATE_MAX; fate++) {
			struct tf_conn_record record = {
				.fate = fate, .complete = true, .evidence = UINT64_MAX};

			if (tf_variants_info(variant)->fate != (enum tf_fate)fate)
				assert_false(tf_variants_holds(variant, &record));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_variant_says_something),
		cmocka_unit_test(test_a_fate_and_its_variants_fit_a_paragraph),
		cmocka_unit_test(test_what_is_unknown_chooses_no_sentence_of_data_or_resets),
		cmocka_unit_test(test_a_variant_holds_for_its_own_fate_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
