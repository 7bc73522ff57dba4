// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * connects.c - connections that do not come to be, or begin in another way: see witness.h
 */
#include <netinet/tcp.h>
#include <poll.h>

#include "witness.h"

#define CLOSED_PORT 9

ENDING(refused)
{
	if (j->side == SERVER)
		return;
	MUST(j, !connects(j, CLOSED_PORT));
	if (dice_own(j, 2))
		call_error(j, &j->sock, false);
	closes(j);
}

/* The RST comes within connect(), on this CPU; the other asks for the error meanwhile. */
ENDING(refused_asked)
{
	struct asker *asker;

	if (j->side == SERVER)
		return;
	call_socket(j, &j->sock, false);
	MUST(j, !call_bind(j, &j->sock, 0));
	asker = ask_errors(j, &j->sock);
	call_connect(j, &j->sock, CLOSED_PORT);
	call_poll(j, &j->sock, POLLOUT, 5000);
	ask_no_more(asker);
	closes(j);
}

/* One socket, several connections. */
ENDING(second_life)
{
	uint32_t first = dice_both(j, 2);
	int port = listens_extra(j);

	if (j->side == CLIENT) {
		MUST(j, !connects(j, CLOSED_PORT));
		if (first)
			MUST(j, call_connect(j, &j->sock, CLOSED_PORT) < 0);
		MUST(j, !call_connect(j, &j->sock, port));
		j->shared->word[0] = (uint32_t)port_of(&j->sock);
		meet(j);
		meet(j);
		sends(j, 10);
		if (dice_own(j, 2)) {
			call_unspec(j, &j->sock);
			MUST(j, call_connect(j, &j->sock, CLOSED_PORT) < 0);
		}
		closes(j);
		return;
	}
	meet(j);
	accepts(j);
	meet(j);
	reads_end(j);
	closes(j);
}

ENDING(abandoned)
{
	uint32_t how = dice_both(j, 5);
	int port;

	if (j->side == SERVER) {
		port = listens_extra(j);
		call_filter(j, &j->extra);
		meet(j);
		meet(j);
		return;
	}
	port = listens_extra(j);
	meet(j);
	call_socket(j, &j->sock, false);
	MUST(j, call_connect(j, &j->sock, port) < 0 && errno == EINPROGRESS);
	if (dice_own(j, 2))
		pause_us(dice_own(j, 1000));
	switch (how) {
	case 0:
		call_shutdown(j, &j->sock, SHUT_RDWR);
		break;
	case 1:
		call_unspec(j, &j->sock);
		break;
	case 2:
		call_linger(j, &j->sock);
		break;
	case 3:
		hand_over(j, &j->sock, (enum let_go)dice_own(j, 3));
		break;
	default:
		break;
	}
	closes(j);
	meet(j);
}

/* The local port is taken, for this destination. */
ENDING(no_local_port)
{
	struct sock again;

	j->bind_first = j->reuse = true;
	opens(j);
	if (j->side == CLIENT) {
		call_socket(j, &again, true);
		MUST(j, !call_bind(j, &again, port_of(&j->sock)));
		MUST(j, call_connect(j, &again, (int)j->shared->ports[j->family]) < 0);
		call_close(j, &again);
	} else {
		reads_end(j);
	}
	closes(j);
}

ENDING(self_connected)
{
	if (j->side == SERVER)
		return;
	call_socket(j, &j->sock, true);
	MUST(j, !call_bind(j, &j->sock, 0));
	MUST(j, !call_connect(j, &j->sock, port_of(&j->sock)));
	if (dice_own(j, 2)) {
		sends(j, 10);
		receives(j, 10);
	}
	closes(j);
}

/* Both connect to each other's port: whose SYN meets no socket is refused. */
ENDING(both_connect)
{
	bool open;

	call_socket(j, &j->sock, true);
	MUST(j, !call_bind(j, &j->sock, 0));
	j->shared->word[j->side] = (uint32_t)port_of(&j->sock);
	meet(j);
	open = !call_connect(j, &j->sock, (int)j->shared->word[!j->side]);
	if (open) {
		sends(j, 10);
		if (dice_own(j, 2))
			call_shutdown(j, &j->sock, SHUT_WR);
		call_poll(j, &j->sock, POLLIN, 100);
		call_recv(j, &j->sock, 10, MSG_DONTWAIT);
	}
	closes(j);
	meet(j);
}

