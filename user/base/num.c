// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * num.c - see num.h
 */
#include "base/num.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/units.h"

/* Reads the digits at @text; @ret_end is the first byte behind them. */
static int digits(const char *text, const char **ret_end, uint64_t *ret)
{
	uint64_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	if (p == text)
		return -EINVAL;
	*ret_end = p;
	*ret = value;
	return 0;
}

/* A long row of digits is out of range only if nothing else follows: "99999999999999999999x" is no
 * number at all. */
static int only_digits(const char *text)
{
	return text[0] && text[strspn(text, "0123456789")] == '\0' ? 0 : -EINVAL;
}

int tf_num_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t value;
	const char *end;
	int r = only_digits(text);

	if (r == 0)
		r = digits(text, &end, &value);
	if (r)
		return r;
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

static const struct {
	const char *name;
	uint64_t ns;
} UNITS[] = {
	{"", NS_PER_S},
	{"ms", NS_PER_MS},
	{"s", NS_PER_S},
	{"m", (S_PER_MIN * NS_PER_S)},
	{"h", (S_PER_HOUR * NS_PER_S)},
	{"d", (S_PER_DAY * NS_PER_S)},
};

int tf_num_duration(const char *text, uint64_t *ret)
{
	uint64_t value;
	const char *unit;
	int r = digits(text, &unit, &value);

	if (r)
		return r;
	for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
		if (strcmp(unit, UNITS[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(value, UNITS[i].ns, &value) || value > INT64_MAX)
			return -ERANGE;
		*ret = value;
		return 0;
	}
	return -EINVAL;
}
