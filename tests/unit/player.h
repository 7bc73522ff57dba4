/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * player.h - plays the kernel's part: the events of one socket after another, onto a tape
 *
 * A player holds what its socket's next event will say. The calls below are what happens to the
 * socket, in the words of RFC 9293; each keeps sequence numbers, flags and shutdown bits as the
 * kernel does. Every event comes a millisecond after the one before.
 */
#ifndef TCPFATE_TESTS_PLAYER_H
#define TCPFATE_TESTS_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/stream/decode.h"
#include "core/states.h"

#define MS 1000000ULL
#define PLAYER_PID 4242
#define PLAYER_UID 1000
#define PLAYER_NETNS 4026531840u
#define PLAYER_COMM "player"

struct tape {
	union tf_any_event *events; /* owned */
	size_t n, room;
};

struct player {
	struct tape *tape;
	uint64_t now; /* of the latest event */
	bool server;
	struct tf_ev_close c;
};

/* Adds a copy of @event. Fails the test when there is no memory. */
void tape_add(struct tape *tape, const void *event);
void tape_free(struct tape *tape);

/* A socket 192.0.2.1:40000+@sock to 198.51.100.2:80 (or the other way round as a server), in
 * CLOSE, its clock at @now. */
struct player play_socket(struct tape *tape, uint64_t sock, bool server, uint64_t now);

/* To that state, CLOSE among them. */
void play_to(struct player *p, uint8_t state);

/* socket() and connect() up to SYN_SENT; the SYN has left. */
void play_connect(struct player *p);

/* Up to ESTABLISHED and held by an application: as a client by connect(), as a server by accept()
 * (of which there is no event). */
void play_open(struct player *p);

/* As a server, ESTABLISHED and waiting in the accept queue. */
void play_open_unaccepted(struct player *p);

/* The application writes @n bytes; the peer acknowledged @acked, @unsent never left. */
void play_write(struct player *p, uint32_t n, uint32_t acked, uint32_t unsent);

/* The peer sends @n bytes, of which the application read @read. */
void play_receive(struct player *p, uint32_t n, uint32_t read);

/* A FIN comes; no state follows by itself. The application reads it if @read. */
void play_peer_fin(struct player *p, bool read);

/* Our FIN is acknowledged, and all before it. */
void play_fin_acked(struct player *p);

/* The task fields of an event that a call of the owner makes: flags is 0, TF_F_FILE_GONE (close)
 * and/or TF_F_EXITING. play_softirq() ends it. */
void play_task(struct player *p, uint32_t flags);
void play_softirq(struct player *p);

/* close(): FIN_WAIT1 or LAST_ACK, then an orphan. */
void play_close(struct player *p);

/* shutdown(@how bits of sk_shutdown): FIN_WAIT1 or LAST_ACK, still owned. */
void play_shutdown(struct player *p, uint8_t bits);

/* -> CLOSE with sk_err @err. */
void play_end(struct player *p, int32_t err);

/* Makes of the lives on @tape those whose applications fetched the errno before CLOSE, as far as
 * they had a descriptor to ask by; with @in_call another thread was in a call on the socket, which
 * did the kernel's work. Returns how many there are. */
size_t tape_fetch_errno(struct tape *tape, bool in_call);

/* Of these, the ends at which close() already waited for the socket's lock. */
void tape_close_waits(struct tape *tape);

/* Resets: sent with @flags (TF_F_ACTIVE, TF_F_MINISOCK or none: an answer) and @reason;
 * tcp_reset(). */
void play_rst_sent(struct player *p, uint32_t flags, int32_t reason);
void play_tcp_reset(struct player *p);

/* An RST that answers a segment with flags @segment (SEGMENT_...) and @data_len bytes: by the
 * minisock, or by nobody. */
#define SEGMENT_FIN 0x01
#define SEGMENT_SYN 0x02
#define SEGMENT_ACK 0x10
void play_minisock_answer(struct player *p, uint8_t segment, uint32_t data_len);
void play_bare_answer(struct player *p, uint8_t segment, uint32_t data_len);

/* tcp_destroy_sock with sk_err @err left; in the owner's close() when @task. */
void play_destroy(struct player *p, int32_t err, bool task);

/* The MPTCP connection above the socket goes from @from to @to. The task fields are as
 * play_task() left them; @signal: of the process that dies with it. */
void play_master(struct player *p, uint8_t from, uint8_t to, uint8_t signal);

void play_accept(struct player *p, uint32_t pid, const char *comm);

/* LISTEN by a task @pid, and its end. */
void play_listen(struct player *p, uint32_t pid);

/* Time without events. */
void play_wait(struct player *p, uint64_t ns);
void tape_tick(struct tape *tape, uint64_t now);

#endif
