// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * spaces.c - see spaces.h
 */
#include "scan/spaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"
#include "base/host.h"
#include "base/idmap.h"
#include "base/random.h"
#include "scan/mounts.h"

#define OWN "/proc/thread-self/ns/net"
#define REFS_MAX 3 /* of one namespace: a process may end before it is used */
#define PATH_MAX_LEN 4200

/* A reference to a namespace: a thread, or a mount as process @pid sees it (0: as we do). */
struct space_ref {
	uint32_t pid, tid;
	char *mount; /* owned; NULL: the thread */
	bool deep;   /* only a deep search finds it */
};

struct space {
	uint32_t inode;
	unsigned int n_refs;
	struct space_ref ref[REFS_MAX];
};

struct tf_spaces {
	int home; /* owned */
	struct stat home_stat;
	DIR *proc, *task; /* owned; NULL: not open */
	uint32_t pid;	  /* of `task`; of the process that is searched */
	unsigned int searches;
	bool deep, cut, inside;
	bool ptrace;		  /* we may read the links of all processes */
	uint32_t threads;	  /* in this search, other than first ones */
	size_t mount_bytes;	  /* of mountinfo, in this search */
	struct tf_idmap by_inode; /* value: index */
	struct tf_idmap mount_seen;
	uint32_t n;
	struct space space[TF_SPACES_MAX];
};

static void forget_ref(struct space_ref *ref)
{
	free(ref->mount);
	*ref = (struct space_ref){};
}

static void close_dirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

static int init_maps(struct tf_spaces *spaces)
{
	const struct tf_hash_key secret = tf_random_key();

	return tf_idmap_init(&spaces->by_inode, TF_SPACES_MAX, secret) ?:
		       tf_idmap_init(&spaces->mount_seen, TF_SPACES_MAX, secret);
}

int tf_spaces_new(struct tf_spaces **ret_spaces)
{
	struct tf_spaces *spaces = calloc(1, sizeof(*spaces));
	struct tf_host host;
	int err = 0;

	if (!spaces)
		return -ENOMEM;
	spaces->home = -1;
	err = init_maps(spaces);
	tf_host_read(&host);
	spaces->ptrace = host.cap_sys_ptrace;
	spaces->home = open(OWN, O_RDONLY | O_CLOEXEC);
	if (!err && (spaces->home < 0 || fstat(spaces->home, &spaces->home_stat)))
		err = -errno;
	if (err) {
		tf_spaces_free(spaces);
		return err;
	}
	*ret_spaces = spaces;
	return 0;
}

void tf_spaces_free(struct tf_spaces *spaces)
{
	if (!spaces)
		return;
	for (uint32_t i = 0; i < spaces->n; i++)
		for (unsigned int k = 0; k < spaces->space[i].n_refs; k++)
			forget_ref(&spaces->space[i].ref[k]);
	tf_idmap_fini(&spaces->by_inode);
	tf_idmap_fini(&spaces->mount_seen);
	close_dirp(&spaces->task);
	close_dirp(&spaces->proc);
	tf_io_closep(&spaces->home);
	free(spaces);
}

/* The namespace of that number, new or not; NULL: no room. */
static struct space *get_space(struct tf_spaces *spaces, uint32_t inode)
{
	const struct tf_idmap_entry *known = tf_idmap_get(&spaces->by_inode, inode);
	const struct tf_idmap_entry added = {.key = inode, .value = spaces->n};

	if (known)
		return &spaces->space[known->value];
	if (tf_idmap_put(&spaces->by_inode, &added)) {
		spaces->cut = true;
		return NULL;
	}
	spaces->space[spaces->n] = (struct space){.inode = inode};
	return &spaces->space[spaces->n++];
}

/* The place for @ref in @space; NULL: it is not needed. References that each search finds
 * replace those of the last deep search. */
static struct space_ref *place_ref(struct space *space, const struct space_ref *ref)
{
	bool replaceable = space->n_refs && space->ref[0].deep;

	if (ref->deep && space->n_refs && !replaceable)
		return NULL;
	if (!ref->deep && replaceable) {
		for (; space->n_refs; space->n_refs--)
			forget_ref(&space->ref[space->n_refs - 1]);
	}
	return space->n_refs < REFS_MAX ? &space->ref[space->n_refs] : NULL;
}

