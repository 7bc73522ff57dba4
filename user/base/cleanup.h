/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * cleanup.h - locals that own something give it back by themselves
 *
 * A local that owns a resource is declared with TF_CLEANUP(its release function) and born NULL (or
 * -1, for a descriptor), so that every return is safe. Ownership leaves the function through one
 * of the take macros, and only there:
 *
 *	TF_CLEANUP(tf_cleanup_free) char *text = NULL;
 *	...
 *	*ret_text = TF_TAKE(text);
 *
 * A module with an owned type writes its own release function, `void tf_x_freep(struct tf_x **)`.
 */
#ifndef TCPFATE_BASE_CLEANUP_H
#define TCPFATE_BASE_CLEANUP_H

#include <stdlib.h>

#define TF_CLEANUP(release) __attribute__((cleanup(release)))

/* The pointer's value; the variable is NULL afterwards. */
#define TF_TAKE(ptr)                                                                               \
	({                                                                                         \
		__typeof__(ptr) tf_taken = (ptr);                                                  \
		(ptr) = NULL;                                                                      \
		tf_taken;                                                                          \
	})

/* The descriptor's number; the variable is -1 afterwards. */
#define TF_TAKE_FD(fd)                                                                             \
	({                                                                                         \
		int tf_taken_fd = (fd);                                                            \
		(fd) = -1;                                                                         \
		tf_taken_fd;                                                                       \
	})

/* Release function for malloc()ed memory: frees what the variable that @ptr points to points to. */
static inline void tf_cleanup_free(void *ptr)
{
	free(*(void **)ptr);
}

#endif
