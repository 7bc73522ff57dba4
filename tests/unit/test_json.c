// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink/json/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/states.h"
#include "sink_fixture.h"
#include "unit.h"

static void expect_conn(const struct tf_conn_record *conn, const char *expected)
{
	struct sink_fixture fixture;

	sink_fixture_json(&fixture, &sink_fixture_info);
	sink_fixture_put_conn(&fixture, conn);
	assert_string_equal(sink_fixture_text(&fixture), expected);
	sink_fixture_free(&fixture);
}

/* The value of @key in the line that @conn becomes. */
static void expect_field(const struct tf_conn_record *conn, const char *key, const char *value)
{
	struct sink_fixture fixture;
	char expected[256];

	sink_fixture_json(&fixture, &sink_fixture_info);
	sink_fixture_put_conn(&fixture, conn);
	snprintf(expected, sizeof(expected), ",\"%s\":%s", key, value);
	if (!strstr(sink_fixture_text(&fixture), expected))
		fail_msg("no %s in %s", expected, fixture.text);
	sink_fixture_free(&fixture);
}

static void expect_line(const struct tf_record *record, bool forgotten, const char *expected)
{
	struct sink_fixture fixture;

	sink_fixture_json(&fixture, &sink_fixture_info);
	fixture.forgotten = forgotten;
	tf_sink_record(fixture.sink, record);
	assert_string_equal(sink_fixture_text(&fixture), expected);
	sink_fixture_free(&fixture);
}

static void expect_record(const struct tf_record *record, const char *expected)
{
	expect_line(record, false, expected);
}

static void expect_forgotten(const struct tf_record *record, const char *expected)
{
	expect_line(record, true, expected);
}

/* `complete` is a promise, which nobody has given: false. */
static void test_a_record_that_nobody_has_filled_in_is_null(void **state)
{
	static const struct tf_conn_record conn;
	static const struct tf_state_record moved;
	static const struct tf_reset_record reset;
	static const struct tf_gap_record gap;
	const struct tf_record records[] = {
		{.type = TF_RECORD_CONN, .conn = &conn},
		{.type = TF_RECORD_STATE, .state = &moved},
		{.type = TF_RECORD_RESET, .reset = &reset},
		{.type = TF_RECORD_GAP, .gap = &gap},
	};

	expect_forgotten(&records[0], sink_fixture_zeroed_line);
	expect_forgotten(&records[1],
			 "{\"v\":1,\"type\":\"state\",\"time\":null,\"id\":null,\"family\":null,"
			 "\"local_addr\":null,\"local_port\":null,\"remote_addr\":null,"
			 "\"remote_port\":null,\"netns\":null,\"pid\":null,\"comm\":null,"
			 "\"old_state\":null,\"new_state\":null,\"spent_us\":null}\n");
	expect_forgotten(&records[2],
			 "{\"v\":1,\"type\":\"reset\",\"time\":null,\"kind\":null,\"id\":null,"
			 "\"netns\":null,\"family\":null,\"local_addr\":null,\"local_port\":null,"
			 "\"remote_addr\":null,\"remote_port\":null,\"rst_reason\":null,"
			 "\"pid\":null,\"comm\":null}\n");
	expect_forgotten(&records[3],
			 "{\"v\":1,\"type\":\"gap\",\"time\":null,\"where\":null,\"count\":null,"
			 "\"total\":null}\n");
}

static void test_a_signal_without_its_number_is_null(void **state)
{
	struct tf_conn_record conn = sink_fixture_blank;

	conn.how = TF_HOW_SIGNAL;
	expect_conn(&conn, sink_fixture_blank_line);
}

static void test_a_stop_without_its_reason_is_null(void **state)
{
	assert_null(tf_sink_stop_slug((struct tf_stop){0}.reason));
}

static void test_conn_has_every_field_in_order(void **state)
{
	expect_conn(&sink_fixture_conn, sink_fixture_conn_line);
}

static void test_unknown_values_are_null(void **state)
{
	expect_conn(&sink_fixture_blank, sink_fixture_blank_line);
}

