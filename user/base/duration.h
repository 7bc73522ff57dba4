/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * duration.h - lengths of time: short for columns, in words for sentences, as options take them
 *
 * As in fmt.h: each function writes at @at, where the caller has room for TF_DURATION_MAX bytes,
 * and returns the end. All round down.
 */
#ifndef TCPFATE_BASE_DURATION_H
#define TCPFATE_BASE_DURATION_H

#include <stdint.h>

#define TF_DURATION_MAX 24

/* At most 6 characters below 100 days: "850us" "12.3ms" "1.2s" "12m34s" "12h34m" "99d23h". */
char *tf_duration_short(char *at, uint64_t us);

/* One unit: "850 ms", "12 s", "31 min", "5 h", "3 days". */
char *tf_duration_words(char *at, uint64_t us);

/* As options take it, in full milliseconds: "1500ms", "60s". */
char *tf_duration_option(char *at, uint64_t us);

#endif
