/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * detect.h - what piles up: the detectors of alerts.def, inside the core
 *
 * detect.c judges piles and tells of them; detect_states.c counts live sockets by their states, on
 * time; detect_walk.c what only a walk sees (queues of listeners, minisocks, local ports), at the end
 * of each round; detect_peers.c what ended connections and silent ones say of a peer.
 *
 * An alert is raised when its pile is enough for as long as its limits say, told again when it has
 * grown by half, or once a minute while it grows, and cleared when it has been below half of what
 * raises it for a while (hysteresis).
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_DETECT_H
#define TCPFATE_CORE_DETECT_H

#include "core/conn.h"
#include "core/piles.h"
#include "core/record.h"

struct tf_core;

#define TF_DETECT_PILES 16384u
#define TF_DETECT_PORT_PILES 65536u
#define TF_DETECT_GHOSTS 65536u
#define TF_DETECT_FAILURES_NS 10000000000ULL /* buckets of connects without a port */

/* A silent connection that a walk met. */
struct tf_ghost {
	uint32_t handle;
	uint64_t last_ns; /* when a segment of the peer last came */
};

struct tf_detect {
	struct tf_piles piles;
	struct tf_piles ports; /* of TIME_WAIT_EXHAUSTION */
	uint64_t next_ns;      /* of the next evaluation on time */
	uint32_t turn;	       /* evaluations on time */
	uint32_t round_turn;   /* rounds of walks */
	bool waits;	       /* some pile is more than nothing: time alone can change it */
	uint32_t n_flaps;      /* piles of RECONNECT_FLAP */
	struct tf_ghost *ghosts;
	uint32_t n_ghosts;
	uint64_t ghosts_refused; /* of all rounds */
};

/* How much a pile is. Between FEW and ENOUGH nothing changes. */
enum tf_level { TF_LEVEL_FEW, TF_LEVEL_BETWEEN, TF_LEVEL_ENOUGH };

/* 0 or -ENOMEM. tf_detect_fini() is allowed for zeroed ones. */
int tf_detect_init(struct tf_core *core);
void tf_detect_fini(struct tf_core *core);

/* Whether @alert is looked for. */
bool tf_detect_wants(const struct tf_core *core, enum tf_alert alert);

/* Its limits: the user's, else the defaults. */
const struct tf_alert_limits *tf_detect_limits(const struct tf_core *core, enum tf_alert alert);

/* Evaluates what is due at core->now. */
void tf_detect_time(struct tf_core *core);

/* When the next evaluation must be though nothing happens; UINT64_MAX: need not be. */
uint64_t tf_detect_next_due(const struct tf_core *core);

/* Judges one pile, which is @level: raises, updates or clears its alert, once it has been enough for
 * @sustain_ns. */
void tf_detect_judge(struct tf_core *core, struct tf_pile *pile, enum tf_level level,
		     uint64_t sustain_ns);

/* FEW, BETWEEN or ENOUGH of @n, when @enough are. */
enum tf_level tf_detect_level(uint64_t n, uint64_t enough);

/* A connection ended and its record was made. */
void tf_detect_ended(struct tf_core *core, const struct tf_conn_record *conn);

/* detect_states.c: the live sockets, by state. Examples of a pile of theirs: fills @ret. */
void tf_detect_states(struct tf_core *core);
void tf_detect_state_examples(struct tf_core *core, const struct tf_pile *pile,
			      struct tf_alert_record *ret);

/* detect_walk.c: what a walk meets, and the end of its round. */
void tf_detect_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);
void tf_detect_listener(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);
void tf_detect_minisock(struct tf_core *core, const struct tf_ev_minisock *event);
void tf_detect_round_begin(struct tf_core *core);
void tf_detect_round_end(struct tf_core *core);

/* detect_peers.c: storms and flaps on time; ghosts at the end of a round, and examples of a pile of
 * theirs. */
void tf_detect_windows(struct tf_core *core);
void tf_detect_ghosts(struct tf_core *core);
void tf_detect_ghost_examples(struct tf_core *core, const struct tf_pile *pile,
			      struct tf_alert_record *ret);

/* Whether the piles of @alert are counted by rounds of walks, not on time. */
bool tf_detect_by_rounds(enum tf_alert alert);

/* The length of the buckets of time of an @alert that counts single events; 0: it does not. */
uint64_t tf_detect_bucket_ns(const struct tf_core *core, enum tf_alert alert);

/* The pile of @key with its owner as @conn has it, ready for the present turn; NULL: no room. */
struct tf_pile *tf_detect_pile(struct tf_core *core, struct tf_piles *piles,
			       const struct tf_pile_key *key, const struct tf_conn *conn);

/* Appends the connection in slot @handle to the examples, if there is room. */
void tf_detect_example(struct tf_core *core, uint32_t handle, struct tf_alert_record *ret);

#endif
