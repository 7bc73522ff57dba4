/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * cgroups.h - what cgroups are called, as the stream has told it (TF_EV_CGROUP), for the records
 *
 * A socket knows its cgroup by number, and a number says nothing once the cgroup is gone. So the
 * names come in with the stream, before the first event that needs them, and are kept here: at most
 * TF_CGROUPS_MAX; beyond that the one that was told longest ago is forgotten and counted. Whoever
 * tells (enrich/names.h) forgets no later than that, and tells again.
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
	uint32_t oldest, newest; /* by when they were told last */
	uint64_t forgotten;
};

/* Empty ones, hashed under @key. 0 or -ENOMEM, then @cgroups is untouched. Ends with
 * tf_cgroups_fini(), for which a zeroed one is allowed. */
int tf_cgroups_init(struct tf_cgroups *cgroups, struct tf_hash_key key);
void tf_cgroups_fini(struct tf_cgroups *cgroups);

/* Keeps a copy of what @event tells; it replaces what was told of the same id or pid before. */
void tf_cgroups_take(struct tf_cgroups *cgroups, const struct tf_ev_cgroup *event);

/* The names for a socket in cgroup @id (0: not known) whose owner is @pid (0: not known): the
 * process's own where only they name a container, or nothing is known of the id; else the id's.
 * NULL: none. Valid until the next tf_cgroups_take(). */
const struct tf_ev_cgroup *tf_cgroups_find(const struct tf_cgroups *cgroups, uint64_t id,
					   uint32_t pid);

#endif
