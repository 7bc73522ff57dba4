/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * by_peer.h - alerts about connections that end: storms and flaps
 *
 * They are single events, counted in buckets of time. A health check, which connects and closes
 * with nothing said, is never counted, whether it closes with a FIN or an RST.
 */
#ifndef TCPFATE_CORE_ALERT_BY_PEER_H
#define TCPFATE_CORE_ALERT_BY_PEER_H

#include "core/alert/row.h"

/* Conditions for rows: the connection did not end well; it is a server's, and was cut off soon. */
bool tf_by_peer_is_abnormal(const struct tf_conn_record *record);
bool tf_by_peer_is_cut_off(const struct tf_conn_record *record,
			   const struct tf_alert_limits *limits);

/* A storm: ended connections of one key, more than the limit and far more than usual. */
tf_alert_ended_fn tf_by_peer_storm;
tf_alert_judge_fn tf_by_peer_judge_storm;

/* A flap: one peer's connections, one at a time, again and again. */
tf_alert_ended_fn tf_by_peer_flap;
tf_alert_judge_fn tf_by_peer_judge_flap;

#endif
