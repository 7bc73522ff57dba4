// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * random.c - see random.h
 */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

struct tf_hash_key tf_random_key(void)
{
	struct tf_hash_key key;
	ssize_t n;

	do
		n = getrandom(&key, sizeof(key), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(key) ? key : (struct tf_hash_key){0};
}
