/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scripts.h - whole connections, one or more for each fate, with the record that must come out
 *
 * The lifecycle tests play each of them alone, the property tests thousands of them at once, with
 * losses.
 */
#ifndef TCPFATE_TESTS_SCRIPTS_H
#define TCPFATE_TESTS_SCRIPTS_H

#include "core/record.h"
#include "player.h"

#define REASON_MEMORY 9 /* what the tests' kernel calls TCP_ABORT_ON_MEMORY */
#define REASON_OTHER 5
#define REASON_INVALID_SYN 6

enum { SCRIPT_CLIENT = 1, SCRIPT_SERVER = 2 };

/* What a connection that went through a script must be reported as. Whatever a script does not know
 * (id, times, owner, tuple) is not here. Left out, a number is 0, a yes or no is no, and nothing is
 * closed first. */
struct want {
	enum tf_fate fate;
	enum tf_side closed_first;
	enum tf_close_how how;
	uint8_t how_signal;
	enum {
		WANT_NO,
		WANT_YES,
		WANT_UNKNOWN
	} fin_sent,
		fin_received, rst_sent, rst_received, err_delivered, established, eof_read;
	int32_t err;
	uint8_t end_state;
	uint64_t bytes_sent, bytes_acked, bytes_received, bytes_unread, bytes_unsent, bytes_unacked;
	uint64_t retransmits;
	uint64_t rst_reason, dead_held_us; /* UINT64_MAX: unknown */
};

struct script {
	const char *name;
	void (*play)(struct player *p);
	unsigned int roles; /* in which it can happen */
	struct want want;
};

extern const struct script scripts[];
extern const size_t n_scripts;

/* The lives that tests play by name: on a socket in CLOSE, up to its tcp_destroy_sock and what may
 * come after. */
void life_local_first(struct player *p);
void life_local_half_closed(struct player *p);
void life_remote_first(struct player *p);
void life_refused(struct player *p);
void life_syn_timeout(struct player *p);
void life_port_unreachable(struct player *p);
void life_twin(struct player *p);
void life_without_a_port(struct player *p);
void life_reset_in_queue(struct player *p);
void life_listener_gone_early(struct player *p);
void life_reset_open(struct player *p);
void life_reset_last_ack(struct player *p);
void life_late_data(struct player *p);
void life_late_data_after_the_ack(struct player *p);
void life_late_data_owned(struct player *p);
void life_late_data_minisock(struct player *p);
void life_minisock_first(struct player *p);
void life_retransmit(struct player *p);

#endif