static void test_conn_has_the_names_of_its_cgroup(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;
	struct tf_ev_cgroup names = sink_fixture_names;

	conn.names = &names;
	expect_field(&conn, "cgroup",
		     "\"/docker/3f4e7c1a9b2d/system.slice/nginx.service\","
		     "\"container\":\"docker:3f4e7c1a9b2d\",\"unit\":\"nginx.service\",");
	names.unit[0] = '\0';
	strcpy((char *)names.path, "/a\"b\xff\033");
	expect_field(&conn, "cgroup",
		     "\"/a\\\"b\xef\xbf\xbd\\u001b\",\"container\":\"docker:3f4e7c1a9b2d\","
		     "\"unit\":null,");
}

static void test_comm_of_any_bytes_becomes_valid_json(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;

	memcpy(conn.owner.comm, "a\"b\\c\nd\033[2J\xff\xc3\xa9", 15);
	expect_field(&conn, "comm", "\"a\\\"b\\\\c\\nd\\u001b[2J\xef\xbf\xbd\xc3\xa9\",");
	memset(conn.owner.comm, 'x', TF_COMM_LEN); /* no NUL at all */
	expect_field(&conn, "comm", "\"xxxxxxxxxxxxxxxx\",");
	memset(conn.owner.comm, 0, TF_COMM_LEN); /* a process may have no name */
	expect_field(&conn, "comm", "null,");
}

static void test_close_how_names_the_signal(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;

	conn.how = TF_HOW_SIGNAL;
	conn.how_signal = 9;
	expect_field(&conn, "close_how", "\"signal:9\",");
	conn.how = TF_HOW_OOM;
	expect_field(&conn, "close_how", "\"oom\",");
	conn.how = TF_HOW_EXIT;
	expect_field(&conn, "close_how", "\"exit\",");
	conn.how = TF_HOW_SHUTDOWN;
	expect_field(&conn, "close_how", "\"shutdown\",");
	conn.how = TF_HOW_CLOSE;
	expect_field(&conn, "close_how", "\"close\",");
}

static void test_reasons_and_errnos_have_names(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;

	conn.rst_reason = tf_maybe_of(3);
	expect_field(&conn, "rst_reason", "\"TCP_ABORT_ON_CLOSE\",");
	conn.rst_reason = tf_maybe_of(4); /* this kernel has no name for it */
	expect_field(&conn, "rst_reason", "null,");
	conn.rst_reason = tf_maybe_of(INT32_MAX);
	expect_field(&conn, "rst_reason", "null,");
	conn.err = 32;
	expect_field(&conn, "errno", "\"EPIPE\",");
	conn.err = 133;
	expect_field(&conn, "errno", "\"EHWPOISON\",");
	conn.err = 4095;
	expect_field(&conn, "errno", "\"E4095\",");
	conn.err = -1;
	expect_field(&conn, "errno", "null,");
}

static void test_every_enumerator_is_written_as_its_word(void **state)
{
	static const char *const owners[] = {"null",	  "\"connect\"", "\"accept\"",
					     "\"close\"", "\"listen\"",	 "\"holder\""};
	static const char *const sides[] = {"null", "\"local\"", "\"remote\"", "\"both\""};
	struct tf_conn_record conn = sink_fixture_conn;

	for (unsigned int i = 0; i < COUNT(owners); i++) {
		conn.owner.from = i;
		expect_field(&conn, "owner_from", owners[i]);
	}
	for (unsigned int i = 0; i < COUNT(sides); i++) {
		conn.owner.from = TF_OWNER_NONE;
		conn.closed_first = i;
		expect_field(&conn, "closed_first", sides[i]);
	}
	conn.role = TF_ROLE_SERVER;
	expect_field(&conn, "role", "\"server\"");
}

