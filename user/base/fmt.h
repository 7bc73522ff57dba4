/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * fmt.h - numbers, addresses and words as text, without a format string
 *
 * Each function writes at @at, which must have the room that it names, and returns the end of its
 * text; no NUL is added. So one pointer formats a whole record into a buffer that is reserved once.
 * The JSON writer spends its time here.
 */
#ifndef TCPFATE_BASE_FMT_H
#define TCPFATE_BASE_FMT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TF_FMT_U64_MAX 20 /* 18446744073709551615 */
#define TF_FMT_HEX_MAX 16
#define TF_FMT_ADDR_MAX 45 /* as INET6_ADDRSTRLEN, without the NUL */

/* A string literal, copied with its length known to the compiler. */
#define TF_FMT_LIT(at, literal) tf_fmt_mem(at, "" literal, sizeof(literal) - 1)

static inline char *tf_fmt_mem(char *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return at + size;
}

/* A NUL-terminated string, strlen(@text) bytes. */
static inline char *tf_fmt_str(char *at, const char *text)
{
	return tf_fmt_mem(at, text, strlen(text));
}

/* Decimal, no leading zeros; at most TF_FMT_U64_MAX bytes. */
char *tf_fmt_u64(char *at, uint64_t value);

/* Exactly two digits; @value is below 100. */
char *tf_fmt_pair(char *at, unsigned int value);

/* Exactly nine digits: @value (below 10^9) as a fraction of a second. */
char *tf_fmt_nano(char *at, uint32_t value);

/* Lower-case hexadecimal, no prefix, no leading zeros; at most TF_FMT_HEX_MAX bytes. */
char *tf_fmt_hex(char *at, uint64_t value);

/* An address in network order: IPv4 if it is v4-mapped, else IPv6 as inet_ntop() of glibc writes it
 * (RFC 5952: longest run of zeros shortened, lower case); at most TF_FMT_ADDR_MAX bytes. */
char *tf_fmt_addr(char *at, const uint8_t addr[16]);

/* Whether @addr is ::ffff:a.b.c.d. */
static inline int tf_fmt_is_v4(const uint8_t addr[16])
{
	static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return memcmp(addr, prefix, sizeof(prefix)) == 0;
}

#endif
