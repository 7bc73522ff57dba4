// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/states.h"
#include "sink/json/json.h"
#include "unit.h"

const struct tf_run_info sink_fixture_info = {
	.version = "0.1.0",
	.host = "web-1",
	.kernel = "6.18.0",
	.utc_offset_ns = 1795227546000000000 - 1000000000000,
	.start_ns = 1000000000000,
	.cookies = true,
	.hook = {[TF_HOOK_STATE] = {"tp_btf", false},
		 [TF_HOOK_RST_SENT] = {"tp_btf", true},
		 [TF_HOOK_RST_RECEIVED] = {"tp_btf", false},
		 [TF_HOOK_DESTROY] = {"tp_btf", false},
		 [TF_HOOK_SYNACK] = {"tp_btf", false},
		 [TF_HOOK_ACCEPT] = {"fexit", false},
		 [TF_HOOK_SOCKETS] = {"iter", false},
		 [TF_HOOK_HOLDERS] = {"iter", false}},
	.reason = {[0] = "NOT_SPECIFIED", [3] = "TCP_ABORT_ON_CLOSE"},
};

const struct tf_conn_record sink_fixture_conn = {
	.time_ns = 1001500000000,
	.started_ns = TF_MAYBE(1000250000000),
	.sock = 0x1a2b,
	.origin = TF_ORIGIN_EVENT,
	.complete = true,
	.role = TF_ROLE_CLIENT,
	.netns = 4026531840,
	.tuple = {.laddr = {[10] = 0xff, 0xff, 192, 0, 2, 17},
		  .raddr = {[10] = 0xff, 0xff, 203, 0, 113, 5},
		  .lport = 43210,
		  .rport = 443},
	.owner = {.from = TF_OWNER_CONNECT, .pid = 1234, .comm = "curl"},
	.uid = TF_MAYBE(1000),
	.cgroup = 77,
	.established = TF_YES,
	.duration_us = TF_MAYBE(1250000),
	.duration_at_least = TF_NO,
	.handshake_us = TF_MAYBE(12345),
	.fate = TF_FATE_RESET_BY_REMOTE,
	.cause = TF_CAUSE_CHECKPOINT,
	.abnormal = TF_YES,
	.closed_first = TF_SIDE_REMOTE,
	.how = TF_HOW_NONE,
	.fin_sent = TF_NO,
	.fin_received = TF_NO,
	.rst_sent = TF_NO,
	.rst_received = TF_YES,
	.err = 104,
	.err_delivered = TF_YES,
	.end_state = TF_TCP_ESTABLISHED,
	.eof_read = TF_NO,
	.bytes_sent = TF_MAYBE(1000),
	.bytes_acked = TF_MAYBE(588),
	.bytes_received = TF_MAYBE(0),
	.bytes_unread = TF_MAYBE(0),
	.bytes_unsent = TF_MAYBE(0),
	.bytes_unacked = TF_MAYBE(412),
	.retransmits = TF_MAYBE(1),
	.srtt_us = TF_MAYBE(12500),
	.min_rtt_us = TF_MAYBE(12000),
	.dead_held_us = TF_MAYBE(150),
	.n_states = 2,
	.states = {{TF_TCP_SYN_SENT, TF_MAYBE(12345)}, {TF_TCP_ESTABLISHED, TF_MAYBE(1237655)}},
	.evidence = 1ULL << TF_FACT_ERR_RESET,
};

const char sink_fixture_conn_line[] =
	"{\"v\":1,\"type\":\"conn\",\"time\":\"2026-11-21T02:19:07.500000000Z\",\"id\":\"1a2b\","
	"\"origin\":\"event\",\"complete\":true,\"family\":\"ipv4\",\"role\":\"client\","
	"\"local_addr\":\"192.0.2.17\",\"local_port\":43210,\"remote_addr\":\"203.0.113.5\","
	"\"remote_port\":443,\"netns\":4026531840,\"pid\":1234,\"comm\":\"curl\",\"uid\":1000,"
	"\"owner_from\":\"connect\",\"cgroup_id\":77,\"cgroup\":null,\"container\":null,"
	"\"unit\":null,\"started\":\"2026-11-21T02:19:06.250000000Z\",\"established\":true,"
	"\"duration_us\":1250000,\"duration_at_least\":false,"
	"\"handshake_us\":12345,\"fate\":\"reset_by_remote\","
	"\"class\":\"reset\",\"cause\":\"checkpoint\",\"abnormal\":true,"
	"\"closed_first\":\"remote\",\"close_how\":null,\"fin_sent\":false,\"fin_received\":false,"
	"\"rst_sent\":false,\"rst_received\":true,\"rst_reason\":null,\"errno\":\"ECONNRESET\","
	"\"errno_delivered\":true,\"end_state\":\"ESTABLISHED\",\"eof_read\":false,"
	"\"bytes_sent\":1000,\"bytes_acked\":588,\"bytes_received\":0,\"bytes_unread\":0,"
	"\"bytes_unsent\":0,\"bytes_unacked\":412,\"retransmits\":1,\"srtt_us\":12500,"
	"\"min_rtt_us\":12000,\"dead_held_us\":150,"
	"\"states\":[[\"SYN_SENT\",12345],[\"ESTABLISHED\",1237655]],"
	"\"evidence\":[\"err_reset\"]}\n";

