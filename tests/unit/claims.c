// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * claims.c - see claims.h; tests/claims.def says what conditions look like
 */
#include "claims.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "unit.h"

static const struct {
	const char *words, *condition;
} claim_rows[] = {
#define TF_CLAIM(words, condition) {words, condition},
#define TF_CLAIM_WORD(word)
#include "../claims.def"
#undef TF_CLAIM
#undef TF_CLAIM_WORD
};

static const char *const claim_words[] = {
#define TF_CLAIM(words, condition)
#define TF_CLAIM_WORD(word) word,
#include "../claims.def"
#undef TF_CLAIM
#undef TF_CLAIM_WORD
};

const char *claims_words(size_t number)
{
	return number < COUNT(claim_rows) ? claim_rows[number].words : NULL;
}

/* The value of @field in @json, a string without its quotes, a list with its brackets. */
static void value_of(const char *json, const char *field, char *value, size_t size)
{
	char key[80];
	const char *at;
	size_t n;

	snprintf(key, sizeof(key), "\"%s\":", field);
	at = strstr(json, key);
	if (!at)
		fail_msg("claims.def: there is no field %s", field);
	at += strlen(key);
	n = *at == '[' ? strcspn(at, "]") : *at == '"' ? strcspn(++at, "\"") : strcspn(at, ",}");
	snprintf(value, size, "%.*s", (int)n, at);
}

/* One comparison: "field=value". */
static bool atom_holds(const char *atom, const char *json)
{
	char field[64], value[2048], listed[80];
	size_t n = strspn(atom, "abcdefghijklmnopqrstuvwxyz_");
	const char *want = atom + n + (atom[n] == '!' ? 2 : 1);

	assert_true(n && n < sizeof(field));
	snprintf(field, sizeof(field), "%.*s", (int)n, atom);
	value_of(json, field, value, sizeof(value));
	snprintf(listed, sizeof(listed), "\"%s\"", want);
	switch (atom[n]) {
	case '=':
		return !strcmp(value, want);
	case '!':
		return strcmp(value, want) != 0;
	case '>':
		return isdigit((unsigned char)*value) && atoll(value) > atoll(want);
	case '~':
		return strstr(value, listed) != NULL;
	case '^':
		return !strncmp(value, want, strlen(want));
	default:
		fail_msg("claims.def: not a comparison: %s", atom);
		return false;
	}
}

/* Calls @holds for each part of @text between @separator; whether any, or all of them hold. */
static bool parts_hold(const char *text, const char *separator, bool any, const char *json,
		       bool (*holds)(const char *part, const char *json))
{
	for (const char *next; text; text = next) {
		const char *end = strstr(text, separator);
		char part[256];

		next = end ? end + strlen(separator) : NULL;
		snprintf(part, sizeof(part), "%.*s", end ? (int)(end - text) : 255, text);
		if (holds(part, json) == any)
			return any;
	}
	return !any;
}

static bool all_hold(const char *text, const char *json)
{
	return parts_hold(text, " and ", false, json, atom_holds);
}

bool claims_holds(const char *condition, const char *json)
{
	return !*condition || parts_hold(condition, " or ", true, json, all_hold);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Whether @word stands at @at, and not within another one. */
static bool stands_at(const char *text, const char *at, const char *word)
{
	size_t n = strlen(word);

	return !strncasecmp(at, word, n) && (at == text || !in_word(at[-1])) && !in_word(at[n]);
}

/* A word of a claim at a place of @text that is not @covered; NULL: there is none. */
static const char *bare_word(const char *text, const bool *covered)
{
	for (size_t i = 0; i < COUNT(claim_words); i++)
		for (const char *at = text; *at; at++)
			if (!covered[at - text] && stands_at(text, at, claim_words[i]))
				return at;
	return NULL;
}

const char *claims_denied(const char *text, const char *json)
{
	bool *covered = calloc(strlen(text) + 1, sizeof(*covered));
	const char *denied = NULL;

	assert_non_null(covered);
	for (size_t i = 0; i < COUNT(claim_rows) && !denied; i++) {
		const char *words = claim_rows[i].words;

		for (const char *at = text; (at = strcasestr(at, words)); at++) {
			memset(covered + (at - text), true, strlen(words));
			if (json && !claims_holds(claim_rows[i].condition, json))
				denied = words;
		}
	}
	if (!denied)
		denied = bare_word(text, covered);
	free(covered);
	return denied;
}
