/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * engine.h - the inside of the core, for the files named below only
 *
 * core.c takes records in and keeps time; lifecycle.c moves connections through their states, slots.c
 * gives them their places, joins.c adds resets and the like to them; owner.c tells whose they are;
 * settle.c decides when an end is final; report.c makes the records that go out; scan.c compares what
 * a scan meets; detect*.c tell what piles up.
 */
#ifndef TCPFATE_CORE_ENGINE_H
#define TCPFATE_CORE_ENGINE_H

#include "core/cgroups.h"
#include "core/core.h"
#include "core/alert/alerting.h"
#include "core/conn/table.h"
#include "core/conn/merge.h"

/* Identities of later lives whose late reset may still come; the oldest is forgotten. */
#define TF_RELIVED 64
#define TF_PASSED 64 /* sockets that ended last, for what is told twice of them */

struct tf_relived {
	uint64_t sock;
	uint32_t generation;
};

struct tf_core {
	struct tf_core_options options;
	const struct tf_run_info *info;
	tf_emit_fn emit;
	void *emit_ctx;
	struct tf_table table;
	struct tf_cgroups cgroups;
	struct tf_stats stats;
	uint64_t now;	       /* the latest time seen, never going back */
	uint64_t earliest_due; /* no held connection is due before; UINT64_MAX: none is held */
	uint32_t lost_total;   /* as the latest event says */
	int32_t reason_memory; /* the number of TCP_ABORT_ON_MEMORY; -1: none */
	uint64_t gap_told[TF_GAP_WHERE_MAX]; /* totals that gap records have told */
	uint64_t gap_total[TF_GAP_WHERE_MAX];
	uint64_t gap_time; /* of the last gap record about table or stream */
	bool gap_waits;	   /* something was lost that has perhaps not been told */
	struct tf_relived relived[TF_RELIVED];
	uint64_t passed[TF_PASSED];
	unsigned int n_passed;	/* as n_relived */
	unsigned int n_relived; /* ever; the place is this modulo TF_RELIVED */
	uint32_t generation;	/* of a socket met first: above all that were forgotten */
	uint32_t n_begun;	/* lives begun */
	struct tf_merge scan;
	struct tf_alerting alerting;
};

/* lifecycle.c */
void tf_lifecycle_state(struct tf_core *core, const struct tf_ev_state *event);

/* Whether the user's filter lets this tuple through. */
bool tf_lifecycle_wants(const struct tf_core *core, const struct tf_tuple *tuple, uint32_t netns);

/* The slot of @ev's socket. One that is not known gets one: in SYN_RECV a child begins there, which its
 * listener's owner has so far; in any other @state it was there before us, or its start was missed. 0:
 * no room. */
uint32_t tf_lifecycle_meet(struct tf_core *core, const struct tf_event *ev,
			   const struct tf_tuple *tuple, uint8_t state);

/* The slot of a socket that a scan met and the table does not know to be alive. 0: no room. */
uint32_t tf_lifecycle_meet_in_scan(struct tf_core *core, const struct tf_ev_state *event);

/* The slot of a listener that a scan met. 0: no room. */
uint32_t tf_lifecycle_listener(struct tf_core *core, const struct tf_ev_state *event);

/* @conn is found in @event's old state, and no event said how it came there. */
void tf_lifecycle_skip_to(struct tf_core *core, struct tf_conn *conn,
			  const struct tf_ev_state *event);

/* Whether a connection that is in @state has been ESTABLISHED. */
enum tf_tri tf_lifecycle_was_established(uint8_t state);

/* The queue of live connections in @state. */
enum tf_queue tf_lifecycle_queue(uint8_t state);

/* slots.c: a slot for a life that begins with @event; what the socket was before is written first. 0: no
 * room. */
uint32_t tf_slots_start(struct tf_core *core, const struct tf_ev_state *event);

/* Compares the loss counter that @ev carries with the last one of its connection. After a loss, the
 * resets that were seen before may have been a former life's: they are forgotten. */
void tf_lifecycle_check_loss(struct tf_conn *conn, const struct tf_event *ev);

/* Whether @handle's connection had ended when something of its socket was lost: then @ev may be about
 * another life of it, and the connection is written at once. The slot may be gone afterwards. */
bool tf_lifecycle_outlived(struct tf_core *core, uint32_t handle, const struct tf_event *ev);

/* owner.c */

/* The owner of the listener that @conn came from becomes its own so far. Several fit equally well with
 * SO_REUSEPORT: then only when they all have the same one. */
void tf_owner_inherit(struct tf_core *core, struct tf_conn *conn);

/* A task showed itself as the owner. Who closed counts only while nobody better is known. */
void tf_owner_note(struct tf_conn *conn, enum tf_owner_from from, uint32_t pid,
		   const uint8_t comm[TF_COMM_LEN]);

/* Notes the task of a transition that the application itself makes, and how it ends the connection. */
void tf_owner_act(struct tf_conn *conn, const struct tf_ev_state *event);

/* joins.c: one function for each kind of event. */
void tf_late_events_rst_sent(struct tf_core *core, const struct tf_ev_reset *event);
void tf_late_events_rst_received(struct tf_core *core, const struct tf_ev_reset *event);
void tf_late_events_destroy(struct tf_core *core, const struct tf_ev_destroy *event);
void tf_late_events_accept(struct tf_core *core, const struct tf_ev_accept *event);

/* settle.c */

/* @handle's connection reached CLOSE, its tf_end is filled: writes it now, or holds it until no more
 * can come. The slot may be gone afterwards. */
void tf_settle_closed(struct tf_core *core, uint32_t handle);

/* accept() returned a socket; if it was dead already, somebody holds it dead now. */
void tf_settle_accepted(struct tf_core *core, uint32_t handle);

/* Its socket is destroyed (the event is noted in conn and end). */
void tf_settle_destroyed(struct tf_core *core, uint32_t handle);

/* Writes a held connection now, whatever could still come. The slot may be gone afterwards. */
void tf_settle_now(struct tf_core *core, uint32_t handle);

/* Writes a live connection whose end was missed: fate unknown. The slot stays, as a stub. */
void tf_settle_missed(struct tf_core *core, uint32_t handle);

/* When the next held connection falls due; UINT64_MAX: none is held. */
uint64_t tf_settle_next_due(const struct tf_core *core);

/* Writes all that is due at core->now. */
void tf_settle_due(struct tf_core *core);

/* Makes room for one more: forgets a written one, else writes the held one that waits longest, else
 * drops the least recently active connection and counts it. False: there was nothing to give up. */
bool tf_settle_make_room(struct tf_core *core);

/* report.c */
void tf_report_conn(struct tf_core *core, const struct tf_conn *conn, const struct tf_end *end,
		    bool lost);
void tf_report_state(struct tf_core *core, const struct tf_conn *conn, uint64_t time_ns,
		     uint8_t old_state, uint64_t spent_us);
void tf_report_reset(struct tf_core *core, const struct tf_ev_reset *event, enum tf_reset_kind kind,
		     uint32_t generation);

/* Counts @n more losses at @where; the gap record follows with tf_report_gaps(). */
void tf_report_lost(struct tf_core *core, enum tf_gap_where where, uint64_t n);

/* Writes what has been lost and not told yet. Losses that come one by one (table, stream) are told once a
 * second at most, unless @all. */
void tf_report_gaps(struct tf_core *core, bool all);

/* When what waits may be told; UINT64_MAX: nothing waits. */
uint64_t tf_report_gaps_due(const struct tf_core *core);

#endif
