/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * alerting.h - what the core keeps for alerts between two events
 *
 * schedule.c makes it and says when; by_state.c, by_scan.c, by_peer.c and ghosts.c count into its
 * groups, judge.c decides about them.
 */
#ifndef TCPFATE_CORE_ALERT_ALERTING_H
#define TCPFATE_CORE_ALERT_ALERTING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/alert/alerts.h"
#include "core/alert/groups.h"

struct tf_alert_row;

/* The alerts that want to hear of one thing; those that are off are not among them. */
struct tf_alert_hearers {
	const struct tf_alert_row *row[TF_ALERT_MAX];
	unsigned int n;
};

/* A silent connection that a scan has found. */
struct tf_ghost {
	uint64_t sock;
	uint64_t last_ns; /* when a segment of the peer last came */
};

struct tf_ghosts {
	struct tf_ghost *ghost; /* NULL until the first */
	uint32_t n;		/* of this scan */
	uint64_t refused;	/* of all scans: there was no room */
};

struct tf_alerting {
	struct tf_groups groups[TF_GROUPS_TABLES];
	struct tf_alert_limits limits[TF_ALERT_MAX]; /* the user's, else the defaults */
	uint64_t bucket_ns[TF_ALERT_MAX];	     /* of windows; never 0 */
	struct tf_alert_hearers counted, ended, sock, listener, minisock, scanned;
	uint64_t next_ns;   /* of the next evaluation on time */
	uint32_t turn;	    /* evaluations on time */
	uint32_t scan_turn; /* scans */
	bool waits;	    /* some group is not empty: time alone can change it */
	struct tf_ghosts ghosts;
};

#endif
