// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * columns.c - see columns.h
 */
#include "sink/text/columns.h"

#include <stdbool.h>
#include <string.h>

#include "base/fmt.h"
#include "base/wrap.h"

static char *put_blanks(char *at, unsigned int n)
{
	memset(at, ' ', n);
	return at + n;
}

char *tf_columns_pad(const char *begin, char *at, unsigned int width)
{
	unsigned int used = tf_wrap_width(begin, at);

	return used < width ? put_blanks(at, width - used) : at;
}

char *tf_columns_right(char *begin, char *at, unsigned int width)
{
	unsigned int used = tf_wrap_width(begin, at);

	if (used >= width)
		return at;
	memmove(begin + width - used, begin, (size_t)(at - begin));
	put_blanks(begin, width - used);
	return at + width - used;
}

/* "12.3" for 123. */
static char *put_tenths(char *at, uint64_t tenths)
{
	at = tf_fmt_u64(at, tenths / 10);
	*at++ = '.';
	*at++ = (char)('0' + tenths % 10);
	return at;
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
	at = bytes < 10 ? put_tenths(at, bytes * 10 + rest * 10 / 1024) : tf_fmt_u64(at, bytes);
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
