// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * player.c - sequence numbers, flags and states as the kernel would have them
 */
#include "player.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#define ISN 0xfffffff0u	     /* wraps around within a few bytes */
#define PEER_ISN 0x7ffffffau /* crosses the sign bit */

void tape_add(struct tape *tape, const void *event)
{
	const struct tf_event *ev = event;

	if (tape->n == tape->room) {
		tape->room = tape->room ? 2 * tape->room : 64;
		tape->events = realloc(tape->events, tape->room * sizeof(*tape->events));
		assert_non_null(tape->events);
	}
	memset(&tape->events[tape->n], 0, sizeof(tape->events[0]));
	memcpy(&tape->events[tape->n], event, ev->size);
	tape->n++;
}

void tape_free(struct tape *tape)
{
	free(tape->events);
	*tape = (struct tape){0};
}

void tape_tick(struct tape *tape, uint64_t now)
{
	struct tf_ev_tick tick = {
		.ev = {.time_ns = now, .size = sizeof(tick), .kind = TF_EV_TICK},
	};

	tape_add(tape, &tick);
}

static void address(uint8_t addr[16], const char *text)
{
	memset(addr, 0, 16);
	addr[10] = addr[11] = 0xff;
	assert_int_equal(inet_pton(AF_INET, text, addr + 12), 1);
}

struct player play_socket(struct tape *tape, uint64_t sock, bool server, uint64_t now)
{
	struct player p = {.tape = tape, .now = now, .server = server};
	struct tf_ev_state *st = &p.c.st;

	st->ev.sock = sock;
	st->ev.netns = PLAYER_NETNS;
	st->uid = PLAYER_UID;
	st->cgroup = 77;
	st->new_state = TF_TCP_CLOSE;
	st->srtt_us = 250;
	address(st->tuple.laddr, "192.0.2.1");
	address(st->tuple.raddr, "198.51.100.2");
	st->tuple.lport = server ? 80 : (uint16_t)(40000 + sock % 20000);
	st->tuple.rport = server ? (uint16_t)(40000 + sock % 20000) : 80;
	p.c.min_rtt_us = 200;
	p.c.snd_wnd = 65535;
	p.c.write_seq = p.c.snd_nxt = p.c.snd_una = ISN;
	return p;
}

static void stamp(struct player *p, struct tf_event *ev, uint8_t kind, uint16_t size)
{
	p->now += MS;
	ev->time_ns = p->now;
	ev->sock = p->c.st.ev.sock;
	ev->netns = p->c.st.ev.netns;
	ev->kind = kind;
	ev->size = size;
}

void play_to(struct player *p, uint8_t state)
{
	struct tf_ev_state *st = &p->c.st;

	st->old_state = st->new_state;
	st->new_state = state;
	if (state == TF_TCP_CLOSE)
		stamp(p, &st->ev, TF_EV_CLOSE, sizeof(p->c));
	else
		stamp(p, &st->ev, TF_EV_STATE, sizeof(*st));
	tape_add(p->tape, &p->c);
}

void play_task(struct player *p, uint32_t flags)
{
	p->c.st.flags |= TF_F_LOCKED | TF_F_TASK | flags;
	p->c.st.pid = PLAYER_PID;
	memcpy(p->c.st.comm, PLAYER_COMM, sizeof(PLAYER_COMM));
}

void play_softirq(struct player *p)
{
	p->c.st.flags &= ~(uint32_t)(TF_F_LOCKED | TF_F_TASK | TF_F_FILE_GONE | TF_F_EXITING);
	p->c.st.exit_signal = 0;
	p->c.st.pid = 0;
	memset(p->c.st.comm, 0, TF_COMM_LEN);
}

/* close() has let go of the socket. */
static void orphan(struct player *p)
{
	play_softirq(p);
	p->c.st.flags &= ~(uint32_t)TF_F_HAS_SOCKET;
	p->c.st.flags |= TF_F_DEAD;
}

void play_connect(struct player *p)
{
	p->c.st.flags |= TF_F_HAS_SOCKET;
	play_task(p, 0);
	play_to(p, TF_TCP_SYN_SENT);
	play_softirq(p);
	p->c.write_seq = p->c.snd_nxt = ISN + 1;
	p->c.snd_una = ISN;
}

