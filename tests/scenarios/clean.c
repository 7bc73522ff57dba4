// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * clean.c - orderly ends
 */
#include "scenario.h"

#include <netinet/tcp.h>
#include <unistd.h>

void client_first(struct pair *p)
{
	opens(p);
	talks(p, p->client, p->server, 10);
	close(p->client);
	p->client = -1;
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

void server_first(struct pair *p)
{
	opens(p);
	talks(p, p->server, p->client, 10);
	close(p->server);
	p->server = -1;
	MUST(p, read_errno(p->client) == 0);
	closes(p);
	say(p);
}

void half_closed(struct pair *p)
{
	opens(p);
	MUST(p, !shutdown(p->client, SHUT_WR));
	MUST(p, read_errno(p->server) == 0);
	talks(p, p->server, p->client, 10);
	close(p->server);
	p->server = -1;
	MUST(p, read_errno(p->client) == 0);
	closes(p);
	say(p);
}

/* Both FINs are lost on the last metre; what was on the wire is sent once more, to each end while
 * the other hears nothing: neither has acknowledged the other's when it comes. */
void crossing_fins(struct pair *p)
{
	struct segment ours, theirs;
	int wire;

	opens(p);
	wire = wire_open(p);
	drops(p, p->client);
	drops(p, p->server);
	MUST(p, !shutdown(p->client, SHUT_WR) && !shutdown(p->server, SHUT_WR));
	wire_catch(p, wire, p->client_port, p->server_port, TH_FIN, &ours);
	wire_catch(p, wire, p->server_port, p->client_port, TH_FIN, &theirs);
	drops_no_more(p, p->client);
	wire_send(p, wire, &theirs);
	UNTIL(p, state_of(p->client) == TCP_CLOSING);
	drops_no_more(p, p->server);
	wire_send(p, wire, &ours);
	UNTIL(p, state_of(p->client) == TCP_CLOSE && state_of(p->server) == TCP_CLOSE);
	close(wire);
	closes(p);
	say(p);
}
