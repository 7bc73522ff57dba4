/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * mounts.h - namespaces that a bind mount keeps alive, from the text of /proc/PID/mountinfo
 *
 * `ip netns add`, container engines and network plug-ins keep a namespace by a bind mount of its
 * file, which is on the file system nsfs. Its line has the inode where others have the root
 * directory:
 *
 *	517 25 0:4 net:[4026532601] /run/netns/blue rw shared:1 - nsfs nsfs rw
 */
#ifndef TCPFATE_SCAN_MOUNTS_H
#define TCPFATE_SCAN_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

/* Takes in a network namespace that is mounted at @path. */
typedef void (*tf_mounts_fn)(void *ctx, uint32_t inode, const char *path);

/* The number in "net:[4026531840]", whose word is @type. 0, or -EINVAL for any other text; @ret
 * untouched then. */
int tf_mounts_namespace(const char *text, const char *type, uint32_t *ret);

/* Finds the mount point of a network namespace in one line of mountinfo (without its end), which
 * it unescapes in place. 0, or -EINVAL: it is another mount. @line is used up either way. */
int tf_mounts_line(char *line, uint32_t *ret_inode, char **ret_path);

/* Reads the file at @path (a mountinfo) up to @max bytes and calls @fn for each network
 * namespace. Returns how many bytes it has read, or a negative errno. */
long tf_mounts_read(const char *path, size_t max, tf_mounts_fn fn, void *ctx);

#endif
