// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scan.c - see scan.h
 */
#include "scan/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/pidns.h"
#include "base/worker.h"
#include "scan/fallback.h"
#include "scan/procnet.h"
#include "scan/spaces.h"

#define LOOK_AT 64	 /* processes or threads in a step */
#define SOCKETS_MAX 4096 /* in a step: some 3 ms */
#define FILES_MAX 16384
/* Sizes in the ring, with its own header of 8 bytes. A step may fill a quarter of it. */
#define SOCKET_BYTES (sizeof(struct tf_ev_sock) + 8)
#define FILE_BYTES (sizeof(struct tf_ev_holder) + 8)
#define LEAST 16
#define PATIENCE_MS 2 /* how long the step that begins a read waits for it */

enum phase { IDLE, BEGIN, SEEK, SPACE, READ_SPACE, READ_HOLDERS, END, PHASES };

/* What is scanned at present. */
struct part {
	bool open;
	uint32_t netns; /* 0: the descriptors */
	uint64_t begun_ns;
	uint32_t lost; /* scan_lost at its beginning */
	bool failed;
	bool more; /* to read */
	int fd;	   /* of the iterator; owned; -1: none, the fallback serves */
	size_t n;  /* objects that it meets in a piece */
};

struct tf_scanner {
	struct tf_scanner_options options;
	struct tf_spaces *spaces;     /* owned */
	struct tf_fallback *fallback; /* owned; NULL: both iterators are there */
	struct tf_worker *worker;     /* owned; NULL: there is no thread to be had */
	enum phase phase;
	uint32_t scan;
	uint32_t next; /* namespace */
	uint64_t begun_ns, took_ns;
	bool whole; /* the scan, so far */
	int fatal;
	uint64_t time_ns; /* of this step */
	struct part part;
};

static void scanner_freep(struct tf_scanner **scanner)
{
	tf_scanner_free(*scanner);
}

int tf_scanner_new(const struct tf_scanner_options *options, struct tf_scanner **ret_scanner)
{
	TF_CLEANUP(scanner_freep) struct tf_scanner *scanner = calloc(1, sizeof(*scanner));
	int err;

	if (!scanner)
		return -ENOMEM;
	scanner->options = *options;
	scanner->part.fd = -1;
	err = tf_spaces_new(&scanner->spaces);
	if (!err && !(options->iterators.sockets && options->iterators.holders))
		err = tf_fallback_new(options->filter, options->emit, options->ctx,
				      &scanner->fallback);
	if (err)
		return err;
	tf_worker_new(&scanner->worker);
	*ret_scanner = TF_TAKE(scanner);
	return 0;
}

void tf_scanner_free(struct tf_scanner *scanner)
{
	if (!scanner || !tf_worker_free(scanner->worker))
		return;
	tf_io_closep(&scanner->part.fd);
	tf_fallback_free(scanner->fallback);
	tf_spaces_free(scanner->spaces);
	free(scanner);
}

static uint32_t scan_lost(const struct tf_scanner *scanner)
{
	return __atomic_load_n(&scanner->options.iterators.wake->scan_lost, __ATOMIC_RELAXED);
}

static void emit(struct tf_scanner *scanner, struct tf_event *ev, uint32_t netns, uint8_t kind,
		 uint16_t size)
{
	ev->time_ns = scanner->time_ns;
	ev->netns = netns;
	ev->kind = kind;
	ev->size = size;
	scanner->options.emit(scanner->options.ctx, ev, size);
}

static void tell(struct tf_scanner *scanner, enum tf_scan_step step, uint32_t netns, bool whole,
		 uint64_t took_ns)
{
	struct tf_ev_scan event = {
		.scan = scanner->scan, .step = step, .whole = whole, .took_ns = took_ns};

	emit(scanner, &event.ev, netns, TF_EV_SCAN, sizeof(event));
}

static void begin_part(struct tf_scanner *scanner, uint32_t netns, enum tf_scan_step step)
{
	scanner->part = (struct part){.open = true,
				      .netns = netns,
				      .begun_ns = tf_clock_boot_ns(),
				      .lost = scan_lost(scanner),
				      .fd = -1};
	tell(scanner, step, netns, false, 0);
}

static void end_part(struct tf_scanner *scanner, enum tf_scan_step step)
{
	struct part *part = &scanner->part;
	bool whole = !part->failed && scan_lost(scanner) == part->lost;

	if (!part->open)
		return;
	tell(scanner, step, part->netns, whole, tf_clock_boot_ns() - part->begun_ns);
	scanner->whole &= whole;
	part->open = false;
}

