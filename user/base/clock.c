// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * clock.c - see clock.h
 */
#include "base/clock.h"

#include <time.h>

#include "base/units.h"

#define READINGS 5

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t tf_clock_boot_ns(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

uint64_t tf_clock_monotonic_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

/* The two clocks cannot be read at once: the reading with the least time between wins. */
int64_t tf_clock_utc_offset(void)
{
	uint64_t best = UINT64_MAX;
	int64_t offset = 0;

	for (int i = 0; i < READINGS; i++) {
		uint64_t before = tf_clock_boot_ns(), utc = read_ns(CLOCK_REALTIME);
		uint64_t gap = tf_clock_boot_ns() - before;

		if (gap >= best)
			continue;
		best = gap;
		offset = (int64_t)(utc - (before + gap / 2));
	}
	return offset;
}

bool tf_clock_stepped(int64_t offset_ns, uint64_t boot_ns)
{
	int64_t off = (int64_t)(read_ns(CLOCK_REALTIME) - boot_ns) - offset_ns;

	return off > TF_CLOCK_SLACK_NS || off < -TF_CLOCK_SLACK_NS;
}
