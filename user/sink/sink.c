// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * sink.c - see sink.h
 */
#include "sink/sink.h"

static const char *const STOP_SLUGS[] = {
#define TF_STOP_WORD(value, slug) [TF_STOP_##value] = slug,
#include "sink/words.def"
};
_Static_assert(sizeof(STOP_SLUGS) / sizeof(STOP_SLUGS[0]) == TF_STOP_REASON_MAX,
	       "a reason without a slug");

const char *tf_sink_stop_slug(enum tf_stop_reason reason)
{
	return STOP_SLUGS[reason];
}
