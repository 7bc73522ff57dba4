// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * main.c - the workers, and what they have in common: see witness.h
 */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define QUICK_WORKERS 3
#define SLOW_WORKERS 12
#define SLOW_SHARE 25	     /* one of so many connections waits for a timer */
#define CALLS_EACH 80	     /* at most, of a connection, on average */
#define LIMIT_NS 20000000000 /* for one side to wait for the other */

static const struct row {
	const char *name;
	unsigned int weight;
	void (*run)(struct job *j);
} quick[] =
	{
#define ROW(name, weight) {#name, weight, name},
		ENDINGS(ROW)},
  slow[] = {SLOW_ENDINGS(ROW)};

static struct {
	const char *folder, *only, *without;
	uint64_t seed;
	uint32_t connections;
} asked = {.seed = 1, .connections = 1000};

/* splitmix64 */
static uint32_t roll(uint64_t *state, uint32_t n)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) % n);
}

uint32_t dice_both(struct job *j, uint32_t n)
{
	return roll(&j->both, n);
}

uint32_t dice_own(struct job *j, uint32_t n)
{
	return roll(&j->own, n);
}

bool is_chosen(struct job *j)
{
	return dice_both(j, 2) == j->side;
}

void pause_us(unsigned int us)
{
	const struct timespec pause = {.tv_nsec = us * 1000L};

	nanosleep(&pause, NULL);
}

void fail(const struct job *j, const char *what, const char *file, int line)
{
	fprintf(stderr, "%s, connection %u of worker %u, %s: not so: %s (%s:%d; %s)\n", j->name,
		j->number, j->worker, j->side == CLIENT ? "client" : "server", what, file, line,
		strerror(errno));
	kill(0, SIGTERM);
	_exit(1);
}

void meet(struct job *j)
{
	uint32_t mine = ++j->shared->met[j->side];
	_Atomic uint32_t *theirs = &j->shared->met[!j->side];
	uint64_t begun = log_now();

	for (unsigned int tries = 0; (int32_t)(*theirs - mine) < 0; tries++) {
		if (tries < 20000)
			continue;
		MUST(j, log_now() - begun < LIMIT_NS);
		pause_us(20);
	}
}

static bool is_named(const char *list, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += size)
		if ((at == list || at[-1] == ',') && (!at[size] || at[size] == ','))
			return true;
	return false;
}

static bool is_wanted(const struct row *row)
{
	return (!asked.only || is_named(asked.only, row->name)) &&
	       (!asked.without || !is_named(asked.without, row->name));
}

static const struct row *choose(struct job *j, const struct row *rows, size_t n)
{
	uint32_t sum = 0, at;

	for (size_t i = 0; i < n; i++)
		sum += is_wanted(&rows[i]) ? rows[i].weight : 0;
	if (!sum)
		return NULL;
	at = dice_both(j, sum);
	for (size_t i = 0;; i++) {
		uint32_t weight = is_wanted(&rows[i]) ? rows[i].weight : 0;

		if (at < weight)
			return &rows[i];
		at -= weight;
	}
}