static void test_every_fate_is_written_with_its_class(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;

	for (unsigned int fate = 0; fate < TF_FATE_MAX; fate++) {
		const struct tf_fate_info *info = tf_fates_info(fate);
		char expected[128];

		conn.fate = fate;
		snprintf(expected, sizeof(expected), "\"%s\",\"class\":\"%s\",", info->slug,
			 tf_fates_class_name(info->class));
		expect_field(&conn, "fate", expected);
	}
}

static void test_every_fact_is_written_by_its_slug(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;

	for (unsigned int fact = 0; fact < TF_FACT_MAX; fact++) {
		char expected[128];

		conn.evidence = 1ULL << fact;
		snprintf(expected, sizeof(expected), "[\"%s\"]}", tf_fates_fact(fact)->slug);
		expect_field(&conn, "evidence", expected);
	}
}

static const struct tf_ev_cgroup *longest_names(void)
{
	static struct tf_ev_cgroup names;

	memset(names.container, 1, sizeof(names.container) - 1);
	memset(names.unit, 1, sizeof(names.unit) - 1);
	memset(names.path, 1, sizeof(names.path) - 1);
	return &names;
}

/* Everything at its longest: must stay within the room that json.c reserves (ASan sees else). */
static void test_the_longest_conn_fits(void **state)
{
	struct sink_fixture fixture;
	struct tf_conn_record conn = sink_fixture_conn;

	memset(conn.owner.comm, 0x1b, TF_COMM_LEN);
	memset(conn.tuple.laddr, 0xfe, 16);
	memset(conn.tuple.raddr, 0xfe, 16);
	conn.sock = UINT64_MAX;
	conn.generation = UINT32_MAX;
	conn.bytes_sent = conn.bytes_acked = conn.bytes_received = tf_maybe_of(UINT64_MAX - 1);
	conn.bytes_unread = conn.bytes_unsent = conn.bytes_unacked = tf_maybe_of(UINT64_MAX - 1);
	conn.duration_us = conn.handshake_us = conn.dead_held_us = tf_maybe_of(UINT64_MAX - 1);
	conn.time_ns = UINT64_MAX;
	conn.started_ns = tf_maybe_of(UINT64_MAX - 1);
	conn.evidence = UINT64_MAX;
	conn.n_states = TF_STATES_MAX;
	for (unsigned int i = 0; i < TF_STATES_MAX; i++)
		conn.states[i] =
			(struct tf_state_time){TF_TCP_ESTABLISHED, TF_MAYBE(UINT64_MAX - 1)};
	conn.names = longest_names();
	sink_fixture_json(&fixture, &sink_fixture_info);
	sink_fixture_put_conn(&fixture, &conn);
	assert_in_range(strlen(sink_fixture_text(&fixture)), 5000, 8192);
	assert_non_null(strstr(fixture.text, "\"id\":\"ffffffffffffffff.4294967295\""));
	assert_non_null(strstr(fixture.text, "\"bytes_sent\":18446744073709551614,"));
	sink_fixture_free(&fixture);
}

static void test_a_state_record_is_one_line(void **state)
{
	struct tf_state_record r = {.time_ns = 1000000000000,
				    .sock = 0xff,
				    .netns = 1,
				    .tuple = sink_fixture_conn.tuple,
				    .owner = {.from = TF_OWNER_CONNECT, .pid = 1, .comm = "x"},
				    .old_state = TF_TCP_SYN_SENT,
				    .new_state = TF_TCP_ESTABLISHED,
				    .spent_us = TF_MAYBE(10)};
	const struct tf_record record = {.type = TF_RECORD_STATE, .state = &r};

	expect_record(&record,
		      "{\"v\":1,\"type\":\"state\",\"time\":\"2026-11-21T02:19:06.000000000Z\","
		      "\"id\":\"ff\",\"family\":\"ipv4\",\"local_addr\":\"192.0.2.17\","
		      "\"local_port\":43210,\"remote_addr\":\"203.0.113.5\",\"remote_port\":443,"
		      "\"netns\":1,\"pid\":1,\"comm\":\"x\",\"old_state\":\"SYN_SENT\","
		      "\"new_state\":\"ESTABLISHED\",\"spent_us\":10}\n");
}