/* Adds a reference to the namespace with @inode, if there is room for it. */
static void add_ref(struct tf_spaces *spaces, uint32_t inode, const struct space_ref *ref)
{
	struct space *space = get_space(spaces, inode);
	struct space_ref *to = space ? place_ref(space, ref) : NULL;
	struct space_ref copy = *ref;

	if (!to)
		return;
	if (ref->mount) {
		copy.mount = strdup(ref->mount);
		if (!copy.mount)
			return;
	}
	*to = copy;
	space->n_refs++;
}

/* Puts back the references that only the last deep search could find. */
static void keep_deep(struct tf_spaces *spaces, struct space *old)
{
	for (unsigned int k = 0; k < old->n_refs; k++) {
		if (old->ref[k].deep && !spaces->deep)
			add_ref(spaces, old->inode, &old->ref[k]);
		forget_ref(&old->ref[k]);
	}
}

void tf_spaces_begin(struct tf_spaces *spaces)
{
	uint32_t n = spaces->n;

	spaces->deep = spaces->searches++ % TF_SPACES_DEEP == 0;
	spaces->cut = false;
	spaces->threads = 0;
	spaces->mount_bytes = 0;
	close_dirp(&spaces->task);
	close_dirp(&spaces->proc);
	tf_idmap_clear(&spaces->by_inode);
	tf_idmap_clear(&spaces->mount_seen);
	/* In place: a namespace that is kept never moves back. */
	spaces->n = 0;
	get_space(spaces, (uint32_t)spaces->home_stat.st_ino);
	for (uint32_t i = 1; i < n; i++) {
		struct space old = spaces->space[i];

		keep_deep(spaces, &old);
	}
}

static void take_mount(void *ctx, uint32_t inode, const char *path)
{
	struct tf_spaces *spaces = ctx;
	const struct space_ref ref = {
		.pid = spaces->pid, .mount = (char *)path, .deep = spaces->pid != 0};

	add_ref(spaces, inode, &ref);
}

/* Searches the mounts that process @pid sees; 0: our own. */
static void search_mounts(struct tf_spaces *spaces, uint32_t pid)
{
	size_t left = TF_SPACES_MOUNTS_MAX - spaces->mount_bytes;
	char path[64] = "/proc/thread-self/mountinfo";
	long bytes;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
	spaces->pid = pid;
	bytes = tf_mounts_read(path, left, take_mount, spaces);
	if (bytes > 0)
		spaces->mount_bytes += (size_t)bytes < left ? (size_t)bytes : left;
	if (spaces->mount_bytes == TF_SPACES_MOUNTS_MAX)
		spaces->cut = true;
}

/* Reads the inode number of a thread's namespace. 0 or a negative errno: -EACCES: not permitted. */
static int read_link(uint32_t pid, uint32_t tid, const char *type, uint32_t *ret)
{
	char path[64], text[64];
	ssize_t n;

	if (pid == tid)
		snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, type);
	else
		snprintf(path, sizeof(path), "/proc/%u/task/%u/ns/%s", pid, tid, type);
	n = readlink(path, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return tf_mounts_namespace(text, type, ret);
}

static void search_thread(struct tf_spaces *spaces, uint32_t pid, uint32_t tid)
{
	const struct space_ref ref = {.pid = pid, .tid = tid, .deep = tid != pid};
	uint32_t inode;
	int err = read_link(pid, tid, "net", &inode);

	if (!err)
		add_ref(spaces, inode, &ref);
	else if (err == -EACCES && !spaces->ptrace)
		spaces->cut = true; /* with CAP_SYS_PTRACE, a security module guards it */
}

/* Searches the mounts of @pid, unless another process has shown them, and opens its tasks if it
 * has other threads: the directory has a link for each, and two more (proc_task_getattr()). */
static void search_deeper(struct tf_spaces *spaces, uint32_t pid)
{
	struct tf_idmap_entry mounts = {};
	struct stat tasks;
	char path[64];
	uint32_t inode;

	if (!read_link(pid, pid, "mnt", &inode) && !tf_idmap_get(&spaces->mount_seen, inode)) {
		mounts.key = inode;
		tf_idmap_put(&spaces->mount_seen, &mounts);
		search_mounts(spaces, pid);
	}
	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	if (!stat(path, &tasks) && tasks.st_nlink > 3)
		spaces->task = opendir(path);
	spaces->pid = pid;
}

