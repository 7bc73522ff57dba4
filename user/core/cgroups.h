/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * cgroups.h - the names of cgroups, from the stream (TF_EV_CGROUP), for the records
 *
 * A socket has its cgroup's number, which says nothing once the cgroup is gone. So the names come
 * in the stream, before the first event that needs them, and are kept here: at most TF_CGROUPS_MAX;
 * beyond that the oldest is forgotten and counted. enrich/names.h, which puts them into the stream,
 * forgets no later than that, and sends them again.
 */
#ifndef TCPFATE_CORE_CGROUPS_H
#define TCPFATE_CORE_CGROUPS_H

#include <stdint.h>

#include "base/hash.h"
#include "base/pool.h"
#include "bpf/abi.h"

#define TF_CGROUPS_MAX 4096u /* 2.6 MiB when all are in use */

struct tf_cgroups {
	struct tf_pool pool;
	struct tf_hash hash;
	uint32_t oldest, newest; /* by when they came last */
	uint64_t forgotten;
};

/* Empty ones, hashed under @key. 0 or -ENOMEM, then @cgroups is untouched. Ends with
 * tf_cgroups_fini(), for which a zeroed one is allowed. */
int tf_cgroups_init(struct tf_cgroups *cgroups, struct tf_hash_key key);
void tf_cgroups_fini(struct tf_cgroups *cgroups);

/* Keeps a copy of @event, in place of an earlier one of the same id or pid. */
void tf_cgroups_take(struct tf_cgroups *cgroups, const struct tf_ev_cgroup *event);

/* The names for a socket in cgroup @id (0: not known) whose owner is @pid (0: not known): the
 * process's own where only they name a container, or nothing is known of the id; else the id's.
 * NULL: none. Valid until the next tf_cgroups_take(). */
const struct tf_ev_cgroup *tf_cgroups_find(const struct tf_cgroups *cgroups, uint64_t id,
					   uint32_t pid);

#endif
