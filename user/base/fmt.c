// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fmt.c - see fmt.h. Decimal goes two digits at a time through a table: half the divisions, and no
 * reversal, because the length is known first.
 */
#include "base/fmt.h"

#include <stdbool.h>

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";
static const char HEX[] = "0123456789abcdef";

static unsigned int count_digits(uint64_t value)
{
	unsigned int digits = 1;

	for (;;) {
		if (value < 10)
			return digits;
		if (value < 100)
			return digits + 1;
		if (value < 1000)
			return digits + 2;
		if (value < 10000)
			return digits + 3;
		value /= 10000;
		digits += 4;
	}
}

char *tf_fmt_padded(char *at, uint64_t value, unsigned int digits)
{
	char *end = at + digits;
	char *p = end;

	while (digits >= 2) {
		p -= 2;
		memcpy(p, PAIRS + 2 * (value % 100), 2);
		value /= 100;
		digits -= 2;
	}
	if (digits)
		*--p = (char)('0' + value % 10);
	return end;
}

char *tf_fmt_u64(char *at, uint64_t value)
{
	if (value < 10) {
		*at = (char)('0' + value);
		return at + 1;
	}
	return tf_fmt_padded(at, value, count_digits(value));
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
