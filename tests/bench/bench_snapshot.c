// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * bench_snapshot.c - milliseconds and memory of a snapshot of many made-up sockets, each with a
 * holder
 *
 * Usage: bench_snapshot [SOCKETS]. Prints how long it took to take all events in, to put them in
 * order, and to write the screen and the JSON Lines (to /dev/null), each for all sockets together.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "core/snapshot/snapshot.h"
#include "sink/json/json.h"
#include "sink/json/snapshot_json.h"
#include "sink/text/snapshot_text.h"

#define PROCESSES 200u
#define PORTS 50u /* services */

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void feed_sock(struct tf_snapshot *snapshot, uint32_t i, uint8_t state)
{
	struct tf_ev_sock event = {
		.st = {.ev = {.sock = i + 1,
			      .netns = 4026531840,
			      .size = sizeof(event),
			      .kind = TF_EV_SOCK},
		       .flags = TF_F_HAS_SOCKET,
		       .old_state = state,
		       .new_state = state,
		       .cgroup = 12345,
		       .inode = i + 100},
		.silent_ms = i,
		.rcv_queue = i % 7,
	};
	struct tf_tuple *tuple = &event.st.tuple;

	memset(tuple->laddr + 10, 0xff, 2);
	memset(tuple->raddr + 10, 0xff, 2);
	tuple->lport = (uint16_t)(8000 + i % PORTS);
	if (state != TF_TCP_LISTEN) {
		memcpy(tuple->raddr + 12, &i, sizeof(i));
		tuple->rport = (uint16_t)(1024 + i % 60000);
	}
	(void)tf_snapshot_feed(snapshot, &event, sizeof(event));
}

static void feed_holder(struct tf_snapshot *snapshot, uint32_t i)
{
	struct tf_ev_holder event = {
		.ev = {.sock = i + 1,
		       .netns = 4026531840,
		       .size = sizeof(event),
		       .kind = TF_EV_HOLDER},
		.pid = 1000 + i % PROCESSES,
		.fd = (int32_t)(3 + i / PROCESSES),
		.state = TF_TCP_ESTABLISHED,
		.comm = "worker",
	};

	(void)tf_snapshot_feed(snapshot, &event, sizeof(event));
}

static double write_all(const struct tf_snapshot_content *content, bool json)
{
	const struct tf_snapshot_text_options view = {.people = {.columns = 80}, .rows = 24};
	double began = now_ms();
	struct tf_output *out;
	struct tf_sink *sink;

	if (tf_output_new(open("/dev/null", O_WRONLY), TF_OUTPUT_OWN_FD, 0, &out) ||
	    tf_json_new(content->info, out, &sink))
		exit(1);
	if (json)
		tf_snapshot_json_write(content, sink, out);
	else
		tf_snapshot_text_write(content, &view, out);
	tf_sink_free(sink);
	tf_output_close(out, 0);
	return now_ms() - began;
}

int main(int argc, char **argv)
{
	static const struct tf_run_info info = {.utc_offset_ns = 1790000000000000000};
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	const struct tf_snapshot_options options = {0};
	struct tf_standing none = {0};
	double began = now_ms(), fed, finished;
	struct tf_snapshot_content content;
	struct tf_snapshot *snapshot;
	struct rusage usage;

	if (tf_snapshot_new(&options, &snapshot))
		return 1;
	for (uint32_t i = 0; i < n; i++)
		feed_sock(snapshot, i, i < PORTS ? TF_TCP_LISTEN : i % 20 ? 1 : TF_TCP_CLOSE_WAIT);
	for (uint32_t i = 0; i < n; i++)
		feed_holder(snapshot, i);
	fed = now_ms();
	if (tf_snapshot_finish(snapshot))
		return 1;
	finished = now_ms();
	content =
		(struct tf_snapshot_content){.info = &info, .snapshot = snapshot, .alerts = &none};
	printf("%u sockets: taken in %.1f ms, put in order %.1f ms, screen %.1f ms", n, fed - began,
	       finished - fed, write_all(&content, false));
	content.sockets = true;
	printf(", JSON %.1f ms", write_all(&content, true));
	getrusage(RUSAGE_SELF, &usage);
	printf(", %ld KiB\n", usage.ru_maxrss);
	tf_snapshot_free(snapshot);
	return 0;
}
