/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * ghosts.h - connections that their peer has left behind
 *
 * A ghost is a connection that has been silent for long, without keepalive, and that its peer has
 * replaced by a later one: each needs a successor of its own, begun some time after its last
 * segment. So neither a pool that was filled at once and then left idle, nor one that grows by one,
 * is taken for a peer that came back.
 */
#ifndef TCPFATE_CORE_ALERT_GHOSTS_H
#define TCPFATE_CORE_ALERT_GHOSTS_H

#include "core/alert/row.h"

struct tf_ghosts;

/* Forgets all and frees the memory. */
void tf_ghosts_fini(struct tf_ghosts *ghosts);

/* For rows: keeps a silent connection that a scan finds; counts them when the scan has ended. */
tf_alert_sock_fn tf_ghosts_sock;
tf_alert_count_fn tf_ghosts_count;
tf_alert_judge_fn tf_ghosts_judge;
tf_alert_examples_fn tf_ghosts_examples;

#endif
