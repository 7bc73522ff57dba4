// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scans.c - see scans.h
 */
#include "scans.h"

#include <string.h>

#include "core/states.h"

struct scans scans_start(struct tape *tape, uint64_t now)
{
	struct scans r = {.tape = tape, .now = now};

	memset(&r.facts, 0xff, sizeof(r.facts));
	r.facts.ev = (struct tf_event){
		.kind = TF_EV_NETNS, .size = sizeof(r.facts), .netns = PLAYER_NETNS};
	r.facts.port_low = 32768;
	r.facts.port_high = 60999;
	r.facts.tw_reuse = 0;
	r.facts.syncookies = 1;
	r.facts.max_syn_backlog = 1024;
	memset(r.facts.snmp, 0, sizeof(r.facts.snmp));
	return r;
}

static void step(struct scans *r, uint8_t which, bool whole)
{
	struct tf_ev_scan scan = {
		.ev = {.kind = TF_EV_SCAN,
		       .size = sizeof(scan),
		       .time_ns = r->now += MS,
		       .netns = which == TF_SCAN_NETNS || which == TF_SCAN_NETNS_END ?
					PLAYER_NETNS :
					0},
		.scan = r->scan,
		.step = which,
		.whole = whole,
	};

	tape_add(r->tape, &scan);
}

void scan_begin(struct scans *r)
{
	r->scan++;
	step(r, TF_SCAN_BEGIN, false);
	step(r, TF_SCAN_NETNS, false);
	r->facts.ev.time_ns = r->now;
	tape_add(r->tape, &r->facts);
}

void scan_end(struct scans *r, bool whole)
{
	step(r, TF_SCAN_NETNS_END, whole);
	step(r, TF_SCAN_HOLDERS, false);
	step(r, TF_SCAN_HOLDERS_END, true);
	step(r, TF_SCAN_END, whole);
}

void scan_sock(struct scans *r, const struct player *p, uint32_t silent_ms)
{
	struct tf_ev_sock sock = {
		.st = p->c.st,
		.rcv_queue = p->c.rcv_nxt - p->c.copied_seq,
		.snd_queue = p->c.write_seq - p->c.snd_una,
		.unsent = p->c.write_seq - p->c.snd_nxt,
		.silent_ms = silent_ms,
		.idle_ms = silent_ms,
		.retransmits = p->c.retransmits,
	};

	sock.st.ev.kind = TF_EV_SOCK;
	sock.st.ev.size = sizeof(sock);
	sock.st.ev.time_ns = r->now += MS;
	sock.st.old_state = sock.st.new_state;
	sock.st.pid = 0;
	memset(sock.st.comm, 0, sizeof(sock.st.comm));
	tape_add(r->tape, &sock);
}

void scan_listener(struct scans *r, uint64_t sock, uint16_t port, uint32_t waiting,
		   uint32_t backlog, uint32_t requests, uint32_t drops)
{
	struct player p = play_socket(r->tape, sock, true, r->now);

	p.c.st.new_state = TF_TCP_LISTEN;
	p.c.st.tuple.lport = port;
	p.c.st.tuple.rport = 0;
	memset(p.c.st.tuple.raddr, 0, sizeof(p.c.st.tuple.raddr));
	scan_sock(r, &p, UINT32_MAX);
	{
		struct tf_ev_sock *last = &r->tape->events[r->tape->n - 1].sock;

		last->rcv_queue = waiting;
		last->snd_queue = backlog;
		last->requests = requests;
		last->drops = drops;
	}
}

void scan_minisock(struct scans *r, uint8_t state, uint16_t lport, uint16_t rport, bool again)
{
	struct player p = play_socket(r->tape, 1, false, r->now);
	bool request = state == TF_TCP_NEW_SYN_RECV;
	struct tf_ev_minisock mini = {
		.ev = {.kind = TF_EV_MINISOCK,
		       .size = sizeof(mini),
		       .time_ns = r->now,
		       .netns = PLAYER_NETNS},
		.tuple = p.c.st.tuple,
		.state = request ? TF_TCP_NEW_SYN_RECV : TF_TCP_TIME_WAIT,
		.substate = request ? 0 : state,
		.retransmits = again,
	};

	mini.tuple.lport = lport;
	mini.tuple.rport = rport;
	tape_add(r->tape, &mini);
}

void scan_holder(struct scans *r, uint64_t sock, uint32_t pid, int32_t fd, const char *comm)
{
	struct tf_ev_holder holder = {
		.ev = {.kind = TF_EV_HOLDER,
		       .size = sizeof(holder),
		       .time_ns = r->now,
		       .sock = sock,
		       .netns = PLAYER_NETNS},
		.pid = pid,
		.fd = fd,
	};

	strncpy((char *)holder.comm, comm, sizeof(holder.comm) - 1);
	tape_add(r->tape, &holder);
}
