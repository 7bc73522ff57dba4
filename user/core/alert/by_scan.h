/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * by_scan.h - alerts about what only a scan sees: queues of listeners, pending handshakes, local
 * ports
 *
 * Groups are counted while a scan goes on and judged when it has ended, so that half of a scan is
 * never taken for the whole.
 */
#ifndef TCPFATE_CORE_ALERT_BY_SCAN_H
#define TCPFATE_CORE_ALERT_BY_SCAN_H

#include "core/alert/row.h"

/* Pending handshakes: how many a listener has, and those that have been answered twice. */
tf_alert_sock_fn tf_by_scan_listener_requests;
tf_alert_minisock_fn tf_by_scan_request;
tf_alert_judge_fn tf_by_scan_judge_requests;

/* The accept queue of a listener. */
tf_alert_sock_fn tf_by_scan_accept_queue;
tf_alert_judge_fn tf_by_scan_judge_accept_queue;
tf_alert_examples_fn tf_by_scan_listener_example;

/* Local ports of the ephemeral range: used by a full socket, by a minisock; a connect() that found
 * none. */
tf_alert_sock_fn tf_by_scan_sock_port;
tf_alert_minisock_fn tf_by_scan_minisock_port;
tf_alert_ended_fn tf_by_scan_no_port_left;
tf_alert_judge_fn tf_by_scan_judge_ports;

#endif
