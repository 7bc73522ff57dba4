// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * sink.c - see sink.h
 */
#include "sink/sink.h"

static const char *const SLUGS[] = {
	[TF_STOP_SIGNAL] = "signal",
	[TF_STOP_DURATION] = "duration",
	[TF_STOP_COUNT] = "count",
	[TF_STOP_END] = "end_of_recording",
	[TF_STOP_DAMAGED] = "damaged_recording",
	[TF_STOP_CLOSED_PIPE] = "closed_pipe",
	[TF_STOP_ERROR] = "error",
};
_Static_assert(sizeof(SLUGS) / sizeof(SLUGS[0]) == TF_STOP_REASON_MAX, "a reason without a slug");

const char *tf_sink_stop_slug(enum tf_stop_reason reason)
{
	return SLUGS[reason];
}
