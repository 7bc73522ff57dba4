/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * gaps.h - losses: counted where they happen, reported in `gap` records
 *
 * Losses in the ring and in the output are reported at once. Those that come one by one (table,
 * stream, scan, hook) are reported once a second at most.
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_GAPS_H
#define TCPFATE_CORE_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

struct tf_core;

/* Zeroed: nothing was lost. */
struct tf_gaps {
	uint64_t total[TF_GAP_WHERE_MAX];
	uint64_t reported[TF_GAP_WHERE_MAX];
	uint64_t time_ns; /* of the last record about losses that come one by one */
	bool waits;	  /* something was lost that has perhaps not been reported */
};

/* Counts @n more losses at @where; the record follows with tf_gaps_report(). */
void tf_gaps_count(struct tf_core *core, enum tf_gap_where where, uint64_t n);

/* Counts what @total has more than is counted at @where. */
void tf_gaps_count_up_to(struct tf_core *core, enum tf_gap_where where, uint64_t total);

/* Reports what has been lost and not been reported yet; @all: also what was reported less than a
 * second ago. */
void tf_gaps_report(struct tf_core *core, bool all);

/* When what waits may be reported (CLOCK_BOOTTIME); UINT64_MAX: nothing waits. */
uint64_t tf_gaps_due(const struct tf_core *core);

#endif
