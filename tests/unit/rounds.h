/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * rounds.h - plays a walk: what it would meet of a player's socket, and its steps
 */
#ifndef TCPFATE_TESTS_ROUNDS_H
#define TCPFATE_TESTS_ROUNDS_H

#include "player.h"

/* The present round of the walk over PLAYER_NETNS. */
struct rounds {
	struct tape *tape;
	uint64_t now;
	uint32_t round;
	struct tf_ev_netns facts; /* told at the beginning of each round */
};

/* Usual settings: ports 32768-60999, no tcp_tw_reuse, cookies, a tcp_max_syn_backlog of 1024. */
struct rounds rounds_start(struct tape *tape, uint64_t now);

/* Begins a round; then what it meets; then its end, @whole or not. Each step takes a millisecond. */
void round_begin(struct rounds *r);
void round_end(struct rounds *r, bool whole);

/* @p's socket as it is now; nothing came from its peer for @silent_ms. */
void round_sock(struct rounds *r, const struct player *p, uint32_t silent_ms);

/* A listener on port @port with @waiting of @backlog in its queue, @requests half-open. */
void round_listener(struct rounds *r, uint64_t sock, uint16_t port, uint32_t waiting,
		    uint32_t backlog, uint32_t requests, uint32_t drops);

/* A minisock, local port @lport, in TIME_WAIT or FIN_WAIT2 (@state), or a request (NEW_SYN_RECV)
 * answered again if @again. */
void round_minisock(struct rounds *r, uint8_t state, uint16_t lport, uint16_t rport, bool again);

void round_holder(struct rounds *r, uint64_t sock, uint32_t pid, int32_t fd, const char *comm);

#endif
