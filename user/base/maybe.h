/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * maybe.h - a number that may be unknown, and is so as long as nobody sets it
 *
 * Zeroed it is unknown, so a field of a record that is forgotten is null in JSON, never 0. The
 * number is kept plus one: UINT64_MAX cannot be kept and becomes unknown.
 */
#ifndef TCPFATE_BASE_MAYBE_H
#define TCPFATE_BASE_MAYBE_H

#include <stdbool.h>
#include <stdint.h>

struct tf_maybe {
	uint64_t plus_one; /* 0: unknown */
};

/* The same for an initializer of static data. */
#define TF_MAYBE(value)                                                                            \
	{                                                                                          \
		(uint64_t)(value) + 1                                                              \
	}

/* The known number @value. */
static inline struct tf_maybe tf_maybe_of(uint64_t value)
{
	return (struct tf_maybe){value + 1};
}

/* @value if @known, else unknown. */
static inline struct tf_maybe tf_maybe_if(bool known, uint64_t value)
{
	return (struct tf_maybe){known ? value + 1 : 0};
}

static inline bool tf_maybe_known(struct tf_maybe maybe)
{
	return maybe.plus_one != 0;
}

/* The number, which must be known. */
static inline uint64_t tf_maybe_value(struct tf_maybe maybe)
{
	return maybe.plus_one - 1;
}

/* The number, or @otherwise when it is unknown. */
static inline uint64_t tf_maybe_or(struct tf_maybe maybe, uint64_t otherwise)
{
	return maybe.plus_one ? maybe.plus_one - 1 : otherwise;
}

#endif
