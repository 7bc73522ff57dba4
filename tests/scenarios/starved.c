// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * starved.c - a process that the kernel kills because its memory cgroup has no room
 */
#include "scenario.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM "16777216"
#define ROOM_BYTES 16777216

/* Writes @text into @dir/@file. */
static bool put_text(const char *dir, const char *file, const char *text)
{
	char path[256];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return good;
}

/* The root of a hierarchy with a memory controller; version 2 is mounted by this process alone if
 * nobody has mounted any. NULL: there is none. */
static const char *find_root(bool *ret_v2)
{
	static const char *const v2[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
					 "/tmp/scenarios.cgroup"};

	*ret_v2 = false;
	if (!access("/sys/fs/cgroup/memory/memory.limit_in_bytes", W_OK) ||
	    !access("/sys/fs/cgroup/memory/cgroup.procs", W_OK))
		return "/sys/fs/cgroup/memory";
	*ret_v2 = true;
	mkdir(v2[2], 0700);
	if (access("/tmp/scenarios.cgroup/cgroup.procs", F_OK))
		(void)!mount("none", v2[2], "cgroup2", 0, NULL);
	for (size_t i = 0; i < sizeof(v2) / sizeof(v2[0]); i++)
		if (put_text(v2[i], "cgroup.subtree_control", "+memory"))
			return v2[i];
	return NULL;
}

/* Makes the cgroup @dir with little room, and no swap where that can be set. */
static bool make_room(const char *dir, bool v2)
{
	if (mkdir(dir, 0700))
		return false;
	put_text(dir, v2 ? "memory.swap.max" : "memory.swappiness", "0");
	return put_text(dir, v2 ? "memory.max" : "memory.limit_in_bytes", ROOM);
}

/* Needs more than there is. */
static void eats(void)
{
	volatile char *at = mmap(NULL, 4 * (size_t)ROOM_BYTES, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	for (size_t i = 0; i < 4 * (size_t)ROOM_BYTES; i += 4096)
		at[i] = 1;
}

/* The client's process, in the cgroup @dir, connects and eats when the server has accepted. */
static void starves(struct pair *p, const char *dir)
{
	struct sockaddr_in6 peer;
	socklen_t size = sizeof(peer);
	int status;
	pid_t pid;

	listens(p);
	pid = fork();
	MUST(p, pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!put_text(dir, "cgroup.procs", "0"))
			_exit(1);
		connects(p);
		if (read_errno(p->client))
			_exit(1);
		eats();
		_exit(0);
	}
	accepts(p);
	MUST(p, !getpeername(p->server, (struct sockaddr *)&peer, &size));
	p->client_port = ntohs(peer.sin6_port);
	p->client_pid = pid;
	MUST(p, write(p->server, "x", 1) == 1);
	MUST(p, waitpid(pid, &status, 0) == pid);
	MUST(p, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	MUST(p, read_errno(p->server) == 0);
	closes(p);
	say(p);
}

void out_of_memory(struct pair *p)
{
	bool v2;
	const char *root = find_root(&v2);
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/scenarios.%d", root ? root : "", (int)getpid());
	if (!root || !make_room(dir, v2)) {
		if (root)
			rmdir(dir);
		skip(p, "no memory controller for cgroups");
		return;
	}
	starves(p, dir);
	UNTIL(p, !rmdir(dir));
}
