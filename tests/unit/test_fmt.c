// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/fmt.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "unit.h"

/* Deterministic, and good enough to shuffle bits (splitmix64). */
static uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void check_number(uint64_t value)
{
	char text[32] = {0}, expected[32];

	snprintf(expected, sizeof(expected), "%" PRIu64, value);
	*tf_fmt_u64(text, value) = '\0';
	assert_string_equal(text, expected);
	snprintf(expected, sizeof(expected), "%" PRIx64, value);
	*tf_fmt_hex(text, value) = '\0';
	assert_string_equal(text, expected);
}

static void test_numbers_are_as_printf_writes_them(void **state)
{
	uint64_t seed = 1;

	for (uint64_t power = 1;; power *= 10) {
		check_number(power - 1);
		check_number(power);
		check_number(power + 1);
		if (power == 10000000000000000000ULL)
			break;
	}
	for (uint64_t value = 0; value < 20000; value++)
		check_number(value);
	for (int i = 0; i < 100000; i++)
		check_number(next_random(&seed) >> (i % 64));
	check_number(UINT64_MAX);
}

static void test_fixed_widths_keep_their_zeros(void **state)
{
	char text[16] = {0};

	tf_fmt_nano(text, 7);
	assert_string_equal(text, "000000007");
	tf_fmt_nano(text, 999999999);
	assert_string_equal(text, "999999999");
	tf_fmt_nano(text, 120000000);
	assert_string_equal(text, "120000000");
	memset(text, 0, sizeof(text));
	tf_fmt_pair(text, 5);
	assert_string_equal(text, "05");
	tf_fmt_pair(text, 99);
	assert_string_equal(text, "99");
}

static void check_v6(const uint8_t addr[16])
{
	char text[TF_FMT_ADDR_MAX + 1] = {0}, expected[INET6_ADDRSTRLEN];

	tf_fmt_addr(text, addr);
	if (tf_fmt_is_v4(addr))
		inet_ntop(AF_INET, addr + 12, expected, sizeof(expected));
	else
		inet_ntop(AF_INET6, addr, expected, sizeof(expected));
	assert_string_equal(text, expected);
}

/* All 256 patterns of zero and nonzero groups, so every place and length of a run of zeros. */
static void test_addresses_are_as_inet_ntop_writes_them(void **state)
{
	uint64_t seed = 2;

	for (int scan = 0; scan < 400; scan++) {
		for (unsigned int pattern = 0; pattern < 256; pattern++) {
			uint8_t addr[16] = {0};

			for (int group = 0; group < 8; group++) {
				uint64_t value = next_random(&seed) >> (scan % 4 * 4);

				if (!(pattern >> group & 1))
					continue;
				addr[2 * group] = (uint8_t)(value >> 8);
				addr[2 * group + 1] = (uint8_t)value;
			}
			check_v6(addr);
		}
	}
}

static void test_addresses_are_shortened_as_rfc_5952_says(void **state)
{
	static const char *const texts[] = {
		"::",
		"::1",
		"2001:db8::1",
		"2001:db8:0:1:1:1:1:1",
		"2001:0:0:1::1",
		"fe80::1:2:3:4",
		"1::",
		"::1.2.3.4",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"1:2:3:4:5:6:7:0",
		"::ffff:0:0:0",
		"64:ff9b::102:304",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		char text[TF_FMT_ADDR_MAX + 1] = {0};
		uint8_t addr[16];

		assert_int_equal(inet_pton(AF_INET6, texts[i], addr), 1);
		tf_fmt_addr(text, addr);
		assert_string_equal(text, texts[i]);
	}
}

static void test_mapped_addresses_are_ipv4(void **state)
{
	static const uint8_t addr[16] = {[10] = 0xff, 0xff, 255, 255, 255, 255};
	char text[TF_FMT_ADDR_MAX + 1] = {0};

	assert_true(tf_fmt_is_v4(addr));
	tf_fmt_addr(text, addr);
	assert_string_equal(text, "255.255.255.255");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_as_printf_writes_them),
		cmocka_unit_test(test_fixed_widths_keep_their_zeros),
		cmocka_unit_test(test_addresses_are_as_inet_ntop_writes_them),
		cmocka_unit_test(test_addresses_are_shortened_as_rfc_5952_says),
		cmocka_unit_test(test_mapped_addresses_are_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
