// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * log.c - what was called: see witness.h
 */
#include "log.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static struct {
	_Atomic uint32_t used, handles;
} * counts;
static struct entry *entries;
static uint32_t limit;

#define CALL_NAME(name) #name,
static const char *const names[] = {CALLS(CALL_NAME)};

static void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return memory;
}

void log_open(uint32_t most)
{
	counts = shared_memory(sizeof(*counts));
	entries = shared_memory((size_t)most * sizeof(*entries));
	limit = most;
}

uint32_t log_handle(void)
{
	return ++counts->handles;
}

uint64_t log_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct entry *log_begin(const struct job *j, const struct sock *s, enum call call, long argument)
{
	static struct entry overflow;
	uint32_t at = counts->used++;
	struct entry *e = at < limit ? &entries[at] : &overflow;

	*e = (struct entry){.handle = s->handle,
			    .worker = j->worker,
			    .number = j->number,
			    .pid = getpid(),
			    .call = (int32_t)call,
			    .argument = argument,
			    .ending = j->name};
	prctl(PR_GET_NAME, e->comm);
	e->begun = log_now();
	return e;
}

void log_names(struct entry *e, int fd)
{
	socklen_t size = sizeof(e->local);

	if (getsockname(fd, (struct sockaddr *)&e->local, &size))
		e->local.sin6_family = 0;
	size = sizeof(e->remote);
	if (getpeername(fd, (struct sockaddr *)&e->remote, &size))
		e->remote.sin6_family = 0;
}

long log_end(struct entry *e, long answer)
{
	e->error = answer < 0 ? errno : 0;
	e->answer = answer;
	e->ended = log_now();
	return answer;
}

static void put_address(FILE *file, const struct sockaddr_in6 *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	char text[INET6_ADDRSTRLEN] = "-";

	if (address->sin6_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
	else if (address->sin6_family == AF_INET6)
		inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text));
	fprintf(file, "\t%s\t%d", text, address->sin6_family ? ntohs(address->sin6_port) : 0);
}

bool log_write(const char *folder)
{
	uint32_t used = counts->used;
	char path[4096];
	FILE *file;

	if (used > limit) {
		fprintf(stderr, "%u calls, there is room for %u\n", used, limit);
		return false;
	}
	snprintf(path, sizeof(path), "%s/calls.tsv", folder);
	file = fopen(path, "we");
	for (uint32_t i = 0; file && i < used; i++) {
		const struct entry *e = &entries[i];

		fprintf(file, "%llu\t%llu\t%u\t%s\t%u\t%u\t%d\t%s\t%s\t%lld\t%lld\t%s",
			(unsigned long long)e->begun, (unsigned long long)e->ended, e->handle,
			e->ending, e->worker, e->number, e->pid, e->comm, names[e->call],
			(long long)e->argument, (long long)e->answer,
			e->error ? strerrorname_np(e->error) : "-");
		put_address(file, &e->local);
		put_address(file, &e->remote);
		fputc('\n', file);
	}
	if (!file || fclose(file)) {
		perror(path);
		return false;
	}
	return true;
}
