/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scan.h - what a scan over all sockets of the host tells the core
 *
 * A scan of a scan meets every socket of every network namespace, then every descriptor (enum
 * tf_scan_step). Its records come through the same ring as the hooks' events and are taken by the
 * same socket's slot, so nothing is met twice. A socket met here first was there before us
 * (origin: snapshot). What the table believes to be alive and two whole scans have not met has ended
 * unseen: its fate is unknown.
 *
 * Used by core.c only; see engine.h.
 */
#ifndef TCPFATE_CORE_CONN_MERGE_H
#define TCPFATE_CORE_CONN_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;

#define TF_MERGE_SPACES 8192u /* namespaces of one scan; of more, nothing is concluded */
#define TF_MERGE_HANDOVERS 4096u

/* One network namespace in a scan. */
struct tf_space {
	uint32_t netns;
	bool whole; /* its scan has ended and met all */
	uint64_t begun_ns;
	struct tf_ev_netns facts; /* all bits set where they are not known */
};

struct tf_spaces {
	struct tf_space *space;
	uint32_t n, room;
};

/* A holder of a connection whose owner, so far, is somebody else. */
struct tf_handover {
	uint32_t handle;
	uint32_t pid;
	int32_t fd;
	uint8_t comm[TF_COMM_LEN];
};

struct tf_merge {
	uint8_t stamp, last_stamp;  /* of this scan and the one before; 0: none yet */
	struct tf_spaces now, last; /* of this scan, and of the one before, by number */
	struct tf_handover *handovers;
	uint32_t n_handovers;
};

void tf_merge_fini(struct tf_core *core);

/* One function for each kind of event. */
void tf_merge_step(struct tf_core *core, const struct tf_ev_scan *event);
void tf_merge_netns(struct tf_core *core, const struct tf_ev_netns *event);
void tf_merge_sock(struct tf_core *core, const struct tf_ev_sock *event);
void tf_merge_minisock(struct tf_core *core, const struct tf_ev_minisock *event);
void tf_merge_holder(struct tf_core *core, const struct tf_ev_holder *event);

/* What is known of namespace @netns in this scan, or (@last) in the one before; NULL: nothing. */
const struct tf_space *tf_merge_space(const struct tf_core *core, uint32_t netns, bool last);

#endif