ENDING(fast_open_unused)
{
	if (j->side == SERVER)
		return;
	call_socket(j, &j->sock, true);
	call_fastopen(j, &j->sock);
	call_connect(j, &j->sock, (int)j->shared->ports[j->family]);
	if (dice_own(j, 2))
		call_shutdown(j, &j->sock, SHUT_WR);
	closes(j);
}

ENDING(fast_open)
{
	int port = listens_extra(j);

	if (j->side == CLIENT) {
		call_socket(j, &j->sock, true);
		call_fastopen(j, &j->sock);
		MUST(j, !call_connect(j, &j->sock, port));
		MUST(j, sends(j, 100));
		j->shared->word[0] = (uint32_t)port_of(&j->sock);
		meet(j);
		reads_end(j);
	} else {
		meet(j);
		accepts(j);
		receives(j, 100);
		sends(j, (size_t)dice_own(j, 1000));
	}
	closes(j);
}

ENDING(reset_before_accept)
{
	int port = listens_extra(j);

	if (j->side == CLIENT) {
		MUST(j, connects(j, port));
		j->shared->word[0] = (uint32_t)port_of(&j->sock);
		if (dice_own(j, 2))
			sends(j, 5);
		if (dice_own(j, 3) == 0)
			call_shutdown(j, &j->sock, SHUT_WR);
		closes_hard(j);
		meet(j);
		return;
	}
	meet(j);
	pause_us(dice_own(j, 200000));
	accepts(j);
	if (dice_own(j, 2))
		reads_end(j);
	closes(j);
}

ENDING(closed_before_accept)
{
	int port = listens_extra(j);

	if (j->side == CLIENT) {
		MUST(j, connects(j, port));
		j->shared->word[0] = (uint32_t)port_of(&j->sock);
		if (dice_own(j, 2))
			sends(j, 5);
		closes(j);
		meet(j);
		return;
	}
	meet(j);
	accepts(j);
	if (dice_own(j, 2))
		reads_end(j);
	closes(j);
}

/* The listener goes, and what waits for accept() with it. */
ENDING(never_accepted)
{
	int port = listens_extra(j), n = (int)dice_both(j, 3) + 1;
	struct sock others[3];

	if (j->side == SERVER) {
		meet(j);
		call_close(j, &j->extra);
		meet(j);
		return;
	}
	for (int i = 0; i < n; i++) {
		MUST(j, connects(j, port));
		if (dice_own(j, 2))
			sends(j, 5);
		if (dice_own(j, 3) == 0)
			call_shutdown(j, &j->sock, SHUT_WR);
		if (dice_own(j, 5) == 0)
			call_linger(j, &j->sock);
		others[i] = j->sock;
	}
	meet(j);
	meet(j);
	for (int i = 0; i < n; i++) {
		j->sock = others[i];
		if (dice_own(j, 2))
			reads_end(j);
		closes(j);
	}
}

/* ... at the moment when somebody connects. */
ENDING(listener_races)
{
	int port = listens_extra(j);

	meet(j);
	if (j->side == SERVER) {
		pause_us(dice_own(j, 3) * 10);
		call_close(j, &j->extra);
	} else {
		for (int i = 0; i < 3 && connects(j, port); i++) {
			call_send(j, &j->sock, 10, 0);
			if (dice_own(j, 2))
				reads_end(j);
			closes(j);
		}
	}
	meet(j);
}

/* The same two ports, again and again. */
ENDING(same_ports_again)
{
	int port = listens_extra(j), mine = 0;

	j->reuse = true;
	for (int i = 0; i < 3; i++) {
		bool first = is_chosen(j);

		if (j->side == CLIENT) {
			call_socket(j, &j->sock, true);
			MUST(j, !call_bind(j, &j->sock, mine));
			mine = port_of(&j->sock);
			j->shared->word[0] = call_connect(j, &j->sock, port) ? 0 : (uint32_t)mine;
		}
		meet(j);
		if (j->shared->word[0]) {
			if (j->side == SERVER)
				accepts(j);
			if (!first)
				reads_end(j);
			else
				sends(j, 10);
		}
		closes(j);
		meet(j);
	}
}
