/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * cgroup.h - the path of a cgroup, by its number or by a process that is in it
 *
 * Version 2: a socket carries its cgroup's id, which is the file handle of the cgroup's directory
 * (kernfs_fh_to_dentry(), 64 bits since Linux 5.5), so open_by_handle_at() finds it without a
 * search. That wants CAP_DAC_READ_SEARCH; without it the tree is searched for the directory of that
 * inode number (on 64-bit kernels the same number).
 *
 * Version 1 has no ids, and where it is mounted (alone, or "hybrid" beside version 2) programs may
 * have their cgroups there and be in the root of version 2. Then /proc/PID/cgroup has one path
 * for each hierarchy.
 *
 * A path is that below the hierarchy's root, "/" for the root itself. A removed cgroup has none.
 */
#ifndef TCPFATE_ENRICH_CGROUP_H
#define TCPFATE_ENRICH_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a search by inode number: a tree with more directories, or deeper ones, is not searched to its
 * end. */
#define TF_CGROUP_SEARCH_MAX 4096
#define TF_CGROUP_DEPTH_MAX 16

struct tf_cgroup_host {
	int mount_fd;	      /* of the hierarchy of version 2; -1: none is mounted */
	char mount[PATH_MAX]; /* where; "" */
	uint64_t
		root_id; /* of the root of version 2, which is there even where it is not mounted */
	bool v1;	 /* there are hierarchies of version 1, and /proc names processes by the
			       * numbers that the kernel programs have for them */
	bool no_handles; /* open_by_handle_at() was not permitted */
};

/* Reads what is mounted here (/proc/self/mountinfo, /proc/self/cgroup). Never fails: where
 * nothing is, nothing will be found. Ends with tf_cgroup_close(). */
void tf_cgroup_open(struct tf_cgroup_host *ret_host);
void tf_cgroup_close(struct tf_cgroup_host *host);

/* The path of cgroup @id of version 2 into @ret_path. 0; -ENOENT, -ESTALE: there is none, or not
 * any more; -ENOTSUP: version 2 is not mounted; another negative errno. */
int tf_cgroup_path(struct tf_cgroup_host *host, uint64_t id, char ret_path[PATH_MAX]);

#define TF_CGROUP_PATHS_MAX 16 /* hierarchies; Linux has 14 controllers of version 1 */

/* Paths of a process, the most specific hierarchy first: systemd's, then memory, pids, cpu... */
struct tf_cgroup_paths {
	unsigned int n;
	const char *path[TF_CGROUP_PATHS_MAX]; /* into `text` */
	char text[16384];		       /* what does not fit is not seen */
};

/* The paths of version 1 of process @pid. 0, or a negative errno: -ENOENT, -ESRCH: it has gone. */
int tf_cgroup_of_pid(uint32_t pid, struct tf_cgroup_paths *ret_paths);

/* The pure parts of the above, for their tests. */

/* Whether @line of mountinfo is a mount of cgroup2; its mount point goes to @ret_mount,
 * unescaped. */
bool tf_cgroup_read_mount(const char *line, char ret_mount[PATH_MAX], bool *ret_whole);

/* Finds the paths of version 1 in @paths->text, which holds what /proc/PID/cgroup said. */
void tf_cgroup_read_paths(struct tf_cgroup_paths *paths);

#endif
