// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * abort.c - resets: sent by one end, met by the other
 */
#include "scenario.h"

#include <netinet/tcp.h>
#include <unistd.h>

void reset_after_our_fin(struct pair *p)
{
	opens(p);
	MUST(p, !shutdown(p->client, SHUT_WR));
	MUST(p, read_errno(p->server) == 0);
	UNTIL(p, state_of(p->client) == TCP_FIN_WAIT2);
	linger_0(p, p->server);
	close(p->server);
	p->server = -1;
	UNTIL(p, state_of(p->client) == TCP_CLOSE);
	p->client_errno = read_errno(p->client);
	closes(p);
	say(p);
}

void unread(struct pair *p)
{
	opens(p);
	MUST(p, write(p->client, "0123456789", 10) == 10);
	UNTIL(p, waiting_in(p->server) == 10);
	close(p->server);
	p->server = -1;
	UNTIL(p, state_of(p->client) == TCP_CLOSE);
	p->client_errno = read_errno(p->client);
	closes(p);
	say(p);
}

void linger(struct pair *p)
{
	opens(p);
	linger_0(p, p->client);
	close(p->client);
	p->client = -1;
	UNTIL(p, state_of(p->server) == TCP_CLOSE);
	p->server_errno = read_errno(p->server);
	closes(p);
	say(p);
}

/* The orphan resets as soon as its FIN is acknowledged. */
void linger2(struct pair *p)
{
	opens(p);
	option(p, p->client, IPPROTO_TCP, TCP_LINGER2, -1);
	close(p->client);
	p->client = -1;
	UNTIL(p, state_of(p->server) == TCP_CLOSE);
	p->server_errno = write_errno(p->server);
	closes(p);
	say(p);
}

/* The kernel calls tcp_reset() on itself here; no RST arrives. */
void late_data_owned(struct pair *p)
{
	opens(p);
	MUST(p, !shutdown(p->client, SHUT_RDWR));
	UNTIL(p, state_of(p->server) == TCP_CLOSE_WAIT && state_of(p->client) == TCP_FIN_WAIT2);
	MUST(p, write(p->server, "late", 4) == 4);
	UNTIL(p, state_of(p->server) == TCP_CLOSE);
	p->server_errno = write_errno(p->server);
	closes(p);
	say(p);
}

void late_data_minisock(struct pair *p)
{
	opens(p);
	close(p->client);
	p->client = -1;
	UNTIL(p, listed(p, TCP_FIN_WAIT2));
	MUST(p, write(p->server, "late", 4) == 4);
	UNTIL(p, state_of(p->server) == TCP_CLOSE);
	p->server_errno = write_errno(p->server);
	closes(p);
	say(p);
}

void disconnect(struct pair *p)
{
	const struct sockaddr nothing = {.sa_family = AF_UNSPEC};

	opens(p);
	MUST(p, !connect(p->client, &nothing, sizeof(nothing)));
	UNTIL(p, state_of(p->server) == TCP_CLOSE);
	p->server_errno = read_errno(p->server);
	closes(p);
	say(p);
}
