/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * counters.h - what the programs counted, summed over all CPUs, as a record of the stream
 */
#ifndef TCPFATE_KERNEL_COUNTERS_H
#define TCPFATE_KERNEL_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_counters_reader;

struct tf_loader;

/* A reader of @loader's counters (borrowed, must outlive it). Returns 0 or a negative errno,
 * @ret_reader untouched then. Owned by the caller: tf_counters_free(). */
int tf_counters_new(const struct tf_loader *loader, struct tf_counters_reader **ret_reader);
void tf_counters_free(struct tf_counters_reader *reader); /* NULL is allowed */

/* Fills @ret with the totals and @time_ns. Events that no program took because the kernel skipped
 * the programs count as seen and lost; they are also added to the loss counter in struct tf_wake,
 * which the programs put into each event, so that the core hears of them. @duplicates: changes of
 * state that came twice so far (struct tf_stats). Programs that are running meanwhile may be
 * counted in part. Returns 0 or a negative errno, @ret untouched then. */
int tf_counters_read(struct tf_counters_reader *reader, uint64_t time_ns, uint64_t duplicates,
		     struct tf_ev_counters *ret);

/* Whether the kernel has skipped events since the last tf_counters_read(). Cheap: some
 * microseconds. */
bool tf_counters_skipped_more(struct tf_counters_reader *reader, uint64_t duplicates);

/* Whether seen = filtered + folded + lost + emitted for each hook, which is so when no program is
 * running. */
bool tf_counters_agree(const struct tf_ev_counters *counters);

#endif
