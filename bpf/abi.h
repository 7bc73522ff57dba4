/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * abi.h - the contract between the kernel programs and user space
 *
 * The only file of bpf/ that user/ may include. Everything in the ring buffer, and everything in a
 * recording, is one of the structs below: a fixed header, then the body that the header's kind
 * names. Records are facts ("this socket went from that state to this one, its sk_err was..."),
 * never verdicts.
 *
 * Rules:
 *  - fixed-width members, naturally aligned, every pad spelled out and zero, size asserted;
 *  - host byte order, except the addresses, which are in network order; ports are in HOST order;
 *  - IPv4 is carried as v4-mapped IPv6 (::ffff:a.b.c.d), so there is one address form;
 *  - a size in the header may be LARGER than the struct (a newer writer appended members), never
 *    smaller. Any other change of layout or meaning increments TF_ABI_VERSION.
 *
 * bpf/README.md has the table of versions and the facts about the kernel that the comments below
 * rest on. To add a kind: an enumerator before TF_EV_MAX, a struct with a size assertion, a row in
 * user/core/stream/decode.c, a test in tests/unit/test_decode.c.
 */
#ifndef TCPFATE_ABI_H
#define TCPFATE_ABI_H

#if !defined(__bpf__) && !defined(__VMLINUX_H__)
#include <linux/types.h>
#endif

#define TF_ABI_VERSION 2 /* see the table "Versions of the ABI" in bpf/README.md */

#define TF_COMM_LEN 16

/* The kinds of records. Kinds below TF_EV_USER are written by the kernel programs; the others are
 * put into the stream by user space, so that time, loss and names are data and a replay needs
 * nothing but the stream.
 */
enum tf_event_kind {
	TF_EV_STATE = 1,	/* struct tf_ev_state: a transition that does not end in CLOSE */
	TF_EV_CLOSE = 2,	/* struct tf_ev_close: a transition to CLOSE, with the last facts */
	TF_EV_RST_SENT = 3,	/* struct tf_ev_reset: tcp_send_reset */
	TF_EV_RST_RECEIVED = 4, /* struct tf_ev_reset: tcp_reset() ran; NOT proof of an RST */
	TF_EV_DESTROY = 5,	/* struct tf_ev_destroy: tcp_destroy_sock */
	TF_EV_SYNACK_RETRANS = 6, /* struct tf_ev_reset, reason 0: a pending handshake waits */
	TF_EV_ACCEPT = 7,	  /* struct tf_ev_accept: a task took the socket from accept() */
	TF_EV_SOCK = 8,		  /* struct tf_ev_sock: a scan found a full socket, or a listener */
	TF_EV_MINISOCK = 9,	  /* struct tf_ev_minisock: a scan found TIME_WAIT, or a request */
	TF_EV_HOLDER = 10,	  /* struct tf_ev_holder: a scan found a descriptor of a socket */
	TF_EV_MASTER = 11,	  /* struct tf_ev_master: a subflow's MPTCP connection transits */

	TF_EV_USER = 64,
	TF_EV_TICK = 64,     /* struct tf_ev_tick: nothing older is still to come */
	TF_EV_COUNTERS = 65, /* struct tf_ev_counters: totals of the kernel side so far */
	TF_EV_SCAN = 66,     /* struct tf_ev_scan: a step of a scan over all sockets */
	TF_EV_NETNS = 67,    /* struct tf_ev_netns: settings and counters of a namespace */
	TF_EV_CGROUP = 68,   /* struct tf_ev_cgroup: the names of a cgroup */
	TF_EV_MAX = 69,
};

/* Every record starts with this. */
struct tf_event {
	__u64 time_ns; /* CLOCK_BOOTTIME of the fact */
	__u64 sock;    /* the socket's identity: its cookie, or a keyed hash of its address on
			* kernels without one for tracing (before 5.12); 0: no socket */
	__u32 netns;   /* inode number of the network namespace; 0: unknown */
	__u16 size;    /* bytes of this record, this header included; a multiple of 8 */
	__u8 kind;     /* enum tf_event_kind */
	__u8 pad0;
	__u32 lost; /* events lost so far in this socket's loss bucket (see TF_LOST_BUCKETS) */
	__u32 lost_total; /* events lost so far, of all sockets */
};