static void pin(uint32_t cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void listen_all(struct job *j)
{
	for (j->family = 0; j->family < N_FAMILIES; j->family++) {
		struct sock *s = &j->listeners[j->family];

		call_socket(j, s, true);
		MUST(j, !call_bind(j, s, 0) && !call_listen(j, s));
		j->shared->ports[j->family] = (uint32_t)port_of(s);
	}
}

/* One of the two processes of a worker, from here to its end. */
static void work(struct shared *shared, uint32_t worker, enum side side, uint32_t connections)
{
	struct job first = {.name = "listening", .worker = worker, .shared = shared, .side = side};
	bool is_slow = worker >= QUICK_WORKERS;
	char name[16];

	snprintf(name, sizeof(name), "%s%u", side == CLIENT ? "cli" : "srv", worker);
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	shared->pids[side] = (uint32_t)getpid();
	if (side == SERVER)
		listen_all(&first);
	meet(&first);
	for (uint32_t i = 0; i < connections; i++) {
		struct job job = first;
		const struct row *row;

		job.number = i;
		job.both = asked.seed * 1000003 + worker * 100000007ULL + i;
		job.own = job.both * 2 + side;
		row = is_slow ? choose(&job, slow, sizeof(slow) / sizeof(slow[0])) :
				choose(&job, quick, sizeof(quick) / sizeof(quick[0]));
		if (!row)
			break;
		job.name = row->name;
		job.family = dice_both(&job, N_FAMILIES);
		job.bind_first = dice_both(&job, 2);
		pin((dice_both(&job, 2) + (dice_both(&job, 4) ? side : 0)) % 2);
		job.sock.fd = job.extra.fd = -1;
		row->run(&job);
		closes(&job);
		if (job.extra.fd >= 0)
			call_close(&job, &job.extra);
		meet(&job);
	}
	_exit(0);
}

static struct shared *shared_block(void)
{
	struct shared *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (made == MAP_FAILED)
		exit(1);
	return made;
}

static void begin(uint32_t worker, uint32_t connections)
{
	struct shared *shared = shared_block();

	for (enum side side = CLIENT; side <= SERVER; side++)
		if (!fork())
			work(shared, worker, side, connections);
}

static bool end_all(void)
{
	bool good = true;
	int status;

	while (wait(&status) > 0)
		good = good && WIFEXITED(status) && !WEXITSTATUS(status);
	return good;
}

/* Whether the namespace has any socket that is not a minisock (whose timer is the third kind). */
static bool has_sockets(void)
{
	static const char *const files[] = {"/proc/net/tcp", "/proc/net/tcp6"};
	bool any = false;
	char line[512];

	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(files[i], "re");

		while (file && fgets(line, sizeof(line), file)) {
			unsigned int timer;

			any = any || (sscanf(line, " %*d: %*s %*s %*s %*s %x:", &timer) == 1 &&
				      timer != 3);
		}
		if (file)
			fclose(file);
	}
	return any;
}

static void take_options(int argc, char **argv)
{
	static const struct option options[] = {{"out", 1, NULL, 'o'},
						{"netns", 1, NULL, 'n'},
						{"seed", 1, NULL, 's'},
						{"connections", 1, NULL, 'c'},
						{"only", 1, NULL, 'O'},
						{"without", 1, NULL, 'W'},
						{0}};
	int c, fd;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			asked.folder = optarg;
			break;
		case 's':
			asked.seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			asked.connections = (uint32_t)strtoul(optarg, NULL, 0);
			break;
		case 'O':
			asked.only = optarg;
			break;
		case 'W':
			asked.without = optarg;
			break;
		case 'n':
			fd = open(optarg, O_RDONLY | O_CLOEXEC);
			if (fd >= 0 && !setns(fd, CLONE_NEWNET))
				break;
			perror(optarg);
			/* fallthrough */
		default:
			exit(2);
		}
	}
	if (!asked.folder)
		exit(2);
}

int main(int argc, char **argv)
{
	uint32_t slow_ones;
	bool good;

	take_options(argc, argv);
	setpgid(0, 0);
	slow_ones = asked.connections / SLOW_SHARE;
	log_open(asked.connections * CALLS_EACH + 10000);
	capture_begin(asked.folder);
	for (uint32_t i = 0; i < QUICK_WORKERS; i++)
		begin(i, (asked.connections - slow_ones) / QUICK_WORKERS);
	for (uint32_t i = 0; i < SLOW_WORKERS; i++)
		begin(QUICK_WORKERS + i, (slow_ones + SLOW_WORKERS - 1) / SLOW_WORKERS);
	signal(SIGTERM, SIG_IGN); /* of fail(): what is known then is written all the same */
	good = end_all();
	for (int left = 2000; good && has_sockets(); left--) {
		if (!left) {
			fprintf(stderr, "sockets are left\n");
			good = false;
		}
		pause_us(10000);
	}
	good = capture_end() && good;
	return log_write(asked.folder) && good ? 0 : 1;
}
