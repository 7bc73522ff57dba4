// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * worker.c - see worker.h
 */
#include "base/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/io.h"

#define STACK (64u << 10)

/* The thread reads `fn`, `ctx` and `quit` after `go`; the owner reads `result` after `done`. */
struct tf_worker {
	pthread_t thread;
	bool started, busy; /* the owner's */
	sem_t go;
	int done; /* eventfd; owned */
	tf_worker_fn fn;
	void *ctx;
	bool quit;
	int result;
};

/* The thread: runs the caller's function each time that it is asked to, until it has to quit. */
static void *work(void *arg)
{
	struct tf_worker *worker = arg;
	const uint64_t one = 1;
	int result;

	for (;;) {
		while (sem_wait(&worker->go))
			;
		if (worker->quit)
			return NULL;
		result = worker->fn(worker->ctx);
		__atomic_store_n(&worker->result, result, __ATOMIC_RELEASE);
		tf_io_write_all(worker->done, &one, sizeof(one), NULL);
	}
}

static void worker_freep(struct tf_worker **worker)
{
	tf_worker_free(*worker);
}

/* Signals are for the thread that asks for them. */
static int start(struct tf_worker *worker)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&worker->thread, &attr, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	worker->started = !err;
	return -err;
}

int tf_worker_new(struct tf_worker **ret_worker)
{
	TF_CLEANUP(worker_freep) struct tf_worker *worker = calloc(1, sizeof(*worker));
	int err;

	if (!worker)
		return -ENOMEM;
	sem_init(&worker->go, 0, 0);
	worker->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->done < 0)
		return -errno;
	err = start(worker);
	if (err)
		return err;
	*ret_worker = TF_TAKE(worker);
	return 0;
}

bool tf_worker_free(struct tf_worker *worker)
{
	int result;

	if (!worker)
		return true;
	if (worker->busy && !tf_worker_wait(worker, TF_WORKER_LAST_MS, &result))
		return false;
	if (worker->started) {
		worker->quit = true;
		sem_post(&worker->go);
		pthread_join(worker->thread, NULL);
	}
	tf_io_closep(&worker->done);
	sem_destroy(&worker->go);
	free(worker);
	return true;
}

void tf_worker_begin(struct tf_worker *worker, tf_worker_fn fn, void *ctx)
{
	worker->fn = fn;
	worker->ctx = ctx;
	worker->busy = true;
	sem_post(&worker->go);
}

bool tf_worker_wait(struct tf_worker *worker, int ms, int *ret_result)
{
	struct pollfd done = {.fd = worker->done, .events = POLLIN};
	uint64_t count;

	if (poll(&done, 1, ms) <= 0 ||
	    tf_io_read(worker->done, &count, sizeof(count)) != sizeof(count))
		return false;
	worker->busy = false;
	*ret_result = __atomic_load_n(&worker->result, __ATOMIC_ACQUIRE);
	return true;
}

bool tf_worker_busy(const struct tf_worker *worker)
{
	return worker->busy;
}

int tf_worker_fd(const struct tf_worker *worker)
{
	return worker->done;
}
