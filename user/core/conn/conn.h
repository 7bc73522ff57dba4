/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * conn.h - what is kept of one connection: under 200 bytes while it lives, some more once it ended
 *
 * A socket is not a connection: after a refused connect the same descriptor connects again, under
 * the same cookie. So a connection is a socket and a generation, and its slot in the table stays
 * the socket's until tcp_destroy_sock:
 *
 *   LIVE --CLOSE--> HELD (its fate may still be joined by a reset) --written--> STUB --destroy-->
 *   gone
 */
#ifndef TCPFATE_CORE_CONN_CONN_H
#define TCPFATE_CORE_CONN_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/record.h"

/* In a slot, where memory counts, the largest number stands for an unknown one. */
#define TF_UNKNOWN_U64 UINT64_MAX
#define TF_UNKNOWN_U32 UINT32_MAX

enum tf_phase {
	TF_PHASE_LIVE,	   /* no CLOSE yet */
	TF_PHASE_HELD,	   /* ended; `end` has the facts */
	TF_PHASE_STUB,	   /* written; kept for the generation while the socket exists */
	TF_PHASE_LISTENER, /* LISTEN: no connection, but the owner of those that come */
};

/* The queues that a slot can be in, each in the order of its times. */
enum tf_queue {
	TF_QUEUE_NONE,
	TF_QUEUE_ACTIVE,   /* live ones in no other state below; least recently active first */
	TF_QUEUE_SYN_SENT, /* live ones in a state in which sockets pile up, likewise */
	TF_QUEUE_FIN_WAIT1,
	TF_QUEUE_FIN_WAIT2,
	TF_QUEUE_CLOSE_WAIT,
	TF_QUEUE_LAST_ACK,
	TF_QUEUE_LISTENER,
	TF_QUEUE_STUB,	  /* written ones */
	TF_QUEUE_DESTROY, /* past tcp_destroy_sock */
	TF_QUEUE_DEAD,	  /* past CLOSE, in an application's hands or not accepted yet */
	TF_QUEUE_RAN,	  /* past tcp_reset(): of an RST, or of late data, whose answer may come */
	TF_QUEUE_HANDOFF, /* handed to a minisock before the peer's FIN */
	TF_QUEUE_MAX,
};
#define TF_QUEUE_LIVE_FIRST TF_QUEUE_ACTIVE
#define TF_QUEUE_LIVE_LAST TF_QUEUE_LAST_ACK

/* Path through the states: at most TF_STATES_MAX; times as 48 bits of microseconds (8.9 years). */
struct tf_path {
	uint8_t n;
	uint8_t unknown; /* set of places: how long it was in that state is not known */
	uint8_t state[TF_STATES_MAX];
	uint16_t spent_hi[TF_STATES_MAX];
	uint32_t spent_lo[TF_STATES_MAX];
};

/* What becomes known from events before CLOSE, or after it. */
enum tf_history {
	TF_HIST_LOST = 1 << 0,	       /* an event of it may be missing */
	TF_HIST_RESET_RAN = 1 << 1,    /* TF_EV_RST_RECEIVED */
	TF_HIST_RST_ACTIVE = 1 << 2,   /* sent an RST of its own accord */
	TF_HIST_RST_ANSWER = 1 << 3,   /* answered a segment with an RST once it had ended */
	TF_HIST_RST_MINISOCK = 1 << 4, /* its minisock did, or nobody for want of one */
	TF_HIST_SIMULTANEOUS = 1 << 5, /* SYN_SENT -> SYN_RECV */
	TF_HIST_RST_SENT = 1 << 6,     /* an RST left, whatever for */
	TF_HIST_DESTROYED = 1 << 7,    /* tcp_destroy_sock came */
};

/* Who answered a segment of the peer after the hand-off to a minisock, and what that segment was.
 * Without TF_HIST_RST_MINISOCK: nobody that we saw. */
enum tf_handed_answer {
	TF_HANDED_BY_MINISOCK,	 /* it answers data, not a FIN nor an ACK */
	TF_HANDED_BARE_DATA,	 /* there was no minisock (tcp_max_tw_buckets): data */
	TF_HANDED_BARE_FIN,	 /* the peer's FIN, alone */
	TF_HANDED_BARE_ACK,	 /* neither */
	TF_HANDED_BARE_ANYTHING, /* not known: an older recording */
};

