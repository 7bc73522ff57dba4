// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * pair.c - sockets of a scenario: see scenario.h
 */
#include "scenario.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

void fail(const struct pair *p, const char *what)
{
	fprintf(stderr, "%s, ipv%d: not so: %s (errno %d, %s)\n", p->name,
		p->family == AF_INET ? 4 : 6, what, errno, strerror(errno));
	exit(1);
}

void pause_ms(int ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

int port_of(int fd)
{
	struct sockaddr_in6 name = {0}; /* the port is at the same place in both families */
	socklen_t size = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &size) ? 0 : ntohs(name.sin6_port);
}

static void loopback(struct sockaddr_storage *where, socklen_t *size, int family, int port)
{
	memset(where, 0, sizeof(*where));
	where->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		((struct sockaddr_in *)where)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		*size = sizeof(struct sockaddr_in);
	} else {
		((struct sockaddr_in6 *)where)->sin6_addr = in6addr_loopback;
		*size = sizeof(struct sockaddr_in6);
	}
	((struct sockaddr_in6 *)where)->sin6_port = htons((uint16_t)port);
}

/* As bound(), of that protocol. */
static int bound_of(const struct pair *p, int protocol, int port)
{
	int fd = socket(p->family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	struct sockaddr_storage where;
	socklen_t size;

	loopback(&where, &size, p->family, port);
	MUST(p, fd >= 0 && !bind(fd, (struct sockaddr *)&where, size));
	return fd;
}

int bound(const struct pair *p, int port)
{
	return bound_of(p, 0, port);
}

void listens(struct pair *p)
{
	p->listener = bound_of(p, p->server_protocol, 0);
	MUST(p, !listen(p->listener, 8));
	p->server_port = port_of(p->listener);
	loopback(&p->where, &p->size, p->family, p->server_port);
}

void connects(struct pair *p)
{
	p->client = socket(p->family, SOCK_STREAM | SOCK_CLOEXEC, p->client_protocol);
	MUST(p, !connect(p->client, (struct sockaddr *)&p->where, p->size));
	p->client_port = port_of(p->client);
}

void accepts(struct pair *p)
{
	p->server = accept(p->listener, NULL, NULL);
	MUST(p, p->server >= 0);
}

void opens(struct pair *p)
{
	listens(p);
	connects(p);
	accepts(p);
}

void closes(struct pair *p)
{
	int *fds[] = {&p->client, &p->server, &p->listener};

	for (int i = 0; i < 3; i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static const char *name_of(int error)
{
	return error ? strerrorname_np(error) : "-";
}

void say(struct pair *p)
{
	printf("%s ipv%d %d %d %d %d %s %s\n", p->name, p->family == AF_INET ? 4 : 6,
	       p->client_port, p->server_port, p->client_pid, p->server_pid,
	       name_of(p->client_errno), name_of(p->server_errno));
	fflush(stdout);
}

void skip(const struct pair *p, const char *why)
{
	printf("skip %s ipv%d %s\n", p->name, p->family == AF_INET ? 4 : 6, why);
	fflush(stdout);
}

void starts(struct pair *p)
{
	listens(p);
	drops(p, p->listener);
	p->client = socket(p->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	MUST(p, connect(p->client, (struct sockaddr *)&p->where, p->size) && errno == EINPROGRESS);
	p->client_port = port_of(p->client);
}

int outcome(const struct pair *p)
{
	struct pollfd wait = {.fd = p->client, .events = POLLOUT};
	socklen_t size = sizeof(int);
	int error = 0;

	MUST(p, poll(&wait, 1, 20000) == 1);
	MUST(p, !getsockopt(p->client, SOL_SOCKET, SO_ERROR, &error, &size));
	return error;
}

int state_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? -1 : info.tcpi_state;
}

bool listed(const struct pair *p, int state)
{
	FILE *sockets =
		fopen(p->family == AF_INET ? "/proc/self/net/tcp" : "/proc/self/net/tcp6", "r");
	char line[256], local[64];
	unsigned int its;
	bool found = false;

	while (sockets && !found && fgets(line, sizeof(line), sockets))
		found = sscanf(line, " %*u: %63s %*s %x", local, &its) == 2 &&
			(int)strtoul(strrchr(local, ':') + 1, NULL, 16) == p->client_port &&
			(int)its == state;
	if (sockets)
		fclose(sockets);
	return found;
}

int waiting_in(int fd)
{
	int bytes = 0;

	return ioctl(fd, FIONREAD, &bytes) ? -1 : bytes;
}

void talks(const struct pair *p, int from, int to, int n)
{
	char bytes[64] = {0};

	MUST(p, write(from, bytes, (size_t)n) == n);
	UNTIL(p, waiting_in(to) == n);
	MUST(p, read(to, bytes, (size_t)n) == n);
}

int read_errno(int fd)
{
	char byte;

	return read(fd, &byte, 1) < 0 ? errno : 0;
}

int write_errno(int fd)
{
	return send(fd, "x", 1, MSG_NOSIGNAL) < 0 ? errno : 0;
}

void option(const struct pair *p, int fd, int level, int name, int value)
{
	MUST(p, !setsockopt(fd, level, name, &value, sizeof(value)));
}

void linger_0(const struct pair *p, int fd)
{
	const struct linger linger = {.l_onoff = 1};

	MUST(p, !setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
}

/* Loads the flags, keeps those of @mask: dropped when they are @value, or when they are not
 * (@unless). */
static void filter(const struct pair *p, int fd, int mask, int value, bool unless)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (uint32_t)mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)value, unless, !unless),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = {.len = 5, .filter = code};

	MUST(p, !setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

void drops(const struct pair *p, int fd)
{
	filter(p, fd, 0, 0, false);
}

void drops_any(const struct pair *p, int fd, int any)
{
	filter(p, fd, any, 0, true);
}

void drops_all_of(const struct pair *p, int fd, int all)
{
	filter(p, fd, all, all, false);
}

void drops_no_more(const struct pair *p, int fd)
{
	option(p, fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

/* Nothing has been in flight for a while, though something waits to be sent: the window is
 * closed. */
static bool stuck(int fd)
{
	for (int i = 0; i < 300; i++) {
		struct tcp_info info = {0};
		socklen_t size = sizeof(info);

		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) || info.tcpi_unacked)
			return false;
		pause_ms(1);
	}
	return true;
}

void fills(struct pair *p)
{
	static char much[1024];

	listens(p);
	option(p, p->listener, SOL_SOCKET, SO_RCVBUF, 8192);
	connects(p);
	accepts(p);
	do
		while (send(p->client, much, sizeof(much), MSG_DONTWAIT) > 0)
			;
	while (!stuck(p->client));
}
