// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * wrap.c - see wrap.h
 */
#include "base/wrap.h"

#include <string.h>

/* The bytes of a character after its first are no characters of their own. */
static int begins_character(char byte)
{
	return (byte & 0xc0) != 0x80;
}

unsigned int tf_wrap_width(const char *begin, const char *end)
{
	unsigned int width = 0;

	for (; begin < end; begin++)
		width += (unsigned int)begins_character(*begin);
	return width;
}

const char *tf_wrap_line(const char *text, const char *end, unsigned int columns)
{
	const char *blank = NULL; /* the last one: the line can end there */
	unsigned int used = 0;

	if (!columns)
		return end;
	for (const char *p = text; p < end; p++) {
		if (*p == ' ')
			blank = p;
		used += (unsigned int)begins_character(*p);
		if (used > columns && blank)
			return blank;
	}
	return end;
}

char *tf_wrap(char *at, const char *text, size_t size, unsigned int indent, unsigned int columns)
{
	const char *end = text + size;

	if (columns)
		columns = columns > indent ? columns - indent : 1;
	while (text < end) {
		const char *stop = tf_wrap_line(text, end, columns);

		memset(at, ' ', indent);
		at += indent;
		memcpy(at, text, (size_t)(stop - text));
		at += stop - text;
		*at++ = '\n';
		text = stop < end ? stop + 1 : end;
	}
	return at;
}
