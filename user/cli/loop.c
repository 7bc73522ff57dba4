// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * loop.c - see loop.h
 *
 * One epoll waits for five things: the ring (only its wake-ups: edge-triggered), the signals, a
 * reader of the output that went away or takes lines again, the worker thread of a scan, and
 * time. Each turn of the loop drains the ring, advances the core's time as far as the drained
 * events allow, takes a step of a running scan, and flushes the output. After some empty drains
 * the loop asks the programs to wake it, and sleeps until an event comes, a held connection is
 * due, or a scan is.
 */
#include "cli/loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/units.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/stream.h"
#include "cli/version.h"
#include "cli/scans.h"
#include "enrich/names.h"
#include "kernel/counters.h"
#include "kernel/loader.h"
#include "kernel/ring.h"

#define PRIORITY (-4)	     /* nice */
#define BATCH 16384	     /* events in one turn, before signals and output are served */
#define COUNTERS_NS NS_PER_S /* between two TF_EV_COUNTERS while events flow */
#define FIRST_SLEEP_MS 1000  /* see wait_ms() */
#define SETTLE_TURNS 100     /* 1 ms each, for programs that still run when they are detached */

struct loop {
	const struct tf_options *options;
	struct tf_run_info info;
	struct tf_loader *loader; /* owned, and so is what follows */
	struct tf_ring *ring;
	struct tf_counters_reader *counters;
	struct tf_stream stream;
	struct tf_scans scans;
	int epoll, signals;
	int watched;	      /* output that a slow reader blocks, in the epoll; -1: none */
	uint64_t counters_ns; /* time of the last TF_EV_COUNTERS */
	bool uncounted;	      /* events came after that */
	uint32_t lost_total;  /* as of the last TF_EV_COUNTERS */
	unsigned int idle;    /* drains in a row without an event */
	unsigned int scanned; /* records of a scan in the current drain */
	unsigned int sleeps;  /* waits in a row asleep */
	bool asleep, ended;
	enum tf_stop_reason reason;
	int err;
};

static void loop_free(struct loop *loop)
{
	tf_scans_free(&loop->scans);
	tf_ring_free(loop->ring);
	tf_counters_free(loop->counters);
	tf_stream_free(&loop->stream);
	tf_loader_free(loop->loader);
	tf_io_closep(&loop->epoll);
	tf_io_closep(&loop->signals);
}

static void end_loop(struct loop *loop, enum tf_stop_reason reason, int err)
{
	if (loop->ended)
		return;
	loop->ended = true;
	loop->reason = reason;
	loop->err = err;
}

static void take_record(void *ctx, const void *record, size_t size)
{
	struct loop *loop = ctx;

	if (tf_scans_saw(&loop->scans, record))
		loop->scanned++;
	tf_stream_take(&loop->stream, record, size);
}

static uint64_t duplicate_events(const struct loop *loop)
{
	return tf_core_stats(loop->stream.core)->duplicates;
}

/* Puts the counters into the stream as an event of @time_ns. */
static void take_counters(struct loop *loop, uint64_t time_ns)
{
	struct tf_ev_counters event;

	loop->lost_total =
		__atomic_load_n(&tf_loader_wake(loop->loader)->lost_total, __ATOMIC_RELAXED);
	loop->counters_ns = time_ns;
	loop->uncounted = false;
	if (tf_counters_read(loop->counters, time_ns, duplicate_events(loop), &event))
		return;
	event.ev.lost_total = loop->lost_total; /* the programs count it before the others */
	tf_stream_take(&loop->stream, &event, sizeof(event));
}

static bool lost_more(const struct loop *loop)
{
	return __atomic_load_n(&tf_loader_wake(loop->loader)->lost_total, __ATOMIC_RELAXED) !=
	       loop->lost_total;
}

/* Advances the core's time. @before was read before the drain: when that emptied the ring, no
 * older event can come, and the core's time becomes @before; else it stays that of the latest
 * event. */
