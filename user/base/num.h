/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * num.h - numbers that people typed, taken strictly
 *
 * The whole text must be the number: no sign, no blank, no leading "0x", nothing behind it. What
 * strtoull() lets pass ("-1", " 7", "", "80x", 2^64) is refused here, once for the whole program.
 */
#ifndef TCPFATE_BASE_NUM_H
#define TCPFATE_BASE_NUM_H

#include <stdint.h>

/* Parses decimal @text into @ret. Returns 0; -EINVAL when it is not a number; -ERANGE when it is
 * one outside @min to @max. @ret is untouched on failure. */
int tf_num_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

/* Parses a length of time: a whole number and a unit, "500ms", "10s", "2m", "1h", "7d"; a number
 * alone is seconds. Returns 0 and nanoseconds in @ret; -EINVAL when it is none; -ERANGE when it
 * does not fit into 63 bits of nanoseconds (292 years). @ret is untouched on failure. */
int tf_num_duration(const char *text, uint64_t *ret);

#endif
