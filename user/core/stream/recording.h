/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * recording.h - the format of a recording: a header, then the ring buffer's bytes
 *
 *	offset  0  "tcpfate\n"
 *	        8  u32  0x01020304 in the writer's byte order
 *	       12  u32  TF_ABI_VERSION
 *	       16  u32  size of this header, a multiple of 8: the first record begins there
 *	       20  u32  0
 *	       24  text, one "key=value" a line: struct tf_run_info; padded with NULs
 *	        n  records: struct tf_event and what its kind says, each of its own `size`
 *
 * All in the writer's byte order. In values, '%', control bytes and DEL stand as %XX. A reader
 * skips keys that it does not know, so a new key needs no new version; a key that it needs is
 * missing only in older recordings.
 *
 * Pure: bytes in, records out. The reader takes the bytes in pieces of any size, trusts none of
 * them, and hands out every good record before it reports damage. It checks the framing;
 * tf_decode() checks the records.
 */
#ifndef TCPFATE_CORE_STREAM_RECORDING_H
#define TCPFATE_CORE_STREAM_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "bpf/abi.h"
#include "core/stream/run_info.h"

/* No record of any version comes near it: more is damage. */
#define TF_RECORDING_RECORD_MAX 4096

enum tf_recording_problem {
	TF_RECORDING_GOOD,
	TF_RECORDING_FOREIGN,	 /* no recording of tcpfate */
	TF_RECORDING_BYTE_ORDER, /* from a machine of the other byte order */
	TF_RECORDING_NEWER,	 /* of a later ABI version than TF_ABI_VERSION */
	TF_RECORDING_BAD_HEADER, /* the header contradicts itself */
	TF_RECORDING_TRUNCATED,	 /* ends within the header or a record */
	TF_RECORDING_CORRUPT,	 /* a record that cannot be one */
	TF_RECORDING_PROBLEM_MAX,
};

/* A reader. Zeroed: at the start of a recording. */
struct tf_recording {
	struct tf_buf pending; /* fed and not yet handed out */
	uint64_t offset;       /* of the first pending byte in the recording */
	size_t handed;	       /* size of the record handed out last; it goes at the next call */
	bool have_info;
	struct tf_run_info info; /* what the header says, once have_info */
	enum tf_recording_problem problem;
	uint64_t problem_offset; /* of the header or record that it is about */
	uint32_t abi;		 /* the writer's, once it was read */
};

/* Appends the header for @info to @buf. Returns 0 or -ENOMEM, then @buf is as it was. */
int tf_recording_encode(const struct tf_run_info *info, struct tf_buf *buf);

/* Takes a copy of the next @size bytes. Returns 0 or -ENOMEM, then nothing was taken. Ends the life
 * of the record handed out last. */
int tf_recording_feed(struct tf_recording *recording, const void *bytes, size_t size);

/* Reads the header. Returns 1: @recording->info is there; 0: more bytes are needed; -EBADMSG: see
 * `problem`, which stays. */
int tf_recording_header(struct tf_recording *recording);

/* The next record. Returns 1 and @ret_event (aligned, `size` bytes, valid until the next call); 0:
 * more bytes are needed; -EBADMSG: see `problem`, which stays. Reads the header first. */
int tf_recording_next(struct tf_recording *recording, const struct tf_event **ret_event);

/* There are no more bytes, and tf_recording_next() has returned 0. Returns 0, or -EBADMSG when that
 * is in the middle of something. */
int tf_recording_end(struct tf_recording *recording);

/* The problem in words, to stand behind "FILE: " and before ", at offset N". Static. */
const char *tf_recording_problem_text(enum tf_recording_problem problem);

/* Frees what the reader holds; it is as new. Fit for TF_CLEANUP. */
void tf_recording_free(struct tf_recording *recording);

#endif
