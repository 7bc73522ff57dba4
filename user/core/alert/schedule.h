/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * detect.h - what piles up: the detectors of alerts.def, inside the core
 *
 * detect.c judges groups and tells of them; detect_states.c counts live sockets by their states, on
 * time; by_scan.c what only a scan sees (queues of listeners, minisocks, local ports), at the end
 * of each scan; detect_peers.c what ended connections and silent ones say of a peer.
 *
 * An alert is raised when its group is enough for as long as its limits say, told again when it has
 * grown by half, or once a minute while it grows, and cleared when it has been below half of what
 * raises it for a while (hysteresis).
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_ALERT_SCHEDULE_H
#define TCPFATE_CORE_ALERT_SCHEDULE_H

#include "base/units.h"
#include "core/conn/conn.h"
#include "core/alert/groups.h"
#include "core/record.h"

struct tf_core;

#define TF_SCHEDULE_GROUPS 16384u
#define TF_SCHEDULE_PORT_GROUPS 65536u
#define TF_SCHEDULE_GHOSTS 65536u
#define TF_SCHEDULE_FAILURES_NS (10 * NS_PER_S) /* buckets of connects without a port */

/* A silent connection that a scan met. */
struct tf_ghost {
	uint32_t handle;
	uint64_t last_ns; /* when a segment of the peer last came */
};

struct tf_schedule {
	struct tf_groups groups;
	struct tf_groups ports; /* of TIME_WAIT_EXHAUSTION */
	uint64_t next_ns;	/* of the next evaluation on time */
	uint32_t turn;		/* evaluations on time */
	uint32_t scan_turn;	/* scans of scans */
	bool waits;		/* some group is more than nothing: time alone can change it */
	uint32_t n_flaps;	/* groups of RECONNECT_FLAP */
	struct tf_ghost *ghosts;
	uint32_t n_ghosts;
	uint64_t ghosts_refused; /* of all scans */
};

/* How much a group is. Between FEW and ENOUGH nothing changes. */
enum tf_level { TF_LEVEL_FEW, TF_LEVEL_BETWEEN, TF_LEVEL_ENOUGH };

/* 0 or -ENOMEM. tf_schedule_fini() is allowed for zeroed ones. */
int tf_schedule_init(struct tf_core *core);
void tf_schedule_fini(struct tf_core *core);

/* Whether @alert is looked for. */
bool tf_schedule_wants(const struct tf_core *core, enum tf_alert alert);

/* Its limits: the user's, else the defaults. */
const struct tf_alert_limits *tf_schedule_limits(const struct tf_core *core, enum tf_alert alert);

/* Evaluates what is due at core->now. */
void tf_schedule_time(struct tf_core *core);

/* A connection has ended; @record is what is reported of it. */
void tf_schedule_ended(struct tf_core *core, const struct tf_conn_record *record);

/* A scan begins; it meets a full socket or a listener, which is in slot @handle, or a minisock; it has
 * ended. Namespaces and settings of a scan (tf_merge_space()) must be in place before. */
void tf_schedule_scan_begin(struct tf_core *core);
void tf_schedule_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);
void tf_schedule_minisock(struct tf_core *core, const struct tf_ev_minisock *event);
void tf_schedule_scan_end(struct tf_core *core);

/* When the next evaluation must be though nothing happens; UINT64_MAX: need not be. */
uint64_t tf_schedule_next_due(const struct tf_core *core);

/* Judges one group, which is @level: raises, updates or clears its alert, once it has been enough for
 * @sustain_ns. */
void tf_schedule_judge(struct tf_core *core, struct tf_alert_group *group, enum tf_level level,
		       uint64_t sustain_ns);

/* FEW, BETWEEN or ENOUGH of @n, when @enough are. */
enum tf_level tf_schedule_level(uint64_t n, uint64_t enough);

/* A connection ended and its record was made. */
void tf_by_peer_ended(struct tf_core *core, const struct tf_conn_record *conn);

/* detect_states.c: the live sockets, by state. Examples of a group of theirs: fills @ret. */
void tf_by_state_count(struct tf_core *core);
void tf_by_state_examples(struct tf_core *core, const struct tf_alert_group *group,
			  struct tf_alert_record *ret);

/* by_scan.c: what a scan meets, and the end of its scan. */
void tf_by_scan_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);
void tf_by_scan_listener(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);
void tf_by_scan_minisock(struct tf_core *core, const struct tf_ev_minisock *event);
void tf_by_scan_begin(struct tf_core *core);
void tf_by_scan_end(struct tf_core *core);

/* detect_peers.c: storms and flaps on time; ghosts at the end of a scan, and examples of a group of
 * theirs. */
void tf_by_peer_windows(struct tf_core *core);
void tf_by_peer_ghosts(struct tf_core *core);
void tf_by_peer_ghost_examples(struct tf_core *core, const struct tf_alert_group *group,
			       struct tf_alert_record *ret);

/* Whether the groups of @alert are counted by scans of scans, not on time. */
bool tf_schedule_by_scans(enum tf_alert alert);

/* The length of the buckets of time of an @alert that counts single events; 0: it does not. */
uint64_t tf_schedule_bucket_ns(const struct tf_core *core, enum tf_alert alert);

/* The group of @key with its owner as @conn has it, ready for the present turn; NULL: no room. */
struct tf_alert_group *tf_schedule_group(struct tf_core *core, struct tf_groups *groups,
					 const struct tf_group_key *key,
					 const struct tf_conn *conn);

/* Appends the connection in slot @handle to the examples, if there is room. */
void tf_schedule_example(struct tf_core *core, uint32_t handle, struct tf_alert_record *ret);

#endif