/* When an event cannot be reserved, the counter at its socket's identity modulo this is increased,
 * and each later event of the bucket carries the counter. When two events of one socket carry
 * different counters, an event between them may be missing; with equal counters, none is.
 */
#define TF_LOST_BUCKETS 65536

/* The two ends, as the socket sees them. */
struct tf_tuple {
	__u8 laddr[16]; /* network order; v4-mapped for IPv4 */
	__u8 raddr[16];
	__u16 lport; /* host order; 0: not chosen yet, or not known */
	__u16 rport;
	__u32 pad;
};

/* Facts of one bit each, in the `flags` of the records. LINGER2_NEG, REPAIR, FASTOPEN and
 * NETNS_DEAD are read at the transition to CLOSE only. With MPTCP, the facts of the application's
 * end (HAS_SOCKET, DEAD, FILE_GONE, LINGER0; inode, uid and shutdown) are those of the MPTCP
 * socket, and a worker of the kernel that holds the lock does not make it LOCKED. Bits 9, 20 and 21
 * are not used again: older recordings have them (see bpf/README.md). */
/* Facts of one bit each, in the `flags` of the records. LINGER2_NEG, REPAIR, FASTOPEN, MPTCP and
 * NETNS_DEAD are read at the transition to CLOSE, all but the last also at those to and from
 * SYN_SENT; FASTOPEN by a scan of SYN_SENT, too; SYN_WAITS at the transition to SYN_SENT only. Bits
 * 9, 20 and 21 are not used again: older recordings have them (see bpf/README.md). */
enum tf_flag {
	TF_F_DEAD = 1 << 0,	   /* SOCK_DEAD: no application holds it any more (orphan) */
	TF_F_DONE = 1 << 1,	   /* SOCK_DONE: the peer's FIN came */
	TF_F_KEEPOPEN = 1 << 2,	   /* SO_KEEPALIVE */
	TF_F_LINGER0 = 1 << 3,	   /* SO_LINGER on, with time 0 */
	TF_F_LINGER2_NEG = 1 << 4, /* TCP_LINGER2 < 0 */
	TF_F_HAS_SOCKET = 1 << 5,  /* sk_socket set: an application holds it */
	TF_F_FILE_GONE = 1 << 6,   /* its last descriptor is being released: close, not shutdown */
	TF_F_TASK = 1 << 7,	   /* the task fields are the owner's: it holds the socket's lock */
	TF_F_EXITING = 1 << 8,	   /* PF_EXITING: the kernel closes for a dying task */
	TF_F_MPTCP = 1 << 10,	   /* an MPTCP subflow (STATE, CLOSE, SOCK) */
	TF_F_NETNS_DEAD = 1 << 11, /* its network namespace is being torn down (check_net()) */
	TF_F_REPAIR = 1 << 12,	   /* TCP_REPAIR: closes without a packet */
	TF_F_V6 = 1 << 13,	  /* the socket is AF_INET6 (a v4-mapped tuple may still be IPv4) */
	TF_F_FASTOPEN = 1 << 14,  /* data rode on the SYN, or a TCP Fast Open child */
	TF_F_ACTIVE = 1 << 15,	  /* reset: sent by the socket itself, no packet caused it */
	TF_F_MINISOCK = 1 << 16,  /* reset: the sender is a TIME_WAIT minisock */
	TF_F_REQUEST = 1 << 17,	  /* reset: the sender is a request socket */
	TF_F_LISTENER = 1 << 18,  /* reset: the socket is a listener; not its own life */
	TF_F_SYN = 1 << 19,	  /* reset: the packet that it answers was a SYN without ACK */
	TF_F_LOCKED = 1 << 22,	  /* a task holds the socket's lock (TF_F_TASK without the rest) */
	TF_F_ICMP_TOLD = 1 << 23, /* err_soft is of connect(), and SO_ERROR has taken it since */
	TF_F_STAND_IN =
		1 << 24,    /* from a stand-in: the kernel skipped the hook's first program, or,
				   * rarely, that has emitted the same event just before */
	TF_F_OOM = 1 << 25, /* with TF_F_EXITING and exit_signal 9: the OOM killer chose it */
	TF_F_QUEUE_FULL = 1 << 26, /* reset: the listener's accept queue is full, and overflow
				    * aborts (tcp_abort_on_overflow) */
	TF_F_SYN_WAITS = 1 << 27,  /* TCP_FASTOPEN_CONNECT: the SYN may wait for the first write */
	TF_F_ACK_OLDER = 1 << 28,  /* CLOSE with an error: an earlier segment was the last that
				    * acknowledged something, so this one brought no data */
};