/* How many objects of @bytes each fit into a quarter of the ring, @max at most. */
static size_t objects(const struct tf_scanner *scanner, size_t bytes, size_t max)
{
	size_t n = scanner->options.iterators.ring_bytes / 4 / bytes;

	return n < LEAST ? LEAST : n < max ? n : max;
}

/* Does a piece of the scan, aside if it takes long. 1; 0: that was the last; or a negative errno. -EINPROGRESS:
 * it goes on, and the next call says more. */
static int piece(struct tf_scanner *scanner, tf_worker_fn fn)
{
	bool goes_on = tf_scanner_waits(scanner);
	int r;

	if (!scanner->worker)
		return fn(scanner);
	if (!goes_on)
		tf_worker_begin(scanner->worker, fn, scanner);
	return tf_worker_wait(scanner->worker, goes_on ? 0 : PATIENCE_MS, &r) ? r : -EINPROGRESS;
}

/* Runs the iterator over some objects; it writes a byte for each. */
static int iterate(void *ctx)
{
	const struct tf_scanner *scanner = ctx;
	int r = tf_io_drop(scanner->part.fd, scanner->part.n);

	return r == -EAGAIN ? 1 : r; /* a million objects without a byte (bpf_seq_read()) */
}

/* @thread takes sockets' locks for the scan from now on; 0: nobody does, and the programs need not ask who
 * they are called by. */
static void scans(const struct tf_scanner *scanner, uint32_t thread)
{
	__atomic_store_n(&scanner->options.iterators.wake->scanner, thread, __ATOMIC_RELAXED);
}

/* Netlink locks the sockets as well (tcp_get_info()). */
static int ask_netlink(void *ctx)
{
	const struct tf_scanner *scanner = ctx;

	scans(scanner, tf_pidns_thread());
	return tf_fallback_read_space(scanner->fallback);
}

/* Notes what the last piece said. */
static void after_piece(struct tf_scanner *scanner, int r)
{
	if (r == -EINPROGRESS)
		return;
	scans(scanner, 0);
	scanner->part.more = r > 0;
	if (r < 0)
		scanner->part.failed = true;
	if (r > 0)
		return;
	if (scanner->fallback)
		tf_fallback_close_space(scanner->fallback);
	tf_io_closep(&scanner->part.fd);
	scanner->part.fd = -1;
}

/* Netlink's identities are cookies: beside hooks that have none (before 5.12) they tell nothing. */
static int open_sockets(struct tf_scanner *scanner)
{
	const struct tf_scanner_iterators *iterators = &scanner->options.iterators;

	if (iterators->sockets) {
		scanner->part.n = objects(scanner, SOCKET_BYTES, SOCKETS_MAX);
		scanner->part.fd = iterators->open(iterators->ctx, TF_HOOK_SOCKETS);
		return scanner->part.fd < 0 ? scanner->part.fd : 1;
	}
	if (!iterators->cookies && !scanner->options.alone)
		return -EOPNOTSUPP;
	return tf_fallback_open_space(scanner->fallback, scanner->part.netns) ?: 1;
}

static int read_sockets(struct tf_scanner *scanner)
{
	return piece(scanner, scanner->part.fd < 0 ? ask_netlink : iterate);
}

static int open_files(struct tf_scanner *scanner)
{
	const struct tf_scanner_iterators *iterators = &scanner->options.iterators;

	if (iterators->holders) {
		scanner->part.n = objects(scanner, FILE_BYTES, FILES_MAX);
		scanner->part.fd = iterators->open(iterators->ctx, TF_HOOK_HOLDERS);
		return scanner->part.fd < 0 ? scanner->part.fd : 1;
	}
	return tf_fallback_open_holders(scanner->fallback) ?: 1;
}

static int read_files(struct tf_scanner *scanner)
{
	if (scanner->part.fd < 0)
		return tf_fallback_read_holders(scanner->fallback, scanner->time_ns);
	return piece(scanner, iterate);
}

static enum phase idle(struct tf_scanner *scanner)
{
	return IDLE;
}

static enum phase begin(struct tf_scanner *scanner)
{
	scanner->scan++;
	scanner->begun_ns = tf_clock_boot_ns();
	scanner->whole = true;
	scanner->next = 0;
	tell(scanner, TF_SCAN_BEGIN, 0, false, 0);
	if (scanner->fallback)
		tf_fallback_begin(scanner->fallback);
	tf_spaces_begin(scanner->spaces);
	return SEEK;
}

static enum phase seek(struct tf_scanner *scanner)
{
	return tf_spaces_look(scanner->spaces, LOOK_AT) ? SEEK : SPACE;
}

