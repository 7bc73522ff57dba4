// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * owner.c - whose connection it was
 */
#include "scenario.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t forks(const struct pair *p)
{
	pid_t pid = fork();

	MUST(p, pid >= 0);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void ends(const struct pair *p, pid_t pid)
{
	int status;

	MUST(p, waitpid(pid, &status, 0) == pid);
}

/* A child that connects; the accepted end's peer gives its port. */
static pid_t connects_in_child(struct pair *p, bool stays)
{
	struct sockaddr_in6 peer;
	socklen_t size = sizeof(peer);
	pid_t pid;

	listens(p);
	pid = forks(p);
	if (!pid) {
		connects(p);
		if (stays)
			pause();
		_exit(0);
	}
	accepts(p);
	MUST(p, !getpeername(p->server, (struct sockaddr *)&peer, &size));
	p->client_port = ntohs(peer.sin6_port);
	p->client_pid = pid;
	return pid;
}

void killed(struct pair *p)
{
	pid_t pid = connects_in_child(p, true);

	MUST(p, !kill(pid, SIGKILL));
	ends(p, pid);
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

void crashed(struct pair *p)
{
	const struct rlimit none = {0};
	pid_t pid;

	MUST(p, !setrlimit(RLIMIT_CORE, &none));
	pid = connects_in_child(p, true);
	MUST(p, !kill(pid, SIGSEGV));
	ends(p, pid);
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

void terminated(struct pair *p)
{
	pid_t pid = connects_in_child(p, true);

	MUST(p, !kill(pid, SIGTERM));
	ends(p, pid);
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

/* Its parent has the socket, too, and closes it later. */
void survived(struct pair *p)
{
	pid_t pid;

	opens(p);
	pid = forks(p);
	if (!pid) {
		pause();
		_exit(0);
	}
	MUST(p, !kill(pid, SIGKILL));
	ends(p, pid);
	talks(p, p->client, p->server, 10);
	close(p->client);
	p->client = -1;
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

/* It leaves its socket to the kernel. */
void exits(struct pair *p)
{
	pid_t pid = connects_in_child(p, false);

	ends(p, pid);
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

/* The parent accepts, a child that it forks serves and is killed. */
void forked(struct pair *p)
{
	pid_t pid;

	opens(p);
	pid = forks(p);
	if (!pid) {
		prctl(PR_SET_NAME, "server");
		MUST(p, write(p->server, "x", 1) == 1);
		pause();
		_exit(0);
	}
	close(p->server);
	p->server = -1;
	p->server_pid = pid;
	UNTIL(p, waiting_in(p->client) == 1);
	MUST(p, !kill(pid, SIGKILL));
	ends(p, pid);
	MUST(p, read_errno(p->client) == 0 && read_errno(p->client) == 0);
	closes(p);
	say(p);
}

/* The listener is the parent's, who never calls accept(). */
void preforked(struct pair *p)
{
	pid_t pid;

	listens(p);
	pid = forks(p);
	if (!pid) {
		prctl(PR_SET_NAME, "accepter");
		accepts(p);
		MUST(p, read_errno(p->server) == 0);
		close(p->server);
		_exit(0);
	}
	connects(p);
	MUST(p, write(p->client, "x", 1) == 1);
	UNTIL(p, state_of(p->client) == TCP_CLOSE_WAIT);
	ends(p, pid);
	p->server_pid = pid;
	closes(p);
	say(p);
}
