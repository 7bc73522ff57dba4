/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * escape.h - bytes that a process or host chose, made harmless
 *
 * A process may call itself anything: escape sequences, quotes, half a character. In JSON its name
 * must become a valid string of valid UTF-8, in a terminal it must not move the cursor, change
 * colours, or reorder the line.
 */
#ifndef TCPFATE_BASE_ESCAPE_H
#define TCPFATE_BASE_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

#define TF_ESCAPE_JSON_MAX 6 /* bytes written for one byte read, at most */
#define TF_ESCAPE_TERM_MAX 4

/* The length (1 to 4) of the valid UTF-8 sequence (RFC 3629: no surrogates, nothing overlong,
 * nothing past U+10FFFF) at the start of @bytes, and its code point; 0 if there is none (then
 * @ret_point is untouched) or @size is 0. @ret_point may be NULL. */
unsigned int tf_escape_utf8(const uint8_t *bytes, size_t size, uint32_t *ret_point);

/* Writes @size bytes at @at as the inside of a JSON string (no quotes around it): quotes, backslash
 * and control bytes escaped, each byte that is not valid UTF-8 replaced by U+FFFD. At most
 * TF_ESCAPE_JSON_MAX * @size bytes. Returns the end. */
char *tf_escape_json(char *at, const void *bytes, size_t size);

/* Writes @size bytes at @at for a terminal: printable text as it is; control bytes, C1 controls,
 * bidirectional controls, invisible characters, invalid bytes and the backslash as \xNN for each
 * byte. At most TF_ESCAPE_TERM_MAX * @size bytes. Returns the end. */
char *tf_escape_term(char *at, const void *bytes, size_t size);

#endif
