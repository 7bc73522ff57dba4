/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * grouping.h - when all sockets are known: their roles, holders, groups and order
 */
#ifndef TCPFATE_CORE_SNAPSHOT_GROUPING_H
#define TCPFATE_CORE_SNAPSHOT_GROUPING_H

#include "core/snapshot/snapshot.h"

/* Finds the role and the kind of holder of each socket, counts it, puts it into its group, and
 * sorts listeners, groups and sockets. Once, after the last event. Returns 0 or -ENOMEM. */
int tf_grouping_run(struct tf_snapshot *snapshot);

#endif
