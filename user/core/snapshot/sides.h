/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sides.h - sockets whose own ports do not show their role: what the other end shows
 */
#ifndef TCPFATE_CORE_SNAPSHOT_SIDES_H
#define TCPFATE_CORE_SNAPSHOT_SIDES_H

#include "core/snapshot/snapshot.h"

/* Finds the roles that the other ends show: a socket whose other end is on this host, too, and is a
 * server's, is a client's. Then sets `by_remote` of each socket whose role is still unknown and
 * whose remote end more such sockets share than its local port: a pool towards one service is one
 * group, and so are the clients of one port. Returns 0 or -ENOMEM. */
int tf_sides_find(struct tf_snapshot *snapshot);

#endif
