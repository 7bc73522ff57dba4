/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * procfd.h - the sockets that processes hold, from /proc/PID/fd, where the iterator does not load
 *
 * Some 3 us for each descriptor of the host. Threads that have a table of their own are read, too:
 * after unshare(CLONE_FILES), or when the process's first thread has exited.
 */
#ifndef TCPFATE_SCAN_PROCFD_H
#define TCPFATE_SCAN_PROCFD_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_procfd;

/* Takes in a descriptor of a socket of whatever kind. */
typedef void (*tf_procfd_fn)(void *ctx, uint32_t pid, const uint8_t comm[TF_COMM_LEN], int32_t fd,
			     uint32_t inode);

/* Nothing is read yet. Returns 0 or a negative errno (no /proc, no memory), @ret_procfd untouched
 * then. Owned by the caller: tf_procfd_free(). */
int tf_procfd_new(struct tf_procfd **ret_procfd);
void tf_procfd_free(struct tf_procfd *procfd); /* NULL is allowed */

/* Reads up to @max processes or descriptors more. False: all are read. A process that ends
 * meanwhile, or whose descriptors may not be read, is left out. */
bool tf_procfd_read(struct tf_procfd *procfd, unsigned int max, tf_procfd_fn fn, void *ctx);

#endif
