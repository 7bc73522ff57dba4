// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * load.c - a fixed number of TCP connections, and how each is to be reported
 *
 *	load MIX COUNT [workers=N] [rate=N] [window=N] [progress=FILE]
 *
 * Both ends are in this process, on loopback addresses: a connection is two sockets, but for a
 * refused one. MIX is what ends them (the table below), or `mixed`: all of them in turn, and then
 * the service's port says which end: (port - FIRST_PORT) % N_MIXES is its place in the table.
 * Workers are processes, each with its own addresses; rate is connections a second of all together,
 * 0 as fast as may be; window is how many connections stay open behind the newest one, in each
 * worker. The file `progress` gets a 64-bit counter of finished connections, to be mapped by
 * whoever wants to watch.
 *
 * To be run in a network namespace of its own. The last line is JSON: seconds, connections, and how
 * many records of each fate a tracer has to make of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX 16
#define SERVICES 16	  /* listening sockets of a worker, a port each */
#define SOURCES 64	  /* addresses that it connects from */
#define REFUSED_PORT 9	  /* nobody listens there */
#define FIRST_PORT 7000	  /* of the services of the first worker */
#define PACE_NS 1000000LL /* how exactly `rate` is kept */

struct pair {
	int client, server;
};

/* What all workers share. */
struct board {
	uint64_t done[WORKERS_MAX][8]; /* one cache line each */
};

struct load {
	const char *mix;
	long count, workers, rate, window;
	const char *progress;
	struct board *board;
};

struct worker {
	const struct load *load;
	long number;
	int listener[SERVICES];
	uint64_t *done;
};

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* --- how a connection ends ------------------------------------------------------------------- */

static void read_eof(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 0)
		die("the end of the stream");
}

static void end_reset(struct pair pair)
{
	const struct linger zero = {.l_onoff = 1};

	if (setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &zero, sizeof(zero)))
		die("SO_LINGER");
	close(pair.client);
	close(pair.server);
}

static void end_client_first(struct pair pair)
{
	close(pair.client);
	read_eof(pair.server);
	close(pair.server);
}

static void end_server_first(struct pair pair)
{
	close(pair.server);
	read_eof(pair.client);
	close(pair.client);
}

/* A mix, and the fates of both ends; without `end` the connection is refused and has one. */
static const struct mix {
	const char *name;
	void (*end)(struct pair pair);
	const char *client, *server;
} MIXES[] = {
	{"reset", end_reset, "aborted_linger", "reset_by_remote"},
	{"client", end_client_first, "closed_by_local", "closed_by_remote"},
	{"server", end_server_first, "closed_by_remote", "closed_by_local"},
	{"refused", NULL, "connect_refused", NULL},
};
#define N_MIXES ((long)(sizeof(MIXES) / sizeof(MIXES[0])))
_Static_assert(SERVICES % (sizeof(MIXES) / sizeof(MIXES[0])) == 0, "as many services for each mix");

static const struct mix *mix_of(const char *name, long number)
{
	for (long i = 0; i < N_MIXES; i++)
		if (!strcmp(name, "mixed") ? number % N_MIXES == i : !strcmp(name, MIXES[i].name))
			return &MIXES[i];
	fprintf(stderr, "load: no mix %s (reset, client, server, refused, mixed)\n", name);
	exit(2);
}

/* --- one connection after the other ---------------------------------------------------------- */

/* 127.W.x.y: every worker has its own network. */
static struct sockaddr_in at(long worker, uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_addr.s_addr =
					    htonl((127u << 24) + ((uint32_t)worker << 16) + host),
				    .sin_port = htons(port)};
}

static int source(const struct worker *worker, long number)
{
	struct sockaddr_in from = at(worker->number, 2 + (uint32_t)(number % SOURCES), 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)))
		die("a socket of its own address");
	return fd;
}

static void refused(const struct worker *worker, long number)
{
	struct sockaddr_in to = at(worker->number, 1, REFUSED_PORT);
	int fd = source(worker, number);

	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno != ECONNREFUSED)
		die("a refused connect");
	close(fd);
}

static struct pair open_pair(const struct worker *worker, long number)
{
	long service = number / SOURCES % (SERVICES / N_MIXES) * N_MIXES + number % N_MIXES;
	struct sockaddr_in to = at(worker->number, 1, (uint16_t)(FIRST_PORT + service));
	struct pair pair = {.client = source(worker, number)};
	char byte = 'x';