struct tf_conn {
	uint64_t sock;
	uint64_t started_ns; /* or, with began_before, when it was there already */
	uint64_t since_ns;   /* of the present state */
	uint64_t cgroup;
	struct tf_tuple tuple;
	uint32_t netns;
	uint32_t pid;
	uint32_t uid;
	uint32_t generation;
	uint32_t lost;	       /* the loss bucket's counter at its last event */
	uint32_t handshake_us; /* TF_UNKNOWN_U32 */
	int16_t rst_reason : 12;
	uint16_t unseen : 4;	   /* scans in a row that should have found it and did not; of a
			      * written one: they ended it */
	uint8_t handed_answer : 3; /* enum tf_handed_answer */
	bool began_before : 1;	   /* its start was not seen */
	bool may_defer : 1;	   /* TF_F_SYN_WAITS: when the SYN left is not known */
	bool syn_waits : 1;	   /* in SYN_SENT: its SYN waits for the first write, or may */
	bool relived : 1;	   /* the socket was open before: min_rtt may be from then */
	bool restored : 1;	   /* put in by TCP_REPAIR: it began without a SYN */
	uint32_t end;		   /* struct tf_end in the pool of ends; 0: not ended */
	uint32_t next_same;	   /* next slot of the hash bucket */
	uint32_t prev, next;	   /* in its queue */
	union {
		uint32_t next_listener; /* of a listener: next in its port's hash bucket */
		uint32_t unread;	/* of a connection: bytes, as the last scan found them */
		uint32_t next_handed;	/* in TF_QUEUE_HANDOFF: likewise */
	};
	int32_t fd; /* the owner's, as the last scan found it; -1: not known */
	uint8_t comm[TF_COMM_LEN];
	uint8_t history; /* enum tf_history */
	uint8_t how_signal;
	uint8_t scan;		/* stamp of the last scan that found it; 0: none */
	uint8_t holders_scan;	/* ... that found a holder of it */
	uint8_t owner_from : 3; /* enum tf_owner_from */
	uint8_t phase : 2;	/* enum tf_phase */
	uint8_t role : 2;	/* enum tf_role */
	bool v6_socket : 1;
	uint8_t queue : 4;	 /* enum tf_queue */
	uint8_t established : 2; /* enum tf_tri */
	bool from_scan : 1;	 /* a scan found it first: it was there before us */
	bool holed : 1;		 /* a transition without a fact of its own was not reported */
	uint8_t state : 4;
	uint8_t how : 3;	 /* enum tf_close_how */
	bool since_at_least : 1; /* it was in its state before since_ns already */
	/* As the last scan found it: */
	bool keepalive : 1;  /* SO_KEEPALIVE */
	bool unanswered : 1; /* it had sent something again */
	bool eof_read : 1;
	bool unnamed : 1;     /* tf_table_unname() */
	bool owner_holds : 1; /* the owner was among the holders */
	bool scanned : 1;     /* the three above are known */
	bool waits : 1;	      /* for accept(): no application's socket, and no orphan */
	bool mptcp : 1;	      /* a subflow: whether the EOF was read is not known */
	struct tf_path path;
};

_Static_assert(sizeof(struct tf_conn) <= 192, "the memory target of a tracked connection");

/* What the event of CLOSE, and those after it, add. */
struct tf_end {
	uint64_t closed_ns;
	uint64_t due_ns;       /* when its fate is written at the latest */
	uint64_t destroyed_ns; /* with TF_HIST_DESTROYED */
	uint64_t facts;	       /* the set of facts that the CLOSE event carries */
	uint64_t bytes_acked, bytes_received;
	uint32_t bytes_unread, bytes_unsent, bytes_unacked;
	uint32_t retransmits, srtt_us, min_rtt_us;
	uint32_t lost_total; /* at CLOSE */
	int32_t err, err_soft;
	int32_t err_left;			  /* sk_err at destroy */
	uint32_t flags;				  /* of the CLOSE event */
	uint8_t state;				  /* the last before CLOSE */
	uint8_t fin_sent, fin_received, eof_read; /* enum tf_tri */
};

/* Whether a connection that is in @state has been ESTABLISHED. */
enum tf_tri tf_conn_was_established(uint8_t state);

/* The queue of live connections in @state. */
enum tf_queue tf_conn_live_queue(uint8_t state);

/* Appends @state to @path, if there is room, or adds the time to the same state there; @spent_us
 * TF_UNKNOWN_U64: for how long is not known. */
void tf_conn_add_state(struct tf_path *path, uint8_t state, uint64_t spent_us);

/* Compares the loss counter that @ev carries with the last one of @conn. After a loss, the resets
 * that were seen before may have been a former life's: they are forgotten. */
void tf_conn_check_loss(struct tf_conn *conn, const struct tf_event *ev);

#endif