static void pass_time(struct loop *loop, uint64_t before, bool empty)
{
	uint64_t now = empty ? before : loop->stream.last_ns;

	if (now < loop->stream.last_ns)
		now = loop->stream.last_ns;
	if (lost_more(loop) || (loop->uncounted && now - loop->counters_ns >= COUNTERS_NS))
		take_counters(loop, now);
	if (empty && tf_core_next_due(loop->stream.core) <= now)
		tf_stream_tick(&loop->stream, now);
}

/* Takes a step of a scan. @before was read before a drain that emptied the ring. */
static void scan_step(struct loop *loop, uint64_t before)
{
	uint64_t time_ns = before > loop->stream.last_ns ? before : loop->stream.last_ns;
	int r = tf_scans_turn(&loop->scans, time_ns);

	if (r > 0) {
		take_counters(loop, time_ns);
	} else if (r < 0) {
		tf_say("cannot return to its own network namespace: %s; start tcpfate again",
		       strerror(-r));
		end_loop(loop, TF_STOP_ERROR, r);
	}
}

static void flush_output(struct loop *loop)
{
	int err = tf_stream_flush(&loop->stream);

	if (err == -EPIPE && !loop->stream.record_err)
		end_loop(loop, TF_STOP_CLOSED_PIPE, err);
	else if (err)
		end_loop(loop, TF_STOP_ERROR, err);
}

/* Follows a wall clock that was set, so that records have the times of the logs beside them. */
static void follow_clock(struct loop *loop, uint64_t before)
{
	if (tf_clock_stepped(loop->info.utc_offset_ns, before))
		loop->info.utc_offset_ns = tf_clock_utc_offset();
}

/* One turn of the loop. True: more work waits. Losses up to the drain are counted before its
 * events are taken, so that no record counts as complete whose events were lost. */
static bool drain_once(struct loop *loop)
{
	uint64_t before = tf_clock_boot_ns();
	bool empty = true;
	int n;

	loop->scanned = 0;
	follow_clock(loop, before);
	if (tf_counters_skipped_more(loop->counters, duplicate_events(loop)))
		take_counters(loop, loop->stream.last_ns);
	n = tf_ring_drain(loop->ring, BATCH, before, &empty);
	if (n < 0) {
		tf_say("cannot read the ring buffer: %s; start tcpfate again", strerror(-n));
		end_loop(loop, TF_STOP_ERROR, n);
		return false;
	}
	if ((unsigned int)n > loop->scanned) {
		loop->idle = 0;
		loop->asleep = false;
		loop->uncounted = true;
	} else if (!tf_scans_busy(&loop->scans)) {
		loop->idle++;
	}
	pass_time(loop, before, empty);
	if (empty)
		scan_step(loop, before);
	flush_output(loop);
	if (tf_stream_full(&loop->stream))
		end_loop(loop, TF_STOP_COUNT, 0);
	return n == BATCH || (tf_scans_busy(&loop->scans) && !tf_scans_waits(&loop->scans));
}

/* After some empty drains: takes the last counters of the burst, then asks the programs to wake
 * the loop. */
static void maybe_sleep(struct loop *loop)
{
	if (loop->asleep || loop->idle < TF_RING_IDLE_POLLS)
		return;
	if (loop->uncounted)
		take_counters(loop, tf_clock_boot_ns());
	loop->asleep = tf_ring_sleep(loop->ring);
	loop->sleeps = 0;
}

static uint64_t time_until(uint64_t due, uint64_t now)
{
	return due > now ? due - now : 0;
}

/* How long to wait, in milliseconds; -1: without limit. To sleep, the reader writes one word
 * and reads another, while a program does the same in the opposite order: without a memory
 * barrier both may miss the other's write. The first sleep is short, so that a missed event is
 * found after it. */
