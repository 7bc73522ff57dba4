// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fmt.c - see fmt.h
 *
 * Decimal is written two digits at a time from a table, in 32-bit arithmetic, front to back: no
 * digits to count first, none to reverse afterwards.
 */
#include "base/fmt.h"

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";
static const char HEX[] = "0123456789abcdef";

#define EIGHT_DIGITS 100000000

static inline char *pair(char *at, uint32_t value)
{
	return tf_fmt_mem(at, PAIRS + 2 * value, 2);
}

static inline char *four(char *at, uint32_t value)
{
	at = pair(at, value / 100);
	return pair(at, value % 100);
}

static inline char *eight(char *at, uint32_t value)
{
	at = four(at, value / 10000);
	return four(at, value % 10000);
}

static inline char *up_to_two(char *at, uint32_t value)
{
	if (value >= 10)
		return pair(at, value);
	*at = (char)('0' + value);
	return at + 1;
}

static inline char *up_to_four(char *at, uint32_t value)
{
	if (value < 100)
		return up_to_two(at, value);
	at = up_to_two(at, value / 100);
	return pair(at, value % 100);
}

char *tf_fmt_u64(char *at, uint64_t value)
{
	if (value < 10000)
		return up_to_four(at, (uint32_t)value);
	if (value < EIGHT_DIGITS) {
		at = up_to_four(at, (uint32_t)value / 10000);
		return four(at, (uint32_t)value % 10000);
	}
	at = tf_fmt_u64(at, value / EIGHT_DIGITS);
	return eight(at, (uint32_t)(value % EIGHT_DIGITS));
}

char *tf_fmt_pair(char *at, unsigned int value)
{
	return pair(at, value);
}

char *tf_fmt_nano(char *at, uint32_t value)
{
	*at = (char)('0' + value / EIGHT_DIGITS);
	return eight(at + 1, value % EIGHT_DIGITS);
}

char *tf_fmt_hex(char *at, uint64_t value)
{
	unsigned int digits = value ? (67 - (unsigned int)__builtin_clzll(value)) / 4 : 1;

	for (unsigned int i = digits; i-- > 0; value >>= 4)
		at[i] = HEX[value & 15];
	return at + digits;
}

static char *fmt_v4(char *at, const uint8_t *bytes)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = tf_fmt_u64(at, bytes[i]);
	}
	return at;
}

/* The longest run of zero groups, the first of equal ones; a single zero is not shortened. */
static void find_gap(const uint16_t group[8], int *ret_from, int *ret_to)
{
	*ret_from = *ret_to = -1;
	for (int from = 0; from < 8; from++) {
		int to = from;

		while (to < 8 && group[to] == 0)
			to++;
		if (to - from >= 2 && to - from > *ret_to - *ret_from) {
			*ret_from = from;
			*ret_to = to;
		}
		if (to > from)
			from = to;
	}
}

/* As inet_ntop() of glibc writes it. */
static char *fmt_v6(char *at, const uint8_t addr[16])
{
	uint16_t group[8];
	int from, to;

	for (int i = 0; i < 8; i++)
		group[i] = (uint16_t)(addr[2 * i] << 8 | addr[2 * i + 1]);
	find_gap(group, &from, &to);
	for (int i = 0; i < 8;) {
		if (i == from) {
			at = TF_FMT_LIT(at, "::");
			i = to;
			continue;
		}
		if (i && i != to)
			*at++ = ':';
		if (i == 6 && from == 0 && to == 6) /* ::a.b.c.d, deprecated, but written so */
			return fmt_v4(at, addr + 12);
		at = tf_fmt_hex(at, group[i++]);
	}
	return at;
}

char *tf_fmt_addr(char *at, const uint8_t addr[16])
{
	return tf_fmt_is_v4(addr) ? fmt_v4(at, addr + 12) : fmt_v6(at, addr);
}
