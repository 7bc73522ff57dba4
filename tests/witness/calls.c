// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * calls.c - the system calls of the endings, each written down: see witness.h
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"

#define LIMIT_S 15 /* for any call that blocks */

static char data[1 << 17];

/* The address of loopback in the job's family. */
static socklen_t loopback(const struct job *j, struct sockaddr_in6 *where, int port)
{
	struct sockaddr_in *v4 = (void *)where;

	memset(where, 0, sizeof(*where));
	if (j->family == IPV4) {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	where->sin6_family = AF_INET6;
	where->sin6_addr = in6addr_loopback;
	where->sin6_port = htons((uint16_t)port);
	if (j->family == MAPPED)
		inet_pton(AF_INET6, "::ffff:127.0.0.1", &where->sin6_addr);
	return sizeof(*where);
}

static void set_option(const struct job *j, const struct sock *s, int level, int name, int value)
{
	MUST(j, !setsockopt(s->fd, level, name, &value, sizeof(value)));
}

void call_socket(struct job *j, struct sock *ret, bool blocking)
{
	const struct timeval limit = {.tv_sec = LIMIT_S};
	struct entry *e;

	*ret = (struct sock){.handle = log_handle()};
	e = log_begin(j, ret, CALL_socket, blocking);
	ret->fd = socket(j->family == IPV4 ? AF_INET : AF_INET6,
			 SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK),
			 j->mptcp ? IPPROTO_MPTCP : 0);
	log_end(e, ret->fd);
	MUST(j, ret->fd >= 0);
	MUST(j, !setsockopt(ret->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	MUST(j, !setsockopt(ret->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
}

long call_bind(struct job *j, struct sock *s, int port)
{
	struct entry *e = log_begin(j, s, CALL_bind, port);
	struct sockaddr_in6 where;
	socklen_t size = loopback(j, &where, port);
	long done;

	if (j->reuse)
		set_option(j, s, SOL_SOCKET, SO_REUSEADDR, 1);
	done = bind(s->fd, (struct sockaddr *)&where, size);

	log_names(e, s->fd);
	return log_end(e, done);
}

long call_listen(struct job *j, struct sock *s)
{
	struct entry *e = log_begin(j, s, CALL_listen, 64);
	long done = listen(s->fd, 64);

	log_names(e, s->fd);
	return log_end(e, done);
}

long call_connect(struct job *j, struct sock *s, int port)
{
	struct entry *e = log_begin(j, s, CALL_connect, port);
	struct sockaddr_in6 where;
	socklen_t size = loopback(j, &where, port);
	long done = connect(s->fd, (struct sockaddr *)&where, size);
	int error = errno;

	log_names(e, s->fd);
	errno = error;
	return log_end(e, done);
}

long call_accept(struct job *j, struct sock *listener, struct sock *ret)
{
	struct entry *e;

	*ret = (struct sock){.fd = -1, .handle = log_handle()};
	e = log_begin(j, ret, CALL_accept, listener->handle);
	ret->fd = accept4(listener->fd, (struct sockaddr *)&e->remote,
			  &(socklen_t){sizeof(e->remote)}, SOCK_CLOEXEC);
	if (ret->fd >= 0) {
		struct sockaddr_in6 peer = e->remote;

		log_names(e, ret->fd);
		e->remote = peer; /* getpeername() knows a dead one's no more */
	}
	return log_end(e, ret->fd);
}

long call_send(struct job *j, struct sock *s, size_t size, int flags)
{
	struct entry *e = log_begin(j, s, CALL_send, (long)size);

	return log_end(e, send(s->fd, data, size > sizeof(data) ? sizeof(data) : size,
			       MSG_NOSIGNAL | flags));
}

long call_recv(struct job *j, struct sock *s, size_t size, int flags)
{
	static __thread char room[1 << 17];
	struct entry *e = log_begin(j, s, CALL_recv, (long)size);

	return log_end(e, recv(s->fd, room, size > sizeof(room) ? sizeof(room) : size, flags));
}

long call_shutdown(struct job *j, struct sock *s, int how)
{
	struct entry *e = log_begin(j, s, CALL_shutdown, how);

	return log_end(e, shutdown(s->fd, how));
}

long call_close(struct job *j, struct sock *s)
{
	struct entry *e = log_begin(j, s, CALL_close, 0);
	long done = log_end(e, close(s->fd));

	s->fd = -1;
	return done;
}

long call_unspec(struct job *j, struct sock *s)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct entry *e = log_begin(j, s, CALL_unspec, 0);

	return log_end(e, connect(s->fd, &none, sizeof(none)));
}

int call_error(struct job *j, struct sock *s, bool only_if_any)
{
	uint64_t begun = log_now();
	socklen_t size = sizeof(int);
	struct entry *e;
	int error = 0;

	if (!only_if_any)
		e = log_begin(j, s, CALL_so_error, 0);
	MUST(j, !getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size));
	if (only_if_any && !error)
		return 0;
	if (only_if_any) {
		e = log_begin(j, s, CALL_so_error, 1);
		e->begun = begun;
	}
	errno = error;
	log_end(e, error ? -1 : 0);
	return error;
}

long call_poll(struct job *j, struct sock *s, short events, int ms)
{
	struct entry *e = log_begin(j, s, CALL_poll, events);
	struct pollfd wait = {.fd = s->fd, .events = events};
	long ready = poll(&wait, 1, ms);

	return log_end(e, ready > 0 ? wait.revents : ready);
}

void call_linger(struct job *j, struct sock *s)
{
	const struct linger linger = {.l_onoff = 1};
	struct entry *e = log_begin(j, s, CALL_linger, 0);

	log_end(e, setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
}

void call_linger2(struct job *j, struct sock *s)
{
	struct entry *e = log_begin(j, s, CALL_linger2, -1);

	set_option(j, s, IPPROTO_TCP, TCP_LINGER2, -1);
	log_end(e, 0);
}

void call_keepalive(struct job *j, struct sock *s)
{
	struct entry *e = log_begin(j, s, CALL_keepalive, 1);

	set_option(j, s, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set_option(j, s, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_option(j, s, IPPROTO_TCP, TCP_KEEPCNT, 1);
	set_option(j, s, SOL_SOCKET, SO_KEEPALIVE, 1);
	log_end(e, 0);
}

void call_user_timeout(struct job *j, struct sock *s, int ms)
{
	struct entry *e = log_begin(j, s, CALL_user_timeout, ms);

	set_option(j, s, IPPROTO_TCP, TCP_USER_TIMEOUT, ms);
	log_end(e, 0);
}

void call_filter(struct job *j, struct sock *s)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct sock_fprog none = {.len = 1, .filter = code};
	struct entry *e = log_begin(j, s, CALL_filter, 0);

	MUST(j, !setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &none, sizeof(none)));
	log_end(e, 0);
}

void call_fastopen(struct job *j, struct sock *s)
{
	struct entry *e = log_begin(j, s, CALL_fastopen, 1);

	set_option(j, s, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	log_end(e, 0);
}

int port_of(const struct sock *s)
{
	struct sockaddr_in6 name = {0}; /* the port is at the same place in both families */
	socklen_t size = sizeof(name);

	return getsockname(s->fd, (struct sockaddr *)&name, &size) ? 0 : ntohs(name.sin6_port);
}

int state_of(const struct sock *s)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? -1 : info.tcpi_state;
}

int bytes_waiting(const struct sock *s)
{
	int bytes = 0;

	return ioctl(s->fd, FIONREAD, &bytes) ? -1 : bytes;
}

int bytes_unacknowledged(const struct sock *s)
{
	int bytes = 0;

	return ioctl(s->fd, SIOCOUTQ, &bytes) ? -1 : bytes;
}
