// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * mptcp.c - MPTCP at both ends, and against plain TCP
 *
 * The records are those of the TCP connection below, a subflow. Older kernels lack much of this:
 * where a call shows that, the scenario is skipped.
 */
#include "scenario.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MPTCP 262 /* IPPROTO_MPTCP, include/uapi/linux/in.h */

/* Whether the kernel has MPTCP here; else says that the scenario is skipped. */
static bool speaks(struct pair *p, bool client, bool server)
{
	int fd = socket(p->family, SOCK_STREAM | SOCK_CLOEXEC, MPTCP);

	if (fd < 0) {
		skip(p, "no MPTCP");
		return false;
	}
	close(fd);
	p->client_protocol = client ? MPTCP : 0;
	p->server_protocol = server ? MPTCP : 0;
	return true;
}

/* An open connection on which both ends have said something: until its second segment of data has
 * been acknowledged, MPTCP may still turn into plain TCP. */
static bool talks_over(struct pair *p, bool client, bool server)
{
	char byte;

	if (!speaks(p, client, server))
		return false;
	opens(p);
	MUST(p, write(p->client, "x", 1) == 1 && read(p->server, &byte, 1) == 1);
	MUST(p, write(p->server, "y", 1) == 1 && read(p->client, &byte, 1) == 1);
	return true;
}

static void readable(const struct pair *p, int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	MUST(p, poll(&wait, 1, 20000) == 1);
}

/* The end of an abort: @error is the errno that the other end has read. Old kernels make an orderly
 * end of it. */
static void ends(struct pair *p, int error)
{
	closes(p);
	if (error)
		say(p);
	else
		skip(p, "MPTCP closes in order");
}

static void closes_unread(struct pair *p, bool client, bool server)
{
	if (!talks_over(p, client, server))
		return;
	MUST(p, write(p->client, "0123456789", 10) == 10);
	readable(p, p->server);
	close(p->server);
	p->server = -1;
	p->client_errno = read_errno(p->client);
	ends(p, p->client_errno);
}

static void client_lingers(struct pair *p, bool client, bool server)
{
	if (!talks_over(p, client, server))
		return;
	linger_0(p, p->client);
	close(p->client);
	p->client = -1;
	p->server_errno = read_errno(p->server);
	ends(p, p->server_errno);
}

/* The kernel closes the TCP connection, when both ends have closed the MPTCP connection. */
static void client_closes(struct pair *p, bool client, bool server)
{
	if (!talks_over(p, client, server))
		return;
	close(p->client);
	p->client = -1;
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

void mptcp_client_first(struct pair *p)
{
	client_closes(p, true, true);
}

void mptcp_client_first_at_plain(struct pair *p)
{
	client_closes(p, true, false);
}

void mptcp_server_first(struct pair *p)
{
	if (!talks_over(p, true, true))
		return;
	close(p->server);
	p->server = -1;
	MUST(p, read_errno(p->client) == 0);
	closes(p);
	say(p);
}

/* The child that served it is killed, with all read. */
void mptcp_killed(struct pair *p)
{
	int told[2];
	char byte;

	if (!speaks(p, true, true))
		return;
	MUST(p, !pipe(told));
	listens(p);
	p->server_pid = fork();
	MUST(p, p->server_pid >= 0);
	if (!p->server_pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "killed");
		accepts(p);
		MUST(p, read(p->server, &byte, 1) == 1 && write(p->server, "y", 1) == 1);
		MUST(p, write(told[1], "x", 1) == 1);
		pause();
	}
	connects(p);
	MUST(p, write(p->client, "x", 1) == 1 && read(p->client, &byte, 1) == 1);
	MUST(p, read(told[0], &byte, 1) == 1 && !kill(p->server_pid, SIGKILL));
	MUST(p, read_errno(p->client) == 0);
	MUST(p, waitpid(p->server_pid, NULL, 0) == p->server_pid);
	closes(p);
	say(p);
}

void mptcp_unread(struct pair *p)
{
	closes_unread(p, true, true);
}

void mptcp_unread_of_plain(struct pair *p)
{
	closes_unread(p, false, true);
}

void mptcp_unread_by_plain(struct pair *p)
{
	closes_unread(p, true, false);
}

void mptcp_linger(struct pair *p)
{
	client_lingers(p, true, true);
}

void mptcp_linger_at_plain(struct pair *p)
{
	client_lingers(p, true, false);
}

/* Accepted, served, and reset by the server. */
void mptcp_server_lingers(struct pair *p)
{
	if (!talks_over(p, true, true))
		return;
	linger_0(p, p->server);
	close(p->server);
	p->server = -1;
	p->client_errno = read_errno(p->client);
	ends(p, p->client_errno);
}

void mptcp_disconnect(struct pair *p)
{
	const struct sockaddr nothing = {.sa_family = AF_UNSPEC};

	if (!talks_over(p, true, true))
		return;
	if (connect(p->client, &nothing, sizeof(nothing))) {
		closes(p);
		skip(p, "MPTCP does not disconnect");
		return;
	}
	p->server_errno = read_errno(p->server);
	ends(p, p->server_errno);
}

/* Whether the kernel's list has the server's end, open. */
static bool open_at_server(const struct pair *p)
{
	FILE *sockets =
		fopen(p->family == AF_INET ? "/proc/self/net/tcp" : "/proc/self/net/tcp6", "r");
	char line[256], local[64];
	unsigned int state;
	bool found = false;

	while (sockets && !found && fgets(line, sizeof(line), sockets))
		found = sscanf(line, " %*u: %63s %*s %x", local, &state) == 2 &&
			(int)strtoul(strrchr(local, ':') + 1, NULL, 16) == p->server_port &&
			state == 1; /* ESTABLISHED */
	if (sockets)
		fclose(sockets);
	return found;
}

/* read() says ECONNRESET or, once the worker has noted the end, ENOTCONN. */
void mptcp_reset_before_accept(struct pair *p)
{
	if (!speaks(p, true, true))
		return;
	listens(p);
	connects(p);
	linger_0(p, p->client);
	close(p->client);
	p->client = -1;
	for (int left = 1000; open_at_server(p) && left; left--)
		pause_ms(
			1); /* an old kernel closes in order, and leaves it in CLOSE_WAIT or open */
	accepts(p);
	ends(p, read_errno(p->server));
}

void mptcp_never_accepted(struct pair *p)
{
	if (!speaks(p, true, true))
		return;
	listens(p);
	connects(p);
	close(p->listener);
	p->listener = -1;
	p->client_errno = read_errno(p->client);
	ends(p, p->client_errno);
}
