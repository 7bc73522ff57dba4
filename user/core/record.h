/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * record.h - the output of the core: one struct for each type of record
 *
 * The core hands records to its owner through tf_emit_fn, in order; sinks (user/sink) turn them
 * into lines. A record and all that it points to belong to the core and are valid during the call
 * only. Nothing here is formatted: times are CLOCK_BOOTTIME nanoseconds (a sink adds the offset to
 * UTC), enumerations are numbers with words (sink/words.def).
 *
 * Unknown is the zero value of every field, so a field that is forgotten is null in JSON, never 0
 * or false: numbers that can be 0 are struct tf_maybe, enumerations begin with their unknown value.
 * What never is unknown: which record it is (its type; an alert's name), and counters, which begin
 * at 0.
 *
 * To add a field: see CONTRIBUTING.md.
 */
#ifndef TCPFATE_CORE_RECORD_H
#define TCPFATE_CORE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/maybe.h"
#include "bpf/abi.h"
#include "core/alert/alerts.h"
#include "core/fate/cause.h"
#include "core/fate/fates.h"

/* Yes, no, or not to be known; in JSON true, false, null. */
enum tf_tri { TF_UNKNOWN = 0, TF_NO, TF_YES };

/* A socket's place in one state. */
struct tf_state_time {
	uint8_t state;		  /* enum tf_tcp_state, see states.h */
	struct tf_maybe spent_us; /* microseconds in it; unknown: it was there before us */
};

/* No path through the RFC 9293 state diagram is longer (SYN_SENT SYN_RECV ESTABLISHED FIN_WAIT1
 * FIN_WAIT2 / CLOSING); self-transitions are merged. */
#define TF_STATES_MAX 6

enum tf_role { TF_ROLE_UNKNOWN = 0, TF_ROLE_CLIENT, TF_ROLE_SERVER };
enum tf_origin { TF_ORIGIN_UNKNOWN = 0, TF_ORIGIN_EVENT, TF_ORIGIN_SNAPSHOT };
enum tf_side { TF_SIDE_NONE = 0, TF_SIDE_LOCAL, TF_SIDE_REMOTE, TF_SIDE_BOTH };

/* How the pid, comm of a record were learnt. */
enum tf_owner_from {
	TF_OWNER_NONE = 0, /* not known: pid and comm are null */
	TF_OWNER_CONNECT,  /* it called connect() */
	TF_OWNER_ACCEPT,   /* accept() gave it the socket */
	TF_OWNER_CLOSE,	   /* it closed or shut down the socket, or let go of it last */
	TF_OWNER_LISTEN,   /* it called listen() on the socket that this one came from */
	TF_OWNER_HOLDER,   /* it held a descriptor of it, or of its listener, in a scan */
};

struct tf_owner {
	enum tf_owner_from from;
	uint32_t pid;
	uint8_t comm[TF_COMM_LEN]; /* any bytes */
};

enum tf_close_how {
	TF_HOW_NONE = 0,
	TF_HOW_CLOSE,
	TF_HOW_SHUTDOWN,
	TF_HOW_EXIT,
	TF_HOW_SIGNAL, /* killed by a signal, not the OOM killer's as far as is known */
	TF_HOW_OOM,    /* killed by the kernel for want of memory */
};

/* What became of one connection: `conn`. */
struct tf_conn_record {
	uint64_t time_ns;	    /* when it reached CLOSE; 0 unknown */
	struct tf_maybe started_ns; /* its first event; unknown: it was there before us */
	uint64_t sock;		    /* with `generation`: the id; 0 unknown */
	uint32_t generation;	    /* 0 for a socket's first connection */
	enum tf_origin origin;
	bool complete; /* no event of it can be missing; false also when that is not known */
	enum tf_role role;
	uint32_t netns;	       /* 0 unknown */
	struct tf_tuple tuple; /* ports 0: unknown; an address of zeros: unknown */
	bool v6_socket;	       /* AF_INET6, whatever the addresses are */
	struct tf_owner owner;
	struct tf_maybe uid;
	uint64_t cgroup;		  /* id; 0 unknown */
	const struct tf_ev_cgroup *names; /* of the cgroup; NULL: not known */
	enum tf_tri established;	  /* whether it ever reached ESTABLISHED */
	struct tf_maybe duration_us;	  /* started to CLOSE */
	enum tf_tri duration_at_least;	  /* it began before the trace: a lower bound */
	struct tf_maybe handshake_us;	  /* client: SYN to ESTABLISHED; server: SYN-ACK to ACK */
	enum tf_fate fate;
	enum tf_cause cause;  /* why, where the facts show it */
	enum tf_tri abnormal; /* not clean, or clean because its process was killed or crashed */
	enum tf_side closed_first;
	enum tf_close_how how; /* what `owner` did, nobody else */
	uint8_t how_signal;    /* the signal's number; 0 unless TF_HOW_SIGNAL, and unknown */
	enum tf_tri fin_sent, fin_received, rst_sent, rst_received;
	struct tf_maybe rst_reason; /* enum sk_rst_reason of the recorded kernel */
	int32_t err;		    /* errno that the application got or could get; 0: none */
	enum tf_tri err_delivered;  /* TF_UNKNOWN also when there is no errno */
	uint8_t end_state;	    /* last state before CLOSE; 0 unknown */
	enum tf_tri eof_read;
	struct tf_maybe bytes_sent, bytes_acked, bytes_received; /* data only */
	struct tf_maybe bytes_unread, bytes_unsent, bytes_unacked;
	struct tf_maybe retransmits;
	struct tf_maybe srtt_us, min_rtt_us;
	struct tf_maybe dead_held_us; /* CLOSE to the application's close() */
	unsigned int n_states;
	struct tf_state_time states[TF_STATES_MAX];
	uint64_t evidence; /* the facts that the fate rests on: set of 1ULL << enum tf_fact */
};

/* One transition: `state` (only when asked for). */
struct tf_state_record {
	uint64_t time_ns;
	uint64_t sock;
	uint32_t generation;
	uint32_t netns;
	struct tf_tuple tuple;
	bool v6_socket;
	struct tf_owner owner;
	uint8_t old_state, new_state; /* 0 unknown */
	struct tf_maybe spent_us;     /* microseconds in old_state */
};

enum tf_reset_kind {
	TF_RESET_UNKNOWN = 0,
	TF_RESET_REFUSED_INBOUND,
	TF_RESET_STRAY_SEGMENT,
	TF_RESET_LATE_DATA,
	TF_RESET_LATE_SYN,
	TF_RESET_TURNED_AWAY,
};

/* A reset without a connection of ours: `reset`. */
struct tf_reset_record {
	uint64_t time_ns;
	enum tf_reset_kind kind;
	uint64_t sock; /* with `generation`: the connection that it came too late for; 0: none */
	uint32_t generation;
	uint32_t netns;
	struct tf_tuple tuple;
	struct tf_maybe rst_reason;
	struct tf_owner owner; /* TF_RESET_TURNED_AWAY: of the listener, as far as it is known */
};

/* Where something was lost: `gap`. */
enum tf_gap_where {
	TF_GAP_UNKNOWN = 0,
	TF_GAP_RING,   /* the kernel found no room in the ring buffer */
	TF_GAP_TABLE,  /* the connection table was full: least recently active ones evicted */
	TF_GAP_SINK,   /* a reader or disk was too slow: output records dropped */
	TF_GAP_STREAM, /* malformed records in the stream, skipped */
	TF_GAP_SCAN,   /* a scan over the sockets did not see all: the next one will */
	TF_GAP_HOOK,   /* transitions that no program reported though none was lost: the next one
			* of the same socket began elsewhere */
	TF_GAP_WHERE_MAX,
};

struct tf_gap_record {
	uint64_t time_ns;
	enum tf_gap_where where;
	struct tf_maybe count; /* since the last gap record of the same place */
	struct tf_maybe total;
};

/* All counters: `stats`. Totals since the start. */
struct tf_stats {
	struct tf_counters hook[TF_HOOK_MAX];
	uint64_t events;	     /* records decoded, of the kernel's kinds */
	uint64_t malformed;	     /* records refused by decode */
	uint64_t duplicates;	     /* of `events`, dropped as duplicates */
	uint64_t connections;	     /* connections seen */
	uint64_t ended;		     /* conn records made (before output filters) */
	uint64_t fates[TF_FATE_MAX]; /* the same, for each fate */
	uint64_t incomplete;	     /* of `ended`, complete: false */
	uint64_t resets;	     /* reset records made */
	uint64_t evicted;	     /* connections that lost their place in the full table to a
				      * new one, or found none */
	uint64_t returned;	     /* of these, found a place after all: connections = ended +
				      * live + held + evicted - returned */
	uint64_t alerts;	     /* raised */
	uint64_t alerts_uncounted;   /* sockets and events that no alert had room for */
	uint64_t names_forgotten;    /* names of cgroups dropped from their full table */
	uint64_t live;		     /* connections now in the table, not ended */
	uint64_t held;		     /* ended, waiting to be written */
	uint64_t unplaced;	     /* open now, without a place in the full table */
};

struct tf_stats_record {
	uint64_t time_ns;
	struct tf_stats stats;
};

enum tf_alert_event {
	TF_ALERT_EVENT_UNKNOWN,
	TF_ALERT_EVENT_RAISE,
	TF_ALERT_EVENT_UPDATE,
	TF_ALERT_EVENT_CLEAR,
};

/* A connection, or a listener, that an alert is about. */
struct tf_alert_example {
	uint64_t sock; /* with `generation`: the id, as in conn; 0: a minisock, which has none */
	uint32_t generation;
	struct tf_tuple tuple;
	uint8_t state; /* 0 unknown */
	struct tf_owner owner;
	struct tf_maybe fd;	/* the owner's */
	struct tf_maybe age_us; /* in that state */
	bool age_at_least;	/* ... or longer */
};

#define TF_ALERT_EXAMPLES 3

struct tf_alert_address {
	bool known;
	uint8_t address[16]; /* network order */
};

/* One group of sockets, or of ended connections, that is too much: `alert`. Parts of the key that
 * do not apply are unknown, ports 0. */
struct tf_alert_record {
	uint64_t time_ns;
	enum tf_alert alert;
	enum tf_alert_event event;
	struct tf_maybe since_ns; /* when it was raised */
	uint32_t netns;		  /* 0: several */
	struct tf_owner owner;
	const struct tf_ev_cgroup *names; /* of the owner's sockets; NULL: not known */
	struct tf_alert_address local_addr, remote_addr;
	uint16_t local_port, remote_port;
	struct tf_maybe count;	      /* now; the most there were when it is cleared */
	struct tf_maybe oldest_us;    /* of those that count */
	enum tf_tri oldest_at_least;  /* it began before the trace: a lower bound */
	struct tf_maybe rate_per_min; /* how it grows, or comes */
	struct tf_maybe limit;	      /* of the kernel, for `count` */
	struct tf_maybe eof_read;     /* of `count`, those whose EOF was read */
	struct tf_maybe bytes_unread; /* in all of them */
	struct tf_maybe dropped;      /* turned away since it began */
	struct tf_maybe destinations; /* how many different ones */
	struct tf_maybe fate;	      /* enum tf_fate, of alerts about one */
	unsigned int n_examples;
	struct tf_alert_example examples[TF_ALERT_EXAMPLES];
};

enum tf_record_type {
	TF_RECORD_CONN = 1, /* 0: none */
	TF_RECORD_ALERT,
	TF_RECORD_STATE,
	TF_RECORD_RESET,
	TF_RECORD_GAP,
	TF_RECORD_STATS,
};

struct tf_record {
	enum tf_record_type type;
	union {
		const struct tf_conn_record *conn;
		const struct tf_alert_record *alert;
		const struct tf_state_record *state;
		const struct tf_reset_record *reset;
		const struct tf_gap_record *gap;
		const struct tf_stats_record *stats;
	};
};

typedef void (*tf_emit_fn)(void *ctx, const struct tf_record *record);

#endif