const struct tf_conn_record sink_fixture_blank = {
	.time_ns = 1000000000000,
	.sock = 1,
	.generation = 2,
	.origin = TF_ORIGIN_SNAPSHOT,
	.tuple = {.laddr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1},
		  .raddr = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}},
	.v6_socket = true,
	.established = TF_UNKNOWN,
	.fate = TF_FATE_UNKNOWN,
	.fin_sent = TF_UNKNOWN,
	.fin_received = TF_UNKNOWN,
	.rst_sent = TF_UNKNOWN,
	.rst_received = TF_UNKNOWN,
	.err_delivered = TF_UNKNOWN,
	.eof_read = TF_UNKNOWN,
};

const char sink_fixture_blank_line[] =
	"{\"v\":1,\"type\":\"conn\",\"time\":\"2026-11-21T02:19:06.000000000Z\",\"id\":\"1.2\","
	"\"origin\":\"snapshot\",\"complete\":false,\"family\":\"ipv6\",\"role\":null,"
	"\"local_addr\":\"2001:db8::1\",\"local_port\":null,\"remote_addr\":\"2001:db8::2\","
	"\"remote_port\":null,\"netns\":null,\"pid\":null,\"comm\":null,\"uid\":null,"
	"\"owner_from\":null,\"cgroup_id\":null,\"cgroup\":null,\"container\":null,\"unit\":null,"
	"\"started\":null,\"established\":null,\"duration_us\":null,\"duration_at_least\":null,"
	"\"handshake_us\":null,\"fate\":\"unknown\",\"class\":\"unknown\","
	"\"cause\":null,\"abnormal\":null,"
	"\"closed_first\":null,\"close_how\":null,\"fin_sent\":null,\"fin_received\":null,"
	"\"rst_sent\":null,\"rst_received\":null,\"rst_reason\":null,\"errno\":null,"
	"\"errno_delivered\":null,\"end_state\":null,\"eof_read\":null,"
	"\"bytes_sent\":null,\"bytes_acked\":null,\"bytes_received\":null,\"bytes_unread\":null,"
	"\"bytes_unsent\":null,\"bytes_unacked\":null,\"retransmits\":null,\"srtt_us\":null,"
	"\"min_rtt_us\":null,\"dead_held_us\":null,\"states\":[],\"evidence\":[]}\n";

const char sink_fixture_zeroed_line[] =
	"{\"v\":1,\"type\":\"conn\",\"time\":null,\"id\":null,\"origin\":null,"
	"\"complete\":false,\"family\":null,\"role\":null,\"local_addr\":null,"
	"\"local_port\":null,\"remote_addr\":null,\"remote_port\":null,\"netns\":null,"
	"\"pid\":null,\"comm\":null,\"uid\":null,\"owner_from\":null,"
	"\"cgroup_id\":null,\"cgroup\":null,\"container\":null,\"unit\":null,"
	"\"started\":null,\"established\":null,\"duration_us\":null,\"duration_at_least\":null,"
	"\"handshake_us\":null,\"fate\":\"unknown\",\"class\":\"unknown\","
	"\"cause\":null,\"abnormal\":null,"
	"\"closed_first\":null,\"close_how\":null,\"fin_sent\":null,"
	"\"fin_received\":null,\"rst_sent\":null,\"rst_received\":null,"
	"\"rst_reason\":null,\"errno\":null,\"errno_delivered\":null,"
	"\"end_state\":null,\"eof_read\":null,\"bytes_sent\":null,"
	"\"bytes_acked\":null,\"bytes_received\":null,\"bytes_unread\":null,"
	"\"bytes_unsent\":null,\"bytes_unacked\":null,\"retransmits\":null,"
	"\"srtt_us\":null,\"min_rtt_us\":null,\"dead_held_us\":null,\"states\":[],"
	"\"evidence\":[]}\n";

