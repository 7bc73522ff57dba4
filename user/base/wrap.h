/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * wrap.h - text broken at blanks into lines of a given width
 *
 * Widths count characters (UTF-8 code points), not bytes. A word longer than a line stays whole.
 */
#ifndef TCPFATE_BASE_WRAP_H
#define TCPFATE_BASE_WRAP_H

#include <stddef.h>

/* Characters between @begin and @end. */
unsigned int tf_wrap_width(const char *begin, const char *end);

/* Where the line that begins at @text ends: at a blank, which belongs to no line, or at @end. It
 * has at most @columns characters, unless its first word has more; 0: no limit. */
const char *tf_wrap_line(const char *text, const char *end, unsigned int columns);

/* Writes @size bytes of @text at @at as lines of at most @columns characters (0: one line), each
 * indented by @indent blanks and ended by '\n'; nothing for an empty text. Returns the end.
 * @columns of at least 4 * @indent (or 0) need room for at most 2 * @size + @indent + 1 bytes. */
char *tf_wrap(char *at, const char *text, size_t size, unsigned int indent, unsigned int columns);

#endif
