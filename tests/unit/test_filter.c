// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_filter.c - ports, and which records pass
 */
#include "core/filter.h"

#include <errno.h>

#include "unit.h"

static unsigned int count_ports(const struct tf_port_set *set)
{
	unsigned int n = 0;

	for (size_t i = 0; i < COUNT(set->bits); i++)
		n += (unsigned int)__builtin_popcountll(set->bits[i]);
	return n;
}

static void test_port_lists_are_parsed(void **state)
{
	static const struct {
		const char *text;
		unsigned int n;
		uint16_t has, has_not;
	} rows[] = {
		{"80", 1, 80, 81},
		{"80,443", 2, 443, 444},
		{"8000-8100,9000", 102, 8100, 8101},
		{"1-65535", 65535, 65535, 0},
		{"7-7", 1, 7, 8},
		{"80,80,70-90", 21, 90, 91},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tf_port_set set = {.any = true};

		print_message("\"%s\"\n", rows[i].text);
		assert_int_equal(tf_filter_parse_ports(&set, rows[i].text), 0);
		assert_false(set.any);
		assert_int_equal(count_ports(&set), rows[i].n);
		assert_true(tf_filter_has_port(&set, rows[i].has));
		assert_false(tf_filter_has_port(&set, rows[i].has_not));
	}
}

static void test_port_lists_add_up(void **state)
{
	struct tf_port_set set = {.any = true};

	assert_true(tf_filter_has_port(&set, 12345));
	assert_int_equal(tf_filter_parse_ports(&set, "80"), 0);
	assert_int_equal(tf_filter_parse_ports(&set, "443"), 0);
	assert_int_equal(count_ports(&set), 2);
}

static void test_wrong_port_lists_change_nothing(void **state)
{
	static const char *const texts[] = {
		"",	     ",",     "80,",	",80",	    "80,,443",
		"0",	     "65536", "0-80",	"80-65536", "90-80",
		"-",	     "80-",   "-80",	"8 0",	    " 80",
		"80-90-100", "http",  "80;443", "000080",   "1-99999999999999999999",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct tf_port_set set = {.any = true}, before = set;

		print_message("\"%s\"\n", texts[i]);
		assert_int_equal(tf_filter_parse_ports(&set, texts[i]), -EINVAL);
		assert_memory_equal(&set, &before, sizeof(set));
	}
}

/* A connection 192.0.2.1:40000 -> 198.51.100.2:443 in namespace 7 of process 4711, "curl". */
static struct tf_conn_record some_conn(void)
{
	struct tf_conn_record conn = {
		.netns = 7,
		.tuple = {.laddr = {[10] = 0xff, 0xff, 192, 0, 2, 1},
			  .raddr = {[10] = 0xff, 0xff, 198, 51, 100, 2},
			  .lport = 40000,
			  .rport = 443},
		.owner = {.from = TF_OWNER_CONNECT, .pid = 4711, .comm = "curl"},
		.fate = TF_FATE_CONNECT_TIMEOUT,
	};

	return conn;
}

static bool passes(const struct tf_filter *filter, const struct tf_conn_record *conn)
{
	struct tf_record record = {.type = TF_RECORD_CONN, .conn = conn};

	return tf_filter_record(filter, &record);
}

static void test_no_filter_passes_everything(void **state)
{
	struct tf_conn_record conn = some_conn(), empty = {0};
	struct tf_filter filter;

	tf_filter_init(&filter);
	assert_true(passes(&filter, &conn));
	assert_true(passes(&filter, &empty));
	assert_true(tf_filter_tuple(&filter, &conn.tuple, 0));
}

static void test_ports_pass_as_given(void **state)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	assert_int_equal(tf_filter_parse_ports(&filter.lport, "40000"), 0);
	assert_int_equal(tf_filter_parse_ports(&filter.rport, "443"), 0);
	assert_true(passes(&filter, &conn));
	conn.tuple.lport = 0;
	assert_true(tf_filter_tuple(&filter, &conn.tuple, 7));
	conn.tuple.lport = 40001;
	assert_false(passes(&filter, &conn));
	conn.tuple.lport = 40000;
	conn.tuple.rport = 444;
	assert_false(passes(&filter, &conn));
}

static bool passes_host(const char *cidr)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	assert_int_equal(tf_addr_parse_cidr("203.0.113.0/24", &filter.cidrs[0]), 0);
	assert_int_equal(tf_addr_parse_cidr(cidr, &filter.cidrs[1]), 0);
	filter.n_cidrs = 2;
	return passes(&filter, &conn);
}

static void test_either_end_may_be_in_a_network(void **state)
{
	assert_true(passes_host("192.0.2.1"));
	assert_true(passes_host("198.51.100.0/24"));
	assert_true(passes_host("198.51.100.2/31"));
	assert_true(passes_host("0.0.0.0/0"));
	assert_true(passes_host("::ffff:198.51.100.0/120"));
	assert_false(passes_host("198.51.100.0/31"));
	assert_false(passes_host("198.51.101.0/24"));
	assert_false(passes_host("2001:db8::/32"));
	assert_false(passes_host("::/0"));
	assert_true(passes_host("::ffff:0:0/96"));
}

static void test_v4_mapped_is_ipv4(void **state)
{
	struct tf_conn_record v4 = some_conn(), v6 = some_conn();
	struct tf_filter filter;

	v6.tuple.raddr[0] = 0x20;
	tf_filter_init(&filter);
	filter.only_v4 = true;
	assert_true(passes(&filter, &v4));
	assert_false(passes(&filter, &v6));
	filter.only_v4 = false;
	filter.only_v6 = true;
	assert_false(passes(&filter, &v4));
	assert_true(passes(&filter, &v6));
}

