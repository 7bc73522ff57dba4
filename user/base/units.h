/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * units.h - how many of one unit of time make another
 *
 * Signed, so that times before 1970 divide as they should; beside a uint64_t they become unsigned.
 */
#ifndef TCPFATE_BASE_UNITS_H
#define TCPFATE_BASE_UNITS_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MIN INT64_C(60000000000)
#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)
#define MS_PER_S INT64_C(1000)
#define MS_PER_MIN INT64_C(60000)
#define S_PER_MIN INT64_C(60)
#define S_PER_HOUR INT64_C(3600)
#define S_PER_DAY INT64_C(86400)

#endif
