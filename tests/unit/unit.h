/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * unit.h - cmocka with the headers that it wants before itself
 */
#ifndef TCPFATE_TESTS_UNIT_H
#define TCPFATE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A struct tf_maybe that is, or is not, known. */
#define assert_known(maybe, value) assert_int_equal((maybe).plus_one, (uint64_t)(value) + 1)
#define assert_unknown(maybe) assert_int_equal((maybe).plus_one, 0)

#endif
