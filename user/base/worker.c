// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * reader.c - see reader.h
 */
#include "base/reader.h"

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

/* The thread looks at `fd`, `n` and `quit` after `go`; the owner at `result` after `done`. */
struct tf_reader {
	pthread_t thread;
	bool started, busy; /* the owner's */
	sem_t go;
	int done; /* eventfd; owned */
	int fd;
	size_t n;
	bool quit;
	int result;
};

static void *work(void *arg)
{
	struct tf_reader *reader = arg;
	const uint64_t one = 1;
	int result;

	for (;;) {
		while (sem_wait(&reader->go))
			;
		if (reader->quit)
			return NULL;
		result = tf_io_drop(reader->fd, reader->n);
		__atomic_store_n(&reader->result, result, __ATOMIC_RELEASE);
		tf_io_write_all(reader->done, &one, sizeof(one), NULL);
	}
}

static void reader_freep(struct tf_reader **reader)
{
	tf_reader_free(*reader);
}

/* Signals are for the thread that asks for them. */
static int start(struct tf_reader *reader)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&reader->thread, &attr, work, reader);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	reader->started = !err;
	return -err;
}

int tf_reader_new(struct tf_reader **ret_reader)
{
	TF_CLEANUP(reader_freep) struct tf_reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (!reader)
		return -ENOMEM;
	sem_init(&reader->go, 0, 0);
	reader->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reader->done < 0)
		return -errno;
	err = start(reader);
	if (err)
		return err;
	*ret_reader = TF_TAKE(reader);
	return 0;
}

void tf_reader_free(struct tf_reader *reader)
{
	int result;

	if (!reader)
		return;
	if (reader->busy && !tf_reader_wait(reader, TF_READER_LAST_MS, &result))
		return;
	if (reader->started) {
		reader->quit = true;
		sem_post(&reader->go);
		pthread_join(reader->thread, NULL);
	}
	tf_io_closep(&reader->done);
	sem_destroy(&reader->go);
	free(reader);
}

void tf_reader_begin(struct tf_reader *reader, int fd, size_t n)
{
	reader->fd = fd;
	reader->n = n;
	reader->busy = true;
	sem_post(&reader->go);
}

bool tf_reader_wait(struct tf_reader *reader, int ms, int *ret_result)
{
	struct pollfd done = {.fd = reader->done, .events = POLLIN};
	uint64_t count;

	if (poll(&done, 1, ms) <= 0 ||
	    tf_io_read(reader->done, &count, sizeof(count)) != sizeof(count))
		return false;
	reader->busy = false;
	*ret_result = __atomic_load_n(&reader->result, __ATOMIC_ACQUIRE);
	return true;
}

bool tf_reader_busy(const struct tf_reader *reader)
{
	return reader->busy;
}

int tf_reader_fd(const struct tf_reader *reader)
{
	return reader->done;
}
