/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * witness.h - a random mix of connections, each written down as its applications saw it
 *
 *	witness --out=FOLDER [--netns=FILE] [--seed=N] [--connections=N] [--only=NAME,...]
 *
 * Pairs of processes, a client and a server pinned to CPUs of their own, make connections over
 * loopback and end each in a way that dice choose. Both draw from the same dice, so they know what
 * comes without a word between them; where a race is wanted they meet first, on a spinning counter,
 * and then go at the same moment. What comes of it is nobody's plan: FOLDER/calls.tsv has each
 * call with its time, argument and answer, FOLDER/packets.tsv each TCP segment that arrived.
 * Whoever compares them with tcpfate's records (tests/e2e/lib/judge.py) knows no more than the two
 * files.
 *
 * To add an ending: a function ENDING(name) in the file of its kind, and its name below.
 */
#ifndef TCPFATE_WITNESS_WITNESS_H
#define TCPFATE_WITNESS_WITNESS_H

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* --- log.c: what was called --- */

#define CALLS(X)                                                                                   \
	X(socket)                                                                                  \
	X(bind)                                                                                    \
	X(listen)                                                                                  \
	X(connect)                                                                                 \
	X(accept)                                                                                  \
	X(send)                                                                                    \
	X(recv)                                                                                    \
	X(shutdown)                                                                                \
	X(close)                                                                                   \
	X(unspec)                                                                                  \
	X(so_error)                                                                                \
	X(poll)                                                                                    \
	X(linger)                                                                                  \
	X(linger2)                                                                                 \
	X(keepalive)                                                                               \
	X(user_timeout)                                                                            \
	X(filter)                                                                                  \
	X(destroy)                                                                                 \
	X(fork)                                                                                    \
	X(exit)                                                                                    \
	X(kill)                                                                                    \
	X(fastopen)

#define CALL_NUMBER(name) CALL_##name,
enum call { CALLS(CALL_NUMBER) N_CALLS };

/* One call. All processes write into one shared memory, so that what a killed one did is known. */
struct entry {
	uint64_t begun, ended; /* CLOCK_REALTIME; ended 0: it never returned */
	uint32_t handle;       /* of the socket: a number of its own, never used again */
	uint32_t worker, number;
	int32_t pid;
	int32_t call, error; /* error: errno, 0 none */
	int64_t argument, answer;
	struct sockaddr_in6 local, remote; /* family 0: not known */
	char comm[16];
	const char *ending;
};

/* Shared memory for @most entries. Ends the program if there is none. */
void log_open(uint32_t most);
uint32_t log_handle(void);

/* Writes them all down, oldest first. Returns false and says why when a file fails, or when there
 * were more than log_open() made room for. */
bool log_write(const char *folder);

/* --- capture.c: what arrived --- */

/* Begins to write each TCP segment that arrives over `lo` of this network namespace to
 * FOLDER/packets.tsv, by a thread. Ends the program if it cannot. */
void capture_begin(const char *folder);

/* Ends it. Returns false, and says why, if the kernel dropped segments on the way to it. */
bool capture_end(void);

/* --- the two ends of a connection --- */

enum side { CLIENT, SERVER };

struct sock {
	int fd; /* -1: none */
	uint32_t handle;
};

/* Shared by the two processes of a worker. */
struct shared {
	_Atomic uint32_t met[2];
	_Atomic uint32_t pids[2];
	_Atomic uint32_t word[4]; /* what one writes for the other before they meet */
	_Atomic uint32_t ports[3];
};

/* Where a connection goes to: each worker has a listener for each. */
enum family { IPV4, IPV6, MAPPED, N_FAMILIES };

/* One connection, as one of its two processes has it. */
struct job {
	const char *name;
	uint32_t worker, number;
	struct shared *shared;
	enum side side;
	enum family family;
	uint64_t both, own;		   /* dice: the same on both sides; this side's own */
	struct sock listeners[N_FAMILIES]; /* the server's */
	struct sock sock;		   /* this side's end */
	struct sock extra;		   /* the server's, of this connection only; fd -1: none */
	bool mptcp, bind_first, reuse;	   /* how its sockets are made: SO_REUSEADDR */
};

/* 0 to n - 1. */
uint32_t dice_both(struct job *j, uint32_t n);
uint32_t dice_own(struct job *j, uint32_t n);

/* Whether this side is the one that the dice have chosen. */
bool is_chosen(struct job *j);

/* Returns on both sides at the same moment, as far as two CPUs allow. */
void meet(struct job *j);

