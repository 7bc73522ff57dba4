/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * walk.h - what a walk over all sockets of the host tells the core
 *
 * A round of a walk meets every socket of every network namespace, then every descriptor (enum
 * tf_walk_step). Its records come through the same ring as the hooks' events and are taken by the
 * same socket's slot, so nothing is met twice. A socket met here first was there before us
 * (origin: snapshot). What the table believes to be alive and two whole rounds have not met has ended
 * unseen: its fate is unknown.
 *
 * Used by core.c only; see engine.h.
 */
#ifndef TCPFATE_CORE_WALK_H
#define TCPFATE_CORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;

#define TF_WALK_SPACES 8192u /* namespaces of one round; of more, nothing is concluded */
#define TF_WALK_HANDOVERS 4096u

/* One network namespace in a round. */
struct tf_space {
	uint32_t netns;
	bool whole; /* its walk has ended and met all */
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

struct tf_walk {
	uint8_t stamp, last_stamp;  /* of this round and the one before; 0: none yet */
	struct tf_spaces now, last; /* of this round, and of the one before, by number */
	struct tf_handover *handovers;
	uint32_t n_handovers;
};

void tf_walk_fini(struct tf_core *core);

/* One function for each kind of event. */
void tf_walk_step(struct tf_core *core, const struct tf_ev_walk *event);
void tf_walk_netns(struct tf_core *core, const struct tf_ev_netns *event);
void tf_walk_sock(struct tf_core *core, const struct tf_ev_sock *event);
void tf_walk_minisock(struct tf_core *core, const struct tf_ev_minisock *event);
void tf_walk_holder(struct tf_core *core, const struct tf_ev_holder *event);

/* What is known of namespace @netns in this round, or (@last) in the one before; NULL: nothing. */
const struct tf_space *tf_walk_space(const struct tf_core *core, uint32_t netns, bool last);

#endif
