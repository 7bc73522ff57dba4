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

enum { SCRIPT_CLIENT = 1, SCRIPT_SERVER = 2 };

/* Fields of @want that a script does not know (id, times, owner, tuple) are not compared; nor is
 * complete, which is always true. */
struct script {
	const char *name;
	void (*play)(struct player *p);
	unsigned int roles; /* in which it can happen */
	struct tf_conn_record want;
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
void life_reset_in_queue(struct player *p);
void life_reset_open(struct player *p);
void life_reset_last_ack(struct player *p);
void life_late_data(struct player *p);
void life_late_data_owned(struct player *p);
void life_late_data_minisock(struct player *p);
void life_retransmit(struct player *p);

#endif
