/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * records.h - a fuzzer's bytes as records: two bytes of length, then as many, and so on
 */
#ifndef TCPFATE_FUZZ_RECORDS_H
#define TCPFATE_FUZZ_RECORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Hands each record to @take, in memory of exactly its size: a read past it is seen. */
static inline void each_record(const uint8_t *data, size_t size,
			       void (*take)(void *ctx, const void *record, size_t size), void *ctx)
{
	while (size >= 2) {
		size_t n = (size_t)(data[0] | data[1] << 8) % 1024;
		uint8_t *record;

		data += 2;
		size -= 2;
		if (n > size)
			n = size;
		record = malloc(n ? n : 1);
		if (!record)
			return;
		memcpy(record, data, n);
		take(ctx, record, n);
		free(record);
		data += n;
		size -= n;
	}
}

#endif
