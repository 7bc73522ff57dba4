// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * nearest.c - see nearest.h
 */
#include "cli/nearest.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MAX 63

static bool same_letter(char a, char b)
{
	a = a == '-' ? '_' : a;
	b = b == '-' ? '_' : b;
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned int least_of(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

unsigned int tf_nearest_distance(const char *a, const char *b)
{
	unsigned int row[WORD_MAX + 1], n = strnlen(a, WORD_MAX + 1), m = strnlen(b, WORD_MAX + 1);

	if (n > WORD_MAX || m > WORD_MAX)
		return UINT_MAX;
	for (unsigned int j = 0; j <= m; j++)
		row[j] = j;
	for (unsigned int i = 1; i <= n; i++) {
		unsigned int diagonal = row[0];

		row[0] = i;
		for (unsigned int j = 1; j <= m; j++) {
			unsigned int above = row[j];

			row[j] = least_of(above + 1, row[j - 1] + 1,
					  diagonal + !same_letter(a[i - 1], b[j - 1]));
			diagonal = above;
		}
	}
	return row[m];
}

void tf_nearest_offer(struct tf_nearest *nearest, const char *candidate)
{
	unsigned int distance;

	if (!candidate)
		return;
	distance = tf_nearest_distance(nearest->word, candidate);
	if (nearest->best && distance >= nearest->distance)
		return;
	nearest->best = candidate;
	nearest->distance = distance;
}

const char *tf_nearest_take(const struct tf_nearest *nearest)
{
	if (!nearest->best || nearest->distance > 1 + strlen(nearest->word) / 3)
		return NULL;
	return nearest->best;
}
