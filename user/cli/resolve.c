// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * resolve.c - see resolve.h
 */
#include "cli/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"

#define PID_LIMIT 4194304 /* PID_MAX_LIMIT; inode numbers of namespaces are far above */
#define NSIO 0xb7	  /* linux/nsfs.h */
#ifndef NS_GET_NSTYPE
#define NS_GET_NSTYPE _IO(NSIO, 0x3)
#endif
#ifndef CLONE_NEWNET
#define CLONE_NEWNET 0x40000000
#endif

/* The inode number of the network namespace at @path. */
static int netns_of_path(const char *path, uint32_t *ret)
{
	TF_CLEANUP(tf_io_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;

	if (fd < 0 || fstat(fd, &info))
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	*ret = (uint32_t)info.st_ino;
	return 0;
}

int tf_resolve_netns(const char *text, uint32_t *ret)
{
	char path[PATH_MAX];
	uint64_t number;

	if (!tf_num_u64(text, 1, UINT32_MAX, &number)) {
		if (number > PID_LIMIT) {
			*ret = (uint32_t)number;
			return 0;
		}
		snprintf(path, sizeof(path), "/proc/%s/ns/net", text);
		return netns_of_path(path, ret);
	}
	if (strchr(text, '/'))
		return netns_of_path(text, ret);
	if (!text[0] || strlen(text) > NAME_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "/run/netns/%s", text);
	return netns_of_path(path, ret);
}

/* A cgroup's id is the file handle of its directory. */
static int cgroup_of_path(const char *path, uint64_t *ret)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(uint64_t)];
	} h = {.handle.handle_bytes = sizeof(uint64_t)};
	struct statfs fs;
	int mount;

	if (statfs(path, &fs))
		return -errno;
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return -ENOTSUP;
	if (name_to_handle_at(AT_FDCWD, path, &h.handle, &mount, 0))
		return -errno;
	memcpy(ret, h.handle.f_handle, sizeof(*ret));
	return 0;
}

int tf_resolve_cgroup(const char *text, uint64_t *ret)
{
	static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	const char *below = text + strspn(text, "/");
	char path[PATH_MAX];
	int err = -ENOENT;

	if (text[0] == '/')
		err = cgroup_of_path(text, ret);
	for (size_t i = 0; err && i < sizeof(roots) / sizeof(roots[0]); i++) {
		int r;

		if (snprintf(path, sizeof(path), "%s/%s", roots[i], below) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		r = cgroup_of_path(path, ret);
		if (!r || err == -ENOENT)
			err = r;
	}
	return err;
}
