/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * run.h - a core with every record kept for the test
 */
#ifndef TCPFATE_TESTS_RUN_H
#define TCPFATE_TESTS_RUN_H

#include "core/core.h"
#include "player.h"

/* Grows; records are copies. (What an alert points to is gone after the call: its addresses are
 * only there, or not.) */
struct run {
	struct tf_core_options options;
	struct tf_run_info info;
	struct tf_core *core;
	struct tf_conn_record *conns;
	struct tf_state_record *states;
	struct tf_reset_record *resets;
	struct tf_gap_record *gaps;
	struct tf_alert_record *alerts;
	struct tf_stats_record stats; /* the last one emitted */
	size_t n_alerts, n_conns, n_states, n_resets, n_gaps, n_stats;
};

/* A core with every hook attached and reset reasons known; options as they stand in @run, its info
 * too if its version is set. */
void run_start(struct run *run);
void run_free(struct run *run);

/* Feeds all that is on the tape. */
void run_feed(struct run *run, const struct tape *tape);
void run_tick(struct run *run, uint64_t now);

/* The end of the run: flush and stats. */
void run_finish(struct run *run);

#endif
