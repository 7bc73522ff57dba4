// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * abort.c - resets: sent by one end, met by the other
 */
#include "scenario.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
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

/* Asks for the errno until there is one, in a process of its own, which has the socket, too. Its
 * status is the errno; 0: none came. */
static pid_t asks(const struct pair *p)
{
	pid_t pid = fork();
	int error = 0;
	socklen_t size = sizeof(error);
	struct timespec begun, now;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(p->server);
	close(p->listener);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		getsockopt(p->client, SOL_SOCKET, SO_ERROR, &error, &size);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (!error && now.tv_sec < begun.tv_sec + 10);
	_exit(error);
}

/* With much to drop the kernel needs a while between the errno and CLOSE: on another CPU the
 * errno is taken meanwhile. */
void errno_fetched(struct pair *p)
{
	static const char much[65536];
	int status;
	pid_t pid;

	opens(p);
	option(p, p->client, SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20);
	while (send(p->client, much, sizeof(much), MSG_DONTWAIT) > 0)
		;
	pid = asks(p);
	pause_ms(50);
	close(p->server);
	p->server = -1;
	MUST(p, waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	p->client_errno = WEXITSTATUS(status);
	closes(p);
	if (p->client_errno)
		say(p);
	else
		skip(p, "no errno came to the process that asked for it");
}

/* The FIN waits behind data that the server does not read. */
void reset_before_our_fin(struct pair *p)
{
	fills(p);
	close(p->client);
	p->client = -1;
	UNTIL(p, listed(p, TCP_FIN_WAIT1));
	close(p->server);
	p->server = -1;
	UNTIL(p, !listed(p, TCP_FIN_WAIT1));
	closes(p);
	say(p);
}

/* All is said and both have closed; an RST comes in place of the last acknowledgement. */
void reset_for_last_ack(struct pair *p)
{
	opens(p);
	talks(p, p->server, p->client, 10);
	MUST(p, !shutdown(p->client, SHUT_WR));
	MUST(p, read_errno(p->server) == 0);
	UNTIL(p, state_of(p->client) == TCP_FIN_WAIT2);
	drops_any(p, p->client, TH_FIN);
	close(p->server);
	p->server = -1;
	linger_0(p, p->client);
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

/* The most minisocks that there may be in this network namespace. */
static void allows_minisocks(struct pair *p, const char *how_many)
{
	int fd = open("/proc/sys/net/ipv4/tcp_max_tw_buckets", O_WRONLY | O_CLOEXEC);

	MUST(p, fd >= 0 && write(fd, how_many, strlen(how_many)) > 0);
	close(fd);
}

/* There is no minisock to answer: nobody knows the connection any more. */
void no_minisock(struct pair *p)
{
	opens(p);
	allows_minisocks(p, "0");
	close(p->client);
	p->client = -1;
	UNTIL(p, state_of(p->server) == TCP_CLOSE_WAIT && !listed(p, TCP_FIN_WAIT1) &&
			 !listed(p, TCP_FIN_WAIT2));
	MUST(p, write(p->server, "late", 4) == 4);
	UNTIL(p, state_of(p->server) == TCP_CLOSE);
	p->server_errno = write_errno(p->server);
	allows_minisocks(p, "5000");
	closes(p);
	say(p);
}

/* The last step of its handshake is lost; when it comes again, another has the only place. */
void turned_away(struct pair *p)
{
	int other;

	listens(p);
	MUST(p, !listen(p->listener, 0));
	drops_all_of(p, p->listener, TH_ACK);
	connects(p);
	drops_no_more(p, p->listener);
	other = socket(p->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(p, !connect(other, (struct sockaddr *)&p->where, p->size));
	MUST(p, write(p->client, "0123456789", 10) == 10);
	UNTIL(p, state_of(p->client) == TCP_CLOSE);
	p->client_errno = read_errno(p->client);
	close(other);
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
