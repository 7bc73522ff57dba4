/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * worker.h - work that may take long, done by a thread while its owner goes on
 *
 * For system calls that may take any time: they search a table for the next object, or sleep for a
 * lock, uninterruptibly.
 */
#ifndef TCPFATE_BASE_WORKER_H
#define TCPFATE_BASE_WORKER_H

#include <stdbool.h>

struct tf_worker;

/* Does the work; what it returns is handed to the owner. */
typedef int (*tf_worker_fn)(void *ctx);

/* A thread that waits for work, with every signal blocked. Returns 0 or a negative errno,
 * @ret_worker untouched then. Owned by the caller: tf_worker_free(). */
int tf_worker_new(struct tf_worker **ret_worker);

/* Ends the thread, waiting TF_WORKER_LAST_MS for running work. False: the work takes longer; it
 * goes on until the process ends, and the caller must not free anything that it uses. NULL is
 * allowed. */
#define TF_WORKER_LAST_MS 1000
bool tf_worker_free(struct tf_worker *worker);

/* Begins fn(@ctx); no other work is running. All that it uses belongs to the thread until
 * tf_worker_wait() returns true. */
void tf_worker_begin(struct tf_worker *worker, tf_worker_fn fn, void *ctx);

/* Waits for the end of the work, @ms milliseconds at most (0: does not). False: it is still
 * running. True: it has ended, and @ret_result is what it returned. */
bool tf_worker_wait(struct tf_worker *worker, int ms, int *ret_result);

/* Whether work is running, or has ended and tf_worker_wait() has not yet returned true. */
bool tf_worker_busy(const struct tf_worker *worker);

/* To be polled: readable when the work has ended, until tf_worker_wait() has returned true. The
 * worker's. */
int tf_worker_fd(const struct tf_worker *worker);

#endif
