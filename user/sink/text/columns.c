// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * columns.c - see columns.h
 */
#include "sink/text/columns.h"

#include <stdbool.h>
#include <string.h>

#include "base/fmt.h"
#include "base/units.h"

static unsigned int width_of(const char *begin, const char *end)
{
	unsigned int width = 0;

	for (; begin < end; begin++)
		width += (*begin & 0xc0) != 0x80; /* not the middle of a character */
	return width;
}

static char *blanks(char *at, unsigned int n)
{
	memset(at, ' ', n);
	return at + n;
}

char *tf_columns_pad(const char *begin, char *at, unsigned int width)
{
	unsigned int used = width_of(begin, at);

	return used < width ? blanks(at, width - used) : at;
}

char *tf_columns_right(char *begin, char *at, unsigned int width)
{
	unsigned int used = width_of(begin, at);

	if (used >= width)
		return at;
	memmove(begin + width - used, begin, (size_t)(at - begin));
	blanks(begin, width - used);
	return at + width - used;
}

/* @tenths with one decimal below ten thousand of them, else whole: "12.3", "1000". */
static char *one_decimal(char *at, uint64_t tenths)
{
	at = tf_fmt_u64(at, tenths / 10);
	*at++ = '.';
	*at++ = (char)('0' + tenths % 10);
	return at;
}

static char *two_units(char *at, uint64_t s, uint64_t big, char big_name, uint64_t small,
		       char small_name)
{
	at = tf_fmt_u64(at, s / big);
	*at++ = big_name;
	at = tf_fmt_u64(at, s % big / small);
	*at++ = small_name;
	return at;
}

char *tf_columns_life(char *at, uint64_t us)
{
	uint64_t s = us / US_PER_S;

	if (us < US_PER_MS)
		return TF_FMT_LIT(tf_fmt_u64(at, us), "us");
	if (us < 100 * US_PER_MS)
		return TF_FMT_LIT(one_decimal(at, us / (US_PER_MS / 10)), "ms");
	if (us < US_PER_S)
		return TF_FMT_LIT(tf_fmt_u64(at, us / US_PER_MS), "ms");
	if (s < S_PER_MIN)
		return TF_FMT_LIT(one_decimal(at, us / (US_PER_S / 10)), "s");
	if (s < S_PER_HOUR)
		return two_units(at, s, S_PER_MIN, 'm', 1, 's');
	if (s < S_PER_DAY)
		return two_units(at, s, S_PER_HOUR, 'h', S_PER_MIN, 'm');
	return two_units(at, s, S_PER_DAY, 'd', S_PER_HOUR, 'h');
}

char *tf_columns_bytes(char *at, uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	unsigned int unit = 0;
	uint64_t rest = 0;

	if (bytes < 1000)
		return tf_fmt_u64(at, bytes);
	for (; bytes >= 1024 || unit == 0; unit++) {
		rest = bytes % 1024;
		bytes /= 1024;
	}
	at = bytes < 10 ? one_decimal(at, bytes * 10 + rest * 10 / 1024) : tf_fmt_u64(at, bytes);
	*at++ = units[unit - 1];
	return at;
}

char *tf_columns_end_point(char *at, const uint8_t addr[16], uint16_t port)
{
	bool brackets = !tf_fmt_is_v4(addr);

	if (brackets)
		*at++ = '[';
	at = tf_fmt_addr(at, addr);
	if (brackets)
		*at++ = ']';
	*at++ = ':';
	return port ? tf_fmt_u64(at, port) : TF_FMT_LIT(at, "?");
}

/* The end of the line that begins at @text: the last blank within @columns, or the first one behind
 * them. */
static const char *line_end(const char *text, const char *end, unsigned int columns)
{
	const char *best = NULL;
	unsigned int used = 0;

	for (const char *p = text; p < end; p++) {
		if (columns && used > columns && best)
			return best;
		if (*p == ' ')
			best = p;
		used += (*p & 0xc0) != 0x80;
		if (*p == ' ' && columns && used > columns)
			return best;
	}
	return columns && used > columns && best ? best : end;
}

char *tf_columns_wrap(char *at, const char *text, size_t size, unsigned int indent,
		      unsigned int columns)
{
	const char *end = text + size;

	if (columns)
		columns = columns > indent ? columns - indent : 1;
	while (text < end) {
		const char *stop = line_end(text, end, columns);

		at = blanks(at, indent);
		at = tf_fmt_mem(at, text, (size_t)(stop - text));
		*at++ = '\n';
		text = stop < end ? stop + 1 : end;
	}
	return at;
}