static int wait_ms(const struct loop *loop, uint64_t end_ns)
{
	uint64_t now = tf_clock_boot_ns(), ns = UINT64_MAX,
		 due = tf_core_next_due(loop->stream.core);

	if (!loop->asleep)
		ns = TF_RING_POLL_MS * NS_PER_MS;
	else if (!loop->sleeps)
		ns = FIRST_SLEEP_MS * NS_PER_MS;
	if (due != UINT64_MAX && time_until(due, now) < ns)
		ns = time_until(due, now);
	if (end_ns && time_until(end_ns, now) < ns)
		ns = time_until(end_ns, now);
	due = tf_scans_due(&loop->scans);
	if (due != UINT64_MAX && time_until(due, now) < ns)
		ns = time_until(due, now);
	if (ns == UINT64_MAX)
		return -1;
	return ns >= S_PER_HOUR * NS_PER_S ? S_PER_HOUR * MS_PER_S :
					     (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* While lines wait for a slow reader, the epoll reports when it takes more. That a reader went
 * away is reported in any case. */
static void watch_output(struct loop *loop)
{
	int fd = loop->stream.out ? tf_output_waiting(loop->stream.out) : -1;
	struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};

	if (fd == loop->watched)
		return;
	if (loop->watched >= 0)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->watched, NULL);
	if (fd >= 0 && epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event))
		fd = -1;
	loop->watched = fd;
}

static void handle_wakeup(struct loop *loop, const struct epoll_event *event)
{
	if (event->data.fd == loop->signals) {
		tf_signals_take(loop->signals);
		end_loop(loop, TF_STOP_SIGNAL, 0);
	} else if (event->data.fd == STDOUT_FILENO && (event->events & (EPOLLERR | EPOLLHUP))) {
		end_loop(loop, TF_STOP_CLOSED_PIPE, -EPIPE);
	}
}

static void wait_for_events(struct loop *loop, uint64_t end_ns)
{
	struct epoll_event events[4];
	int n;

	watch_output(loop);
	n = epoll_wait(loop->epoll, events, 4, wait_ms(loop, end_ns));
	for (int i = 0; i < n; i++)
		handle_wakeup(loop, &events[i]);
	loop->sleeps++;
}

/* Turns the loop until a signal, --duration, --count, a reader that went away, or an error ends
 * it. */
static void loop_until_end(struct loop *loop)
{
	uint64_t end_ns =
		loop->options->duration_ns ? loop->info.start_ns + loop->options->duration_ns : 0;

	flush_output(loop);
	while (!loop->ended) {
		if (!drain_once(loop)) {
			maybe_sleep(loop);
			wait_for_events(loop, end_ns);
		} else {
			wait_for_events(loop, tf_clock_boot_ns());
		}
		if (end_ns && tf_clock_boot_ns() >= end_ns)
			end_loop(loop, TF_STOP_DURATION, 0);
	}
}

/* Takes the last records of programs that were running when they were detached, until the ring
 * is empty and the counters agree. */
static void drain_rest(struct loop *loop)
{
	const struct timespec pause = {.tv_nsec = NS_PER_MS};
	struct tf_ev_counters event = {};
	bool empty = false;

	for (int i = 0; i < SETTLE_TURNS; i++) {
		int n = tf_ring_drain(loop->ring, UINT32_MAX, UINT64_MAX, &empty);
		int err = tf_counters_read(loop->counters, tf_clock_boot_ns(),
					   duplicate_events(loop), &event);

		if (n < 0 || err || (!n && empty && tf_counters_agree(&event)))
			break;
		nanosleep(&pause, NULL);
	}
	take_counters(loop, tf_clock_boot_ns());
	tf_stream_tick(&loop->stream, tf_clock_boot_ns());
}

