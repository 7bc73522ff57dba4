/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * nearest.h - what somebody may have meant
 */
#ifndef TCPFATE_CLI_NEAREST_H
#define TCPFATE_CLI_NEAREST_H

#include <stddef.h>

/* How many letters must be inserted, deleted or replaced to make @b of @a (Levenshtein), upper and
 * lower case alike, '-' as good as '_'. Words longer than 63 count as far from everything. */
unsigned int tf_nearest_distance(const char *a, const char *b);

/* Keeps the best of many candidates for @word. */
struct tf_nearest {
	const char *word;
	const char *best; /* NULL: none yet */
	unsigned int distance;
};

/* Considers @candidate (borrowed; NULL is none). */
void tf_nearest_offer(struct tf_nearest *nearest, const char *candidate);

/* The best candidate if it is near enough to be what was meant, else NULL. */
const char *tf_nearest_take(const struct tf_nearest *nearest);

#endif