static void test_owners_pass_by_pid_and_comm(void **state)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	filter.n_pids = 2;
	filter.pids[0] = 1;
	filter.pids[1] = 4711;
	assert_true(passes(&filter, &conn));
	filter.n_comms = 1;
	strcpy(filter.comms[0], "wget");
	assert_false(passes(&filter, &conn));
	strcpy(filter.comms[0], "curl");
	assert_true(passes(&filter, &conn));
	strcpy(filter.comms[0], "cur");
	assert_false(passes(&filter, &conn));
	strcpy(filter.comms[0], "curl");
	conn.owner.pid = 4712;
	assert_false(passes(&filter, &conn));
}

static void test_an_unknown_owner_passes_no_filter_of_owners(void **state)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	conn.owner = (struct tf_owner){0};
	filter.n_pids = 1;
	filter.pids[0] = 0;
	assert_false(passes(&filter, &conn));
}

static void test_namespaces_pass_as_given(void **state)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	filter.n_netns = 1;
	filter.netns[0] = 7;
	assert_true(passes(&filter, &conn));
	conn.netns = 8;
	assert_false(passes(&filter, &conn));
}

static void test_fates_and_classes_pass_as_given(void **state)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	filter.classes = 1u << TF_CLASS_CONNECT;
	assert_true(passes(&filter, &conn));
	filter.fates = 1ULL << TF_FATE_CONNECT_REFUSED;
	assert_false(passes(&filter, &conn));
	filter.fates |= 1ULL << TF_FATE_CONNECT_TIMEOUT;
	assert_true(passes(&filter, &conn));
	filter.classes = 1u << TF_CLASS_CLEAN;
	assert_false(passes(&filter, &conn));
}

static void test_abnormal_passes_what_is_known_to_be(void **state)
{
	struct tf_conn_record conn = some_conn();
	struct tf_filter filter;

	tf_filter_init(&filter);
	conn.abnormal = TF_NO;
	assert_true(passes(&filter, &conn));
	filter.abnormal = true;
	assert_false(passes(&filter, &conn));
	conn.abnormal = TF_UNKNOWN;
	assert_false(passes(&filter, &conn));
	conn.abnormal = TF_YES;
	assert_true(passes(&filter, &conn));
	filter.classes = 1u << TF_CLASS_CLEAN;
	assert_false(passes(&filter, &conn));
}

static bool reset_passes(const struct tf_filter *filter)
{
	struct tf_reset_record reset = {.netns = 7, .tuple = some_conn().tuple};
	struct tf_record record = {.type = TF_RECORD_RESET, .reset = &reset};

	return tf_filter_record(filter, &record);
}

static void test_a_reset_has_no_owner_and_no_fate(void **state)
{
	struct tf_filter filter;

	tf_filter_init(&filter);
	assert_true(reset_passes(&filter));
	filter.abnormal = true;
	assert_true(reset_passes(&filter));
	filter.classes = 1u << TF_CLASS_RESET;
	assert_true(reset_passes(&filter));
	filter.classes = 1u << TF_CLASS_TIMEOUT;
	assert_false(reset_passes(&filter));
	filter.classes = 0;
	filter.fates = 1ULL << TF_FATE_RESET_BY_REMOTE;
	assert_false(reset_passes(&filter));
	filter.fates = 0;
	filter.n_pids = 1;
	assert_false(reset_passes(&filter));
	filter.n_pids = 0;
	filter.only_v6 = true;
	assert_false(reset_passes(&filter));
}

static void test_states_pass_by_owner_and_gaps_always(void **state)
{
	struct tf_state_record change = {.netns = 7, .tuple = some_conn().tuple};
	struct tf_gap_record gap = {.where = TF_GAP_RING};
	struct tf_record record = {.type = TF_RECORD_STATE, .state = &change};
	struct tf_filter filter;

	tf_filter_init(&filter);
	filter.fates = 1ULL << TF_FATE_CONNECT_TIMEOUT;
	assert_true(tf_filter_record(&filter, &record));
	filter.n_comms = 1;
	strcpy(filter.comms[0], "curl");
	assert_false(tf_filter_record(&filter, &record));
	record = (struct tf_record){.type = TF_RECORD_GAP, .gap = &gap};
	assert_true(tf_filter_record(&filter, &record));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port_lists_are_parsed),
		cmocka_unit_test(test_port_lists_add_up),
		cmocka_unit_test(test_wrong_port_lists_change_nothing),
		cmocka_unit_test(test_no_filter_passes_everything),
		cmocka_unit_test(test_ports_pass_as_given),
		cmocka_unit_test(test_either_end_may_be_in_a_network),
		cmocka_unit_test(test_v4_mapped_is_ipv4),
		cmocka_unit_test(test_owners_pass_by_pid_and_comm),
		cmocka_unit_test(test_an_unknown_owner_passes_no_filter_of_owners),
		cmocka_unit_test(test_namespaces_pass_as_given),
		cmocka_unit_test(test_fates_and_classes_pass_as_given),
		cmocka_unit_test(test_abnormal_passes_what_is_known_to_be),
		cmocka_unit_test(test_a_reset_has_no_owner_and_no_fate),
		cmocka_unit_test(test_states_pass_by_owner_and_gaps_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
