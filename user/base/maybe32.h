/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * maybe32.h - maybe.h in 32 bits, for what is kept a million times
 *
 * Zeroed it is unknown. The number is kept plus one: UINT32_MAX, which the kernel and bpf/abi.h use
 * for an unknown number, becomes unknown here.
 */
#ifndef TCPFATE_BASE_MAYBE32_H
#define TCPFATE_BASE_MAYBE32_H

#include <stdbool.h>
#include <stdint.h>

#include "base/maybe.h"

struct tf_maybe32 {
	uint32_t plus_one; /* 0: unknown */
};

/* The known number @value; UINT32_MAX is unknown. */
static inline struct tf_maybe32 tf_maybe32_of(uint32_t value)
{
	return (struct tf_maybe32){value + 1};
}

static inline bool tf_maybe32_known(struct tf_maybe32 maybe)
{
	return maybe.plus_one != 0;
}

/* The number, which must be known. */
static inline uint32_t tf_maybe32_value(struct tf_maybe32 maybe)
{
	return maybe.plus_one - 1;
}

/* The same number, @times as large, in 64 bits; unknown stays unknown. */
static inline struct tf_maybe tf_maybe32_times(struct tf_maybe32 maybe, uint64_t times)
{
	return tf_maybe_if(maybe.plus_one != 0, (maybe.plus_one - 1ULL) * times);
}

#endif
