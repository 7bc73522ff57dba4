/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * recording_text.h - struct tf_run_info as the "key=value" lines of a recording's header
 *
 * Used by recording.c only. Keys: version, host, kernel, utc_offset_ns, start_ns, cookies (0, 1),
 * hook.NAME (how it was attached), hook.NAME.reason (1), reason.N (name of the reset reason).
 */
#ifndef TCPFATE_CORE_STREAM_RECORDING_TEXT_H
#define TCPFATE_CORE_STREAM_RECORDING_TEXT_H

#include <stddef.h>

#include "core/stream/run_info.h"

#define TF_RECORDING_TEXT_MAX 16384

/* Writes the lines for @info at @at, TF_RECORDING_TEXT_MAX bytes at most. Returns the end. */
char *tf_recording_text_encode(const struct tf_run_info *info, char *at);

/* Reads @size bytes of lines, up to the first NUL, into @ret_info; what no line names is 0. Returns
 * 0, or -EBADMSG for a line that cannot be one or a value that does not fit: @ret_info is undefined
 * then. */
int tf_recording_text_decode(const char *text, size_t size, struct tf_run_info *ret_info);

#endif
