/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * engine.h - the inside of the core: the state that its stages share
 *
 *	core.c             takes records in, keeps time, conducts the stages
 *	stream/            decodes
 *	conn/              rebuilds connections; hands out what happens to them (struct tf_outlets)
 *	fate/              judges ended ones
 *	alert/             watches for what piles up
 *	emit.c, gaps.c     what goes out
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_ENGINE_H
#define TCPFATE_CORE_ENGINE_H

#include "core/alert/alerting.h"
#include "core/cgroups.h"
#include "core/conn/merge.h"
#include "core/conn/outside.h"
#include "core/conn/table.h"
#include "core/core.h"
#include "core/gaps.h"

/* Identities of later lives whose late reset may still come; the oldest is forgotten. */
#define TF_RELIVED 64
#define TF_PASSED 64 /* sockets that ended last, for duplicates of their events */

#define TF_GONE 16     /* listeners that closed last, for children that appear past it */
#define TF_ANSWERED 64 /* hand-offs whose peer was answered with an RST, for its next segments */

/* A life of a socket, as an id names it; sock 0: none. */
struct tf_life {
	uint64_t sock;
	uint32_t generation;
};

struct tf_answered {
	struct tf_life life;
	uint64_t time_ns;
	struct tf_tuple tuple;
	uint32_t netns;
};

/* Who hears of connections. conn/ calls these and knows nothing of the stages behind them.
 * Arguments are valid during the call only. */
struct tf_outlets {
	/* @conn has ended and its fate is final; @end NULL: its end was missed. @lost: an event
	 * of it may be missing. */
	void (*ended)(struct tf_core *core, const struct tf_conn *conn, const struct tf_end *end,
		      bool lost);
	/* @conn made the transition @event; @spent_us microseconds in the old state, or
	 * TF_UNKNOWN_U64. */
	void (*moved)(struct tf_core *core, const struct tf_conn *conn,
		      const struct tf_ev_state *event, uint64_t spent_us);
	/* An RST was sent that ends no connection of ours; @life: of the one that had its tuple;
	 * @listener: the one that turned it away; NULL: not known. */
	void (*reset)(struct tf_core *core, const struct tf_ev_reset *event,
		      enum tf_reset_kind kind, struct tf_life life, const struct tf_conn *listener);
};

/* A listener that has closed: as it was, and when (kernel time). */
struct tf_gone_listener {
	struct tf_conn conn;
	uint64_t closed_ns;
};

struct tf_core {
	struct tf_core_options options;
	const struct tf_run_info *info;
	const struct tf_outlets *outlets;
	tf_emit_fn emit;
	void *emit_ctx;
	struct tf_table table;
	struct tf_outside outside;
	struct tf_cgroups cgroups;
	struct tf_stats stats;
	struct tf_gaps gaps;
	uint64_t now;		    /* the latest time seen, never going back */
	uint64_t earliest_due;	    /* no held connection is due before; UINT64_MAX: none is held */
	uint32_t lost_total;	    /* as the latest event says */
	int32_t reason_memory;	    /* the number of TCP_ABORT_ON_MEMORY; -1: none */
	int32_t reason_invalid_syn; /* of INVALID_SYN; likewise */
	uint64_t lost_ns;	    /* when events were last found to be missing; 0: never */
	struct tf_life relived[TF_RELIVED];
	struct tf_answered answered[TF_ANSWERED];
	uint64_t passed[TF_PASSED];
	struct tf_gone_listener gone[TF_GONE];
	unsigned int n_gone; /* as n_relived; so are these two */
	unsigned int n_passed;
	unsigned int n_answered;
	unsigned int n_relived; /* ever; the place is this modulo TF_RELIVED */
	uint32_t generation;	/* of a socket seen first: above all that were forgotten */
	uint32_t n_begun;	/* lives begun */
	struct tf_merge merge;
	struct tf_alerting alerting;
};

#endif