static int finish_run(struct loop *loop)
{
	tf_signals_default();
	tf_scans_free(&loop->scans);
	tf_loader_detach(loop->loader);
	drain_rest(loop);
	if (loop->err && loop->reason == TF_STOP_ERROR)
		tf_stream_flush(&loop->stream);
	return tf_stream_stop(&loop->stream, loop->reason, loop->err);
}

static int watch_fd(struct loop *loop, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Opens the epoll, the counters, the names and the ring. 0 or a negative errno. */
static int set_up(struct loop *loop)
{
	int err, ring_fd = tf_loader_ring_fd(loop->loader);

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	err = tf_counters_new(loop->loader, &loop->counters);
	if (!err)
		err = tf_names_new(NULL, &loop->stream.names);
	if (!err)
		err = tf_ring_new(ring_fd, tf_loader_wake(loop->loader), take_record, loop,
				  &loop->ring);
	if (!err)
		err = watch_fd(loop, ring_fd, EPOLLIN | EPOLLET);
	if (!err)
		err = watch_fd(loop, loop->signals, EPOLLIN);
	if (!err && tf_scans_fd(&loop->scans) >= 0)
		err = watch_fd(loop, tf_scans_fd(&loop->scans), EPOLLIN);
	if (err)
		return err;
	/* Fails for a regular file, which has no reader. */
	if (loop->stream.out && !loop->options->output)
		watch_fd(loop, STDOUT_FILENO, 0);
	return 0;
}

/* Loads and attaches the programs. Returns an exit status. */
static int attach_hooks(struct loop *loop)
{
	struct tf_loader_options options = {
		.filter = &loop->options->filter,
		.ring_bytes = loop->options->ring_bytes,
		.debug = loop->options->debug,
		.without = loop->options->without,
	};
	struct tf_trouble trouble;
	int err = tf_loader_open(&options, &loop->info, &loop->loader, &trouble);

	if (!err)
		return TF_EXIT_OK;
	tf_say("%s", trouble.text);
	return err == -ENOMEM ? TF_EXIT_FAILED : TF_EXIT_HOST;
}

/* A reader that falls behind loses events, so it goes a little before those who cause them, as
 * auditd does (priority_boost). Each thread of Linux has its own nice value (setpriority(2)):
 * the scanning thread keeps the usual one. A nice value that the user gave stays. */
static void raise_priority(void)
{
	if (!getpriority(PRIO_PROCESS, 0))
		setpriority(PRIO_PROCESS, 0, PRIORITY);
}

/* Opens the output, attaches the hooks and starts the stream and the scans, in the order in
 * which failures are cheapest. Returns an exit status. */
static int start_run(struct loop *loop, const char *recording, bool show)
{
	int status = TF_EXIT_OK, err;

	snprintf(loop->info.version, sizeof(loop->info.version), "%s", TF_VERSION);
	loop->signals = tf_signals_open();
	if (show)
		status = tf_stream_open_output(&loop->stream, loop->options, &loop->info, 0);
	if (status == TF_EXIT_OK)
		status = attach_hooks(loop);
	if (status == TF_EXIT_OK)
		status = tf_stream_start(&loop->stream, loop->options, &loop->info, recording);
	if (status != TF_EXIT_OK)
		return status;
	loop->counters_ns = loop->info.start_ns;
	tf_scans_open(&loop->scans, loop->options, loop->loader, &loop->stream);
	raise_priority();
	err = set_up(loop);
	if (!err)
		return TF_EXIT_OK;
	tf_say("cannot wait for events: %s; raise the limit of open files (ulimit -n)",
	       strerror(-err));
	return TF_EXIT_FAILED;
}

int tf_loop_run(const struct tf_options *options, const char *recording, bool show)
{
	TF_CLEANUP(loop_free)
	struct loop loop = {.options = options, .epoll = -1, .signals = -1, .watched = -1};
	int status = start_run(&loop, recording, show);

	if (status != TF_EXIT_OK)
		return status;
	loop_until_end(&loop);
	return finish_run(&loop);
}
