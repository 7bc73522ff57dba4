// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * bench_json.c - nanoseconds for one conn record as a JSON line, written to /dev/null
 *
 * Usage: bench_json [RECORDS]. Prints one line: ns per record, bytes per record.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sink/json/json.h"

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static const struct tf_ev_cgroup NAMES = {
	.id = 12345, .unit = "nginx.service", .path = "/system.slice/nginx.service"};

/* An everyday connection: nothing null that a live one has. */
static const struct tf_conn_record CONN = {
	.time_ns = 5000000000,
	.started_ns = TF_MAYBE(4000000000),
	.sock = 0x1a2b3c,
	.complete = true,
	.role = TF_ROLE_CLIENT,
	.netns = 4026531840,
	.tuple = {.laddr = {[10] = 0xff, 0xff, 192, 168, 100, 17},
		  .raddr = {[10] = 0xff, 0xff, 203, 0, 113, 250},
		  .lport = 43210,
		  .rport = 443},
	.owner = {.from = TF_OWNER_CONNECT, .pid = 123456, .comm = "worker-thread-1"},
	.uid = TF_MAYBE(1000),
	.cgroup = 12345,
	.names = &NAMES,
	.established = TF_YES,
	.duration_us = TF_MAYBE(1000000),
	.handshake_us = TF_MAYBE(12345),
	.fate = TF_FATE_RESET_AFTER_REMOTE_FIN,
	.closed_first = TF_SIDE_REMOTE,
	.how = TF_HOW_CLOSE,
	.fin_received = TF_YES,
	.rst_received = TF_YES,
	.err = 32,
	.err_delivered = TF_YES,
	.end_state = 8,
	.eof_read = TF_YES,
	.bytes_sent = TF_MAYBE(123456),
	.bytes_acked = TF_MAYBE(123000),
	.bytes_received = TF_MAYBE(7890),
	.bytes_unacked = TF_MAYBE(456),
	.retransmits = TF_MAYBE(2),
	.srtt_us = TF_MAYBE(12500),
	.min_rtt_us = TF_MAYBE(11000),
	.dead_held_us = TF_MAYBE(120),
	.n_states = 3,
	.states = {{2, TF_MAYBE(12345)}, {1, TF_MAYBE(900000)}, {8, TF_MAYBE(87655)}},
	.evidence = 1ULL << TF_FACT_ERR_RESET | 1ULL << TF_FACT_FIN_RECEIVED |
		    1ULL << TF_FACT_UNACKED | 1ULL << TF_FACT_RESET_RAN,
};

int main(int argc, char **argv)
{
	static const struct tf_run_info info = {.utc_offset_ns = 1790000000000000000};
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
	struct tf_conn_record conn = CONN;
	struct tf_record record = {.type = TF_RECORD_CONN, .conn = &conn};
	struct tf_output *out;
	struct tf_sink *sink;
	uint64_t began;

	if (tf_output_new(open("/dev/null", O_WRONLY), TF_OUTPUT_OWN_FD, 0, &out) ||
	    tf_json_new(&info, out, &sink))
		return 1;
	began = now_ns();
	for (uint64_t i = 0; i < n; i++) {
		conn.time_ns += 14000; /* 70,000 a second */
		tf_sink_record(sink, &record);
	}
	tf_output_flush(out);
	printf("json: %.1f ns per conn record\n", (double)(now_ns() - began) / (double)n);
	tf_sink_free(sink);
	return tf_output_close(out, 0) ? 1 : 0;
}
