/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * outside.h - sockets that are open and have no place in the full table
 *
 * Only their identities are kept, so that each is counted once: when it has to leave or finds no
 * place, not by every scan that meets it; and so that one that comes back is no new connection.
 *
 * Limit: as many as tf_outside_init() says. What finds no place beyond that is not counted before
 * it ends.
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_CONN_OUTSIDE_H
#define TCPFATE_CORE_CONN_OUTSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/pool.h"

struct tf_outside {
	struct tf_pool pool;
	struct tf_hash by_sock;
};

/* Nobody, and at most @max. 0 or -ENOMEM. Ends with tf_outside_fini(), for which a zeroed one is
 * allowed. */
int tf_outside_init(struct tf_outside *outside, uint32_t max, struct tf_hash_key key);
void tf_outside_fini(struct tf_outside *outside);

/* Scan @stamp found @sock without a place, or it has just lost it. False: it is known, or there is
 * no room even here. */
bool tf_outside_add(struct tf_outside *outside, uint64_t sock, uint8_t stamp);

bool tf_outside_has(const struct tf_outside *outside, uint64_t sock);

/* @sock has a place, or is closed. Whether it was outside. */
bool tf_outside_remove(struct tf_outside *outside, uint64_t sock);

/* Forgets all that were last found before the scans @stamp and @last: they ended unseen. */
void tf_outside_forget(struct tf_outside *outside, uint8_t stamp, uint8_t last);

static inline uint32_t tf_outside_count(const struct tf_outside *outside)
{
	return outside->pool.used;
}

#endif
