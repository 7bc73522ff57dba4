// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * cgroup.c - see cgroup.h
 */
#include "enrich/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/pidns.h"

#define FILEID_KERNFS 0xfe   /* include/linux/exportfs.h; the handle is the 64-bit id */
#define ROOT_ID 1	     /* kernfs_create_root() begins to count there */
#define DELETED " (deleted)" /* d_path() of a directory that is being removed */

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* --- what is here --------------------------------------------------------------------------- */

/* mountinfo writes blank, tab, line feed and backslash as "\ooo". */
static void unescape_mount(const char *text, size_t len, char ret[PATH_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < PATH_MAX - 1; n++) {
		const char *c = text + i;
		bool octal = c[0] == '\\' && len - i >= 4 && c[1] >= '0' && c[1] <= '3' &&
			     c[2] >= '0' && c[2] <= '7' && c[3] >= '0' && c[3] <= '7';

		ret[n] = octal ? (char)((c[1] - '0') * 64 + (c[2] - '0') * 8 + c[3] - '0') : *c;
		i += octal ? 4 : 1;
	}
	ret[n] = '\0';
}

/* "36 35 98:0 /root /mount/point rw,noatime shared:1 - cgroup2 cgroup2 rw"
 * (proc_pid_mountinfo(5)) */
bool tf_cgroup_read_mount(const char *line, char ret_mount[PATH_MAX], bool *ret_whole)
{
	const char *type = strstr(line, " - "), *field = line, *root = NULL;

	if (!type || strncmp(type, " - cgroup2 ", strlen(" - cgroup2 ")) != 0)
		return false;
	for (int i = 0; i < 4; i++) {
		if (i == 3)
			root = field;
		field = strchr(field, ' ');
		if (!field || field >= type)
			return false;
		field++;
	}
	*ret_whole = !strncmp(root, "/ ", 2);
	unescape_mount(field, strcspn(field, " "), ret_mount);
	return true;
}

/* The mount that shows the tree from its root on, else any: within a container there may be but a
 * part. */
static void find_mount(struct tf_cgroup_host *host)
{
	TF_CLEANUP(close_file) FILE *file = fopen("/proc/self/mountinfo", "re");
	TF_CLEANUP(tf_cleanup_free) char *line = NULL;
	char mount[PATH_MAX];
	size_t size = 0;
	bool whole = false;

	while (file && !whole && getline(&line, &size, file) > 0)
		if (tf_cgroup_read_mount(line, mount, &whole) && (whole || !host->mount[0]))
			memcpy(host->mount, mount, sizeof(mount));
	if (host->mount[0])
		host->mount_fd = open(host->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void tf_cgroup_open(struct tf_cgroup_host *ret_host)
{
	struct tf_cgroup_paths paths;
	struct stat info;

	*ret_host = (struct tf_cgroup_host){.mount_fd = -1, .root_id = ROOT_ID};
	find_mount(ret_host);
	if (ret_host->mount_fd >= 0 && !fstat(ret_host->mount_fd, &info))
		ret_host->root_id = info.st_ino;
	ret_host->v1 =
		!tf_cgroup_of_pid((uint32_t)getpid(), &paths) && paths.n > 0 && tf_pidns_initial();
}

void tf_cgroup_close(struct tf_cgroup_host *host)
{
	tf_io_closep(&host->mount_fd);
}

/* --- version 2, by id ----------------------------------------------------------------------- */

/* The path of the directory @fd below the mount; -ENOENT when it is not below. */
static int path_of_fd(const struct tf_cgroup_host *host, int fd, char ret_path[PATH_MAX])
{
	char link[64], path[PATH_MAX];
	size_t above = strcmp(host->mount, "/") ? strlen(host->mount) : 0;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	if (len > (ssize_t)strlen(DELETED) && !strcmp(path + len - strlen(DELETED), DELETED))
		path[len - (ssize_t)strlen(DELETED)] = '\0';
	if (strncmp(path, host->mount, above) != 0 || (path[above] && path[above] != '/'))
		return -ENOENT;
	strcpy(ret_path, path[above] ? path + above : "/");
	return 0;
}

static int path_by_handle(const struct tf_cgroup_host *host, uint64_t id, char ret_path[PATH_MAX])
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} h = {.handle = {.handle_bytes = sizeof(uint64_t), .handle_type = FILEID_KERNFS}};
	TF_CLEANUP(tf_io_closep) int fd = -1;

	memcpy(h.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(host->mount_fd, &h.handle, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : path_of_fd(host, fd, ret_path);
}

struct search {
	uint64_t id;
	unsigned int left; /* directories that may still be read */
	char *path;
	size_t len; /* of the path so far */
};

static int search_dir(struct search *search, int parent, const char *name, unsigned int depth);

/* Whether the cgroup is @entry of directory @dir, or below it: 0 with its path in @search, else
 * -ENOENT or the error of the search. */
static int search_entry(struct search *search, int dir, const struct dirent *entry,
			unsigned int depth)
{
	size_t len = search->len, name_len = strlen(entry->d_name);
	int err;

	if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
	    !strcmp(entry->d_name, "..") || len + name_len + 2 > PATH_MAX)
		return -ENOENT;
	search->path[len] = '/';
	memcpy(search->path + len + 1, entry->d_name, name_len + 1);
	if (entry->d_ino == search->id)
		return 0;
	search->len += name_len + 1;
	err = search_dir(search, dir, entry->d_name, depth);
	search->len = len;
	return err;
}

/* Depth first. 0: found, its path is complete; -ENOENT: not in here. */
static int search_dir(struct search *search, int parent, const char *name, unsigned int depth)
{
	TF_CLEANUP(close_dir) DIR *dir = NULL;
	struct dirent *entry;
	int fd, err = -ENOENT;

	if (!depth || !search->left)
		return -ENOENT;
	search->left--;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -ENOENT;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOENT;
	}
	while (err && (entry = readdir(dir)))
		err = search_entry(search, fd, entry, depth - 1);
	return err;
}