/* A transition. 120 bytes. */
struct tf_ev_state {
	struct tf_event ev;
	struct tf_tuple tuple;
	__u32 flags;	/* enum tf_flag */
	__u8 old_state; /* TCP_ESTABLISHED... (enum tcp_state of net/tcp_states.h) */
	__u8 new_state;
	__u8 shutdown;	  /* sk_shutdown: 1 RCV_SHUTDOWN, 2 SEND_SHUTDOWN */
	__u8 exit_signal; /* with TF_F_EXITING: the signal that kills the process, 0 for an exit */
	__u32 uid;	  /* sk_uid: of the socket's file, for an accepted one its accepter's */
	__u32 pid;	  /* with TF_F_TASK: tgid in the initial pid namespace; else 0 */
	__u64 cgroup;	  /* sk_cgrp_data: cgroup v2 id of whoever called socket(); 0: unknown */
	__u32 srtt_us;	  /* smoothed round-trip time, microseconds (not shifted); 0: none yet */
	__u32 inode;	  /* of the socket's file; 0: none (not accepted yet, or orphan) */
	__u8 comm[TF_COMM_LEN]; /* with TF_F_TASK; any bytes, NUL-padded; the process's,
				 * not the thread's */
};

/* The transition to CLOSE: the same, then everything that a verdict may need and that the kernel
 * wipes afterwards (tcp_disconnect()). 192 bytes.
 */
struct tf_ev_close {
	struct tf_ev_state st;
	__s32 err;	 /* sk_err, positive errno; 0 none */
	__s32 err_soft;	 /* sk_err_soft: the last ICMP error; or see TF_F_ICMP_TOLD */
	__u32 write_seq; /* SND.NXT of the application: all that was written, SYN and FIN too */
	__u32 snd_nxt;
	__u32 snd_una;
	__u32 snd_wnd; /* the peer's window, bytes */
	__u32 rcv_nxt;
	__u32 copied_seq;      /* what the application has read */
	__u64 bytes_acked;     /* tcpi_bytes_acked: counts SYN (of a client) and FIN */
	__u64 bytes_received;  /* tcpi_bytes_received: counts the FIN */
	__u32 total_retrans;   /* segments retransmitted in its whole life */
	__u32 min_rtt_us;      /* ~0: none */
	__u32 user_timeout_ms; /* TCP_USER_TIMEOUT; 0: not set */
	__u32 unanswered_ms;   /* since the first unanswered transmission or probe; 0: none */
	__u8 retransmits;      /* icsk_retransmits: unanswered retransmissions in a row */
	__u8 probes_out;       /* icsk_probes_out: unanswered keepalive or window probes in a row */
	__u8 pad[2];
	__u32 master_unread; /* of a subflow: bytes that its MPTCP connection has received, from all
			      * subflows, and the application has not read */
};

/* A reset sent or received, or (TF_EV_SYNACK_RETRANS) a SYN-ACK sent again. 96 bytes. */
struct tf_ev_reset {
	struct tf_event ev;
	struct tf_tuple tuple; /* from the socket, or the answered packet's, reversed */
	__u32 flags;	       /* enum tf_flag */
	__s32 reason;	       /* enum sk_rst_reason of THIS kernel; -1: the kernel gives none */
	__u8 state;	       /* skc_state of the socket; 0: no socket */
	__u8 segment;	       /* TCP flags of the segment that it answers; 0: none, or not known */
	__u8 pad[2];
	__u32 data_len; /* with `segment`: bytes of data in that */
	__u64 pad2;
};

/* The kernel releases the socket. Only a reset may follow, some microseconds later ("Endings" in
 * bpf/README.md). With TF_F_TASK the last holder's close() did it; otherwise the socket was an
 * orphan and died on its own. 64 bytes.
 */
