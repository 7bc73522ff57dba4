// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_fates.c - the tables of fates and facts are whole: no hole, no double, no fate without a
 * rule
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/fate/fates.h"
#include "core/states.h"
#include "core/fate/verdict.h"

#define F TF_FACT_BIT

struct rule {
	enum tf_fate fate;
	uint32_t states;
	uint64_t required, forbidden;
};

static enum tf_fate fate_of(uint8_t end_state, uint64_t facts, uint64_t doubts)
{
	return tf_verdict(end_state, facts, doubts, NULL);
}

static const struct rule rules[] = {
#define TF_RULE(name, states_, required_, forbidden_)                                              \
	{TF_FATE_##name, states_, required_, forbidden_},
#include "core/fate/fates.def"
#undef TF_RULE
};

#define N_RULES (sizeof(rules) / sizeof(rules[0]))

static bool is_slug(const char *text)
{
	if (!islower((unsigned char)*text))
		return false;
	for (; *text; text++)
		if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) &&
		    *text != '_')
			return false;
	return true;
}

static void test_fates_have_slugs_that_parse_back(void **state)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		assert_non_null(tf_fates_info(fate)->slug);
		assert_true(is_slug(tf_fates_info(fate)->slug));
		assert_int_equal(tf_fates_parse(tf_fates_info(fate)->slug), fate);
	}
	assert_int_equal(tf_fates_parse("closed"), -1);
	assert_int_equal(tf_fates_parse(""), -1);
	assert_int_equal(tf_fates_parse("CLOSED_BY_LOCAL"), -1);
}

static void test_every_text_of_a_fate_is_there(void **state)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		const struct tf_fate_info *info = tf_fates_info(fate);

		assert_true(info->title && *info->title);
		assert_true(info->meaning && *info->meaning);
		assert_true(info->remedy && *info->remedy);
		assert_true(info->local_sees && *info->local_sees);
		assert_true(info->remote_sees && *info->remote_sees);
		assert_true(info->test && *info->test);
		assert_int_equal(info->meaning[strlen(info->meaning) - 1], '.');
		assert_int_equal(info->remedy[strlen(info->remedy) - 1], '.');
	}
}

/* Two fates that read the same would leave a reader as wise as before. */
static void test_no_two_fates_share_a_title(void **state)
{
	for (int a = 0; a < TF_FATE_MAX; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(tf_fates_info(a)->title, tf_fates_info(b)->title);
}

static void test_classes_have_names_that_parse_back(void **state)
{
	for (int class = 0; class < TF_CLASS_MAX; class ++) {
		assert_non_null(tf_fates_class_name(class));
		assert_true(is_slug(tf_fates_class_name(class)));
		assert_int_equal(tf_fates_parse_class(tf_fates_class_name(class)), class);
	}
	assert_int_equal(tf_fates_parse_class("tidy"), -1);
}

static void test_every_class_has_a_fate(void **state)
{
	unsigned int classes = 0;

	for (int fate = 0; fate < TF_FATE_MAX; fate++)
		classes |= 1u << tf_fates_info(fate)->class;
	assert_int_equal(classes, (1u << TF_CLASS_MAX) - 1);
}

static void test_facts_have_unique_slugs_and_texts(void **state)
{
	for (int a = 0; a < TF_FACT_MAX; a++) {
		assert_true(is_slug(tf_fates_fact(a)->slug));
		assert_true(tf_fates_fact(a)->text && *tf_fates_fact(a)->text);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(tf_fates_fact(a)->slug, tf_fates_fact(b)->slug);
	}
}

static void test_every_fate_but_unknown_has_a_rule(void **state)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		bool found = false;

		for (size_t i = 0; i < N_RULES; i++)
			found |= rules[i].fate == (enum tf_fate)fate;
		assert_true(found || fate == TF_FATE_UNKNOWN);
	}
}

/* Exactly one ERR_ fact is set at each end (ERR_SOFT apart); a rule that asks for two never
 * holds. */
static void test_no_rule_contradicts_itself(void **state)
{
	const uint64_t errors = F(ERR_NONE) | F(ERR_RESET) | F(ERR_REFUSED) | F(ERR_TIMEDOUT) |
				F(ERR_ABORTED) | F(ERR_OTHER);

	for (size_t i = 0; i < N_RULES; i++) {
		assert_int_equal(rules[i].required & rules[i].forbidden, 0);
		assert_true(__builtin_popcountll(rules[i].required & errors) <= 1);
		assert_int_not_equal(rules[i].states, 0);
		assert_int_equal(rules[i].states & TF_STATE_BIT(TF_TCP_CLOSE), 0);
		assert_int_equal(rules[i].states & TF_STATE_BIT(TF_TCP_LISTEN), 0);
	}
}

/* In each of its states a rule must be able to win: with its own facts and no others. */
static void test_no_rule_hides_behind_a_former_one(void **state)
{
	for (size_t i = 0; i < N_RULES; i++)
		for (uint8_t at = 1; at < TF_TCP_STATE_MAX; at++) {
			if (!(rules[i].states & TF_STATE_BIT(at)))
				continue;
			if (fate_of(at, rules[i].required, 0) == rules[i].fate)
				continue;
			/* A former rule for the bare facts: some other facts must keep it away. */
			for (size_t j = 0; j < i; j++)
				if ((rules[j].states & TF_STATE_BIT(at)) &&
				    !(rules[j].required & ~rules[i].required))
					assert_true(rules[j].forbidden & ~rules[i].forbidden);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fates_have_slugs_that_parse_back),
		cmocka_unit_test(test_every_text_of_a_fate_is_there),
		cmocka_unit_test(test_no_two_fates_share_a_title),
		cmocka_unit_test(test_classes_have_names_that_parse_back),
		cmocka_unit_test(test_every_class_has_a_fate),
		cmocka_unit_test(test_facts_have_unique_slugs_and_texts),
		cmocka_unit_test(test_every_fate_but_unknown_has_a_rule),
		cmocka_unit_test(test_no_rule_contradicts_itself),
		cmocka_unit_test(test_no_rule_hides_behind_a_former_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
