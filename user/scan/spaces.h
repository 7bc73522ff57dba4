/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * spaces.h - the network namespaces of this host, and how to enter each
 *
 * The kernel has no list of them (before 6.19 at least), so they are found by their references: the
 * processes of /proc, bind mounts, and threads that have left their process's namespace. Namespaces
 * that only a descriptor or a socket refers to are not found.
 *
 * The places differ in cost: some 5 us for each process; 7 us for each thread, of which a host of
 * Java servers has ten thousand; 30 ns for each byte of mountinfo, of which a host of containers
 * has a megabyte, once for each mount namespace. So every search reads the processes and the own
 * mounts; the first one, and each TF_SPACES_DEEP-th after it, is deep: it reads the threads and the
 * other mounts too. References that only a deep search can find are kept until the next one.
 *
 * References are kept as names, not as descriptors: a descriptor would keep the namespace alive.
 */
#ifndef TCPFATE_SCAN_SPACES_H
#define TCPFATE_SCAN_SPACES_H

#include <stdbool.h>
#include <stdint.h>

#define TF_SPACES_DEEP 6
#define TF_SPACES_MAX 4096		/* namespaces; further ones are left out */
#define TF_SPACES_THREADS_MAX 65536	/* read in one deep search */
#define TF_SPACES_MOUNTS_MAX (8u << 20) /* bytes of mountinfo read in one search */

struct tf_spaces;

/* Nothing is searched yet. Returns 0 or a negative errno (no /proc, no memory), @ret_spaces
 * untouched then. Owned by the caller: tf_spaces_free(). */
int tf_spaces_new(struct tf_spaces **ret_spaces);
void tf_spaces_free(struct tf_spaces *spaces); /* NULL is allowed */

/* Begins a new search; the results of the last one are forgotten. */
void tf_spaces_begin(struct tf_spaces *spaces);

/* Searches up to @max processes or threads more. False: the search is complete. */
bool tf_spaces_search(struct tf_spaces *spaces, unsigned int max);

/* How many were found; the first one is the calling thread's own. */
uint32_t tf_spaces_count(const struct tf_spaces *spaces);

/* The inode number of number @i: what events call `netns`. */
uint32_t tf_spaces_inode(const struct tf_spaces *spaces, uint32_t i);

/* Whether the search was cut short: by a limit above, or by processes whose links may not be
 * read. */
bool tf_spaces_cut(const struct tf_spaces *spaces);

/* Moves the calling thread into number @i. Returns 0; -ENOENT: it is gone; -EPERM and the like:
 * it cannot be entered. The thread is where it was, then. Each success needs a
 * tf_spaces_leave(). */
int tf_spaces_enter(struct tf_spaces *spaces, uint32_t i);

/* Moves the thread back to where it was at tf_spaces_new(). Returns 0 or a negative errno: then
 * it is in a foreign namespace and must not go on. */
int tf_spaces_leave(struct tf_spaces *spaces);

#endif