static void test_a_reset_record_is_one_line(void **state)
{
	struct tf_reset_record r = {.time_ns = 1000000000000,
				    .kind = TF_RESET_REFUSED_INBOUND,
				    .netns = 1,
				    .tuple = sink_fixture_conn.tuple,
				    .rst_reason = TF_MAYBE(0)};
	const struct tf_record record = {.type = TF_RECORD_RESET, .reset = &r};

	expect_record(&record,
		      "{\"v\":1,\"type\":\"reset\",\"time\":\"2026-11-21T02:19:06.000000000Z\","
		      "\"kind\":\"refused_inbound\",\"id\":null,\"netns\":1,\"family\":\"ipv4\","
		      "\"local_addr\":\"192.0.2.17\",\"local_port\":43210,"
		      "\"remote_addr\":\"203.0.113.5\",\"remote_port\":443,"
		      "\"rst_reason\":\"NOT_SPECIFIED\",\"pid\":null,\"comm\":null}\n");
	r.kind = TF_RESET_LATE_DATA;
	r.sock = 0xab;
	r.rst_reason = (struct tf_maybe){0};
	expect_record(&record,
		      "{\"v\":1,\"type\":\"reset\",\"time\":\"2026-11-21T02:19:06.000000000Z\","
		      "\"kind\":\"late_data\",\"id\":\"ab\",\"netns\":1,\"family\":\"ipv4\","
		      "\"local_addr\":\"192.0.2.17\",\"local_port\":43210,"
		      "\"remote_addr\":\"203.0.113.5\",\"remote_port\":443,"
		      "\"rst_reason\":null,"
		      "\"pid\":null,\"comm\":null}\n");
	r.kind = TF_RESET_TURNED_AWAY;
	r.sock = 0;
	r.owner = (struct tf_owner){.from = TF_OWNER_LISTEN, .pid = 7, .comm = "srv"};
	expect_record(&record,
		      "{\"v\":1,\"type\":\"reset\",\"time\":\"2026-11-21T02:19:06.000000000Z\","
		      "\"kind\":\"turned_away\",\"id\":null,\"netns\":1,\"family\":\"ipv4\","
		      "\"local_addr\":\"192.0.2.17\",\"local_port\":43210,"
		      "\"remote_addr\":\"203.0.113.5\",\"remote_port\":443,"
		      "\"rst_reason\":null,\"pid\":7,\"comm\":\"srv\"}\n");
}

static void expect_in_alert(const struct tf_alert_record *alert, bool forgotten,
			    const char *expected)
{
	struct sink_fixture fixture;

	sink_fixture_json(&fixture, &sink_fixture_info);
	fixture.forgotten = forgotten;
	sink_fixture_put_alert(&fixture, alert);
	if (!strstr(sink_fixture_text(&fixture), expected))
		fail_msg("no %s in %s", expected, fixture.text);
	sink_fixture_free(&fixture);
}

static void expect_alert(const struct tf_alert_record *alert, const char *expected)
{
	expect_in_alert(alert, false, expected);
}

