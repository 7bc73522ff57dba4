// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * steps.c - what many endings have in common: see witness.h
 */
#include "witness.h"

bool connects(struct job *j, int port)
{
	call_socket(j, &j->sock, true);
	if (j->bind_first)
		MUST(j, !call_bind(j, &j->sock, 0));
	return !call_connect(j, &j->sock, port);
}

void accepts(struct job *j)
{
	struct sock *listener = j->extra.fd >= 0 ? &j->extra : &j->listeners[j->family];

	for (;;) {
		struct sockaddr_in6 peer;
		socklen_t size = sizeof(peer);

		MUST(j, call_accept(j, listener, &j->sock) >= 0);
		if (getpeername(j->sock.fd, (struct sockaddr *)&peer, &size) ||
		    ntohs(peer.sin6_port) == j->shared->word[0])
			return;
		closes(j); /* a connection of before */
	}
}

int listens_extra(struct job *j)
{
	if (j->side == SERVER) {
		call_socket(j, &j->extra, true);
		MUST(j, !call_bind(j, &j->extra, 0) && !call_listen(j, &j->extra));
		j->shared->word[1] = (uint32_t)port_of(&j->extra);
	}
	meet(j);
	return (int)j->shared->word[1];
}

/* Both have their end when it returns. Now and then a connect is refused although there is a
 * listener (it met what was left of another connection): one more then. */
void opens(struct job *j)
{
	uint32_t port =
		j->extra.fd >= 0 || j->mptcp ? j->shared->word[1] : j->shared->ports[j->family];

	if (j->side == CLIENT) {
		for (int left = 10; !connects(j, (int)port); left--) {
			MUST(j, left);
			closes(j);
		}
		j->shared->word[0] = (uint32_t)port_of(&j->sock);
		meet(j);
	} else {
		meet(j);
		accepts(j);
	}
	meet(j);
}

int sizes(struct job *j)
{
	static const int some[] = {1, 1, 100, 100, 5000, 70000};

	return some[dice_both(j, sizeof(some) / sizeof(some[0]))];
}

bool sends(struct job *j, size_t size)
{
	while (size) {
		long done = call_send(j, &j->sock, size, 0);

		if (done <= 0)
			return false;
		size -= (size_t)done;
	}
	return true;
}

size_t receives(struct job *j, size_t size)
{
	size_t left = size;

	while (left) {
		long done = call_recv(j, &j->sock, left, 0);

		if (done <= 0)
			break;
		left -= (size_t)done;
	}
	return size - left;
}

void talks(struct job *j)
{
	for (enum side from = CLIENT; from <= SERVER; from++) {
		size_t size = dice_both(j, 4) ? (size_t)sizes(j) : 0;

		if (from == j->side)
			sends(j, size);
		else
			receives(j, size);
	}
}

void reads_end(struct job *j)
{
	while (call_recv(j, &j->sock, 1 << 17, 0) > 0)
		;
}

void awaits(struct job *j, int bytes)
{
	for (int left = 50000; bytes_waiting(&j->sock) < bytes; left--) {
		MUST(j, left);
		pause_us(20);
	}
}

void awaits_acknowledged(struct job *j)
{
	for (int left = 50000; bytes_unacknowledged(&j->sock) > 0; left--) {
		MUST(j, left);
		pause_us(20);
	}
}

void closes(struct job *j)
{
	if (j->sock.fd >= 0)
		call_close(j, &j->sock);
}

void closes_hard(struct job *j)
{
	call_linger(j, &j->sock);
	closes(j);
}
