// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * signals.c - see signals.h
 */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

/* The signals that end a run, without those that are ignored: blocked, they would still reach a
 * signalfd. */
static void ending_set(sigset_t *ret)
{
	struct sigaction now;

	sigemptyset(ret);
	for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++)
		if (!sigaction(ending_signals[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaddset(ret, ending_signals[i]);
}

void tf_signals_ignore_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

int tf_signals_open(void)
{
	sigset_t set;
	int fd;

	tf_signals_ignore_pipe();
	ending_set(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void tf_signals_take(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info))
		;
}

void tf_signals_default(void)
{
	sigset_t set;

	ending_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
