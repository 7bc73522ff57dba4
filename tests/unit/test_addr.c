// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>

#include "unit.h"

static void expect_cidr(const char *text, const char *addr, unsigned int bits)
{
	struct tf_cidr cidr;
	uint8_t expected[16];

	print_message("\"%s\"\n", text);
	assert_int_equal(inet_pton(AF_INET6, addr, expected), 1);
	assert_int_equal(tf_addr_parse_cidr(text, &cidr), 0);
	assert_memory_equal(cidr.addr, expected, sizeof(expected));
	assert_int_equal(cidr.bits, bits);
}

static void test_addresses_and_networks_are_parsed(void **state)
{
	expect_cidr("10.0.0.0/8", "::ffff:10.0.0.0", 104);
	expect_cidr("192.0.2.1", "::ffff:192.0.2.1", 128);
	expect_cidr("192.0.2.1/32", "::ffff:192.0.2.1", 128);
	expect_cidr("0.0.0.0/0", "::ffff:0.0.0.0", 96);
	expect_cidr("2001:db8::/32", "2001:db8::", 32);
	expect_cidr("::/0", "::", 0);
	expect_cidr("::1", "::1", 128);
	expect_cidr("::ffff:10.0.0.0/104", "::ffff:10.0.0.0", 104);
	expect_cidr("2001:DB8:0:0:0:0:0:1", "2001:db8::1", 128);
	expect_cidr("64:ff9b::192.0.2.33/128", "64:ff9b::c000:221", 128);
}

static void test_other_text_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"/",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/8/8",
		"10.0.0",
		"10.0.0.0.0",
		"10.0.0.256",
		"010.0.0.0/8",
		"10.0.0.08",
		"0xa.0.0.0",
		"10.1",
		"10.1.2.3/8",
		"host",
		"::1/129",
		"2001:db8::1/32",
		":",
		":::",
		"1::2::3",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8::",
		"12345::",
		"00001::",
		"::1 ",
		" ::1",
		"fe80::1%eth0",
		"::1.2.3",
		"1.2.3.4::",
		"::g",
		"1:",
		":1",
		"10.0.0.0 /8",
		"0000000000000000000000000000000000000000000000000000000000000000",
	};
	static const struct tf_cidr before = {.addr = {1, 2, 3}, .bits = 77};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct tf_cidr cidr = before;

		print_message("\"%s\"\n", texts[i]);
		assert_int_equal(tf_addr_parse_cidr(texts[i], &cidr), -EINVAL);
		assert_memory_equal(&cidr, &before, sizeof(cidr));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_and_networks_are_parsed),
		cmocka_unit_test(test_other_text_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
