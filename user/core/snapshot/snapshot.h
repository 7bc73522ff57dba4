/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot.h - every socket of one scan: counted, grouped, each with its holders
 *
 * Takes in the events of one scan (TF_EV_SCAN and the events between, see bpf/abi.h) and
 * TF_EV_CGROUP; all other kinds are ignored. The answers are: how many sockets are in each state,
 * altogether and in each namespace, as `ss -tan` counts them; the listeners with their queues; and
 * groups of the sockets that one process has at one service. Like the rest of the core it reads no
 * clock and prints nothing.
 *
 * 	tf_snapshot_new(), tf_snapshot_feed() for each event, tf_snapshot_finish(), then the answers
 *
 * Memory has ceilings; the number of sockets is an option. A socket beyond it still counts in its
 * state and namespace (unless the filter asks for owners: its owner is unknown then). `left_out`
 * counts the sockets that are in no group.
 */
#ifndef TCPFATE_CORE_SNAPSHOT_SNAPSHOT_H
#define TCPFATE_CORE_SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/maybe32.h"
#include "bpf/abi.h"
#include "core/filter.h"
#include "core/record.h"
#include "core/states.h"

#define TF_SNAPSHOT_GROUPS_MAX 65536u
#define TF_SNAPSHOT_NETNS_MAX 4096u
#define TF_SNAPSHOT_FDS 8 /* descriptors that a group names */

/* What keeps a socket alive. */
enum tf_held {
	TF_HELD_UNKNOWN, /* an application, but the scan found no descriptor: it is being passed on,
			  * registered with io_uring only, or the kernel's own (NFS, CIFS) */
	TF_HELD_PROCESS,
	TF_HELD_QUEUE,	  /* it waits in a listener's accept queue */
	TF_HELD_ORPHAN,	  /* closed by its process; the kernel finishes it */
	TF_HELD_MINISOCK, /* it is a TIME_WAIT minisock or a pending handshake */
	TF_HELD_MAX,
};

struct tf_snapshot_process {
	uint32_t pid;
	uint32_t next;		   /* in its hash chain */
	uint8_t comm[TF_COMM_LEN]; /* any bytes */
};

/* One descriptor. Those of one process follow each other. */
struct tf_snapshot_holder {
	uint32_t process; /* tf_snapshot_process() */
	int32_t fd;
	uint32_t next; /* the socket's next holder; 0: no more */
};

struct tf_snapshot_socket {
	uint64_t sock;	       /* identity; 0: a minisock without one */
	uint64_t cgroup;       /* 0 unknown */
	struct tf_tuple tuple; /* all zeros when only its holder shows it (TF_TCP_CLOSE) */
	uint32_t netns;
	struct tf_maybe32 uid;
	uint32_t inode;
	uint32_t flags;	    /* enum tf_flag */
	uint32_t rcv_queue; /* as in struct tf_ev_sock, and so are the next */
	uint32_t snd_queue, unsent;
	uint32_t requests, drops;
	struct tf_maybe32 silent_ms, idle_ms;
	uint32_t waits_ms;
	uint32_t srtt_us;
	uint32_t holders, last_holder; /* tf_snapshot_holder(); 0: none */
	uint32_t n_holders;
	uint32_t group;			   /* its handle in tf_tables_group(); 0: none */
	uint32_t next_same, next_listener; /* in their hash chains */
	uint8_t state; /* as `ss` shows it: a minisock's substate, SYN_RECV for a request */
	uint8_t role;  /* enum tf_role */
	uint8_t held;  /* enum tf_held */
	uint8_t retransmits, probes_out;
	bool scanned;	/* in the scan over its namespace, not only by its holder */
	bool hidden;	/* the filter does not want it */
	bool syn_waits; /* in SYN_SENT, and its SYN has not left */
	bool by_remote; /* of unknown role: grouped as a client's */
};

/* The sockets that one process has at one service: a server's local port, or the remote address and
 * port that a client connected to; where the role is not known, whichever more of them share. A
 * socket with several holders counts for the first one. Listeners are in no group. */
struct tf_snapshot_group {
	uint32_t netns;
	uint32_t process; /* tf_snapshot_process(); 0: none, see `held` */
	uint64_t cgroup;  /* of its first socket */
	uint8_t held;	  /* enum tf_held */
	uint8_t role;	  /* enum tf_role; without `has_remote`, `port` is the local one */
	uint16_t port;	  /* 0: not known */
	bool has_remote;
	uint8_t remote[16];
	uint32_t n, unusual; /* of n those in a state where connections get stuck */
	uint32_t count[TF_TCP_STATE_MAX];
	struct tf_maybe32 oldest_ms[TF_TCP_STATE_MAX]; /* at least */
	uint32_t shared;			       /* held by several processes */
	uint32_t eof_read;		  /* in CLOSE_WAIT, whose process has read the EOF */
	uint32_t syn_waits;		  /* in SYN_SENT, whose SYN has not left */
	uint64_t unread, unsent, unacked; /* bytes of data in all */
	uint32_t n_fds;
	int32_t fds[TF_SNAPSHOT_FDS]; /* the first of its process, in scan order */
	uint32_t next, rank;	      /* in its hash chain; in the order */
};

