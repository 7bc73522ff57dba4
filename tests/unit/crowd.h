/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * crowd.h - thousands of scripted connections at once, their events merged by time, and the same
 * stream with events lost as the kernel side would lose them
 */
#ifndef TCPFATE_TESTS_CROWD_H
#define TCPFATE_TESTS_CROWD_H

#include "player.h"
#include "scripts.h"

/* Small and good enough (xorshift64*). Never 0. */
struct dice {
	uint64_t seed;
};
uint64_t dice_roll(struct dice *dice);
/* True once in @n times. */
bool dice_once_in(struct dice *dice, uint32_t n);

struct crowd_life {
	uint64_t sock;
	uint32_t generation;
	uint64_t closed_ns; /* the time of its CLOSE: names the life when generations are lost */
	const struct script *script;
};

struct crowd {
	struct tape tape; /* in the order of time, ticks among it */
	struct crowd_life *lives;
	size_t n_lives;
	uint64_t end_ns; /* nothing is later */
};

/* @n_socks sockets, each with one to three lives, all begun within @span_ns. */
void crowd_make(struct crowd *crowd, struct dice *dice, uint32_t n_socks, uint64_t span_ns);
void crowd_free(struct crowd *crowd);

/* The same tape with one in @one_in of the kernel's events missing, those that stay carrying the
 * loss counters, and the totals at the end. */
void crowd_lose(const struct tape *from, struct dice *dice, uint32_t one_in, struct tape *ret_tape);

/* The same tape with scans in between, about one in @one_in events, each of which finds every
 * socket that is alive then, as it is. */
void crowd_scan(const struct tape *from, struct dice *dice, uint32_t one_in, struct tape *ret_tape);

/* The same, but each scan overlooks one in @overlooks of them, and says all the same that it is
 * whole. */
void crowd_scan_badly(const struct tape *from, struct dice *dice, uint32_t one_in,
		      uint32_t overlooks, struct tape *ret_tape);

#endif
