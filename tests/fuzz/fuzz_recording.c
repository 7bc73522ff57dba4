// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_recording.c - the reader of recordings, on any bytes
 *
 * Besides "no crash": cutting the input into pieces changes nothing that comes out; the records are
 * the input's own bytes, in order, without a hole; a header that was read can be written and read
 * again to the same host. The first byte of the input is the size of the pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/stream/recording.h"

/* abort(), because an assertion might be compiled out. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

/* What came out of one pass. */
struct outcome {
	unsigned int records;
	enum tf_recording_problem problem;
	uint64_t problem_offset;
	struct tf_run_info info;
};

/* Hands out what is complete; each record must be the bytes at its offset. */
static int drain(struct tf_recording *recording, const uint8_t *data, size_t size,
		 struct outcome *outcome)
{
	const struct tf_event *event;
	int r;

	while ((r = tf_recording_next(recording, &event)) > 0) {
		must((uintptr_t)event % 8 == 0 && event->size >= sizeof(*event));
		must(recording->offset + event->size <= size);
		must(memcmp(data + recording->offset, event, event->size) == 0);
		outcome->records++;
	}
	return r;
}

static struct outcome read_all(const uint8_t *data, size_t size, size_t piece)
{
	TF_CLEANUP(tf_recording_free) struct tf_recording recording = {0};
	struct outcome outcome = {0};
	int r = 0;

	for (size_t at = 0; at < size && r == 0; at += piece) {
		size_t some = size - at < piece ? size - at : piece;

		must(tf_recording_feed(&recording, data + at, some) == 0);
		r = drain(&recording, data, size, &outcome);
	}
	r = tf_recording_end(&recording);
	must((r == 0) == (recording.problem == TF_RECORDING_GOOD));
	must(recording.problem_offset <= size);
	must(r || recording.offset == size);
	outcome.problem = recording.problem;
	outcome.problem_offset = recording.problem_offset;
	if (recording.have_info)
		outcome.info = recording.info;
	return outcome;
}

static void write_again(const struct tf_run_info *info)
{
	TF_CLEANUP(tf_buf_free) struct tf_buf buf = {0};
	struct outcome outcome;

	must(tf_recording_encode(info, &buf) == 0);
	outcome = read_all((const uint8_t *)tf_buf_data(&buf), tf_buf_size(&buf), SIZE_MAX / 2);
	must(outcome.problem == TF_RECORDING_GOOD && outcome.records == 0);
	must(strcmp(outcome.info.host, info->host) == 0);
	must(outcome.info.utc_offset_ns == info->utc_offset_ns);
	for (unsigned int i = 0; i < TF_REASONS_MAX; i++)
		must(strcmp(outcome.info.reason[i], info->reason[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;

	if (size == 0)
		return 0;
	whole = read_all(data + 1, size - 1, size);
	pieces = read_all(data + 1, size - 1, (size_t)data[0] + 1);
	must(whole.records == pieces.records && whole.problem == pieces.problem);
	must(whole.problem_offset == pieces.problem_offset);
	must(memcmp(&whole.info, &pieces.info, sizeof(whole.info)) == 0);
	if (whole.info.version[0])
		write_again(&whole.info);
	return 0;
}
