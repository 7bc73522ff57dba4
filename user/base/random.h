/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * random.h - secrets from the kernel
 */
#ifndef TCPFATE_BASE_RANDOM_H
#define TCPFATE_BASE_RANDOM_H

#include "base/hash.h"

/* A new secret for tables (getrandom(2)). At boot, before the kernel's generator is ready, that may
 * take a second. Where the call is not allowed, it is no secret: all zeros. */
struct tf_hash_key tf_random_key(void);

#endif
