// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_claims.c - no sentence that people read of a record says what the record denies
 */
#include "claims.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/fate/variants.h"
#include "run.h"
#include "scripts.h"
#include "sink_fixture.h"
#include "unit.h"

#define SOCK 7

/* Plays a script alone; @ret_record is its record. Its names are gone. */
static void record_of(const struct script *script, bool server, struct run *run,
		      struct tf_conn_record *ret_record)
{
	struct tape tape = {0};
	struct player player = play_socket(&tape, SOCK, server, 1000 * MS);

	run_start(run);
	script->play(&player);
	run_feed(run, &tape);
	run_tick(run, player.now + 5000 * MS);
	assert_int_equal(run->n_conns, 1);
	*ret_record = run->conns[0];
	ret_record->names = NULL;
	tape_free(&tape);
}

/* The line of JSON of a record; to be freed. */
static char *json_of(const struct tf_conn_record *record, const struct tf_run_info *info)
{
	struct sink_fixture fixture;
	char *line;

	sink_fixture_json(&fixture, info);
	sink_fixture_put_conn(&fixture, record);
	line = strdup(sink_fixture_text(&fixture));
	assert_non_null(line);
	sink_fixture_free(&fixture);
	return line;
}

/* What people read below the line of a record, as one paragraph; to be freed. */
static char *told_of(const struct tf_conn_record *record, const struct tf_run_info *info)
{
	static const struct tf_people_options plain = {false, 0};
	struct sink_fixture fixture;
	char *text, *to;

	sink_fixture_people(&fixture, info, &plain);
	sink_fixture_put_conn(&fixture, record);
	text = strdup(strchr(sink_fixture_text(&fixture), '\n') + 1);
	assert_non_null(text);
	sink_fixture_free(&fixture);
	to = text;
	for (const char *at = text; *at; at++) {
		char c = *at == '\n' ? ' ' : *at;

		if (c != ' ' || (to > text && to[-1] != ' '))
			*to++ = c;
	}
	*to = '\0';
	return text;
}

static unsigned int denied_in(const struct script *script, bool server)
{
	struct tf_conn_record record;
	struct run run = {0};
	const char *denied;
	char *text, *json;

	record_of(script, server, &run, &record);
	text = told_of(&record, &run.info);
	json = json_of(&record, &run.info);
	denied = claims_denied(text, json);
	if (denied)
		print_error("%s: \"%.60s\" is not so\n", script->name, denied);
	free(text);
	free(json);
	run_free(&run);
	return denied != NULL;
}

static void test_no_sentence_says_what_its_record_denies(void **state)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < n_scripts; i++) {
		if (scripts[i].roles & SCRIPT_CLIENT)
			wrong += denied_in(&scripts[i], false);
		if (scripts[i].roles & SCRIPT_SERVER)
			wrong += denied_in(&scripts[i], true);
	}
	assert_int_equal(wrong, 0);
}

/* Also those that no script shows. */
static void test_every_word_that_claims_something_has_its_condition(void **state)
{
	unsigned int wrong = 0;

#define CHECK(where, text)                                                                         \
	do {                                                                                       \
		const char *words = (text) ? claims_denied(text, NULL) : NULL;                     \
		if (words)                                                                         \
			print_error("%s: no row of tests/claims.def has \"%.40s\"\n", where,       \
				    words);                                                        \
		wrong += words != NULL;                                                            \
	} while (0)
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		CHECK(tf_fates_info(fate)->slug, tf_fates_info(fate)->meaning);
		CHECK(tf_fates_info(fate)->slug, tf_fates_info(fate)->remedy);
	}
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
		const struct tf_variant_info *info = tf_variants_info(variant);

		CHECK(info->when, info->meaning);
		CHECK(info->when, info->remedy);
	}
#undef CHECK
	assert_int_equal(wrong, 0);
}

