// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * loopback.c - each way of ending that needs nothing but a loopback device, in both families
 *
 * One function for each scenario; each has a listener, and so a server port, of its own.
 */
#include <stdbool.h>

#include "stimulus.h"

struct pair {
	int listener;
	int client;
	int server;
	unsigned int client_port;
	struct sockaddr_storage where;
	socklen_t size;
};

static int family;

static void loopback_of(struct pair *p)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&p->where;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&p->where;

	memset(p, 0, sizeof(*p));
	p->where.ss_family = family;
	if (family == AF_INET) {
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		p->size = sizeof(*v4);
		return;
	}
	v6->sin6_addr = in6addr_loopback;
	p->size = sizeof(*v6);
}

/* A socket with that port; with any, when it is 0. */
static int bound(const struct pair *p, int port, const char *scenario)
{
	int fd = socket(family, SOCK_STREAM, 0);
	struct sockaddr_storage name = p->where;

	((struct sockaddr_in6 *)&name)->sin6_port = htons(port); /* in IPv4 at the same place */
	MUST(fd >= 0 && !bind(fd, (struct sockaddr *)&name, p->size), scenario);
	return fd;
}

/* Whether the kernel still knows the client, orphan or minisock, and says FIN_WAIT2. */
static bool client_waits_for_fin(const struct pair *p)
{
	FILE *sockets = fopen(family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6", "r");
	char line[256], local[64], remote[64];
	unsigned int state;
	bool found = false;

	while (sockets && !found && fgets(line, sizeof(line), sockets))
		found = sscanf(line, " %*u: %63s %63s %x", local, remote, &state) == 3 &&
			strtoul(strrchr(local, ':') + 1, NULL, 16) == p->client_port &&
			state == TCP_FIN_WAIT2;
	if (sockets)
		fclose(sockets);
	return found;
}

/* A connection that nobody has accepted yet. */
static void connected(struct pair *p, const char *scenario)
{
	loopback_of(p);
	p->listener = bound(p, 0, scenario);
	MUST(!listen(p->listener, 8), scenario);
	MUST(!getsockname(p->listener, (struct sockaddr *)&p->where, &p->size), scenario);
	p->client = socket(family, SOCK_STREAM, 0);
	MUST(!connect(p->client, (struct sockaddr *)&p->where, p->size), scenario);
	p->client_port = port_of(p->client);
	say(scenario, family, p->client_port, port_of(p->listener));
}

static void accepted(struct pair *p, const char *scenario)
{
	connected(p, scenario);
	p->server = accept(p->listener, NULL, NULL);
	MUST(p->server >= 0, scenario);
}

static void local_first(const char *scenario)
{
	struct pair p;
	char byte;

	accepted(&p, scenario);
	MUST(write(p.client, "0123456789", 10) == 10, scenario);
	UNTIL(waiting_in(p.server) == 10, scenario);
	close(p.client);
	for (int i = 0; i < 10; i++)
		MUST(read(p.server, &byte, 1) == 1, scenario);
	MUST(read(p.server, &byte, 1) == 0, scenario);
	close(p.server);
	close(p.listener);
}

static void unread(const char *scenario)
{
	struct pair p;
	char byte;

	accepted(&p, scenario);
	MUST(write(p.client, "0123456789", 10) == 10, scenario);
	UNTIL(waiting_in(p.server) == 10, scenario);
	close(p.server);
	UNTIL(state_of(p.client) == TCP_CLOSE, scenario);
	MUST(read(p.client, &byte, 1) < 0 && errno == ECONNRESET, scenario);
	close(p.client);
	close(p.listener);
}

static void linger(const char *scenario)
{
	struct pair p;
	char byte;

	accepted(&p, scenario);
	linger_0(p.client);
	close(p.client);
	UNTIL(state_of(p.server) == TCP_CLOSE, scenario);
	MUST(read(p.server, &byte, 1) < 0 && errno == ECONNRESET, scenario);
	close(p.server);
	close(p.listener);
}

/* The kernel calls tcp_reset() on itself here; no RST arrives. */
static void late_data_owned(const char *scenario)
{
	struct pair p;

	accepted(&p, scenario);
	MUST(!shutdown(p.client, SHUT_RDWR), scenario);
	UNTIL(state_of(p.server) == TCP_CLOSE_WAIT && state_of(p.client) == TCP_FIN_WAIT2,
	      scenario);
	MUST(write(p.server, "late", 4) == 4, scenario);
	UNTIL(state_of(p.server) == TCP_CLOSE, scenario);
	MUST(send(p.server, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE, scenario);
	close(p.client);
	close(p.server);
	close(p.listener);
}

static void late_data_minisock(const char *scenario)
{
	struct pair p;

	accepted(&p, scenario);
	close(p.client);
	UNTIL(client_waits_for_fin(&p), scenario);
	MUST(write(p.server, "late", 4) == 4, scenario);
	UNTIL(state_of(p.server) == TCP_CLOSE, scenario);
	MUST(send(p.server, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE, scenario);
	close(p.server);
	close(p.listener);
}

static void disconnect(const char *scenario)
{
	struct sockaddr nothing = {.sa_family = AF_UNSPEC};
	struct pair p;
	char byte;

	accepted(&p, scenario);
	MUST(!connect(p.client, &nothing, sizeof(nothing)), scenario);
	UNTIL(state_of(p.server) == TCP_CLOSE, scenario);
	MUST(read(p.server, &byte, 1) < 0 && errno == ECONNRESET, scenario);
	close(p.client);
	close(p.server);
	close(p.listener);
}

static void never_accepted(const char *scenario)
{
	struct pair p;
	char byte;

	connected(&p, scenario);
	close(p.listener);
	UNTIL(state_of(p.client) == TCP_CLOSE, scenario);
	MUST(read(p.client, &byte, 1) < 0 && errno == ECONNRESET, scenario);
	close(p.client);
}

static void reset_before_accept(const char *scenario)
{
	struct pair p;
	char byte;

	connected(&p, scenario);
	linger_0(p.client);
	close(p.client);
	p.server = accept(p.listener, NULL, NULL);
	MUST(p.server >= 0, scenario);
	MUST(read(p.server, &byte, 1) < 0 && errno == ECONNRESET, scenario);
	close(p.server);
	close(p.listener);
}

/* The same socket twice: two lives with one address. Only a port that was asked for by its number
 * stays a socket's own when a connect fails.
 */
static void refused(const char *scenario)
{
	struct pair p;

	loopback_of(&p);
	p.listener = bound(&p, 0, scenario); /* and does not listen */
	p.client = bound(&p, 0, scenario);
	p.client_port = port_of(p.client);
	close(p.client);
	p.client = bound(&p, p.client_port, scenario);
	MUST(!getsockname(p.listener, (struct sockaddr *)&p.where, &p.size), scenario);
	say(scenario, family, p.client_port, port_of(p.listener));
	for (int i = 0; i < 2; i++)
		MUST(connect(p.client, (struct sockaddr *)&p.where, p.size) < 0 &&
			     errno == ECONNREFUSED,
		     scenario);
	close(p.client);
	close(p.listener);
}

int main(void)
{
	static const int families[] = {AF_INET, AF_INET6};

	for (unsigned int i = 0; i < 2; i++) {
		family = families[i];
		local_first("local_first");
		unread("unread");
		linger("linger");
		late_data_owned("late_data_owned");
		late_data_minisock("late_data_minisock");
		disconnect("disconnect");
		never_accepted("never_accepted");
		reset_before_accept("reset_before_accept");
		refused("refused");
	}
	return 0;
}
