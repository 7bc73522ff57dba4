/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * by_state.h - alerts about live sockets that stay in a state which should pass
 *
 * The connection table keeps the sockets of each such state in a queue: they are counted anew in
 * each evaluation, only those that have been there for as long as the limits say. So no account can
 * drift.
 */
#ifndef TCPFATE_CORE_ALERT_BY_STATE_H
#define TCPFATE_CORE_ALERT_BY_STATE_H

#include "core/alert/row.h"

/* Counts the sockets in @row's state. */
tf_alert_count_fn tf_by_state_count;

/* Afterwards, with TF_TRAIT_BY_PROCESS: small groups also count under their process. */
tf_alert_count_fn tf_by_state_count_processes;

/* With TF_TRAIT_MINISOCKS: one that a scan finds; the end of the scan makes their number count. */
tf_alert_minisock_fn tf_by_state_minisock;
void tf_by_state_take_minisocks(struct tf_alert_group *group);

/* For rows. */
tf_alert_judge_fn tf_by_state_judge;
tf_alert_examples_fn tf_by_state_examples;

#endif
