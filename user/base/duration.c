// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * duration.c - see duration.h
 */
#include "base/duration.h"

#include <stddef.h>

#include "base/fmt.h"
#include "base/units.h"

/* Largest first. `words_from`: how many there must be before the words form uses the unit, so that
 * "100 s" does not become "1 min". */
static const struct unit {
	uint64_t us;
	const char *letters; /* of the short form */
	const char *words;
	unsigned int words_from;
} UNITS[] = {
	{S_PER_DAY * US_PER_S, "d", " days", 2},
	{S_PER_HOUR * US_PER_S, "h", " h", 2},
	{S_PER_MIN * US_PER_S, "m", " min", 2},
	{US_PER_S, "s", " s", 1},
	{US_PER_MS, "ms", " ms", 0},
	{1, "us", NULL, 0},
};

#define TENTHS_BELOW_MS 100 /* "99.9ms", "100ms" */

static char *put_tenths(char *at, uint64_t us, const struct unit *unit)
{
	at = tf_fmt_u64(at, us / unit->us);
	*at++ = '.';
	*at++ = (char)('0' + us % unit->us / (unit->us / 10));
	return tf_fmt_str(at, unit->letters);
}

static char *put_whole(char *at, uint64_t us, const struct unit *unit)
{
	return tf_fmt_str(tf_fmt_u64(at, us / unit->us), unit->letters);
}

char *tf_duration_short(char *at, uint64_t us)
{
	const struct unit *unit = UNITS;

	while (us < unit->us && unit->us > 1)
		unit++;
	if (unit->us > US_PER_S)
		return put_whole(put_whole(at, us, unit), us % unit->us, unit + 1);
	if (unit->us == 1 || (unit->us == US_PER_MS && us >= TENTHS_BELOW_MS * US_PER_MS))
		return put_whole(at, us, unit);
	return put_tenths(at, us, unit);
}

char *tf_duration_words(char *at, uint64_t us)
{
	const struct unit *unit = UNITS;

	while (us / unit->us < unit->words_from)
		unit++;
	return tf_fmt_str(tf_fmt_u64(at, us / unit->us), unit->words);
}

char *tf_duration_option(char *at, uint64_t us)
{
	if (us % US_PER_S < US_PER_MS)
		return tf_fmt_str(tf_fmt_u64(at, us / US_PER_S), "s");
	return tf_fmt_str(tf_fmt_u64(at, us / US_PER_MS), "ms");
}
