// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * crowd.c - many sockets that do nothing: what a snapshot has to scan
 *
 *	crowd SOCKETS [NUMBER]
 *
 * Opens half as many connections over loopback, from addresses of 127.NUMBER.0.0/16, says "ready"
 * with how many sockets there are, and holds them until its standard input ends. To be run in a
 * network namespace of its own. The limit of open files is raised as far as it may be; several of
 * these, each with a number of its own, make a larger crowd.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PER_ADDRESS 20000 /* connections from one address: well below the ephemeral range */

static void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t network; /* 127.NUMBER.0.0 */

static struct sockaddr_in at(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(network + host), .sin_port = port};
}

static int listen_somewhere(struct sockaddr_in *where)
{
	socklen_t size = sizeof(*where);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*where = at(1, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)where, sizeof(*where)) || listen(fd, 64) ||
	    getsockname(fd, (struct sockaddr *)where, &size))
		die("listen");
	return fd;
}

static void connect_one(int listener, const struct sockaddr_in *where, long number)
{
	struct sockaddr_in from = at(1 + (uint32_t)(number / PER_ADDRESS), 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (const struct sockaddr *)where, sizeof(*where)) ||
	    accept(listener, NULL, NULL) < 0)
		die("connect");
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) / 2 : 0;
	long number = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	struct rlimit files;
	struct sockaddr_in where;
	int listener;

	if (n <= 0 || number < 0 || number > 255) {
		fprintf(stderr, "crowd SOCKETS [NUMBER]\n");
		return 2;
	}
	network = (127u << 24) + ((uint32_t)number << 16);
	if (getrlimit(RLIMIT_NOFILE, &files))
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("the limit of open files");
	listener = listen_somewhere(&where);
	for (long i = 0; i < n; i++)
		connect_one(listener, &where, i);
	printf("ready %ld\n", 2 * n + 1);
	fflush(stdout);
	return getchar() == EOF ? 0 : 1;
}
