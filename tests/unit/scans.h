/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scans.h - plays a scan: the events of a player's socket, and the steps
 */
#ifndef TCPFATE_TESTS_SCANS_H
#define TCPFATE_TESTS_SCANS_H

#include "player.h"

/* The present scan, over PLAYER_NETNS. */
struct scans {
	struct tape *tape;
	uint64_t now;
	uint32_t scan;
	struct tf_ev_netns facts; /* sent at the beginning of each scan */
};

/* Usual settings: ports 32768-60999, no tcp_tw_reuse, cookies, a tcp_max_syn_backlog of 1024. */
struct scans scans_start(struct tape *tape, uint64_t now);

/* Begins a scan; then its sockets; then its end, @whole or not. Each step takes a millisecond. */
void scan_begin(struct scans *r);
void scan_end(struct scans *r, bool whole);

/* @p's socket as it is now; nothing came from its peer for @silent_ms. */
void scan_sock(struct scans *r, const struct player *p, uint32_t silent_ms);

/* A listener on port @port with @waiting of @backlog in its queue, @requests pending handshakes. */
void scan_listener(struct scans *r, uint64_t sock, uint16_t port, uint32_t waiting,
		   uint32_t backlog, uint32_t requests, uint32_t drops);

/* A minisock, local port @lport, in TIME_WAIT or FIN_WAIT2 (@state), or a request (NEW_SYN_RECV)
 * answered again if @again. */
void scan_minisock(struct scans *r, uint8_t state, uint16_t lport, uint16_t rport, bool again);

void scan_holder(struct scans *r, uint64_t sock, uint32_t pid, int32_t fd, const char *comm);

#endif
