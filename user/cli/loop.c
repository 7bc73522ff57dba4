// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * run.c - see run.h
 *
 * One epoll over five things: the ring (only its wake-ups: edge-triggered), the signals, a reader
 * that went away or takes lines again, a scan that a thread goes on with, and time. Each turn drains the ring, lets time pass in the
 * core as far as the drained events allow, does a step of a scan if one is under way, and flushes. With
 * nothing to do for a while it asks the programs to wake it and sleeps until something happens, a held
 * connection is due, or a scan.
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
#define BATCH 16384	     /* events in one turn; then signals and output get theirs */
#define COUNTERS_NS NS_PER_S /* between two TF_EV_COUNTERS while events flow */
#define FIRST_SLEEP_MS 1000  /* see wait_ms() */
#define SETTLE_TURNS 100     /* a millisecond each: for programs that run while we detach */

struct live {
	const struct tf_options *options;
	struct tf_run_info info;
	struct tf_loader *loader; /* owned, and so is what follows */
	struct tf_ring *ring;
	struct tf_counters_reader *counters;
	struct tf_stream stream;
	struct tf_scans scans;
	int epoll, signals;
	int watched;	      /* descriptor of a slow reader in the epoll; -1 */
	uint64_t counters_ns; /* time of the last TF_EV_COUNTERS */
	bool uncounted;	      /* events came since */
	uint32_t lost_total;  /* as of the last TF_EV_COUNTERS */
	unsigned int idle;    /* drains in a row without an event */
	unsigned int scanned; /* records of scans in the drain that is running */
	unsigned int sleeps;  /* waits in a row asleep */
	bool asleep, ended;
	enum tf_stop_reason reason;
	int err;
};

static void live_free(struct live *live)
{
	tf_scans_free(&live->scans);
	tf_ring_free(live->ring);
	tf_counters_free(live->counters);
	tf_stream_free(&live->stream);
	tf_loader_free(live->loader);
	tf_io_closep(&live->epoll);
	tf_io_closep(&live->signals);
}

static void end(struct live *live, enum tf_stop_reason reason, int err)
{
	if (live->ended)
		return;
	live->ended = true;
	live->reason = reason;
	live->err = err;
}

static void take(void *ctx, const void *record, size_t size)
{
	struct live *live = ctx;

	if (tf_scans_saw(&live->scans, record))
		live->scanned++;
	tf_stream_take(&live->stream, record, size);
}

static uint64_t duplicates(const struct live *live)
{
	return tf_core_stats(live->stream.core)->duplicates;
}

/* Reads the counters into the stream, as of @time_ns. */
static void count(struct live *live, uint64_t time_ns)
{
	struct tf_ev_counters event;

	live->lost_total =
		__atomic_load_n(&tf_loader_wake(live->loader)->lost_total, __ATOMIC_RELAXED);
	live->counters_ns = time_ns;
	live->uncounted = false;
	if (tf_counters_read(live->counters, time_ns, duplicates(live), &event))
		return;
	event.ev.lost_total = live->lost_total; /* the programs count it before the others */
	tf_stream_take(&live->stream, &event, sizeof(event));
}

static bool lost_more(const struct live *live)
{
	return __atomic_load_n(&tf_loader_wake(live->loader)->lost_total, __ATOMIC_RELAXED) !=
	       live->lost_total;
}

/* Time goes on in the core: to @before, a clock read before a drain that emptied the ring, because
 * nothing older can come then; or else to the latest event, which is where the core is already. */
static void pass_time(struct live *live, uint64_t before, bool empty)
{
	uint64_t now = empty ? before : live->stream.last_ns;

	if (now < live->stream.last_ns)
		now = live->stream.last_ns;
	if (lost_more(live) || (live->uncounted && now - live->counters_ns >= COUNTERS_NS))
		count(live, now);
	if (empty && tf_core_next_due(live->stream.core) <= now)
		tf_stream_tick(&live->stream, now);
}

/* A step of a scan, with the time of a drain that has emptied the ring. */
static void scan(struct live *live, uint64_t before)
{
	uint64_t time_ns = before > live->stream.last_ns ? before : live->stream.last_ns;
	int r = tf_scans_turn(&live->scans, time_ns);

	if (r > 0) {
		count(live, time_ns);
	} else if (r < 0) {
		tf_say("cannot go back to its own network namespace: %s; start tcpfate again",
		       strerror(-r));
		end(live, TF_STOP_ERROR, r);
	}
}

static void flush(struct live *live)
{
	int err = tf_stream_flush(&live->stream);

	if (err == -EPIPE && !live->stream.record_err)
		end(live, TF_STOP_CLOSED_PIPE, err);
	else if (err)
		end(live, TF_STOP_ERROR, err);
}

