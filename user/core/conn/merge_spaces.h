/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * merge_spaces.h - the network namespaces of a scan: when each was read, whether wholly, its
 * settings
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_CONN_MERGE_SPACES_H
#define TCPFATE_CORE_CONN_MERGE_SPACES_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;

#define TF_MERGE_SPACES 8192u /* namespaces of one scan; of more, nothing is concluded */

/* One network namespace in a scan. */
struct tf_merge_space {
	uint32_t netns;
	bool whole; /* its scan has ended and found all */
	uint64_t begun_ns;
	struct tf_ev_netns facts; /* all bits set where they are not known */
};

struct tf_merge_spaces {
	struct tf_merge_space *space;
	uint32_t n, room;
};

/* The facts of namespace @netns in this scan, or (@last) in the one before; NULL: nothing. */
const struct tf_merge_space *tf_merge_spaces_find(const struct tf_core *core, uint32_t netns,
						  bool last);

/* The scan begins with the namespace of @event. Without memory, or beyond TF_MERGE_SPACES, it is
 * not in the list, and nothing is concluded about it. */
void tf_merge_spaces_begin(struct tf_core *core, const struct tf_ev_scan *event);

/* The namespace that is being read, if it is @netns; else NULL. */
struct tf_merge_space *tf_merge_spaces_present(struct tf_core *core, uint32_t netns);

/* The scan has read all: from now on tf_merge_spaces_find() knows each of its namespaces, not only
 * the one that was read last. */
void tf_merge_spaces_sort(struct tf_core *core);

#endif