void play_open_unaccepted(struct player *p)
{
	p->c.write_seq = p->c.snd_nxt = p->c.snd_una = ISN + 1;
	p->c.rcv_nxt = p->c.copied_seq = PEER_ISN + 1;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	play_to(p, TF_TCP_ESTABLISHED);
}

void play_open(struct player *p)
{
	if (p->server) {
		play_open_unaccepted(p);
		p->c.st.flags |= TF_F_HAS_SOCKET;
		return;
	}
	play_connect(p);
	p->c.snd_una = ISN + 1;
	p->c.bytes_acked = 1;
	p->c.rcv_nxt = p->c.copied_seq = PEER_ISN + 1;
	play_to(p, TF_TCP_ESTABLISHED);
}

void play_write(struct player *p, uint32_t n, uint32_t acked, uint32_t unsent)
{
	p->c.write_seq += n;
	p->c.snd_nxt += n - unsent;
	p->c.snd_una += acked;
	p->c.bytes_acked += acked;
}

void play_receive(struct player *p, uint32_t n, uint32_t read)
{
	p->c.rcv_nxt += n;
	p->c.bytes_received += n;
	p->c.copied_seq += read;
}

void play_peer_fin(struct player *p, bool read)
{
	p->c.st.flags |= TF_F_DONE;
	p->c.st.shutdown |= 1;
	p->c.rcv_nxt++;
	p->c.bytes_received++;
	if (read)
		p->c.copied_seq = p->c.rcv_nxt;
}

void play_fin_acked(struct player *p)
{
	p->c.bytes_acked += p->c.snd_nxt - p->c.snd_una;
	p->c.snd_una = p->c.snd_nxt;
}

static uint8_t after_our_fin(uint8_t state)
{
	return state == TF_TCP_CLOSE_WAIT ? TF_TCP_LAST_ACK : TF_TCP_FIN_WAIT1;
}

/* Sends the FIN unless shutdown() did. */
static void finish(struct player *p)
{
	uint8_t state = p->c.st.new_state;

	if (state != TF_TCP_ESTABLISHED && state != TF_TCP_CLOSE_WAIT && state != TF_TCP_SYN_RECV)
		return;
	play_to(p, after_our_fin(state));
	p->c.snd_nxt += p->c.snd_nxt == p->c.write_seq; /* behind data that is not sent yet */
	p->c.write_seq++;
}

void play_close(struct player *p)
{
	p->c.st.shutdown = 3;
	play_task(p, TF_F_FILE_GONE);
	finish(p);
	orphan(p);
}

void play_shutdown(struct player *p, uint8_t bits)
{
	p->c.st.shutdown |= bits;
	play_task(p, 0);
	finish(p);
	play_softirq(p);
}

void play_end(struct player *p, int32_t err)
{
	p->c.err = err;
	play_to(p, TF_TCP_CLOSE);
}

static struct tf_ev_reset reset_event(const struct player *p, uint32_t flags, int32_t reason)
{
	return (struct tf_ev_reset){
		.tuple = p->c.st.tuple,
		.flags = flags,
		.reason = reason,
		.state = flags & TF_F_MINISOCK ? TF_TCP_TIME_WAIT : p->c.st.new_state,
	};
}

static void play_reset(struct player *p, uint8_t kind, uint32_t flags, int32_t reason)
{
	struct tf_ev_reset event = reset_event(p, flags, reason);

	stamp(p, &event.ev, kind, sizeof(event));
	tape_add(p->tape, &event);
}

