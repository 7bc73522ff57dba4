// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fmt.c - see fmt.h. Decimal goes eight digits at a time, all of them in one register: first halves
 * of four digits, then pairs, then digits, each step one multiplication for all (Paul Khuong, "How to
 * print integers really fast"). Most numbers of a record need one step and no loop.
 */
#include "base/fmt.h"

#include <endian.h>

static const char HEX[] = "0123456789abcdef";

#define EIGHT_DIGITS 100000000

/* The eight decimal digits of @value (below 10^8), one in each byte, the first in the lowest. */
static inline uint64_t split(uint32_t value)
{
	uint64_t halves = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t hundreds = (halves * 10486 >> 20) & 0x7f0000007f; /* each half / 100 */
	uint64_t pairs = hundreds | (halves - 100 * hundreds) << 16;
	uint64_t tens = (pairs * 103 >> 10) & 0x000f000f000f000f; /* each pair / 10 */

	return tens | (pairs - 10 * tens) << 8;
}

static inline void store(char *at, uint64_t digits)
{
	digits = htole64(digits | 0x3030303030303030);
	memcpy(at, &digits, sizeof(digits));
}

char *tf_fmt_u64(char *at, uint64_t value)
{
	uint64_t digits;
	unsigned int skip;

	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	if (value >= EIGHT_DIGITS) {
		at = tf_fmt_u64(at, value / EIGHT_DIGITS);
		store(at, split((uint32_t)(value % EIGHT_DIGITS)));
		return at + 8;
	}
	digits = split((uint32_t)value);
	skip = (unsigned int)__builtin_ctzll(digits) / 8;
	store(at, digits >> (8 * skip));
	return at + 8 - skip;
}

char *tf_fmt_padded(char *at, uint64_t value, unsigned int digits)
{
	for (unsigned int i = digits; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + digits;
}

char *tf_fmt_nano(char *at, uint32_t value)
{
	*at = (char)('0' + value / EIGHT_DIGITS);
	store(at + 1, split(value % EIGHT_DIGITS));
	return at + 9;
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

/* The longest run of zero groups, the first of equals; a single zero is not shortened. */
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