static void test_an_alert_record_is_one_line(void **state)
{
	const struct tf_alert_info *info = tf_alerts_info(TF_ALERT_CLOSE_WAIT_PILEUP);
	struct tf_alert_record alert = sink_fixture_alert;
	const struct tf_record record = {.type = TF_RECORD_ALERT, .alert = &alert};
	char expected[4096];

	alert.names = &sink_fixture_names;
	snprintf(expected, sizeof(expected),
		 "{\"v\":1,\"type\":\"alert\",\"time\":\"2026-11-21T02:19:08.500000000Z\","
		 "\"alert\":\"close_wait_pileup\",\"event\":\"raise\",\"severity\":\"warning\","
		 "\"since\":\"2026-11-21T02:19:07.500000000Z\",\"pid\":221,\"comm\":\"java\","
		 "\"cgroup\":\"/docker/3f4e7c1a9b2d/system.slice/nginx.service\","
		 "\"container\":\"docker:3f4e7c1a9b2d\",\"unit\":\"nginx.service\","
		 "\"netns\":4026531840,\"local_addr\":\"192.0.2.17\",\"local_port\":8080,"
		 "\"remote_addr\":null,\"remote_port\":null,\"count\":412,"
		 "\"oldest_us\":1860000000,\"oldest_at_least\":false,\"rate_per_min\":14,"
		 "\"limit\":null,\"eof_read\":412,\"bytes_unread\":null,\"dropped\":null,"
		 "\"destinations\":null,\"fate\":null,\"examples\":[{\"id\":\"ab.1\","
		 "\"local_addr\":\"192.0.2.17\",\"local_port\":8080,"
		 "\"remote_addr\":\"203.0.113.5\",\"remote_port\":41234,"
		 "\"state\":\"CLOSE_WAIT\",\"pid\":221,\"comm\":\"java\",\"fd\":17,"
		 "\"age_us\":1860000000}],\"meaning\":\"%s\",\"remedy\":\"%s\","
		 "\"text\":\"java[221] has 412 sockets in CLOSE_WAIT on 192.0.2.17:8080, oldest 31 "
		 "min, 14 more a minute: the peers closed, this process never calls close().\"}\n",
		 info->meaning, info->remedy);
	expect_record(&record, expected);
}

static void test_unknown_values_of_an_alert_are_null(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;

	alert.event = TF_ALERT_EVENT_UPDATE;
	alert.owner = (struct tf_owner){.from = TF_OWNER_NONE};
	alert.netns = 0;
	alert.local_addr.known = false;
	alert.oldest_us = alert.rate_per_min = alert.eof_read = (struct tf_maybe){0};
	alert.oldest_at_least = TF_UNKNOWN;
	alert.n_examples = 0;
	expect_alert(&alert, "\"event\":\"update\",");
	expect_alert(&alert,
		     "\"pid\":null,\"comm\":null,\"cgroup\":null,\"container\":null,"
		     "\"unit\":null,\"netns\":null,\"local_addr\":null,\"local_port\":8080,"
		     "\"remote_addr\":null,\"remote_port\":null,\"count\":412,"
		     "\"oldest_us\":null,\"oldest_at_least\":null,\"rate_per_min\":null,"
		     "\"limit\":null,\"eof_read\":null,\"bytes_unread\":null,\"dropped\":null,"
		     "\"destinations\":null,\"fate\":null,\"examples\":[],");
}

/* A field that notify.c forgets is null, never 0 or false. */
static void test_a_zeroed_alert_knows_nothing(void **state)
{
	struct tf_alert_record alert = {.oldest_at_least = TF_UNKNOWN, .n_examples = 1};

	expect_in_alert(
		&alert, true,
		"\"event\":null,\"severity\":\"warning\",\"since\":null,\"pid\":null,\"comm\":null,"
		"\"cgroup\":null,\"container\":null,\"unit\":null,\"netns\":null,"
		"\"local_addr\":null,\"local_port\":null,\"remote_addr\":null,"
		"\"remote_port\":null,\"count\":null,\"oldest_us\":null,"
		"\"oldest_at_least\":null,\"rate_per_min\":null,\"limit\":null,"
		"\"eof_read\":null,\"bytes_unread\":null,\"dropped\":null,"
		"\"destinations\":null,\"fate\":null,\"examples\":[{\"id\":null,"
		"\"local_addr\":\"::\",\"local_port\":null,\"remote_addr\":\"::\","
		"\"remote_port\":null,\"state\":null,\"pid\":null,\"comm\":null,"
		"\"fd\":null,\"age_us\":null}],");
}