/* Records bear the time that a log of this moment would: once somebody has put the clock right, the right one. */
static void follow_clock(struct live *live, uint64_t before)
{
	if (tf_clock_stepped(live->info.utc_offset_ns, before))
		live->info.utc_offset_ns = tf_clock_utc_offset();
}

/* Drains the ring once. True: there is more to come at once. What the kernel skipped before @before is
 * told before any event of that time: no record is called complete in ignorance of it. */
static bool turn(struct live *live)
{
	uint64_t before = tf_clock_boot_ns();
	bool empty = true;
	int n;

	live->scanned = 0;
	follow_clock(live, before);
	if (tf_counters_skipped_more(live->counters, duplicates(live)))
		count(live, live->stream.last_ns);
	n = tf_ring_drain(live->ring, BATCH, before, &empty);
	if (n < 0) {
		tf_say("reading the ring buffer: %s; start tcpfate again", strerror(-n));
		end(live, TF_STOP_ERROR, n);
		return false;
	}
	if ((unsigned int)n > live->scanned) {
		live->idle = 0;
		live->asleep = false;
		live->uncounted = true;
	} else if (!tf_scans_busy(&live->scans)) {
		live->idle++;
	}
	pass_time(live, before, empty);
	if (empty)
		scan(live, before);
	flush(live);
	if (tf_stream_full(&live->stream))
		end(live, TF_STOP_COUNT, 0);
	return n == BATCH || (tf_scans_busy(&live->scans) && !tf_scans_waits(&live->scans));
}

/* After some empty drains: the last counters of the burst, then asks to be woken. */
static void maybe_sleep(struct live *live)
{
	if (live->asleep || live->idle < TF_RING_IDLE_POLLS)
		return;
	if (live->uncounted)
		count(live, tf_clock_boot_ns());
	live->asleep = tf_ring_sleep(live->ring);
	live->sleeps = 0;
}

static uint64_t until(uint64_t due, uint64_t now)
{
	return due > now ? due - now : 0;
}

/* How long to wait; -1: for ever. Falling asleep, the reader writes one word and reads another while
 * a program may do the same the other way round; processors may let both miss. So the first sleep is
 * short, and what was missed is found after it. */