/* A claim that nothing says any more would let a new sentence pass that means something else. */
static void test_every_claim_is_made_somewhere(void **state)
{
	static const char *const texts[] = {
#define TF_FATE(name, slug, class_, closer, title, meaning, remedy, ...) meaning " | " remedy,
#include "core/fate/fates.def"
#undef TF_FATE
#define TF_VARIANT(fate, name, when, condition, meaning, remedy) meaning, remedy,
#include "core/fate/variants.def"
#undef TF_VARIANT
#if __has_include("core/fate/causes.def")
#define TF_CAUSE_RULE(name, fates, required, forbidden, says, sentence, remedy)                    \
	sentence " | " remedy,
#include "core/fate/causes.def"
#undef TF_CAUSE_RULE
#endif
		" of ours was never acknowledged. of ours were never acknowledged. was written and "
		"never sent. were written and never sent. received byte had not been read. "
		"received bytes had not been read. segment was retransmitted. segments were "
		"retransmitted. Its process exited. Its process was killed by signal. The kernel's "
		"reason for the RST. The kernel killed its process: out of memory. "
		"an RST from here cleared that one. a supervisor whose patience ended. "
		"If the process shall finish its connections first. Find "
		"the fault in the process: its core dump. which limit was reached. The "
		"application got. The application never got. The "
		"application held the dead socket. Part of its history is missing.",
	};
	unsigned int unused = 0;

	for (size_t i = 0; claims_words(i); i++) {
		bool made = false;

		for (size_t j = 0; j < COUNT(texts); j++)
			made |= texts[j] && strcasestr(texts[j], claims_words(i));
		if (!made)
			print_error("nothing says \"%s\"\n", claims_words(i));
		unused += !made;
	}
	assert_int_equal(unused, 0);
}

static void test_every_variant_is_shown_by_a_script(void **state)
{
	bool shown[TF_VARIANT_MAX] = {0};
	unsigned int missing = 0;

	for (size_t i = 0; i < n_scripts; i++) {
		struct tf_conn_record record;
		struct run run = {0};

		record_of(&scripts[i], !(scripts[i].roles & SCRIPT_CLIENT), &run, &record);
		for (int variant = 0; variant < TF_VARIANT_MAX; variant++)
			shown[variant] |= tf_variants_holds(variant, &record);
		run_free(&run);
	}
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
		const struct tf_variant_info *info = tf_variants_info(variant);

		if (shown[variant] || info->fate == TF_FATE_UNKNOWN)
			continue;
		print_error("no script shows %s %s\n", tf_fates_info(info->fate)->slug, info->when);
		missing++;
	}
	assert_int_equal(missing, 0);
}

static void test_a_condition_is_read_as_it_stands(void **state)
{
	static const char json[] = "{\"n\":12,\"none\":null,\"how\":\"signal:9\",\"yes\":true,"
				   "\"list\":[\"a_b\",\"c\"],\"last\":0}";
	static const struct {
		const char *condition;
		bool holds;
	} rows[] = {
		{"", true},
		{"n>11", true},
		{"n>12", false},
		{"none>0", false},
		{"none=null", true},
		{"yes!=false", true},
		{"none!=false", true},
		{"how^signal:", true},
		{"yes^signal:", false},
		{"list~a_b", true},
		{"list~a", false},
		{"last=0", true},
		{"n>12 or last=0", true},
		{"n>11 and last=1", false},
		{"n>12 and yes=true or yes=true and last=0", true},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(claims_holds(rows[i].condition, json), rows[i].holds);
}

static void test_a_sentence_with_a_new_claim_is_found(void **state)
{
	assert_string_equal(claims_denied("Both FINs met.", NULL), "FINs met.");
	assert_string_equal(claims_denied("Our FIN had been sent, and lost.", NULL), "lost.");
	assert_null(claims_denied("Our FIN had been sent.", NULL));
	assert_null(claims_denied("Finally, fin_sent says it.", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_condition_is_read_as_it_stands),
		cmocka_unit_test(test_a_sentence_with_a_new_claim_is_found),
		cmocka_unit_test(test_every_word_that_claims_something_has_its_condition),
		cmocka_unit_test(test_every_claim_is_made_somewhere),
		cmocka_unit_test(test_no_sentence_says_what_its_record_denies),
		cmocka_unit_test(test_every_variant_is_shown_by_a_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