static void test_an_alert_about_a_listener_has_no_remote_end(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;

	alert.alert = TF_ALERT_ACCEPT_QUEUE_FULL;
	alert.event = TF_ALERT_EVENT_CLEAR;
	alert.count = tf_maybe_of(129);
	alert.limit = tf_maybe_of(128);
	alert.dropped = tf_maybe_of(7);
	alert.examples[0].state = TF_TCP_LISTEN;
	alert.examples[0].tuple.rport = 0;
	alert.examples[0].fd = (struct tf_maybe){0};
	alert.examples[0].age_us = (struct tf_maybe){0};
	expect_alert(&alert, "\"event\":\"clear\",\"severity\":\"critical\",");
	expect_alert(&alert, "\"limit\":128,");
	expect_alert(&alert, "\"dropped\":7,");
	expect_alert(&alert, "\"remote_addr\":null,\"remote_port\":null,\"state\":\"LISTEN\","
			     "\"pid\":221,\"comm\":\"java\",\"fd\":null,\"age_us\":null}],");
}

/* A minisock has no id, a comm may be anything, a storm has a fate. */
static void test_alert_fates_and_hostile_examples_are_written(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;

	alert.alert = TF_ALERT_RESET_STORM;
	alert.fate = tf_maybe_of(TF_FATE_RESET_BY_REMOTE);
	alert.examples[0].sock = 0;
	alert.examples[0].state = 0;
	memcpy(alert.owner.comm, "a\"\033\\\xff\0", 6);
	alert.examples[0].owner = alert.owner;
	expect_alert(&alert, "\"fate\":\"reset_by_remote\",\"examples\":[{\"id\":null,");
	expect_alert(&alert, "\"remote_port\":41234,\"state\":null,\"pid\":221,"
			     "\"comm\":\"a\\\"\\u001b\\\\\xef\xbf\xbd\",");
	/* As people see it, then as JSON. */
	expect_alert(&alert, "\"text\":\"412 connections of a\\\"\\\\x1b\\\\x5c\\\\xff[221] on ");
}

static void test_the_longest_alert_fits(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;
	struct tf_alert_address addr = {.known = true};
	struct sink_fixture fixture;

	memset(addr.address, 0xfe, sizeof(addr.address));
	memset(alert.owner.comm, 0x1b, TF_COMM_LEN);
	alert.names = longest_names();
	alert.local_addr = alert.remote_addr = addr;
	alert.local_port = alert.remote_port = UINT16_MAX;
	alert.time_ns = UINT64_MAX - 1;
	alert.since_ns = tf_maybe_of(UINT64_MAX - 1);
	alert.count = alert.oldest_us = alert.rate_per_min = alert.limit =
		tf_maybe_of(UINT64_MAX - 1);
	alert.eof_read = alert.bytes_unread = alert.dropped = alert.destinations =
		tf_maybe_of(UINT64_MAX - 2);
	alert.oldest_at_least = TF_YES;
	alert.fate = tf_maybe_of(TF_FATE_RESET_AFTER_REMOTE_FIN);
	alert.n_examples = TF_ALERT_EXAMPLES;
	alert.examples[0].sock = UINT64_MAX;
	alert.examples[0].generation = UINT32_MAX;
	alert.examples[0].fd = tf_maybe_of(INT32_MAX);
	alert.examples[0].age_us = tf_maybe_of(UINT64_MAX - 1);
	alert.examples[0].owner = alert.owner;
	memset(&alert.examples[0].tuple, 0xfe, sizeof(alert.examples[0].tuple));
	for (unsigned int i = 1; i < TF_ALERT_EXAMPLES; i++)
		alert.examples[i] = alert.examples[0];
	sink_fixture_json(&fixture, &sink_fixture_info);
	for (unsigned int i = 0; i < TF_ALERT_MAX; i++) {
		size_t before = strlen(sink_fixture_text(&fixture));

		alert.alert = i;
		sink_fixture_put_alert(&fixture, &alert);
		assert_in_range(strlen(sink_fixture_text(&fixture)) - before, 5000, 10000);
	}
	sink_fixture_free(&fixture);
}