static bool is_number(const char *name, uint32_t *ret)
{
	uint64_t number;

	if (tf_num_u64(name, 1, INT32_MAX, &number))
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* Searches the next thread of the process whose tasks are open. */
static void next_task(struct tf_spaces *spaces)
{
	const struct dirent *entry = NULL;
	uint32_t tid;

	if (spaces->threads < TF_SPACES_THREADS_MAX)
		entry = readdir(spaces->task);
	else
		spaces->cut = true;
	if (!entry) {
		close_dirp(&spaces->task);
		return;
	}
	if (!is_number(entry->d_name, &tid) || tid == spaces->pid)
		return;
	spaces->threads++;
	search_thread(spaces, spaces->pid, tid);
}

/* Searches the next process. False: that was the last. */
static bool next_process(struct tf_spaces *spaces)
{
	const struct dirent *entry = readdir(spaces->proc);
	uint32_t pid;

	if (!entry)
		return false;
	if (!is_number(entry->d_name, &pid))
		return true;
	search_thread(spaces, pid, pid);
	if (spaces->deep)
		search_deeper(spaces, pid);
	return true;
}

static bool start_search(struct tf_spaces *spaces)
{
	struct tf_idmap_entry mounts = {};
	uint32_t inode;

	if (!read_link((uint32_t)getpid(), (uint32_t)getpid(), "mnt", &inode)) {
		mounts.key = inode;
		tf_idmap_put(&spaces->mount_seen, &mounts);
	}
	search_mounts(spaces, 0);
	spaces->proc = opendir("/proc");
	return spaces->proc;
}

bool tf_spaces_search(struct tf_spaces *spaces, unsigned int max)
{
	if (!spaces->proc && !start_search(spaces))
		return false;
	for (unsigned int i = 0; i < max; i++) {
		if (spaces->task) {
			next_task(spaces);
		} else if (!next_process(spaces)) {
			close_dirp(&spaces->proc);
			return false;
		}
	}
	return true;
}

uint32_t tf_spaces_count(const struct tf_spaces *spaces)
{
	return spaces->n;
}

uint32_t tf_spaces_inode(const struct tf_spaces *spaces, uint32_t i)
{
	return spaces->space[i].inode;
}

bool tf_spaces_cut(const struct tf_spaces *spaces)
{
	return spaces->cut;
}

static void format_path(const struct space_ref *ref, char *path, size_t size)
{
	if (ref->mount && ref->pid)
		snprintf(path, size, "/proc/%u/root%s", ref->pid, ref->mount);
	else if (ref->mount)
		snprintf(path, size, "%s", ref->mount);
	else
		snprintf(path, size, "/proc/%u/task/%u/ns/net", ref->pid, ref->tid);
}

/* A path may lead elsewhere by now, and in a container's mounts to anything, even a device: the
 * file is opened only after its inode was checked. Returns a descriptor or a negative errno. */
static int open_ref(const struct tf_spaces *spaces, const struct space *space,
		    const struct space_ref *ref)
{
	TF_CLEANUP(tf_io_closep) int there = -1;
	char path[PATH_MAX_LEN];
	struct stat stat;
	int fd;

	format_path(ref, path, sizeof(path));
	there = open(path, O_PATH | O_CLOEXEC);
	if (there < 0)
		return -errno;
	if (fstat(there, &stat) || stat.st_dev != spaces->home_stat.st_dev ||
	    stat.st_ino != space->inode)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", there);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int enter_by_ref(struct tf_spaces *spaces, const struct space *space,
			const struct space_ref *ref)
{
	TF_CLEANUP(tf_io_closep) int fd = open_ref(spaces, space, ref);

	if (fd < 0)
		return fd;
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}

int tf_spaces_enter(struct tf_spaces *spaces, uint32_t i)
{
	const struct space *space = &spaces->space[i];
	int refused = -ENOENT;

	if (i == 0)
		return 0;
	for (unsigned int k = 0; k < space->n_refs; k++) {
		int err = enter_by_ref(spaces, space, &space->ref[k]);

		if (!err) {
			spaces->inside = true;
			return 0;
		}
		if (err != -ENOENT && err != -ESRCH)
			refused = err;
	}
	return refused;
}

int tf_spaces_leave(struct tf_spaces *spaces)
{
	if (!spaces->inside)
		return 0;
	if (setns(spaces->home, CLONE_NEWNET))
		return -errno;
	spaces->inside = false;
	return 0;
}
