/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * clock.h - the kernel's clocks, in nanoseconds
 *
 * Events are timed by CLOCK_BOOTTIME, which neither steps nor stops; people read CLOCK_REALTIME,
 * which does step: when NTP finds it wrong, or somebody sets it.
 */
#ifndef TCPFATE_BASE_CLOCK_H
#define TCPFATE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_BOOTTIME now: the time of events, which goes on while the host is suspended. */
uint64_t tf_clock_boot_ns(void);

/* CLOCK_MONOTONIC now: for how long something took. */
uint64_t tf_clock_monotonic_ns(void);

/* CLOCK_REALTIME - CLOCK_BOOTTIME in nanoseconds, now: to some hundred of them. */
int64_t tf_clock_utc_offset(void);

/* Whether @offset_ns, from the function above, does not hold any more: CLOCK_REALTIME was stepped,
 * or slewed by more than TF_CLOCK_SLACK_NS. @boot_ns is CLOCK_BOOTTIME just before the call. Costs
 * one reading of a clock. */
#define TF_CLOCK_SLACK_NS 20000000LL
bool tf_clock_stepped(int64_t offset_ns, uint64_t boot_ns);

#endif