const struct tf_ev_cgroup sink_fixture_names = {
	.id = 77,
	.container = "docker:3f4e7c1a9b2d",
	.unit = "nginx.service",
	.path = "/docker/3f4e7c1a9b2d/system.slice/nginx.service",
};

/* In a static initializer no function can be called. */
#define KNOWN(value)                                                                               \
	{                                                                                          \
		.plus_one = (value) + 1                                                            \
	}

const struct tf_alert_record sink_fixture_alert = {
	.time_ns = 1002500000000,
	.alert = TF_ALERT_CLOSE_WAIT_PILEUP,
	.event = TF_ALERT_EVENT_RAISE,
	.since_ns = KNOWN(1001500000000),
	.netns = 4026531840,
	.owner = {.from = TF_OWNER_ACCEPT, .pid = 221, .comm = "java"},
	.local_addr = {true, {[10] = 0xff, 0xff, 192, 0, 2, 17}},
	.local_port = 8080,
	.count = KNOWN(412),
	.oldest_us = KNOWN(31 * 60 * 1000000ULL),
	.oldest_at_least = TF_NO,
	.rate_per_min = KNOWN(14),
	.eof_read = KNOWN(412),
	.n_examples = 1,
	.examples = {{.sock = 0xab,
		      .generation = 1,
		      .tuple = {.laddr = {[10] = 0xff, 0xff, 192, 0, 2, 17},
				.raddr = {[10] = 0xff, 0xff, 203, 0, 113, 5},
				.lport = 8080,
				.rport = 41234},
		      .state = TF_TCP_CLOSE_WAIT,
		      .owner = {.from = TF_OWNER_ACCEPT, .pid = 221, .comm = "java"},
		      .fd = KNOWN(17),
		      .age_us = KNOWN(1860000000)}},
};

static void open_output(struct sink_fixture *fixture)
{
	*fixture = (struct sink_fixture){.fd = memfd_create("sink_fixture", MFD_CLOEXEC)};
	assert_true(fixture->fd >= 0);
	assert_int_equal(tf_output_new(fixture->fd, 0, 0, &fixture->out), 0);
}

void sink_fixture_json(struct sink_fixture *fixture, const struct tf_run_info *info)
{
	open_output(fixture);
	fixture->json = true;
	assert_int_equal(tf_json_new(info, fixture->out, &fixture->sink), 0);
}

void sink_fixture_people(struct sink_fixture *fixture, const struct tf_run_info *info,
			 const struct tf_people_options *options)
{
	open_output(fixture);
	assert_int_equal(tf_people_new(info, fixture->out, options, &fixture->sink), 0);
}

const char *sink_fixture_text(struct sink_fixture *fixture)
{
	off_t size;

	assert_int_equal(tf_output_flush(fixture->sink->out), 0);
	size = lseek(fixture->fd, 0, SEEK_END);
	free(fixture->text);
	fixture->text = calloc(1, (size_t)size + 1);
	assert_int_equal(pread(fixture->fd, fixture->text, (size_t)size, 0), size);
	return fixture->text;
}

/* For tests/e2e/test_schema.py: the JSON lines of these tests, appended to the file so named. */
static void keep_lines(struct sink_fixture *fixture)
{
	const char *path = getenv("SINK_FIXTURE_LINES");
	FILE *file;

	if (!path || !fixture->json || fixture->forgotten)
		return;
	file = fopen(path, "a");
	assert_non_null(file);
	fputs(sink_fixture_text(fixture), file);
	fclose(file);
}

void sink_fixture_free(struct sink_fixture *fixture)
{
	keep_lines(fixture);
	tf_sink_free(fixture->sink);
	assert_int_equal(tf_output_close(fixture->out, 0), 0);
	close(fixture->fd);
	free(fixture->text);
}

void sink_fixture_put_conn(struct sink_fixture *fixture, const struct tf_conn_record *conn)
{
	const struct tf_record record = {.type = TF_RECORD_CONN, .conn = conn};

	tf_sink_record(fixture->sink, &record);
}

void sink_fixture_put_alert(struct sink_fixture *fixture, const struct tf_alert_record *alert)
{
	const struct tf_record record = {.type = TF_RECORD_ALERT, .alert = alert};

	tf_sink_record(fixture->sink, &record);
}
