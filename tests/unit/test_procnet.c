// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_procnet.c - what the texts of /proc/net say
 */
#include "scan/procnet.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

static const char sockstat[] = "sockets: used 290\n"
			       "TCP: inuse 5 orphan 1 tw 37 alloc 8 mem 2\n"
			       "UDP: inuse 7 mem 0\n";

static void test_a_number_of_sockstat_is_read(void **state)
{
	uint64_t n = 99;

	assert_int_equal(tf_procnet_sockstat(sockstat, "TCP:", "inuse", &n), 0);
	assert_int_equal(n, 5);
	assert_int_equal(tf_procnet_sockstat(sockstat, "TCP:", "tw", &n), 0);
	assert_int_equal(n, 37);
	assert_int_equal(tf_procnet_sockstat(sockstat, "UDP:", "inuse", &n), 0);
	assert_int_equal(n, 7);
}

static void test_a_number_that_sockstat_lacks_is_unknown(void **state)
{
	uint64_t n = 99;

	assert_int_equal(tf_procnet_sockstat(sockstat, "TCP6:", "inuse", &n), -ENOENT);
	assert_int_equal(tf_procnet_sockstat(sockstat, "UDP:", "tw", &n), -ENOENT);
	assert_int_equal(tf_procnet_sockstat(sockstat, "TCP:", "use", &n), -ENOENT);
	assert_int_equal(tf_procnet_sockstat("", "TCP:", "inuse", &n), -ENOENT);
	assert_int_equal(tf_procnet_sockstat("TCP: inuse", "TCP:", "inuse", &n), -ENOENT);
	assert_int_equal(tf_procnet_sockstat("TCP: inuse x", "TCP:", "inuse", &n), -ENOENT);
	assert_int_equal(n, 99);
}

static void test_counters_are_found_by_name(void **state)
{
	static const char netstat[] =
		"TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed ListenOverflows "
		"ListenDrops "
		"TCPReqQFullDoCookies TCPReqQFullDrop\n"
		"TcpExt: 11 12 13 14 15 99 16\n"
		"IpExt: InNoRoutes ListenDrops\n"
		"IpExt: 77 78\n";
	static const char snmp[] = "Ip: Forwarding DefaultTTL\n"
				   "Ip: 1 64\n"
				   "Tcp: RtoAlgorithm ActiveOpens MaxConn PassiveOpens\n"
				   "Tcp: 1 21 -1 22\n";
	__u64 got[TF_SNMP_MAX];

	memset(got, 0xff, sizeof(got));
	tf_procnet_snmp(netstat, got);
	assert_int_equal(got[TF_SNMP_ACTIVE_OPENS], UINT64_MAX);
	tf_procnet_snmp(snmp, got);
	assert_int_equal(got[TF_SNMP_ACTIVE_OPENS], 21);
	assert_int_equal(got[TF_SNMP_PASSIVE_OPENS], 22);
	assert_int_equal(got[TF_SNMP_SYNCOOKIES_SENT], 11);
	assert_int_equal(got[TF_SNMP_SYNCOOKIES_RECV], 12);
	assert_int_equal(got[TF_SNMP_SYNCOOKIES_FAILED], 13);
	assert_int_equal(got[TF_SNMP_LISTEN_OVERFLOWS], 14);
	assert_int_equal(got[TF_SNMP_LISTEN_DROPS], 15);
	assert_int_equal(got[TF_SNMP_REQQ_FULL_DROP], 16);
}

static void test_broken_tables_leave_counters_unknown(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"Tcp:",
		"Tcp: ActiveOpens",
		"Tcp: ActiveOpens\n",
		"Tcp: ActiveOpens\nTcp:",
		"Tcp: ActiveOpens\nUdp: 5\n",
		"Tcp: ActiveOpens\nTcp: x\n",
		"\n\n\nTcp: 5\n",
		"Tcp: ActiveOpensX\nTcp: 5\n",
	};
	__u64 got[TF_SNMP_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		memset(got, 0xff, sizeof(got));
		tf_procnet_snmp(texts[i], got);
		for (int k = 0; k < TF_SNMP_MAX; k++)
			assert_int_equal(got[k], UINT64_MAX);
	}
}

static void test_this_host_can_be_read(void **state)
{
	struct tf_ev_netns facts = {.ev.netns = 7};

	tf_procnet_read(&facts);
	assert_int_equal(facts.ev.netns, 7);
	assert_in_range(facts.port_low, 1, facts.port_high);
	assert_int_not_equal(facts.snmp[TF_SNMP_ACTIVE_OPENS], UINT64_MAX);
	assert_int_equal(facts.pad[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_number_of_sockstat_is_read),
		cmocka_unit_test(test_a_number_that_sockstat_lacks_is_unknown),
		cmocka_unit_test(test_counters_are_found_by_name),
		cmocka_unit_test(test_broken_tables_leave_counters_unknown),
		cmocka_unit_test(test_this_host_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
