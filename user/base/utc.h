/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * utc.h - times as RFC 3339 text in UTC, "2026-11-21T02:19:06.123456789Z"
 *
 * Computed from the number alone (no time zone files, no locale, no lock). Records come in bursts
 * of the same second, so the text up to the second is kept: often only the fraction is written
 * anew, and the date once a day.
 */
#ifndef TCPFATE_BASE_UTC_H
#define TCPFATE_BASE_UTC_H

#include <stdint.h>

#define TF_UTC_LEN 30 /* bytes of a time as text */

/* The last second that was formatted. Zeroed: none yet. */
struct tf_utc {
	int64_t second, day;
	char text[20]; /* "2026-11-21T02:19:06."; text[0] 0: none yet */
};

/* Writes TF_UTC_LEN bytes at @at for @utc_ns nanoseconds since 1970 (any value: years 1677 to
 * 2262). Returns the end; no NUL. */
char *tf_utc_format(struct tf_utc *cache, char *at, int64_t utc_ns);

#endif
