/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * columns.h - cells, short numbers and wrapped sentences, for lines that people read
 *
 * As in base/fmt.h: each function writes at @at, where the caller has room, and returns the end.
 * Widths count characters (UTF-8 code points), not bytes.
 */
#ifndef TCPFATE_SINK_TEXT_COLUMNS_H
#define TCPFATE_SINK_TEXT_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#define TF_COLUMNS_NUMBER_MAX 24 /* bytes that a life or an amount needs */

/* Fills the cell from @begin to @at with blanks on the right up to @width; one that is wider stays
 * whole: the line shifts, nothing is cut. */
char *tf_columns_pad(const char *begin, char *at, unsigned int width);

/* Moves the cell from @begin to @at to the right edge of @width. */
char *tf_columns_right(char *begin, char *at, unsigned int width);

/* A length of time in at most 6 characters: "850us" "12.3ms" "1.2s" "12m34s" "12h34m" "99d23h" (and
 * more from 100 days on). */
char *tf_columns_life(char *at, uint64_t us);

/* An amount of data in at most 5 characters: "999" "1.2K" "1023K" "15M" (1K is 1024). */
char *tf_columns_bytes(char *at, uint64_t bytes);

/* "192.0.2.1:80", "[2001:db8::1]:80", ":?" for a @port of 0; at most TF_COLUMNS_END_MAX bytes. */
char *tf_columns_end_point(char *at, const uint8_t addr[16], uint16_t port);

#define TF_COLUMNS_END_MAX 56

/* @size bytes of text, broken at blanks into lines of at most @columns characters (0: one line),
 * each indented by @indent and ended by '\n'. A word longer than a line stays whole. @columns of at
 * least 4 * @indent (or 0) need room for at most 2 * @size + @indent + 1 bytes. */
char *tf_columns_wrap(char *at, const char *text, size_t size, unsigned int indent,
		      unsigned int columns);

#endif
