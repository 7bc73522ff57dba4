/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * nearest.h - "did you mean": the known word that is nearest to a typed one
 */
#ifndef TCPFATE_CLI_NEAREST_H
#define TCPFATE_CLI_NEAREST_H

#include <stddef.h>

/* How many letters must be inserted, deleted or replaced to turn @a into @b (Levenshtein).
 * Upper and lower case are the same, and so are '-' and '_'. Words of more than 63 letters are
 * far from everything. */
unsigned int tf_nearest_distance(const char *a, const char *b);

/* Keeps the best of many candidates for @word. */
struct tf_nearest {
	const char *word;
	const char *best; /* NULL: none yet */
	unsigned int distance;
};

/* Considers @candidate (borrowed; NULL is skipped). */
void tf_nearest_offer(struct tf_nearest *nearest, const char *candidate);

/* The best candidate if it is near enough to be meant, else NULL. */
const char *tf_nearest_take(const struct tf_nearest *nearest);

#endif
