// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * utc.c - see utc.h
 */
#include "base/utc.h"

#include "base/fmt.h"
#include "base/units.h"

struct date {
	int64_t year;
	unsigned int month, day; /* from 1 */
};

/* The date @days after 1970-01-01, in the proleptic Gregorian calendar. Counts from 0000-03-01, so
 * that the leap day is the last of its year, in eras of 400 years, which all have 146097 days
 * (Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
static struct date civil(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned int doe = (unsigned int)(z - era * 146097);
	unsigned int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned int mp = (5 * doy + 2) / 153;
	unsigned int month = mp < 10 ? mp + 3 : mp - 9;

	return (struct date){
		.year = (int64_t)yoe + era * 400 + (month <= 2),
		.month = month,
		.day = doy - (153 * mp + 2) / 5 + 1,
	};
}

static void remember_day(struct tf_utc *cache, int64_t day)
{
	struct date date = civil(day);
	char *at = cache->text;

	at = tf_fmt_pair(at, (unsigned int)date.year / 100);
	at = tf_fmt_pair(at, (unsigned int)date.year % 100);
	*at++ = '-';
	at = tf_fmt_pair(at, date.month);
	*at++ = '-';
	at = tf_fmt_pair(at, date.day);
	*at = 'T';
	cache->day = day;
}

/* Renews the text up to the second, and the date when the day is another. */
static void remember(struct tf_utc *cache, int64_t second)
{
	int64_t day = second / S_PER_DAY - (second % S_PER_DAY < 0);
	unsigned int rest = (unsigned int)(second - day * S_PER_DAY);
	char *at;

	if (day != cache->day || !cache->text[0])
		remember_day(cache, day);
	at = tf_fmt_pair(cache->text + 11, rest / S_PER_HOUR);
	*at++ = ':';
	at = tf_fmt_pair(at, rest / S_PER_MIN % 60);
	*at++ = ':';
	at = tf_fmt_pair(at, rest % S_PER_MIN);
	*at = '.';
	cache->second = second;
}

/* The nanoseconds of @utc_ns within the second that @cache holds; negative when it is another. */
static int64_t within(const struct tf_utc *cache, int64_t utc_ns)
{
	int64_t begin, ns;

	if (!cache->text[0] || __builtin_mul_overflow(cache->second, NS_PER_S, &begin) ||
	    __builtin_sub_overflow(utc_ns, begin, &ns) || ns >= NS_PER_S)
		return -1;
	return ns;
}

char *tf_utc_format(struct tf_utc *cache, char *at, int64_t utc_ns)
{
	int64_t ns = within(cache, utc_ns);

	if (ns < 0) {
		ns = utc_ns % NS_PER_S;
		if (ns < 0)
			ns += NS_PER_S;
		remember(cache, utc_ns / NS_PER_S - (utc_ns % NS_PER_S < 0));
	}
	at = tf_fmt_mem(at, cache->text, sizeof(cache->text));
	at = tf_fmt_nano(at, (uint32_t)ns);
	*at++ = 'Z';
	return at;
}
