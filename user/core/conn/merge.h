/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * merge.h - what a scan finds, merged into what the events of the hooks said
 *
 * A scan finds every socket of every network namespace, then every descriptor (enum tf_scan_step).
 * Its records come through the same ring as the hooks' events and go to the same slot of the table,
 * so no socket is counted twice. A socket that a scan finds first was there before us (origin:
 * snapshot). A connection that the table believes to be alive and that some whole scans in a row
 * have not found has ended unseen (missing.h): its fate is unknown. If it shows itself later all
 * the same, its life goes on (tf_slots_resume()).
 *
 * May be used by core/ only. @handle is the slot of the event's socket in the table, 0: none.
 */
#ifndef TCPFATE_CORE_CONN_MERGE_H
#define TCPFATE_CORE_CONN_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/conn/merge_spaces.h"

struct tf_core;

#define TF_MERGE_HANDOVERS 4096u

/* A holder of a connection whose owner, so far, is somebody else. */
struct tf_handover {
	uint32_t handle;
	uint32_t pid;
	int32_t fd;
	uint8_t comm[TF_COMM_LEN];
};

/* Places in the table that a scan may fill (slots.c). */
struct tf_places {
	uint32_t scan;	/* left for the present one */
	uint32_t least; /* free at any time since it began */
	bool watched;	/* a scan has begun */
};

struct tf_merge {
	uint8_t stamp, last_stamp;	  /* of this scan and the one before; 0: none yet */
	struct tf_merge_spaces now, last; /* of this scan, and of the one before, by number */
	struct tf_handover *handovers;
	uint32_t n_handovers;
	struct tf_places places;
};

void tf_merge_fini(struct tf_core *core);

/* A scan, or a part of it, begins or ends. */
void tf_merge_step(struct tf_core *core, const struct tf_ev_scan *event);

/* Settings and counters of the namespace that is being scanned. */
void tf_merge_netns(struct tf_core *core, const struct tf_ev_netns *event);

/* A full socket or a listener. Returns its slot; 0: the filter leaves it out, it ends just now, or
 * there is no room. */
uint32_t tf_merge_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);

/* A process holds a descriptor of the socket. */
void tf_merge_holder(struct tf_core *core, uint32_t handle, const struct tf_ev_holder *event);

#endif
