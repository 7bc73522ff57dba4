// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * handshake.c - connections that no server's application ever had, or had dead
 */
#include "scenario.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* A socket that connects to itself gets its own SYN, and never the answer to it. */
void handshake_failed(struct pair *p)
{
	struct sockaddr_storage self;
	socklen_t size = sizeof(self);

	p->client = bound(p, 0);
	p->client_port = p->server_port = port_of(p->client);
	MUST(p, !getsockname(p->client, (struct sockaddr *)&self, &size));
	MUST(p, !fcntl(p->client, F_SETFL, O_NONBLOCK));
	option(p, p->client, IPPROTO_TCP, TCP_SYNCNT, 1);
	drops_all_of(p, p->client, TH_SYN | TH_ACK);
	MUST(p, connect(p->client, (struct sockaddr *)&self, size) && errno == EINPROGRESS);
	UNTIL(p, state_of(p->client) == TCP_SYN_RECV);
	p->client_errno = outcome(p);
	closes(p);
	say(p);
}

void reset_before_accept(struct pair *p)
{
	listens(p);
	connects(p);
	linger_0(p, p->client);
	close(p->client);
	p->client = -1;
	accepts(p);
	p->server_errno = read_errno(p->server);
	closes(p);
	say(p);
}

/* Its server hangs for longer than a record waits. */
void reset_while_hung(struct pair *p)
{
	listens(p);
	connects(p);
	linger_0(p, p->client);
	close(p->client);
	p->client = -1;
	pause_ms(1000);
	accepts(p);
	p->server_errno = read_errno(p->server);
	closes(p);
	say(p);
}

void never_accepted(struct pair *p)
{
	listens(p);
	connects(p);
	close(p->listener);
	p->listener = -1;
	UNTIL(p, state_of(p->client) == TCP_CLOSE);
	p->client_errno = read_errno(p->client);
	closes(p);
	say(p);
}
