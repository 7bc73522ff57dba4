// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * procfd.c - see procfd.h
 */
#include "scan/procfd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"
#include "scan/mounts.h"

#define TABLES_MAX 8  /* of a process: more are not read */
#define KCMP_FILES 2  /* include/uapi/linux/kcmp.h */
#define ALONE_LINKS 3 /* of /proc/PID/task, with one thread */

struct tf_procfd {
	DIR *proc, *fds;	    /* owned; fds NULL: between two tables */
	DIR *threads;		    /* of `pid`, owned; NULL: none are left to look at */
	uint32_t pid;		    /* of `fds` */
	uint32_t table[TABLES_MAX]; /* threads whose tables have been read */
	unsigned int n_tables;
	bool named; /* comm is known */
	uint8_t comm[TF_COMM_LEN];
};

int tf_procfd_new(struct tf_procfd **ret_procfd)
{
	struct tf_procfd *procfd = calloc(1, sizeof(*procfd));

	if (!procfd)
		return -ENOMEM;
	procfd->proc = opendir("/proc");
	if (!procfd->proc) {
		int err = -errno;

		free(procfd);
		return err;
	}
	*ret_procfd = procfd;
	return 0;
}

void tf_procfd_free(struct tf_procfd *procfd)
{
	if (!procfd)
		return;
	if (procfd->fds)
		closedir(procfd->fds);
	if (procfd->threads)
		closedir(procfd->threads);
	closedir(procfd->proc);
	free(procfd);
}

/* Called only for processes that have a socket. */
static void read_comm(struct tf_procfd *procfd)
{
	TF_CLEANUP(tf_io_closep) int fd = -1;
	char path[64];
	ssize_t n;

	procfd->named = true;
	memset(procfd->comm, 0, sizeof(procfd->comm));
	snprintf(path, sizeof(path), "/proc/%u/comm", procfd->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = tf_io_read(fd, procfd->comm, sizeof(procfd->comm));
	if (n > 0)
		procfd->comm[n - 1] = 0; /* a newline is behind it */
}

/* Hands the descriptor that is called @name in /proc/PID/fd to @fn, if it is a socket. */
static void read_fd(struct tf_procfd *procfd, const char *name, tf_procfd_fn fn, void *ctx)
{
	char text[64];
	uint64_t number;
	uint32_t inode;
	ssize_t n;

	if (tf_num_u64(name, 0, INT32_MAX, &number))
		return;
	n = readlinkat(dirfd(procfd->fds), name, text, sizeof(text) - 1);
	if (n < 0)
		return;
	text[n] = '\0';
	if (tf_mounts_namespace(text, "socket", &inode))
		return;
	if (!procfd->named)
		read_comm(procfd);
	fn(ctx, procfd->pid, procfd->comm, (int32_t)number, inode);
}

/* The threads of the process, if there are several. */
static DIR *open_threads(uint32_t pid)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	if (stat(path, &status) || status.st_nlink <= ALONE_LINKS)
		return NULL;
	return opendir(path);
}

/* Whether the table of thread @tid has been read already; also when the kernel does not say. */
static bool has_known_table(const struct tf_procfd *procfd, uint32_t tid)
{
	for (unsigned int i = 0; i < procfd->n_tables; i++)
		if (syscall(SYS_kcmp, procfd->table[i], tid, KCMP_FILES, 0, 0) <= 0)
			return true;
	return false;
}

/* Opens the descriptors of the process's next thread, if it has a table of its own. */
static void next_thread(struct tf_procfd *procfd)
{
	const struct dirent *entry = readdir(procfd->threads);
	char path[64];
	uint64_t tid;

	if (!entry || procfd->n_tables == TABLES_MAX) {
		closedir(procfd->threads);
		procfd->threads = NULL;
		return;
	}
	if (tf_num_u64(entry->d_name, 1, INT32_MAX, &tid) || tid == procfd->pid ||
	    has_known_table(procfd, (uint32_t)tid))
		return;
	snprintf(path, sizeof(path), "/proc/%u/task/%u/fd", procfd->pid, (uint32_t)tid);
	procfd->fds = opendir(path);
	procfd->table[procfd->n_tables++] = (uint32_t)tid;
}

/* Opens the descriptors of the next process, if permitted. False: that was the last process. */
static bool next_process(struct tf_procfd *procfd)
{
	const struct dirent *entry = readdir(procfd->proc);
	char path[64];
	uint64_t pid;

	if (!entry)
		return false;
	if (tf_num_u64(entry->d_name, 1, INT32_MAX, &pid))
		return true;
	snprintf(path, sizeof(path), "/proc/%u/fd", (uint32_t)pid);
	procfd->fds = opendir(path);
	procfd->pid = (uint32_t)pid;
	procfd->named = false;
	procfd->table[0] = procfd->pid;
	procfd->n_tables = 1;
	procfd->threads = procfd->fds ? open_threads(procfd->pid) : NULL;
	return true;
}

bool tf_procfd_read(struct tf_procfd *procfd, unsigned int max, tf_procfd_fn fn, void *ctx)
{
	const struct dirent *entry;

	for (unsigned int i = 0; i < max; i++) {
		if (!procfd->fds && procfd->threads) {
			next_thread(procfd);
			continue;
		}
		if (!procfd->fds) {
			if (!next_process(procfd))
				return false;
			continue;
		}
		entry = readdir(procfd->fds);
		if (entry) {
			read_fd(procfd, entry->d_name, fn, ctx);
		} else {
			closedir(procfd->fds);
			procfd->fds = NULL;
		}
	}
	return true;
}