static void play_answer(struct player *p, struct tf_ev_reset event, bool bare)
{
	if ((event.segment & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN)
		event.flags |= TF_F_SYN;
	stamp(p, &event.ev, TF_EV_RST_SENT, sizeof(event));
	if (bare)
		event.ev.sock = event.state = 0;
	tape_add(p->tape, &event);
}

void play_minisock_answer(struct player *p, uint8_t segment, uint32_t data_len)
{
	struct tf_ev_reset event = reset_event(p, TF_F_MINISOCK, 5);

	event.segment = segment;
	event.data_len = data_len;
	play_answer(p, event, false);
}

void play_bare_answer(struct player *p, uint8_t segment, uint32_t data_len)
{
	struct tf_ev_reset event = reset_event(p, 0, 5);

	event.segment = segment;
	event.data_len = data_len;
	play_answer(p, event, true);
}

void play_rst_sent(struct player *p, uint32_t flags, int32_t reason)
{
	play_reset(p, TF_EV_RST_SENT, flags, reason);
}

void play_tcp_reset(struct player *p)
{
	play_reset(p, TF_EV_RST_RECEIVED, 0, -1);
}

void play_destroy(struct player *p, int32_t err, bool task)
{
	struct tf_ev_destroy event = {.err = err};

	stamp(p, &event.ev, TF_EV_DESTROY, sizeof(event));
	if (task) {
		event.flags = TF_F_TASK | TF_F_LOCKED;
		event.pid = PLAYER_PID;
		memcpy(event.comm, PLAYER_COMM, sizeof(PLAYER_COMM));
	}
	tape_add(p->tape, &event);
}

void play_master(struct player *p, uint8_t from, uint8_t to, uint8_t signal)
{
	struct tf_ev_master event = {
		.flags = p->c.st.flags,
		.pid = p->c.st.pid,
		.old_state = from,
		.new_state = to,
		.shutdown = p->c.st.shutdown,
		.exit_signal = signal,
	};

	stamp(p, &event.ev, TF_EV_MASTER, sizeof(event));
	memcpy(event.comm, p->c.st.comm, sizeof(event.comm));
	tape_add(p->tape, &event);
}

void play_accept(struct player *p, uint32_t pid, const char *comm)
{
	struct tf_ev_accept event = {.pid = pid, .uid = PLAYER_UID + 1, .cgroup = 77};

	stamp(p, &event.ev, TF_EV_ACCEPT, sizeof(event));
	strncpy((char *)event.comm, comm, sizeof(event.comm) - 1);
	tape_add(p->tape, &event);
}

void play_listen(struct player *p, uint32_t pid)
{
	play_task(p, 0);
	p->c.st.pid = pid;
	p->c.st.tuple.rport = 0;
	memset(p->c.st.tuple.raddr, 0, 16);
	play_to(p, TF_TCP_LISTEN);
	play_softirq(p);
}

void play_wait(struct player *p, uint64_t ns)
{
	p->now += ns;
}

/* SO_ERROR takes sk_err, or sk_err_soft, and leaves the ICMP error in the error queue. */
static void fetch_errno(struct tf_ev_close *close, bool reset_ran, bool in_call)
{
	bool icmp = close->err != ETIMEDOUT && close->err != ECONNABORTED && !reset_ran;

	if (icmp && close->st.old_state == TF_TCP_SYN_SENT) {
		close->err_soft = close->err;
		close->st.flags |= TF_F_ICMP_TOLD;
	}
	close->err = 0;
	if (!in_call)
		return;
	close->st.flags |= TF_F_LOCKED | TF_F_TASK;
	close->st.pid = PLAYER_PID;
	memcpy(close->st.comm, PLAYER_COMM, sizeof(PLAYER_COMM));
}

size_t tape_fetch_errno(struct tape *tape, bool in_call)
{
	size_t n = 0;

	for (size_t i = 0; i < tape->n; i++) {
		union tf_any_event *event = &tape->events[i];
		bool reset_ran = i && event[-1].ev.kind == TF_EV_RST_RECEIVED &&
				 event[-1].ev.sock == event->ev.sock;

		if (event->ev.kind != TF_EV_CLOSE || !event->close.err ||
		    !(event->close.st.flags & TF_F_HAS_SOCKET))
			continue;
		fetch_errno(&event->close, reset_ran, in_call || event->close.err == ECONNABORTED);
		n++;
		for (size_t j = i + 1; j < tape->n; j++) {
			if (tape->events[j].ev.sock != event->ev.sock ||
			    tape->events[j].ev.kind != TF_EV_DESTROY)
				continue;
			tape->events[j].destroy.err = 0;
			break;
		}
	}
	return n;
}

void tape_close_waits(struct tape *tape)
{
	for (size_t i = 0; i < tape->n; i++)
		if (tape->events[i].ev.kind == TF_EV_CLOSE)
			tape->events[i].close.st.flags |= TF_F_FILE_GONE;
}