struct tf_ev_destroy {
	struct tf_event ev;
	__s32 err;   /* sk_err left: nonzero means that no call has returned it */
	__u32 flags; /* enum tf_flag */
	__u32 pid;   /* with TF_F_TASK; else 0 */
	__u32 pad;
	__u8 comm[TF_COMM_LEN]; /* with TF_F_TASK */
};

/* accept() returned this socket to a task. 72 bytes. */
struct tf_ev_accept {
	struct tf_event ev;
	__u32 pid;
	__u32 uid;
	__u64 cgroup; /* of the socket */
	__u64 pad;    /* no inode: sock_graft() comes after inet_csk_accept() */
	__u8 comm[TF_COMM_LEN];
};

/* A full socket as a scan finds it. Since 5.15 the scan holds the socket's lock meanwhile, so that
 * the record is in order with the socket's other events. Both states in `st` are the same; pid and
 * comm are empty. 160 bytes.
 */
struct tf_ev_sock {
	struct tf_ev_state st;
	__u32 rcv_queue; /* rcv_nxt - copied_seq: unread bytes, and a FIN with TF_F_DONE; of a
			  * listener: connections that wait for accept() */
	__u32 snd_queue; /* write_seq - snd_una: not acknowledged; of a listener: its backlog, how
			  * many may wait */
	__u32 unsent;	 /* write_seq - snd_nxt */
	__u32 requests;	 /* of a listener: pending handshakes */
	__u32 drops;	 /* of a listener: sk_drops, segments dropped so far */
	__u32 silent_ms; /* since a segment of the peer last came; ~0: not known */
	__u32 idle_ms;	 /* since data was last sent; ~0: not known */
	__u8 retransmits;
	__u8 probes_out;
	__u8 master_state; /* of a subflow: its MPTCP connection's, as TCP's; else 0 */
	__u8 pad;
	__u32 waits_ms;	     /* since an unacknowledged SYN, or an unacknowledged segment that was
			 * retransmitted, was first sent; 0: there is none, or it is not known */
	__u32 master_unread; /* as in tf_ev_close */
};

/* A minisock as a scan finds it. ev.sock is that of the socket it came from, if its cookie had been
 * asked for; a request has its own. 80 bytes.
 */
struct tf_ev_minisock {
	struct tf_event ev;
	struct tf_tuple tuple;
	__u32 flags;	  /* enum tf_flag: V6, MINISOCK or REQUEST */
	__u8 state;	  /* TCP_TIME_WAIT or TCP_NEW_SYN_RECV */
	__u8 substate;	  /* of TIME_WAIT: TCP_FIN_WAIT2 or TCP_TIME_WAIT */
	__u8 retransmits; /* of a request: SYN-ACKs sent again */
	__u8 pad;
};

/* A descriptor of a TCP socket. 64 bytes. */
struct tf_ev_holder {
	struct tf_event ev;
	__u32 pid; /* tgid in the initial pid namespace */
	__s32 fd;
	__u32 inode;
	__u8 state; /* of the socket */
	__u8 pad[3];
	__u8 comm[TF_COMM_LEN]; /* the process's */
};

/* The MPTCP connection of a subflow goes from one state to another; once for each of its subflows.
 * The flags and task fields are as in tf_ev_state, of the MPTCP socket. 64 bytes. */
struct tf_ev_master {
	struct tf_event ev; /* ev.sock: the subflow */
	__u32 flags;
	__u32 pid;
	__u8 old_state;
	__u8 new_state;
	__u8 shutdown;
	__u8 exit_signal;
	__u32 pad;
	__u8 comm[TF_COMM_LEN];
};

/* Time passes without events: timers up to time_ns are due. */
struct tf_ev_tick {
	struct tf_event ev;
};

/* A scan reads the namespaces one after the other, then the descriptors of all processes:
 * BEGIN, { NETNS, NETNS_END }..., HOLDERS, HOLDERS_END, END. Its records stand between the steps.
 */
enum tf_scan_step {
	TF_SCAN_BEGIN = 1,
	TF_SCAN_NETNS, /* of ev.netns; a TF_EV_NETNS follows */
	TF_SCAN_NETNS_END,
	TF_SCAN_HOLDERS,
	TF_SCAN_HOLDERS_END,
	TF_SCAN_END,
	TF_SCAN_STEP_MAX,
};