static void test_a_gap_record_is_one_line(void **state)
{
	static const char *const places[] = {NULL,     "ring", "table", "sink",
					     "stream", "scan", "hook"};
	struct tf_gap_record r = {
		.time_ns = 1000000000000, .count = tf_maybe_of(5), .total = tf_maybe_of(7)};
	const struct tf_record record = {.type = TF_RECORD_GAP, .gap = &r};

	for (r.where = TF_GAP_RING; r.where < TF_GAP_WHERE_MAX; r.where++) {
		char expected[256];

		snprintf(expected, sizeof(expected),
			 "{\"v\":1,\"type\":\"gap\",\"time\":\"2026-11-21T02:19:06.000000000Z\","
			 "\"where\":\"%s\",\"count\":5,\"total\":7}\n",
			 places[r.where]);
		expect_record(&record, expected);
	}
}

static void test_a_stats_record_is_one_line(void **state)
{
	static struct tf_stats_record r = {.time_ns = 1000000000000};
	const struct tf_record record = {.type = TF_RECORD_STATS, .stats = &r};
	struct sink_fixture fixture;

	r.stats.hook[TF_HOOK_STATE] = (struct tf_counters){10, 1, 2, 3, 4};
	r.stats.fates[TF_FATE_CLOSED_BY_LOCAL] = 42;
	r.stats.held = 9;
	r.stats.alerts = 3;
	r.stats.alerts_uncounted = 4;
	r.stats.names_forgotten = 2;
	r.stats.returned = 5;
	r.stats.unplaced = 6;
	sink_fixture_json(&fixture, &sink_fixture_info);
	tf_sink_record(fixture.sink, &record);
	assert_non_null(strstr(sink_fixture_text(&fixture),
			       "\"resets\":0,\"alerts\":3,\"evicted\":0,\"returned\":5,"
			       "\"unplaced\":6,\"alerts_uncounted\":4,"
			       "\"names_forgotten\":2,\"live\":0,"
			       "\"held\":9,\"hooks\":{\"inet_sock_set_state\":{\"seen\":10,"
			       "\"filtered\":1,\"folded\":2,\"lost\":3,\"emitted\":4},"));
	assert_non_null(strstr(fixture.text, ",\"fates\":{\"unknown\":0,\"closed_by_local\":42,"));
	sink_fixture_free(&fixture);
}

static void test_start_names_hooks_and_what_is_weaker(void **state)
{
	struct tf_run_info info = sink_fixture_info;
	struct sink_fixture fixture;
	char expected[512];

	info.hook[TF_HOOK_ACCEPT].method[0] = '\0';
	strcpy(info.host, "evil\"\033\xff");
	sink_fixture_json(&fixture, &info);
	tf_sink_start(fixture.sink);
	sink_fixture_text(&fixture);
	assert_ptr_equal(
		strstr(fixture.text,
		       "{\"v\":1,\"type\":\"start\",\"time\":"
		       "\"2026-11-21T02:19:06.000000000Z\",\"version\":\"0.1.0\",\"abi\":2,"
		       "\"host\":\"evil\\\"\\u001b\xef\xbf\xbd\",\"kernel\":\"6.18.0\","
		       "\"identity\":\"cookie\",\"hooks\":[{\"name\":\"inet_sock_set_state\","
		       "\"attach_method\":\"tp_btf\",\"weaker\":null},"),
		fixture.text);
	snprintf(expected, sizeof(expected),
		 "{\"name\":\"inet_csk_accept\",\"attach_method\":null,\"weaker\":\"%s\"},",
		 tf_run_info_hook_weaker(&info, TF_HOOK_ACCEPT));
	assert_non_null(strstr(fixture.text, expected));
	sink_fixture_free(&fixture);
}

static void test_the_longest_start_fits(void **state)
{
	struct tf_run_info info = sink_fixture_info;
	struct sink_fixture fixture;

	memset(info.version, 1, sizeof(info.version) - 1);
	memset(info.host, 1, sizeof(info.host) - 1);
	memset(info.kernel, 1, sizeof(info.kernel) - 1);
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++)
		memset(info.hook[i].method, 1, TF_METHOD_LEN - 1);
	sink_fixture_json(&fixture, &info);
	tf_sink_start(fixture.sink);
	assert_in_range(strlen(sink_fixture_text(&fixture)), 1500, 8192);
	sink_fixture_free(&fixture);
}