static int path_by_search(const struct tf_cgroup_host *host, uint64_t id, char ret_path[PATH_MAX])
{
	char path[PATH_MAX];
	struct search search = {.id = id, .left = TF_CGROUP_SEARCH_MAX, .path = path};
	int err = search_dir(&search, host->mount_fd, ".", TF_CGROUP_DEPTH_MAX);

	if (!err)
		strcpy(ret_path, path);
	return err;
}

int tf_cgroup_path(struct tf_cgroup_host *host, uint64_t id, char ret_path[PATH_MAX])
{
	if (id == host->root_id) {
		strcpy(ret_path, "/");
		return 0;
	}
	if (host->mount_fd < 0)
		return -ENOTSUP;
	if (!host->no_handles) {
		int err = path_by_handle(host, id, ret_path);

		if (err != -EPERM && err != -EOPNOTSUPP)
			return err;
		host->no_handles = true;
	}
	return path_by_search(host, id, ret_path);
}

/* --- version 1, by process ------------------------------------------------------------------ */

/* Hierarchies in the order in which their paths are worth more; the others come behind. */
static const char *const ranked_controllers[] = {"name=systemd", "memory",  "pids",    "cpu",
						 "cpuacct",	 "devices", "freezer", "blkio"};
#define TELLING_N (sizeof(ranked_controllers) / sizeof(ranked_controllers[0]))

/* The place of a hierarchy with @controllers ("cpu,cpuacct") in that order. */
static unsigned int rank_of(const char *controllers)
{
	for (unsigned int rank = 0; rank < TELLING_N; rank++) {
		size_t len = strlen(ranked_controllers[rank]);

		for (const char *at = controllers; *at; at += strcspn(at, ","), at += *at == ',')
			if (strcspn(at, ",") == len && !memcmp(at, ranked_controllers[rank], len))
				return rank;
	}
	return TELLING_N;
}

/* "4:memory:/path", one a line; version 2 is "0::/path". The path may hold anything but a line
 * feed. */
void tf_cgroup_read_paths(struct tf_cgroup_paths *paths)
{
	unsigned int rank[TF_CGROUP_PATHS_MAX];
	char *line, *rest = paths->text;

	paths->n = 0;
	while ((line = strsep(&rest, "\n")) && paths->n < TF_CGROUP_PATHS_MAX) {
		char *controllers = strchr(line, ':'), *path;
		unsigned int its, place = paths->n;

		path = controllers ? strchr(controllers + 1, ':') : NULL;
		/* Without a line feed behind it: cut, and so may be its path. */
		if (!path || path == controllers + 1 || path[1] != '/' || !rest)
			continue;
		*path++ = '\0';
		its = rank_of(controllers + 1);
		for (; place > 0 && rank[place - 1] > its; place--) {
			rank[place] = rank[place - 1];
			paths->path[place] = paths->path[place - 1];
		}
		rank[place] = its;
		paths->path[place] = path;
		paths->n++;
	}
}

int tf_cgroup_of_pid(uint32_t pid, struct tf_cgroup_paths *ret_paths)
{
	TF_CLEANUP(tf_io_closep) int fd = -1;
	char name[32];
	ssize_t n;

	ret_paths->n = 0;
	snprintf(name, sizeof(name), "/proc/%u/cgroup", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -errno : tf_io_read(fd, ret_paths->text, sizeof(ret_paths->text) - 1);
	if (n < 0)
		return (int)n;
	ret_paths->text[n] = '\0';
	tf_cgroup_read_paths(ret_paths);
	return 0;
}
