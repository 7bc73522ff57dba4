/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * claims.h - the table of claims (tests/claims.def) held against texts and lines of JSON
 */
#ifndef TCPFATE_TESTS_CLAIMS_H
#define TCPFATE_TESTS_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the condition of a claim holds for a record, given as its line of JSON. */
bool claims_holds(const char *condition, const char *json);

/* The first words in @text that claim what @json (NULL: any record) denies, or a word that claims
 * something and stands within no claim. NULL: there are none. Static, or within the table. */
const char *claims_denied(const char *text, const char *json);

/* The words of each claim, by number; NULL behind the last. */
const char *claims_words(size_t number);

#endif
