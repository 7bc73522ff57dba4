/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * resolve.h - network namespaces and cgroups by name, path or number
 */
#ifndef TCPFATE_CLI_RESOLVE_H
#define TCPFATE_CLI_RESOLVE_H

#include <stdint.h>

/* The inode number of a network namespace given as that number, as a process id, as a path
 * (/proc/PID/ns/net), or as a name of `ip netns`. 0, or a negative errno; @ret untouched then. */
int tf_resolve_netns(const char *text, uint32_t *ret);

/* The id of a cgroup (v2) given as a path: of its directory, or below the mount point of
 * cgroups, as in /proc/PID/cgroup. 0; -ENOTSUP: not a cgroup v2; another negative errno. @ret
 * untouched on failure. */
int tf_resolve_cgroup(const char *text, uint64_t *ret);

#endif