/* 48 bytes. */
struct tf_ev_scan {
	struct tf_event ev;
	__u32 scan; /* counts from 1 */
	__u8 step;  /* enum tf_scan_step */
	__u8 whole; /* of an end: everything was read, nothing was lost */
	__u8 pad[2];
	__u64 took_ns; /* of an end: the time since its beginning */
};

/* Counters of /proc/net/snmp and netstat. The alerts compare PASSIVE_OPENS and SYNCOOKIES_SENT; the
 * others are recorded so that a later version can judge a recording of today. */
enum tf_snmp {
	TF_SNMP_ACTIVE_OPENS,
	TF_SNMP_PASSIVE_OPENS,
	TF_SNMP_LISTEN_OVERFLOWS,
	TF_SNMP_LISTEN_DROPS,
	TF_SNMP_SYNCOOKIES_SENT,
	TF_SNMP_SYNCOOKIES_RECV,
	TF_SNMP_SYNCOOKIES_FAILED,
	TF_SNMP_REQQ_FULL_DROP,
	TF_SNMP_MAX,
};

/* Settings of a network namespace; all bits set: it could not be read. No alert reads somaxconn,
 * max_tw_buckets and fin_timeout_s yet; they are recorded for later versions. 120 bytes. */
struct tf_ev_netns {
	struct tf_event ev;
	__u16 port_low, port_high; /* net.ipv4.ip_local_port_range */
	__u8 tw_reuse;		   /* net.ipv4.tcp_tw_reuse: 0 no, 1 yes, 2 on loopback */
	__u8 syncookies;	   /* net.ipv4.tcp_syncookies */
	__u8 pad[2];
	__u32 max_syn_backlog; /* net.ipv4.tcp_max_syn_backlog */
	__u32 somaxconn;
	__u32 max_tw_buckets;
	__u32 fin_timeout_s; /* net.ipv4.tcp_fin_timeout */
	__u64 snmp[TF_SNMP_MAX];
};

#define TF_CONTAINER_LEN 88
#define TF_UNIT_LEN 120
#define TF_CGROUP_PATH_LEN 384

/* The names of cgroup @id; or, with @pid, of a process's cgroups: where hierarchies of version 1
 * are mounted, a socket's id may be that of the root. Texts end with NUL; empty: none. 640 bytes.
 */
struct tf_ev_cgroup {
	struct tf_event ev;
	__u64 id;  /* as in tf_ev_state.cgroup; 0 with a pid */
	__u32 pid; /* tgid in the initial pid namespace; 0: of the id */
	__u32 pad;
	__u8 container[TF_CONTAINER_LEN]; /* "docker:ID", "containerd:ID", "lxc:NAME"... */
	__u8 unit[TF_UNIT_LEN];		  /* systemd's: "nginx.service"; "..." ends a longer one */
	__u8 path[TF_CGROUP_PATH_LEN];	  /* below the hierarchy's root; a longer one loses its
					    * beginning, "..." stands for it */
};

enum tf_hook {
	TF_HOOK_STATE,	      /* inet_sock_set_state */
	TF_HOOK_RST_SENT,     /* tcp_send_reset */
	TF_HOOK_RST_RECEIVED, /* tcp_receive_reset */
	TF_HOOK_DESTROY,      /* tcp_destroy_sock */
	TF_HOOK_SYNACK,	      /* tcp_retransmit_synack */
	TF_HOOK_ACCEPT,	      /* inet_csk_accept */
	TF_HOOK_SOCKETS,      /* iter/tcp: runs when user space reads its file */
	TF_HOOK_HOLDERS,      /* iter/task_file: likewise */
	TF_HOOK_BARE4, /* tcp_v4_send_reset(), where tcp_send_reset is silent (before 6.10) */
	TF_HOOK_BARE6, /* tcp_v6_send_reset(), likewise */
	TF_HOOK_MAX,
};

/* seen = filtered + folded + lost + emitted, for each hook, always. */
struct tf_counters {
	__u64 seen;	/* calls of the hook for TCP sockets */
	__u64 filtered; /* left out by the user's filters */
	__u64 folded;	/* carry no fact of their own (CLOSE -> CLOSE, a never-used socket, the
			 * child's LISTEN -> SYN_RECV, which comes again right after) */
	__u64 lost;	/* no room in the ring, or the kernel skipped the program (recursion) */
	__u64 emitted;	/* written to the ring */
};