struct tf_snapshot_netns {
	uint32_t inode;
	bool scanned, whole;	      /* its scan ended; and saw everything */
	uint16_t port_low, port_high; /* net.ipv4.ip_local_port_range; 0: not known */
	uint64_t sockets;
	uint64_t states[TF_TCP_STATE_MAX];
	uint32_t next; /* of the snapshot's own */
};

/* The scan as a whole. */
struct tf_snapshot_totals {
	uint64_t time_ns; /* when the scan began */
	uint64_t took_ns;
	bool ended; /* END came */
	bool whole; /* nothing was lost, as far as the scan knows */
	bool holders_whole;
	uint64_t sockets;
	uint64_t states[TF_TCP_STATE_MAX];
	uint64_t held[TF_HELD_MAX]; /* of the sockets that found room; listeners too */
	uint32_t netns_part;	    /* namespaces whose scan was not whole */
	uint64_t strange_holders;   /* descriptors of unseen sockets: opened meanwhile */
	struct {		    /* no room for them */
		uint64_t sockets, holders, grouped, netns;
	} left_out;
};

struct tf_snapshot;

struct tf_snapshot_options {
	uint32_t max_sockets;		/* ceiling, and the one of descriptors too; 0: 1 Mi */
	const struct tf_filter *filter; /* sockets that count; NULL: all. Borrowed */
	struct tf_hash_key key;		/* a secret for the hashes (base/hash.h) */
};

/* An empty snapshot. Returns 0 or -ENOMEM, @ret_snapshot untouched then. Owned by the caller:
 * tf_snapshot_free(), for which NULL is allowed. */
int tf_snapshot_new(const struct tf_snapshot_options *options, struct tf_snapshot **ret_snapshot);
void tf_snapshot_free(struct tf_snapshot *snapshot);

/* Takes in one record of @size bytes as it stands in the ring or in a recording. Returns 0, or
 * -EBADMSG for a malformed one, of which nothing is taken. */
int tf_snapshot_feed(struct tf_snapshot *snapshot, const void *record, size_t size);

/* Once, after the last event: finds roles and groups, counts, and sorts the answers. Returns 0 or
 * -ENOMEM, after which only tf_snapshot_free() is allowed. */
int tf_snapshot_finish(struct tf_snapshot *snapshot);

/* The answers, after tf_snapshot_finish(). They belong to the snapshot and live as long. */
const struct tf_snapshot_totals *tf_snapshot_totals(const struct tf_snapshot *snapshot);

/* How many there are, and the @i-th, counted from 0. Namespaces in scan order. Listeners: a full
 * accept queue first, then pending handshakes, a queue, drops. Groups: the most unusual sockets
 * first, then the most sockets. Sockets by group and state, oldest first; listeners last. */
uint32_t tf_snapshot_n_netns(const struct tf_snapshot *snapshot);
uint32_t tf_snapshot_n_listeners(const struct tf_snapshot *snapshot);
uint32_t tf_snapshot_n_groups(const struct tf_snapshot *snapshot);
uint32_t tf_snapshot_n_sockets(const struct tf_snapshot *snapshot);
const struct tf_snapshot_netns *tf_snapshot_netns(const struct tf_snapshot *snapshot, uint32_t i);
const struct tf_snapshot_socket *tf_snapshot_listener(const struct tf_snapshot *snapshot,
						      uint32_t i);
const struct tf_snapshot_group *tf_snapshot_group(const struct tf_snapshot *snapshot, uint32_t i);
const struct tf_snapshot_socket *tf_snapshot_socket(const struct tf_snapshot *snapshot, uint32_t i);

/* The object behind a handle, which must not be 0. */
const struct tf_snapshot_holder *tf_snapshot_holder(const struct tf_snapshot *snapshot,
						    uint32_t handle);
const struct tf_snapshot_process *tf_snapshot_process(const struct tf_snapshot *snapshot,
						      uint32_t handle);

/* The names of cgroup @cgroup of a socket whose first holder is process handle @process (0: none);
 * NULL: unknown. */
const struct tf_ev_cgroup *tf_snapshot_names(const struct tf_snapshot *snapshot, uint64_t cgroup,
					     uint32_t process);

/* Whether the scan saw everything: no step failed, nothing was lost, and there was room for all. */
bool tf_snapshot_is_whole(const struct tf_snapshot *snapshot);

#endif
