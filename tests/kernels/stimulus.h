/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * stimulus.h - what the programs that make connections inside a test machine share
 *
 * Each of them prints one line for each connection that it has made,
 *	SCENARIO FAMILY CLIENT_PORT SERVER_PORT [ERRNO]
 * (ERRNO: what the server's own call met in the end) and checks itself what the application sees: a
 * system call that answers other than expected ends the program with status 1 and one line on
 * stderr. tests/kernels/expect.py knows the scenarios.
 */
#ifndef TCPFATE_KERNELS_STIMULUS_H
#define TCPFATE_KERNELS_STIMULUS_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 10000

static inline void fail(const char *scenario, const char *what)
{
	fprintf(stderr, "%s: not so: %s (errno %d, %s)\n", scenario, what, errno, strerror(errno));
	exit(1);
}

/* Ends the program unless @good. */
#define MUST(good, scenario)                                                                       \
	do {                                                                                       \
		if (!(good))                                                                       \
			fail(scenario, #good);                                                     \
	} while (0)

/* Waits until @good; ends the program when it is not within WAIT_MS. */
#define UNTIL(good, scenario)                                                                      \
	do {                                                                                       \
		const struct timespec pause = {.tv_nsec = 1000000};                                \
		int left = WAIT_MS;                                                                \
		while (!(good) && --left)                                                          \
			nanosleep(&pause, NULL);                                                   \
		if (!left)                                                                         \
			fail(scenario, "within 10 s: " #good);                                     \
	} while (0)

/* TCP_ESTABLISHED... of the socket; -1: not to be had. */
static inline int state_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? -1 : info.tcpi_state;
}

/* Bytes that have come and wait to be read. */
static inline int waiting_in(int fd)
{
	int bytes = 0;

	return ioctl(fd, FIONREAD, &bytes) ? -1 : bytes;
}

static inline int port_of(int fd)
{
	struct sockaddr_in6 name = {0}; /* the port is at the same place in both families */
	socklen_t size = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &size) ? -1 : ntohs(name.sin6_port);
}

static inline void set_option(int fd, int level, int option, int value)
{
	MUST(!setsockopt(fd, level, option, &value, sizeof(value)), "setsockopt");
}

static inline void linger_0(int fd)
{
	struct linger linger = {.l_onoff = 1};

	MUST(!setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), "SO_LINGER");
}

static inline void say(const char *scenario, int family, int client_port, int server_port)
{
	printf("%s ipv%d %d %d\n", scenario, family == AF_INET ? 4 : 6, client_port, server_port);
}

#endif