#define TF_MARKS 8

/* An event that the first program of a hook has taken. */
struct tf_mark {
	__u64 what; /* address of its socket, or of its packet */
	__u64 how;
};

/* An entry of the map `counters`, for each CPU: two for each hook (see bpf/programs.bpf.h). Not
 * part of a recording. */
struct tf_counting {
	struct tf_counters sum;
	__u64 runs;		       /* of the second entry: ended calls of the last stand-in */
	struct tf_mark mark[TF_MARKS]; /* of the first entry; by a few bits of the event */
};

struct tf_ev_counters {
	struct tf_event ev;
	struct tf_counters hook[TF_HOOK_MAX];
};

/* The programs' settings: their read-only data `tf_cfg`, set before they are loaded, so that the
 * verifier removes the code that is not needed. Not part of a recording.
 */
struct tf_config {
	__u64 hash_key;	  /* odd and random: hides socket addresses where there are no cookies */
	__u64 tick_ns;	  /* 1 / CONFIG_HZ: length of a jiffy, as of CLOCK_MONOTONIC_COARSE */
	__u32 wake_bytes; /* wake the reader when this much waits in the ring */
	__u8 cookies;	  /* bpf_get_socket_cookie works in tracing programs (5.12) */
	__u8 by_lport;	  /* filters that are on: lport_set is the map ... */
	__u8 by_rport;	  /* rport_set */
	__u8 by_cidr;	  /* cidr_set */
	__u8 by_netns;	  /* netns_set */
	__u8 by_cgroup;	  /* cgroup_set */
	__u8 by_pid;	  /* pid_set; only with cookies (socket storage came with them) */
	__u8 only_v4;
	__u8 only_v6;
	__u8 pad[3];
};

/* Shared, writable, in the programs' .bss as `tf_wake`. The reader sets `asleep` before it waits
 * without a timeout (and reads the ring once more); the first event then clears it and wakes
 * the reader. While it is awake, it comes by itself, and only a filling ring wakes it.
 */
struct tf_wake {
	__u32 asleep;
	__u32 lost_total; /* written by the programs: events lost so far */
	__u32 scan_lost;  /* written by the iterators: their records that found no room */
	__u32 scanner; /* the process that scans, by iterators, netlink or /proc; 0: none. It takes
			* the sockets' locks and runs their backlog, and can put the last reference
			* to a file, but does not own them */
};

/* Key of the map cidr_set (BPF_MAP_TYPE_LPM_TRIE). */
struct tf_cidr_key {
	__u32 bits; /* prefix length over the v4-mapped form, 0 to 128 */
	__u8 addr[16];
};

#define TF_ASSERT_SIZE(type, bytes)                                                                \
	_Static_assert(sizeof(struct type) == (bytes), #type " changed: see the rules above")
TF_ASSERT_SIZE(tf_event, 32);
TF_ASSERT_SIZE(tf_tuple, 40);
TF_ASSERT_SIZE(tf_ev_state, 120);
TF_ASSERT_SIZE(tf_ev_close, 192);
TF_ASSERT_SIZE(tf_ev_reset, 96);
TF_ASSERT_SIZE(tf_ev_destroy, 64);
TF_ASSERT_SIZE(tf_ev_accept, 72);
TF_ASSERT_SIZE(tf_ev_sock, 160);
TF_ASSERT_SIZE(tf_ev_minisock, 80);
TF_ASSERT_SIZE(tf_ev_holder, 64);
TF_ASSERT_SIZE(tf_ev_master, 64);
TF_ASSERT_SIZE(tf_ev_tick, 32);
TF_ASSERT_SIZE(tf_ev_scan, 48);
TF_ASSERT_SIZE(tf_ev_netns, 120);
TF_ASSERT_SIZE(tf_ev_cgroup, 640);
TF_ASSERT_SIZE(tf_counters, 40);
TF_ASSERT_SIZE(tf_counting, 48 + 16 * TF_MARKS);
TF_ASSERT_SIZE(tf_ev_counters, 32 + 40 * TF_HOOK_MAX);

#endif