static int wait_ms(const struct live *live, uint64_t end_ns)
{
	uint64_t now = tf_clock_boot_ns(), ns = UINT64_MAX,
		 due = tf_core_next_due(live->stream.core);

	if (!live->asleep)
		ns = TF_RING_POLL_MS * NS_PER_MS;
	else if (!live->sleeps)
		ns = FIRST_SLEEP_MS * NS_PER_MS;
	if (due != UINT64_MAX && until(due, now) < ns)
		ns = until(due, now);
	if (end_ns && until(end_ns, now) < ns)
		ns = until(end_ns, now);
	due = tf_scans_due(&live->scans);
	if (due != UINT64_MAX && until(due, now) < ns)
		ns = until(due, now);
	if (ns == UINT64_MAX)
		return -1;
	return ns >= S_PER_HOUR * NS_PER_S ? S_PER_HOUR * MS_PER_S :
					     (int)((ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* Watches for a slow reader that takes lines again, as long as some wait for it. A reader's death is
 * reported in any case. */
static void watch_output(struct live *live)
{
	int fd = live->stream.out ? tf_output_waiting(live->stream.out) : -1;
	struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};

	if (fd == live->watched)
		return;
	if (live->watched >= 0)
		epoll_ctl(live->epoll, EPOLL_CTL_DEL, live->watched, NULL);
	if (fd >= 0 && epoll_ctl(live->epoll, EPOLL_CTL_ADD, fd, &event))
		fd = -1;
	live->watched = fd;
}

static void handle(struct live *live, const struct epoll_event *event)
{
	if (event->data.fd == live->signals) {
		tf_signals_take(live->signals);
		end(live, TF_STOP_SIGNAL, 0);
	} else if (event->data.fd == STDOUT_FILENO && (event->events & (EPOLLERR | EPOLLHUP))) {
		end(live, TF_STOP_CLOSED_PIPE, -EPIPE);
	}
}

static void wait(struct live *live, uint64_t end_ns)
{
	struct epoll_event events[4];
	int n;

	watch_output(live);
	n = epoll_wait(live->epoll, events, 4, wait_ms(live, end_ns));
	for (int i = 0; i < n; i++)
		handle(live, &events[i]);
	live->sleeps++;
}

static void loop(struct live *live)
{
	uint64_t end_ns =
		live->options->duration_ns ? live->info.start_ns + live->options->duration_ns : 0;

	flush(live);
	while (!live->ended) {
		if (!turn(live)) {
			maybe_sleep(live);
			wait(live, end_ns);
		} else {
			wait(live, tf_clock_boot_ns());
		}
		if (end_ns && tf_clock_boot_ns() >= end_ns)
			end(live, TF_STOP_DURATION, 0);
	}
}

/* Programs that were running when they were detached write their last records; then the counters
 * agree and do not change any more. */
static void drain_rest(struct live *live)
{
	const struct timespec pause = {.tv_nsec = NS_PER_MS};
	struct tf_ev_counters event = {};
	bool empty = false;

	for (int i = 0; i < SETTLE_TURNS; i++) {
		int n = tf_ring_drain(live->ring, UINT32_MAX, UINT64_MAX, &empty);
		int err = tf_counters_read(live->counters, tf_clock_boot_ns(), duplicates(live),
					   &event);

		if (n < 0 || err || (!n && empty && tf_counters_agree(&event)))
			break;
		nanosleep(&pause, NULL);
	}
	count(live, tf_clock_boot_ns());
	tf_stream_tick(&live->stream, tf_clock_boot_ns());
}

static int finish(struct live *live)
{
	tf_signals_default();
	tf_scans_free(&live->scans);
	tf_loader_detach(live->loader);
	drain_rest(live);
	if (live->err && live->reason == TF_STOP_ERROR)
		tf_stream_flush(&live->stream);
	return tf_stream_stop(&live->stream, live->reason, live->err);
}

static int watch(struct live *live, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(live->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* Everything that the loop needs of this process and of the kernel. */
static int set_up(struct live *live)
{
	int err, ring_fd = tf_loader_ring_fd(live->loader);

	live->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (live->epoll < 0)
		return -errno;
	err = tf_counters_new(live->loader, &live->counters);
	if (!err)
		err = tf_names_new(NULL, &live->stream.names);
	if (!err)
		err = tf_ring_new(ring_fd, tf_loader_wake(live->loader), take, live, &live->ring);
	if (!err)
		err = watch(live, ring_fd, EPOLLIN | EPOLLET);
	if (!err)
		err = watch(live, live->signals, EPOLLIN);
	if (!err && tf_scans_fd(&live->scans) >= 0)
		err = watch(live, tf_scans_fd(&live->scans), EPOLLIN);
	if (err)
		return err;
	/* Fails for a regular file, which has no reader that could go away. */
	if (live->stream.out && !live->options->output)
		watch(live, STDOUT_FILENO, 0);
	return 0;
}

static int attach(struct live *live)
{
	struct tf_loader_options options = {
		.filter = &live->options->filter,
		.ring_bytes = live->options->ring_bytes,
		.debug = live->options->debug,
		.without = live->options->without,
	};
	struct tf_trouble trouble;
	int err = tf_loader_open(&options, &live->info, &live->loader, &trouble);

	if (!err)
		return TF_EXIT_OK;
	tf_say("%s", trouble.text);
	return err == -ENOMEM ? TF_EXIT_FAILED : TF_EXIT_HOST;
}

/* Who falls behind loses events: a little before those who make them, like auditd (priority_boost). Linux has a nice
 * value for each thread (setpriority(2)): the one that scans keeps its own. Whoever gave us another meant it. */
static void go_first(void)
{
	if (!getpriority(PRIO_PROCESS, 0))
		setpriority(PRIO_PROCESS, 0, PRIORITY);
}

static int start(struct live *live, const char *recording, bool show)
{
	int status = TF_EXIT_OK, err;

	snprintf(live->info.version, sizeof(live->info.version), "%s", TF_VERSION);
	live->signals = tf_signals_open();
	if (show)
		status = tf_stream_open_output(&live->stream, live->options, &live->info, 0);
	if (status == TF_EXIT_OK)
		status = attach(live);
	if (status == TF_EXIT_OK)
		status = tf_stream_start(&live->stream, live->options, &live->info, recording);
	if (status != TF_EXIT_OK)
		return status;
	live->counters_ns = live->info.start_ns;
	tf_scans_open(&live->scans, live->options, live->loader, &live->stream);
	go_first();
	err = set_up(live);
	if (!err)
		return TF_EXIT_OK;
	tf_say("cannot wait for events: %s; raise the limit of open files (ulimit -n)",
	       strerror(-err));
	return TF_EXIT_FAILED;
}

int tf_loop_run(const struct tf_options *options, const char *recording, bool show)
{
	TF_CLEANUP(live_free)
	struct live live = {.options = options, .epoll = -1, .signals = -1, .watched = -1};
	int status = start(&live, recording, show);

	if (status != TF_EXIT_OK)
		return status;
	loop(&live);
	return finish(&live);
}
