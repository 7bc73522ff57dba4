/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * filter.h - which connections to follow, and which records to show
 *
 * The same filter is given to the kernel programs (user/kernel/loader.c), where it keeps events
 * from being reserved, and to the core, where it is exact: the kernel passes what it cannot
 * decide yet (the local port of a connect, the owner of an accepted socket).
 */
#ifndef TCPFATE_CORE_FILTER_H
#define TCPFATE_CORE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "bpf/abi.h"
#include "core/record.h"

#define TF_FILTER_LIST_MAX 64

/* A set of ports: one bit each. Empty means "any" (see `any`). */
struct tf_port_set {
	bool any;
	uint64_t bits[65536 / 64];
};

struct tf_filter {
	struct tf_port_set lport, rport;
	unsigned int n_cidrs; /* either end in any of them; 0: all */
	struct tf_cidr cidrs[TF_FILTER_LIST_MAX];
	bool only_v4, only_v6; /* by the addresses on the wire: v4-mapped is IPv4 */
	unsigned int n_netns;  /* inode numbers; 0: all */
	uint32_t netns[TF_FILTER_LIST_MAX];
	unsigned int n_cgroups; /* ids of cgroups; the kernel side also takes their descendants,
				 * the core relies on it */
	uint64_t cgroups[TF_FILTER_LIST_MAX];
	unsigned int n_pids; /* 0: all */
	uint32_t pids[TF_FILTER_LIST_MAX];
	unsigned int n_comms; /* exact comm; 0: all. User space only */
	char comms[TF_FILTER_LIST_MAX][TF_COMM_LEN];
	/* On the output only. */
	uint64_t fates;	  /* set of 1ULL << enum tf_fate; 0: all */
	uint32_t classes; /* set of 1u << enum tf_class; 0: all */
	bool abnormal;	  /* abnormal ends only */
};

/* A filter that lets everything through. */
void tf_filter_init(struct tf_filter *filter);

/* Parses "80", "80,443", "8000-8100,9000" into @set (added to what is there; clears `any`).
 * -EINVAL for anything else, with port 0, 65536 or a reversed range among it; @set untouched. */
int tf_filter_parse_ports(struct tf_port_set *set, const char *text);
bool tf_filter_has_port(const struct tf_port_set *set, uint16_t port);

/* Whether a tuple in @netns can pass; @filter NULL: it does. A local port of 0 passes: not
 * chosen yet. */
bool tf_filter_tuple(const struct tf_filter *filter, const struct tf_tuple *tuple, uint32_t netns);

/* The same for a listener, which has one end only: where networks are asked for, its address must
 * be in one, or a wildcard; where remote ports are, no listener is. */
bool tf_filter_listener(const struct tf_filter *filter, const struct tf_tuple *tuple,
			uint32_t netns);

/* Whether an owner is wanted by pid and comm; TF_OWNER_NONE is, when neither was asked for. */
bool tf_filter_owner(const struct tf_filter *filter, const struct tf_owner *owner);

/* Whether a record is wanted: owner, comm, fate, class; of `state` and `reset` what applies to
 * them. @filter NULL: it is. */
bool tf_filter_record(const struct tf_filter *filter, const struct tf_record *record);

#endif