static bool wants(const struct tf_scanner *scanner, uint32_t netns)
{
	const struct tf_filter *filter = scanner->options.filter;

	for (unsigned int i = 0; filter && i < filter->n_netns; i++)
		if (filter->netns[i] == netns)
			return true;
	return !filter || !filter->n_netns;
}

/* The next namespace that is wanted, still there and may be entered. False: there is none. The thread is
 * in it then. */
static bool enter_next(struct tf_scanner *scanner)
{
	while (scanner->next < tf_spaces_count(scanner->spaces)) {
		uint32_t i = scanner->next++;
		int err;

		if (!wants(scanner, tf_spaces_inode(scanner->spaces, i)))
			continue;
		err = tf_spaces_enter(scanner->spaces, i);
		if (!err)
			return true;
		if (err != -ENOENT)
			scanner->whole = false;
	}
	return false;
}

/* In the namespace: what it is like, and the file that scans it. Most have no sockets, and the scan of
 * the kernel's hash table costs the same in each. */
static void open_space(struct tf_scanner *scanner)
{
	uint32_t netns = tf_spaces_inode(scanner->spaces, scanner->next - 1);
	struct tf_ev_netns facts = {};

	begin_part(scanner, netns, TF_SCAN_NETNS);
	tf_procnet_read(&facts);
	emit(scanner, &facts.ev, netns, TF_EV_NETNS, sizeof(facts));
	if (tf_procnet_has_tcp())
		after_piece(scanner, open_sockets(scanner));
}

static enum phase read_space(struct tf_scanner *scanner)
{
	after_piece(scanner, read_sockets(scanner));
	return scanner->part.more ? READ_SPACE : SPACE;
}

static enum phase read_holders(struct tf_scanner *scanner)
{
	after_piece(scanner, read_files(scanner));
	return scanner->part.more ? READ_HOLDERS : END;
}

static enum phase open_holders(struct tf_scanner *scanner)
{
	begin_part(scanner, 0, TF_SCAN_HOLDERS);
	after_piece(scanner, open_files(scanner));
	return scanner->part.more ? read_holders(scanner) : END;
}

static enum phase space(struct tf_scanner *scanner)
{
	end_part(scanner, TF_SCAN_NETNS_END);
	if (!enter_next(scanner))
		return open_holders(scanner);
	open_space(scanner);
	scanner->fatal = tf_spaces_leave(scanner->spaces);
	return scanner->part.more && !scanner->fatal ? read_space(scanner) : SPACE;
}

static enum phase end(struct tf_scanner *scanner)
{
	end_part(scanner, TF_SCAN_HOLDERS_END);
	scanner->took_ns = tf_clock_boot_ns() - scanner->begun_ns;
	scanner->whole &= !tf_spaces_cut(scanner->spaces);
	tell(scanner, TF_SCAN_END, 0, scanner->whole, scanner->took_ns);
	return IDLE;
}

void tf_scanner_begin(struct tf_scanner *scanner)
{
	if (scanner->phase == IDLE)
		scanner->phase = BEGIN;
}

bool tf_scanner_busy(const struct tf_scanner *scanner)
{
	return scanner->phase != IDLE;
}

bool tf_scanner_waits(const struct tf_scanner *scanner)
{
	return scanner->worker && tf_worker_busy(scanner->worker);
}

int tf_scanner_fd(const struct tf_scanner *scanner)
{
	return scanner->worker ? tf_worker_fd(scanner->worker) : -1;
}

int tf_scanner_step(struct tf_scanner *scanner, uint64_t time_ns)
{
	static enum phase (*const steps[PHASES])(struct tf_scanner * scanner) = {
		[IDLE] = idle,	 [BEGIN] = begin,	    [SEEK] = seek,
		[SPACE] = space, [READ_SPACE] = read_space, [READ_HOLDERS] = read_holders,
		[END] = end,
	};

	scanner->time_ns = time_ns;
	/* A step that the worker goes on with is the same step still. */
	if (scanner->fallback && !tf_scanner_waits(scanner) &&
	    !tf_fallback_step(scanner->fallback, time_ns))
		scanner->part.failed = true;
	scanner->phase = steps[scanner->phase](scanner);
	if (scanner->fatal)
		return scanner->fatal;
	return scanner->phase != IDLE;
}

uint64_t tf_scanner_took_ns(const struct tf_scanner *scanner)
{
	return scanner->took_ns;
}

void tf_scanner_saw(struct tf_scanner *scanner, const struct tf_event *ev)
{
	if (scanner->fallback)
		tf_fallback_saw(scanner->fallback, ev);
}