/* Ends the program, all of it, unless @good. */
#define MUST(j, good)                                                                              \
	do {                                                                                       \
		if (!(good))                                                                       \
			fail(j, #good, __FILE__, __LINE__);                                        \
	} while (0)
void fail(const struct job *j, const char *what, const char *file, int line)
	__attribute__((noreturn));
void pause_us(unsigned int us);

/* --- calls.c: each is written down; returns as the system call does --- */

void call_socket(struct job *j, struct sock *ret, bool blocking);
long call_bind(struct job *j, struct sock *s, int port);
long call_listen(struct job *j, struct sock *s);
long call_connect(struct job *j, struct sock *s, int port);
long call_accept(struct job *j, struct sock *listener, struct sock *ret);
long call_send(struct job *j, struct sock *s, size_t size, int flags);
long call_recv(struct job *j, struct sock *s, size_t size, int flags);
long call_shutdown(struct job *j, struct sock *s, int how);
long call_close(struct job *j, struct sock *s);
long call_unspec(struct job *j, struct sock *s);
int call_error(struct job *j, struct sock *s, bool only_if_any); /* SO_ERROR */
long call_poll(struct job *j, struct sock *s, short events, int ms);
void call_linger(struct job *j, struct sock *s);
void call_linger2(struct job *j, struct sock *s);
void call_keepalive(struct job *j, struct sock *s);
void call_user_timeout(struct job *j, struct sock *s, int ms);
void call_filter(struct job *j, struct sock *s); /* drops all that comes from here on */
void call_fastopen(struct job *j, struct sock *s);
void call_destroy(struct job *j, struct sock *s); /* as an administrator does */
int port_of(const struct sock *s);
int state_of(const struct sock *s);
int bytes_waiting(const struct sock *s);
int bytes_unacknowledged(const struct sock *s);

/* A child process holds the socket from here on, alone, and lets go of it as @how says. */
enum let_go { BY_CLOSE, BY_EXIT, BY_KILL };
void hand_over(struct job *j, struct sock *s, enum let_go how);

/* A thread on the other CPU asks for the socket's error again and again, until it has one (or for
 * half a second). */
struct asker;
struct asker *ask_errors(struct job *j, struct sock *s);
void ask_no_more(struct asker *a);

/* --- steps.c: what many endings have in common --- */

void opens(struct job *j);
bool connects(struct job *j, int port); /* one try, blocking */
void accepts(struct job *j);		/* the one from the port in word[0] */
int listens_extra(struct job *j);	/* for this connection; the port, on both sides */
void talks(struct job *j);		/* some bytes each way, all of them read */
bool sends(struct job *j, size_t size);
size_t receives(struct job *j, size_t size);
void reads_end(struct job *j); /* until there is no more, or an error */
void awaits(struct job *j, int bytes);
void awaits_acknowledged(struct job *j);
void closes(struct job *j);
void closes_hard(struct job *j); /* with linger 0 */
int sizes(struct job *j);	 /* a number of bytes, by the dice of both */

/* --- the endings --- */

#define ENDINGS(X)                                                                                 \
	X(one_first, 10)                                                                           \
	X(half_closed, 6)                                                                          \
	X(crossing_closes, 6)                                                                      \
	X(crossing_shutdowns, 4)                                                                   \
	X(shutdown_both, 3)                                                                        \
	X(child_lets_go, 4)                                                                        \
	X(linger_zero, 6)                                                                          \
	X(linger_after_eof, 4)                                                                     \
	X(linger_after_shutdown, 3)                                                                \
	X(crossing_lingers, 3)                                                                     \
	X(unread, 6)                                                                               \
	X(unread_after_eof, 3)                                                                     \
	X(unread_in_child, 3)                                                                      \
	X(unspec, 3)                                                                               \
	X(unspec_after_shutdown, 2)                                                                \
	X(linger2_negative, 2)                                                                     \
	X(destroyed, 2)                                                                            \
	X(late_data, 5)                                                                            \
	X(late_data_owned, 3)                                                                      \
	X(late_data_races, 8)                                                                      \
	X(errors_asked, 6)                                                                         \
	X(errors_asked_half_closed, 4)                                                             \
	X(long_queue_reset, 2)                                                                     \
	X(refused, 4)                                                                              \
	X(refused_asked, 3)                                                                        \
	X(second_life, 4)                                                                          \
	X(abandoned, 4)                                                                            \
	X(no_local_port, 1)                                                                        \
	X(self_connected, 1)                                                                       \
	X(both_connect, 4)                                                                         \
	X(fast_open_unused, 2)                                                                     \
	X(fast_open, 2)                                                                            \
	X(reset_before_accept, 3)                                                                  \
	X(closed_before_accept, 3)                                                                 \
	X(never_accepted, 3)                                                                       \
	X(listener_races, 3)                                                                       \
	X(same_ports_again, 3)                                                                     \
	X(mptcp, 4)                                                                                \
	X(chaos, 20)                                                                               \
	X(chaos_asked, 6)                                                                          \
	X(shared_data_races, 4)                                                                    \
	X(crowd, 1)

/* These wait for timers, so workers of their own make them. */
#define SLOW_ENDINGS(X)                                                                            \
	X(connect_unanswered, 2)                                                                   \
	X(keepalive_unanswered, 2)                                                                 \
	X(data_unanswered, 2)                                                                      \
	X(user_timeout, 2)                                                                         \
	X(fin_unanswered, 2)                                                                       \
	X(last_fin_unanswered, 2)                                                                  \
	X(window_closed, 1)

#define ENDING(name) void name(struct job *j)
#define DECLARE(name, weight) ENDING(name);
ENDINGS(DECLARE)
SLOW_ENDINGS(DECLARE)

#endif