static void test_stop_has_the_totals(void **state)
{
	static struct tf_stats stats = {.events = 100, .connections = 8, .ended = 7, .live = 1};
	struct tf_stop stop = {1000000000000, TF_STOP_CLOSED_PIPE, &stats, 3};
	struct sink_fixture fixture;

	stats.hook[TF_HOOK_STATE].lost = 2;
	stats.hook[TF_HOOK_ACCEPT].lost = 5;
	sink_fixture_json(&fixture, &sink_fixture_info);
	tf_sink_stop(fixture.sink, &stop);
	assert_string_equal(
		sink_fixture_text(&fixture),
		"{\"v\":1,\"type\":\"stop\",\"time\":\"2026-11-21T02:19:06.000000000Z\","
		"\"reason\":\"closed_pipe\",\"events\":100,\"malformed\":0,"
		"\"connections\":8,\"ended\":7,\"incomplete\":0,\"resets\":0,"
		"\"evicted\":0,\"live\":1,\"events_lost\":7,\"lines_lost\":3}\n");
	sink_fixture_free(&fixture);
}

/* A recording may have been taken anywhere, or damaged: no time is too strange to be written. */
static void test_strange_clocks_are_still_times(void **state)
{
	struct tf_run_info info = sink_fixture_info;
	static const int64_t offsets[] = {INT64_MIN, INT64_MAX, -1, 0};

	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct tf_conn_record conn = sink_fixture_conn;
		struct sink_fixture fixture;

		info.utc_offset_ns = offsets[i];
		sink_fixture_json(&fixture, &info);
		sink_fixture_put_conn(&fixture, &conn);
		conn.time_ns = UINT64_MAX;
		conn.started_ns = tf_maybe_of(0);
		sink_fixture_put_conn(&fixture, &conn);
		sink_fixture_text(&fixture);
		sink_fixture_free(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record_that_nobody_has_filled_in_is_null),
		cmocka_unit_test(test_a_signal_without_its_number_is_null),
		cmocka_unit_test(test_a_stop_without_its_reason_is_null),
		cmocka_unit_test(test_conn_has_every_field_in_order),
		cmocka_unit_test(test_unknown_values_are_null),
		cmocka_unit_test(test_conn_has_the_names_of_its_cgroup),
		cmocka_unit_test(test_comm_of_any_bytes_becomes_valid_json),
		cmocka_unit_test(test_close_how_names_the_signal),
		cmocka_unit_test(test_reasons_and_errnos_have_names),
		cmocka_unit_test(test_every_enumerator_is_written_as_its_word),
		cmocka_unit_test(test_every_fate_is_written_with_its_class),
		cmocka_unit_test(test_every_fact_is_written_by_its_slug),
		cmocka_unit_test(test_the_longest_conn_fits),
		cmocka_unit_test(test_a_state_record_is_one_line),
		cmocka_unit_test(test_a_reset_record_is_one_line),
		cmocka_unit_test(test_an_alert_record_is_one_line),
		cmocka_unit_test(test_unknown_values_of_an_alert_are_null),
		cmocka_unit_test(test_a_zeroed_alert_knows_nothing),
		cmocka_unit_test(test_an_alert_about_a_listener_has_no_remote_end),
		cmocka_unit_test(test_alert_fates_and_hostile_examples_are_written),
		cmocka_unit_test(test_the_longest_alert_fits),
		cmocka_unit_test(test_a_gap_record_is_one_line),
		cmocka_unit_test(test_a_stats_record_is_one_line),
		cmocka_unit_test(test_start_names_hooks_and_what_is_weaker),
		cmocka_unit_test(test_the_longest_start_fits),
		cmocka_unit_test(test_stop_has_the_totals),
		cmocka_unit_test(test_strange_clocks_are_still_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
