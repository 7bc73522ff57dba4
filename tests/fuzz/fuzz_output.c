// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_output.c - any bytes, framed like a ring's records, through the core and out of both views
 *
 * Input: one byte of options, then records, each behind its length as two bytes (little-endian).
 * Whatever processes, cgroups and hosts call themselves, each line of JSON is JSON in UTF-8, and no
 * byte of theirs may act on a terminal.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/core.h"
#include "sink/json/json.h"
#include "sink/text/people.h"
#include "tests/fuzz/json_check.h"
#include "tests/fuzz/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, const struct tf_record *record)
{
	tf_sink_record(ctx, record);
}

static void feed(void *ctx, const void *record, size_t size)
{
	(void)tf_core_feed(ctx, record, size);
}

/* A host that may call itself anything: the first bytes of the input. */
static struct tf_run_info host(const uint8_t *data, size_t size)
{
	struct tf_run_info info = {.version = "0", .cookies = data[0] & 1};
	size_t n = size < sizeof(info.host) - 1 ? size : sizeof(info.host) - 1;

	memcpy(info.host, data, n);
	memcpy(info.kernel, data + (size - n), n);
	memcpy(info.hook[TF_HOOK_ACCEPT].method, data, size < 15 ? size : 15);
	strcpy(info.hook[TF_HOOK_STATE].method, "tp_btf");
	memcpy(info.reason[9], data, size < 40 ? size : 40);
	return info;
}

static void play(const uint8_t *data, size_t size, const struct tf_run_info *info,
		 struct tf_sink *sink)
{
	const struct tf_core_options options = {
		.max_connections = 8, .states = data[0] & 2, .standing = data[0] & 4};
	static const struct tf_stats stats;
	const struct tf_stop stop = {.reason = TF_STOP_END, .stats = &stats};
	struct tf_core *core;

	if (tf_core_new(&options, info, take, sink, &core))
		abort();
	tf_sink_start(sink);
	each_record(data + 1, size - 1, feed, core);
	tf_core_emit_stats(core);
	tf_core_flush(core);
	tf_sink_stop(sink, &stop);
	tf_core_free(core);
}

static void check(int fd, bool json)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);

	if (!text || pread(fd, text, (size_t)size, 0) != size)
		abort();
	if (json && !json_lines(text, (size_t)size))
		abort();
	for (off_t i = 0; i < size; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tf_people_options people = {.columns = 80};
	struct tf_run_info info;
	struct tf_output *out;
	struct tf_sink *sink;
	bool json;
	int fd;

	if (!size)
		return 0;
	info = host(data, size);
	json = !(data[0] & 8);
	fd = memfd_create("fuzz_output", MFD_CLOEXEC);
	if (fd < 0 || tf_output_new(fd, TF_OUTPUT_LOSSLESS, 0, &out) ||
	    (json ? tf_json_new(&info, out, &sink) : tf_people_new(&info, out, &people, &sink)))
		abort();
	play(data, size, &info, sink);
	tf_sink_free(sink);
	if (tf_output_lost(out) || tf_output_close(out, 0))
		abort();
	check(fd, json);
	close(fd);
	return 0;
}
