// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * recording.c - the framing: a header, then records. recording_text.c reads and writes the header's
 * text.
 */
#include "core/stream/recording.h"

#include <errno.h>
#include <string.h>

#include "base/fmt.h"
#include "core/stream/recording_text.h"

#define ORDER_MARK 0x01020304u
#define OTHER_ORDER 0x04030201u
#define HEADER_MAX (1u << 20)

static const char FILE_MAGIC[8] = "tcpfate\n";

struct head {
	char magic[8];
	uint32_t order;
	uint32_t abi;
	uint32_t size; /* of the whole header */
	uint32_t zero;
};
_Static_assert(sizeof(struct head) == 24, "the file format");

int tf_recording_encode(const struct tf_run_info *info, struct tf_buf *buf)
{
	struct head head = {.order = ORDER_MARK, .abi = TF_ABI_VERSION};
	char *begin, *end;

	if (tf_buf_reserve(buf, sizeof(head) + TF_RECORDING_TEXT_MAX + 8, &begin))
		return -ENOMEM;
	end = tf_recording_text_encode(info, begin + sizeof(head));
	while ((end - begin) % 8)
		*end++ = '\0';
	memcpy(head.magic, FILE_MAGIC, sizeof(FILE_MAGIC));
	head.size = (uint32_t)(end - begin);
	memcpy(begin, &head, sizeof(head));
	tf_buf_written(buf, end);
	return 0;
}

static int set_problem(struct tf_recording *recording, enum tf_recording_problem problem)
{
	recording->problem = problem;
	recording->problem_offset = recording->offset;
	return -EBADMSG;
}

static void drop_bytes(struct tf_recording *recording, size_t size)
{
	tf_buf_consume(&recording->pending, size);
	recording->offset += size;
}

static void drop_handed(struct tf_recording *recording)
{
	drop_bytes(recording, recording->handed);
	recording->handed = 0;
}

int tf_recording_feed(struct tf_recording *recording, const void *bytes, size_t size)
{
	drop_handed(recording);
	return tf_buf_add(&recording->pending, bytes, size);
}

/* Checks the fixed part. 0: the text behind it can be read. */
static int check_head(struct tf_recording *recording, const struct head *head)
{
	if (head->order == OTHER_ORDER)
		return set_problem(recording, TF_RECORDING_BYTE_ORDER);
	if (head->order != ORDER_MARK || head->abi == 0)
		return set_problem(recording, TF_RECORDING_BAD_HEADER);
	recording->abi = head->abi;
	if (head->abi > TF_ABI_VERSION)
		return set_problem(recording, TF_RECORDING_NEWER);
	if (head->size < sizeof(*head) || head->size % 8 || head->size > HEADER_MAX || head->zero)
		return set_problem(recording, TF_RECORDING_BAD_HEADER);
	return 0;
}

int tf_recording_header(struct tf_recording *recording)
{
	size_t size = tf_buf_size(&recording->pending);
	const char *data = tf_buf_data(&recording->pending);
	struct head head;

	if (recording->have_info)
		return 1;
	if (recording->problem)
		return -EBADMSG;
	if (size &&
	    memcmp(data, FILE_MAGIC, size < sizeof(FILE_MAGIC) ? size : sizeof(FILE_MAGIC)) != 0)
		return set_problem(recording, TF_RECORDING_FOREIGN);
	if (size < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	if (check_head(recording, &head))
		return -EBADMSG;
	if (size < head.size)
		return 0;
	if (tf_recording_text_decode(data + sizeof(head), head.size - sizeof(head),
				     &recording->info))
		return set_problem(recording, TF_RECORDING_BAD_HEADER);
	drop_bytes(recording, head.size);
	recording->have_info = true;
	return 1;
}

int tf_recording_next(struct tf_recording *recording, const struct tf_event **ret_event)
{
	const struct tf_event *event;
	int r = tf_recording_header(recording);

	if (r <= 0)
		return r;
	if (recording->problem)
		return -EBADMSG;
	drop_handed(recording);
	if (tf_buf_size(&recording->pending) < sizeof(*event))
		return 0;
	/* Aligned: everything before it, header and records, is a multiple of 8. */
	event = (const struct tf_event *)tf_buf_data(&recording->pending);
	if (event->size < sizeof(*event) || event->size % 8 ||
	    event->size > TF_RECORDING_RECORD_MAX || event->pad0)
		return set_problem(recording, TF_RECORDING_CORRUPT);
	if (tf_buf_size(&recording->pending) < event->size)
		return 0;
	recording->handed = event->size;
	*ret_event = event;
	return 1;
}

int tf_recording_end(struct tf_recording *recording)
{
	if (recording->problem)
		return -EBADMSG;
	drop_handed(recording);
	if (!recording->have_info && recording->offset == 0 &&
	    tf_buf_size(&recording->pending) == 0)
		return set_problem(recording, TF_RECORDING_FOREIGN); /* an empty file */
	if (!recording->have_info || tf_buf_size(&recording->pending))
		return set_problem(recording, TF_RECORDING_TRUNCATED);
	return 0;
}

const char *tf_recording_problem_text(enum tf_recording_problem problem)
{
	static const char *const texts[] = {
		[TF_RECORDING_GOOD] = "nothing is wrong",
		[TF_RECORDING_FOREIGN] = "not a recording of tcpfate",
		[TF_RECORDING_BYTE_ORDER] = "recorded on a machine of the other byte order",
		[TF_RECORDING_NEWER] =
			"recorded by a newer tcpfate, in a format this one does not know",
		[TF_RECORDING_BAD_HEADER] = "the header is damaged",
		[TF_RECORDING_TRUNCATED] = "truncated: the header or record is incomplete",
		[TF_RECORDING_CORRUPT] = "corrupt: this is no record",
	};
	_Static_assert(sizeof(texts) / sizeof(texts[0]) == TF_RECORDING_PROBLEM_MAX, "no text");

	return texts[problem];
}

void tf_recording_free(struct tf_recording *recording)
{
	tf_buf_free(&recording->pending);
	*recording = (struct tf_recording){0};
}
