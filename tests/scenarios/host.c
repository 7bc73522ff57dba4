// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * host.c - ends that somebody else than the two applications makes: an administrator, a host
 * without room
 */
#include "scenario.h"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

struct destroy {
	struct nlmsghdr head;
	struct inet_diag_req_v2 what;
};

static struct inet_diag_sockid ends(const struct pair *p)
{
	struct inet_diag_sockid id = {.idiag_sport = htons((uint16_t)p->client_port),
				      .idiag_dport = htons((uint16_t)p->server_port),
				      .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};

	if (p->family == AF_INET) {
		id.idiag_src[0] = id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
	} else {
		memcpy(id.idiag_src, &in6addr_loopback, 16);
		memcpy(id.idiag_dst, &in6addr_loopback, 16);
	}
	return id;
}

/* Asks the kernel to destroy the client, as `ss -K` does. Returns 0 or an errno. */
static int destroy(const struct pair *p)
{
	struct destroy ask = {
		.head = {.nlmsg_len = sizeof(ask),
			 .nlmsg_type = SOCK_DESTROY,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		.what = {.sdiag_family = (uint8_t)p->family,
			 .sdiag_protocol = IPPROTO_TCP,
			 .idiag_states = UINT32_MAX,
			 .id = ends(p)},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		struct destroy quoted;
	} said;
	bool asked = fd >= 0 && send(fd, &ask, sizeof(ask), 0) == sizeof(ask) &&
		     recv(fd, &said, sizeof(said), 0) > 0;

	MUST(p, asked);
	close(fd);
	return said.head.nlmsg_type == NLMSG_ERROR ? -said.error.error : EPROTO;
}

void by_admin(struct pair *p)
{
	int error;

	opens(p);
	error = destroy(p);
	if (error == ENOENT || error == EOPNOTSUPP) {
		closes(p);
		skip(p, "no tcp_diag, or not with INET_DIAG_DESTROY");
		return;
	}
	MUST(p, !error);
	UNTIL(p, state_of(p->client) == TCP_CLOSE && state_of(p->server) == TCP_CLOSE);
	p->client_errno = read_errno(p->client);
	p->server_errno = read_errno(p->server);
	closes(p);
	say(p);
}

static FILE *limit;

void host_open(void)
{
	limit = fopen("/proc/sys/net/ipv4/tcp_max_orphans", "r+e");
}

static void write_limit(const struct pair *p, const char *value)
{
	rewind(limit);
	MUST(p, fputs(value, limit) >= 0 && !fflush(limit));
}

/* close() while no orphan is allowed. One run at a time: another would take the 0 for the value to
 * be restored. */
static void close_without_room(const struct pair *p, int fd)
{
	int lock = open("/run/lock/tfe2e-max-orphans", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char before[32] = "";

	if (lock >= 0)
		flock(lock, LOCK_EX);
	rewind(limit);
	MUST(p, fgets(before, sizeof(before), limit));
	write_limit(p, "0\n");
	close(fd);
	write_limit(p, before);
	if (lock >= 0)
		close(lock);
}

/* Keeps every CPU busy, or the kernel's timer that counts orphans, each 100 ms, is put off. */
static void let_it_count(void)
{
	for (int cpu = 0; cpu < 4; cpu++) {
		struct timespec begun, now;
		cpu_set_t only;

		CPU_ZERO(&only);
		CPU_SET(cpu, &only);
		if (sched_setaffinity(0, sizeof(only), &only))
			break;
		clock_gettime(CLOCK_MONOTONIC, &begun);
		do
			clock_gettime(CLOCK_MONOTONIC, &now);
		while ((now.tv_sec - begun.tv_sec) * 1000 +
			       (now.tv_nsec - begun.tv_nsec) / 1000000 <
		       120);
	}
}

/* Whether the peer's socket is reset soon. */
static bool is_reset(int fd)
{
	for (int i = 0; i < 50; i++) {
		if (state_of(fd) == TCP_CLOSE)
			return true;
		pause_ms(1);
	}
	return false;
}

/* A close() whose FIN waits for its ACK makes an orphan. The first ones may pass, until the kernel
 * has counted them: they end by a timer, as in another scenario, and are not printed. */
void memory(struct pair *p)
{
	int passed[20], n = 0;

	MUST(p, limit && "tcp_max_orphans is there");
	for (;;) {
		opens(p);
		drops_any(p, p->server, TH_FIN);
		close_without_room(p, p->client);
		p->client = -1;
		if (is_reset(p->server))
			break;
		MUST(p, n < 20);
		linger_0(p, p->server);
		passed[n++] = p->server;
		close(p->listener);
		let_it_count();
	}
	p->server_errno = read_errno(p->server);
	while (n)
		close(passed[--n]);
	closes(p);
	say(p);
}