	if (connect(pair.client, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	pair.server = accept4(worker->listener[service], NULL, NULL, SOCK_CLOEXEC);
	if (pair.server < 0)
		die("accept");
	if (write(pair.client, &byte, 1) != 1 || read(pair.server, &byte, 1) != 1)
		die("one byte");
	return pair;
}

static void keep_pace(int64_t began, long rate, long number)
{
	int64_t ahead = began + number * 1000000000LL / rate - now_ns();
	struct timespec pause = {.tv_nsec = ahead % 1000000000, .tv_sec = ahead / 1000000000};

	if (ahead > PACE_NS)
		nanosleep(&pause, NULL);
}

static void end_pair(const struct worker *worker, struct pair pair, long number)
{
	mix_of(worker->load->mix, number)->end(pair);
	__atomic_store_n(worker->done, *worker->done + 1, __ATOMIC_RELAXED);
}

static long share(const struct load *load, long worker)
{
	return load->count / load->workers + (worker < load->count % load->workers);
}

static void work(const struct worker *worker)
{
	const struct load *load = worker->load;
	long n = share(load, worker->number), window = load->window, number;
	struct pair *open = calloc((size_t)window + 1, sizeof(*open));
	int64_t began = now_ns();

	if (!open)
		die("memory");
	for (number = 0; number < n; number++) {
		if (load->rate)
			keep_pace(began, load->rate / load->workers + 1, number);
		if (!mix_of(load->mix, number)->end) {
			refused(worker, number);
			__atomic_store_n(worker->done, *worker->done + 1, __ATOMIC_RELAXED);
			open[number % (window + 1)] = (struct pair){-1, -1};
		} else {
			open[number % (window + 1)] = open_pair(worker, number);
		}
		if (number >= window && open[(number - window) % (window + 1)].client >= 0)
			end_pair(worker, open[(number - window) % (window + 1)], number - window);
	}
	for (number = n > window ? n - window : 0; number < n; number++)
		if (open[number % (window + 1)].client >= 0)
			end_pair(worker, open[number % (window + 1)], number);
	free(open);
}

/* --- all of them ----------------------------------------------------------------------------- */

static void listen_all(struct worker *worker)
{
	int one = 1;

	for (int i = 0; i < SERVICES; i++) {
		struct sockaddr_in where = at(worker->number, 1, (uint16_t)(FIRST_PORT + i));
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
		    bind(fd, (struct sockaddr *)&where, sizeof(where)) || listen(fd, 128))
			die("listen");
		worker->listener[i] = fd;
	}
}

/* A worker's whole life: says on @ready when it could begin, and begins when @go ends. */
static _Noreturn void be_worker(const struct load *load, long number, int ready, int go)
{
	struct worker worker = {.load = load, .number = number, .done = load->board->done[number]};
	char byte = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	listen_all(&worker);
	if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 0)
		die("the signal to begin");
	work(&worker);
	exit(0);
}

/* Seconds from the signal to begin until the last worker has ended. */
static double run(const struct load *load)
{
	int ready[2], go[2], status, failed = 0;
	int64_t began;
	char byte;

	if (pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		die("pipe");
	for (long i = 0; i < load->workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			close(go[1]);
			be_worker(load, i, ready[1], go[0]);
		}
	}
	close(ready[1]);
	for (long i = 0; i < load->workers; i++)
		if (read(ready[0], &byte, 1) != 1)
			exit(1); /* it has said why */
	began = now_ns();
	close(go[1]);
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		exit(1);
	return (double)(now_ns() - began) / 1e9;
}

static void print_ends(const struct load *load, double seconds)
{
	long of[N_MIXES] = {0}, fates = 0;

	for (long worker = 0; worker < load->workers; worker++)
		for (long i = 0, n = share(load, worker); i < n; i++)
			of[mix_of(load->mix, i) - MIXES]++;
	printf("{\"connections\": %ld, \"seconds\": %.6f, \"ends\": [", load->count, seconds);
	for (long i = 0; i < N_MIXES; i++) {
		if (of[i])
			printf("%s[\"%s\", %ld]", fates++ ? ", " : "", MIXES[i].client, of[i]);
		if (of[i] && MIXES[i].server)
			printf(", [\"%s\", %ld]", MIXES[i].server, of[i]);
	}
	printf("]}\n");
}

static struct board *map_board(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	struct board *board;

	if (path && (fd < 0 || ftruncate(fd, sizeof(*board))))
		die(path);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | (path ? 0 : MAP_ANONYMOUS), fd, 0);
	if (board == MAP_FAILED)
		die("mmap");
	return board;
}

static long number(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0) {
		fprintf(stderr, "load: %s: not a number\n", text);
		exit(2);
	}
	return value;
}

static void read_option(struct load *load, const char *option)
{
	const char *value = strchr(option, '=');

	if (!value)
		value = "";
	else
		value++;
	if (!strncmp(option, "workers=", 8))
		load->workers = number(value);
	else if (!strncmp(option, "rate=", 5))
		load->rate = number(value);
	else if (!strncmp(option, "window=", 7))
		load->window = number(value);
	else if (!strncmp(option, "progress=", 9))
		load->progress = value;
	else {
		fprintf(stderr, "load MIX COUNT [workers=N] [rate=N] [window=N] [progress=FILE]\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct load load = {.workers = 1};
	struct rlimit files;

	if (argc < 3) {
		fprintf(stderr, "load MIX COUNT [workers=N] [rate=N] [window=N] [progress=FILE]\n");
		return 2;
	}
	load.mix = argv[1];
	load.count = number(argv[2]);
	for (int i = 3; i < argc; i++)
		read_option(&load, argv[i]);
	if (load.workers < 1 || load.workers > WORKERS_MAX) {
		fprintf(stderr, "load: 1 to %d workers\n", WORKERS_MAX);
		return 2;
	}
	mix_of(load.mix, 0);
	if (getrlimit(RLIMIT_NOFILE, &files))
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("the limit of open files");
	load.board = map_board(load.progress);
	print_ends(&load, run(&load));
	return 0;
}
