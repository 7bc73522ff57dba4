// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * connect.c - connects that come to nothing
 */
#include "scenario.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The same socket twice: two lives with one address. Only a port that was asked for by its number
 * stays a socket's own when a connect fails. */
void refused(struct pair *p)
{
	listens(p);
	close(p->listener);
	p->listener = bound(p, p->server_port); /* and does not listen */
	p->client = bound(p, 0);
	p->client_port = port_of(p->client);
	close(p->client);
	p->client = bound(p, p->client_port);
	for (int i = 0; i < 2; i++) {
		MUST(p, connect(p->client, (struct sockaddr *)&p->where, p->size) < 0);
		p->client_errno = errno;
		MUST(p, errno == ECONNREFUSED);
	}
	closes(p);
	say(p);
}

/* A Fast Open connect() leaves its SYN to the first write, which never comes. The socket had a
 * connection before, whose numbers it still has. */
void not_written(struct pair *p)
{
	listens(p);
	close(p->listener);
	p->listener = bound(p, p->server_port);
	p->client = bound(p, 0);
	p->client_port = port_of(p->client);
	close(p->client);
	p->client = bound(p, p->client_port);
	MUST(p, connect(p->client, (struct sockaddr *)&p->where, p->size) < 0);
	MUST(p, errno == ECONNREFUSED);
	option(p, p->client, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	MUST(p, !connect(p->client, (struct sockaddr *)&p->where, p->size));
	MUST(p, state_of(p->client) == TCP_SYN_SENT);
	closes(p);
	say(p);
}

void connect_timeout(struct pair *p)
{
	starts(p);
	p->client_errno = outcome(p);
	closes(p);
	say(p);
}

void unreachable(struct pair *p)
{
	struct segment syn;
	int wire;

	listens(p);
	drops(p, p->listener);
	wire = wire_open(p);
	p->client = bound(p, 0);
	p->client_port = port_of(p->client);
	MUST(p, !fcntl(p->client, F_SETFL, O_NONBLOCK));
	MUST(p, connect(p->client, (struct sockaddr *)&p->where, p->size) && errno == EINPROGRESS);
	wire_catch(p, wire, p->client_port, p->server_port, TH_SYN, &syn);
	wire_unreachable(p, &syn);
	p->client_errno = outcome(p);
	close(wire);
	closes(p);
	say(p);
}

static void write_range(const struct pair *p, FILE *range, const char *ports)
{
	rewind(range);
	MUST(p, fputs(ports, range) >= 0 && !fflush(range));
}

/* The only port of the range is taken towards this destination. */
void no_local_port(struct pair *p)
{
	FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r+");
	char before[64] = "", only[64];
	int again;

	listens(p);
	MUST(p, range && fgets(before, sizeof(before), range));
	snprintf(only, sizeof(only), "%d %d\n", p->server_port + 1, p->server_port + 1);
	write_range(p, range, only);
	connects(p);
	accepts(p);
	again = socket(p->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(p, connect(again, (struct sockaddr *)&p->where, p->size) < 0);
	p->client_errno = errno;
	write_range(p, range, before);
	fclose(range);
	close(again);
	closes(p);
	p->client_port = 0;
	say(p);
}

void abandoned(struct pair *p)
{
	starts(p);
	closes(p);
	say(p);
}
