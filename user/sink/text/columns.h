/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * columns.h - cells, amounts and end points, for lines that people read
 *
 * As in base/fmt.h: each function writes at @at, where the caller has room, and returns the end.
 * Widths count characters (UTF-8 code points), not bytes.
 */
#ifndef TCPFATE_SINK_TEXT_COLUMNS_H
#define TCPFATE_SINK_TEXT_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#define TF_COLUMNS_NUMBER_MAX 24 /* bytes that an amount needs */

/* Fills the cell from @begin to @at with blanks on the right up to @width; one that is wider stays
 * whole: the line shifts, nothing is cut. */
char *tf_columns_pad(const char *begin, char *at, unsigned int width);

/* Moves the cell from @begin to @at to the right edge of @width. */
char *tf_columns_right(char *begin, char *at, unsigned int width);

/* An amount of data in at most 5 characters: "999" "1.2K" "1023K" "15M" (1K is 1024). */
char *tf_columns_bytes(char *at, uint64_t bytes);

/* "192.0.2.1:80", "[2001:db8::1]:80", ":?" for a @port of 0; at most TF_COLUMNS_END_MAX bytes. */
char *tf_columns_end_point(char *at, const uint8_t addr[16], uint16_t port);

#define TF_COLUMNS_END_MAX 56

#endif
