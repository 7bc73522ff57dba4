// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * timeout.c - a peer that is not heard any more
 *
 * The server's socket drops what comes. In the end it resets a connection that nobody knows any
 * more, so that it is gone too.
 */
#include "scenario.h"

#include <netinet/tcp.h>
#include <unistd.h>

static void vanishes(struct pair *p)
{
	opens(p);
	drops(p, p->server);
}

/* Waits for the client's end by a timer, its errno, and then the server's. */
static void dies(struct pair *p)
{
	UNTIL(p, state_of(p->client) == TCP_CLOSE);
	p->client_errno = read_errno(p->client);
	close(p->client);
	p->client = -1;
	linger_0(p, p->server);
	closes(p);
	say(p);
}

void keepalive(struct pair *p)
{
	vanishes(p);
	option(p, p->client, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	option(p, p->client, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	option(p, p->client, IPPROTO_TCP, TCP_KEEPCNT, 1);
	option(p, p->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	dies(p);
}

void retransmits(struct pair *p)
{
	vanishes(p);
	MUST(p, write(p->client, "0123456789", 10) == 10);
	dies(p);
}

void user_timeout(struct pair *p)
{
	vanishes(p);
	option(p, p->client, IPPROTO_TCP, TCP_USER_TIMEOUT, 500);
	MUST(p, write(p->client, "0123456789", 10) == 10);
	dies(p);
}

void zero_window(struct pair *p)
{
	fills(p);
	drops(p, p->server);
	dies(p);
}

void close_timeout(struct pair *p)
{
	vanishes(p);
	close(p->client);
	p->client = -1;
	UNTIL(p, !listed(p, TCP_FIN_WAIT1));
	linger_0(p, p->server);
	closes(p);
	say(p);
}

void close_timeout_owned(struct pair *p)
{
	vanishes(p);
	MUST(p, !shutdown(p->client, SHUT_WR));
	dies(p);
}
