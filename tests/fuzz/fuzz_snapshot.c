// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_snapshot.c - any bytes, framed like a ring's records, through a snapshot and onto the screen
 *
 * Input: one byte of options, then records, each behind its length as two bytes (little-endian).
 * The ceiling is small. Whatever the records say, no byte of theirs may act on a terminal, each
 * socket is in one state, and each that found room is reported once.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/records.h"
#include "sink/json/json.h"
#include "sink/json/snapshot_json.h"
#include "sink/text/snapshot_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(void *ctx, const void *record, size_t size)
{
	(void)tf_snapshot_feed(ctx, record, size);
}

static void check_counts(const struct tf_snapshot *snapshot)
{
	const struct tf_snapshot_totals *totals = tf_snapshot_totals(snapshot);
	uint64_t sum = 0, grouped = 0, listeners = tf_snapshot_n_listeners(snapshot);

	for (int state = 0; state < TF_TCP_STATE_MAX; state++)
		sum += totals->states[state];
	if (sum != totals->sockets || totals->states[0] || totals->states[TF_TCP_NEW_SYN_RECV])
		abort();
	for (uint32_t i = 0; i < tf_snapshot_n_groups(snapshot); i++)
		grouped += tf_snapshot_group(snapshot, i)->n;
	if (grouped + totals->left_out.grouped + listeners != tf_snapshot_n_sockets(snapshot))
		abort();
}

/* All that was written; the caller's. */
static char *written(int fd, off_t *ret_size)
{
	char *text;

	*ret_size = lseek(fd, 0, SEEK_END);
	text = malloc((size_t)*ret_size + 1);
	if (!text || pread(fd, text, (size_t)*ret_size, 0) != *ret_size)
		abort();
	return text;
}

static void show(const struct tf_snapshot_content *content, bool json, bool terminal)
{
	const struct tf_snapshot_text_options view = {.people = {.columns = terminal ? 80 : 0},
						      .rows = terminal ? 24 : 0,
						      .verbose = !terminal};
	int fd = memfd_create("fuzz_snapshot", MFD_CLOEXEC);
	struct tf_output *out;
	struct tf_sink *sink;
	off_t size;
	char *text;

	if (fd < 0 || tf_output_new(fd, TF_OUTPUT_LOSSLESS, 0, &out) ||
	    tf_json_new(content->info, out, &sink))
		abort();
	if (json)
		tf_snapshot_json_write(content, sink, out);
	else
		tf_snapshot_text_write(content, &view, out);
	tf_sink_free(sink);
	if (tf_output_lost(out) || tf_output_close(out, 0))
		abort();
	text = written(fd, &size);
	for (off_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			abort();
	free(text);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tf_run_info info = {.version = "0", .host = "fuzz", .cookies = true};
	static const struct tf_standing none;
	static struct tf_filter filter;
	struct tf_snapshot_options options = {.filter = &filter};
	struct tf_snapshot *snapshot;
	struct tf_snapshot_content content;

	if (!size)
		return 0;
	tf_filter_init(&filter);
	filter.n_pids = data[0] & 1;
	filter.pids[0] = 221;
	filter.only_v4 = data[0] & 2;
	if (data[0] & 4)
		(void)tf_filter_parse_ports(&filter.lport, "1-9000");
	options.max_sockets = data[0] & 8 ? 3 : 4096;
	if (tf_snapshot_new(&options, &snapshot))
		return 0;
	each_record(data + 1, size - 1, feed, snapshot);
	if (tf_snapshot_finish(snapshot))
		abort();
	check_counts(snapshot);
	content = (struct tf_snapshot_content){
		.info = &info, .snapshot = snapshot, .alerts = &none, .sockets = data[0] & 16};
	show(&content, data[0] & 32, data[0] & 64);
	tf_snapshot_free(snapshot);
	return 0;
}
