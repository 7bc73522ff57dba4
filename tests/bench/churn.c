// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * churn.c - connections over loopback as fast as one thread can make and end them
 *
 *	churn COUNT [close|linger]
 *
 * Each: connect, accept, one byte, then the client closes (default: with SO_LINGER 0, so that no
 * TIME_WAIT is left and no port runs out) and the server reads and closes. Both ends are on this host, so
 * one connection is two sockets. Prints the connections per second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void one(int listener, const struct sockaddr_in *to, bool linger)
{
	const struct linger zero = {.l_onoff = 1, .l_linger = 0};
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	char byte = 'x';

	if (client < 0 || connect(client, (const struct sockaddr *)to, sizeof(*to)))
		die("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		die("accept");
	if (write(client, &byte, 1) != 1 || read(server, &byte, 1) != 1)
		die("one byte");
	if (linger && setsockopt(client, SOL_SOCKET, SO_LINGER, &zero, sizeof(zero)))
		die("SO_LINGER");
	close(client);
	close(server);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
	bool linger = argc < 3 || strcmp(argv[2], "close");
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(to);
	double start;

	if (listener < 0 || bind(listener, (struct sockaddr *)&to, sizeof(to)) ||
	    listen(listener, 128) || getsockname(listener, (struct sockaddr *)&to, &size))
		die("listen");
	start = now_s();
	for (long i = 0; i < count; i++)
		one(listener, &to, linger);
	printf("%.0f\n", (double)count / (now_s() - start));
	return 0;
}
