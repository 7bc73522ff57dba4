/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * intake.h - events into a snapshot: each socket once, with its holders behind it
 */
#ifndef TCPFATE_CORE_SNAPSHOT_INTAKE_H
#define TCPFATE_CORE_SNAPSHOT_INTAKE_H

#include "core/snapshot/snapshot.h"
#include "core/stream/decode.h"

/* Takes in one decoded event; kinds that no scan sends are ignored. Sockets and descriptors that
 * find no room are counted in the totals' left_out. */
void tf_intake_event(struct tf_snapshot *snapshot, const union tf_any_event *event);

#endif
