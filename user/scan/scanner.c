// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scanner.c - see scanner.h
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

#define TASKS_MAX 64	 /* processes or threads in a step */
#define SOCKETS_MAX 4096 /* in a step: some 3 ms */
#define FILES_MAX 16384
/* Sizes in the ring, with its own header of 8 bytes. A step may fill a quarter of it. */
#define SOCKET_BYTES (sizeof(struct tf_ev_sock) + 8)
#define FILE_BYTES (sizeof(struct tf_ev_holder) + 8)
#define LEAST 16
#define PATIENCE_MS 2 /* how long the step that begins a read waits for it */

enum phase { IDLE, BEGIN, SEARCH, SPACE, READ_SPACE, READ_HOLDERS, END, PHASES };

/* The part of the scan that is being read: the sockets of a namespace, or the descriptors. */
struct scan_part {
	bool open;
	uint32_t netns; /* 0: the descriptors */
	uint64_t begun_ns;
	uint32_t lost; /* scan_lost at its beginning */
	bool failed;
	bool more; /* to read */
	int fd;	   /* of the iterator; owned; -1: the fallback reads */
	size_t n;  /* objects that it reads at once */
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
	struct scan_part part;
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

static void emit_record(struct tf_scanner *scanner, struct tf_event *ev, uint32_t netns,
			uint8_t kind, uint16_t size)
{
	ev->time_ns = scanner->time_ns;
	ev->netns = netns;
	ev->kind = kind;
	ev->size = size;
	scanner->options.emit(scanner->options.ctx, ev, size);
}

static void emit_step(struct tf_scanner *scanner, enum tf_scan_step step, uint32_t netns,
		      bool whole, uint64_t took_ns)
{
	struct tf_ev_scan event = {
		.scan = scanner->scan, .step = step, .whole = whole, .took_ns = took_ns};

	emit_record(scanner, &event.ev, netns, TF_EV_SCAN, sizeof(event));
}

static void begin_part(struct tf_scanner *scanner, uint32_t netns, enum tf_scan_step step)
{
	scanner->part = (struct scan_part){.open = true,
					   .netns = netns,
					   .begun_ns = tf_clock_boot_ns(),
					   .lost = scan_lost(scanner),
					   .fd = -1};
	emit_step(scanner, step, netns, false, 0);
}

static void end_part(struct tf_scanner *scanner, enum tf_scan_step step)
{
	struct scan_part *part = &scanner->part;
	bool whole = !part->failed && scan_lost(scanner) == part->lost;

	if (!part->open)
		return;
	emit_step(scanner, step, part->netns, whole, tf_clock_boot_ns() - part->begun_ns);
	scanner->whole &= whole;
	part->open = false;
}

/* How many objects of @bytes each fit into a quarter of the ring, at most @max. */
static size_t count_objects(const struct tf_scanner *scanner, size_t bytes, size_t max)
{
	size_t n = scanner->options.iterators.ring_bytes / 4 / bytes;

	return n < LEAST ? LEAST : n < max ? n : max;
}

/* Reads some objects, in the worker if that takes long. 1; 0: those were the last; or a negative
 * errno.
 * -EINPROGRESS: the worker is still reading, and the next call asks again. */
static int read_piece(struct tf_scanner *scanner, tf_worker_fn fn)
{
	bool running = tf_scanner_waits(scanner);
	int r;

	if (!scanner->worker)
		return fn(scanner);
	if (!running)
		tf_worker_begin(scanner->worker, fn, scanner);
	return tf_worker_wait(scanner->worker, running ? 0 : PATIENCE_MS, &r) ? r : -EINPROGRESS;
}

/* Runs the iterator over some objects; it writes a byte for each. */
static int read_iterator(void *ctx)
{
	const struct tf_scanner *scanner = ctx;
	int r = tf_io_drop(scanner->part.fd, scanner->part.n);

	return r == -EAGAIN ? 1 : r; /* a million objects without a byte (bpf_seq_read()) */
}

/* Lets the programs know that @process takes sockets' locks for the scan; 0: nobody does any
 * more. */
static void set_scanning(const struct tf_scanner *scanner, uint32_t process)
{
	__atomic_store_n(&scanner->options.iterators.wake->scanner, process, __ATOMIC_RELAXED);
}

/* Netlink locks the sockets as well (tcp_get_info()). */
static int read_netlink(void *ctx)
{
	const struct tf_scanner *scanner = ctx;

	set_scanning(scanner, tf_pidns_process());
	return tf_fallback_read_space(scanner->fallback);
}

/* Takes the result of read_piece(), or of opening the part. */
static void note_result(struct tf_scanner *scanner, int r)
{
	if (r == -EINPROGRESS)
		return;
	set_scanning(scanner, 0);
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

/* Netlink identifies sockets by cookies: without cookies in the hooks (before 5.12) they cannot
 * be joined. */
static int open_sockets(struct tf_scanner *scanner)
{
	const struct tf_scanner_iterators *iterators = &scanner->options.iterators;

	if (iterators->sockets) {
		scanner->part.n = count_objects(scanner, SOCKET_BYTES, SOCKETS_MAX);
		scanner->part.fd = iterators->open(iterators->ctx, TF_HOOK_SOCKETS);
		return scanner->part.fd < 0 ? scanner->part.fd : 1;
	}
	if (!iterators->cookies && !scanner->options.alone)
		return -EOPNOTSUPP;
	return tf_fallback_open_space(scanner->fallback, scanner->part.netns) ?: 1;
}

static int read_sockets(struct tf_scanner *scanner)
{
	return read_piece(scanner, scanner->part.fd < 0 ? read_netlink : read_iterator);
}

static int open_files(struct tf_scanner *scanner)
{
	const struct tf_scanner_iterators *iterators = &scanner->options.iterators;

	if (iterators->holders) {
		scanner->part.n = count_objects(scanner, FILE_BYTES, FILES_MAX);
		scanner->part.fd = iterators->open(iterators->ctx, TF_HOOK_HOLDERS);
		return scanner->part.fd < 0 ? scanner->part.fd : 1;
	}
	return tf_fallback_open_holders(scanner->fallback) ?: 1;
}

static int read_files(struct tf_scanner *scanner)
{
	if (scanner->part.fd < 0)
		return tf_fallback_read_holders(scanner->fallback, scanner->time_ns);
	return read_piece(scanner, read_iterator);
}

static enum phase do_idle(struct tf_scanner *scanner)
{
	return IDLE;
}

static enum phase do_begin(struct tf_scanner *scanner)
{
	scanner->scan++;
	scanner->begun_ns = tf_clock_boot_ns();
	scanner->whole = true;
	scanner->next = 0;
	emit_step(scanner, TF_SCAN_BEGIN, 0, false, 0);
	if (scanner->fallback)
		tf_fallback_begin(scanner->fallback);
	tf_spaces_begin(scanner->spaces);
	return SEARCH;
}

static enum phase do_search(struct tf_scanner *scanner)
{
	return tf_spaces_search(scanner->spaces, TASKS_MAX) ? SEARCH : SPACE;
}

static bool wants_netns(const struct tf_scanner *scanner, uint32_t netns)
{
	const struct tf_filter *filter = scanner->options.filter;

	for (unsigned int i = 0; filter && i < filter->n_netns; i++)
		if (filter->netns[i] == netns)
			return true;
	return !filter || !filter->n_netns;
}

/* Enters the next namespace that the filter wants and that can be entered. False: there is no
 * other. */
static bool enter_next(struct tf_scanner *scanner)
{
	while (scanner->next < tf_spaces_count(scanner->spaces)) {
		uint32_t i = scanner->next++;
		int err;

		if (!wants_netns(scanner, tf_spaces_inode(scanner->spaces, i)))
			continue;
		err = tf_spaces_enter(scanner->spaces, i);
		if (!err)
			return true;
		if (err != -ENOENT)
			scanner->whole = false;
	}
	return false;
}

/* Called in the namespace: reads its settings and opens the file that scans it. Most namespaces
 * have no sockets, and the scan of the kernel's hash table costs the same in each. */
static void open_space(struct tf_scanner *scanner)
{
	uint32_t netns = tf_spaces_inode(scanner->spaces, scanner->next - 1);
	struct tf_ev_netns facts = {};

	begin_part(scanner, netns, TF_SCAN_NETNS);
	tf_procnet_read(&facts);
	emit_record(scanner, &facts.ev, netns, TF_EV_NETNS, sizeof(facts));
	if (tf_procnet_has_tcp())
		note_result(scanner, open_sockets(scanner));
}

static enum phase do_read_space(struct tf_scanner *scanner)
{
	note_result(scanner, read_sockets(scanner));
	return scanner->part.more ? READ_SPACE : SPACE;
}

static enum phase do_read_holders(struct tf_scanner *scanner)
{
	note_result(scanner, read_files(scanner));
	return scanner->part.more ? READ_HOLDERS : END;
}

static enum phase open_holders(struct tf_scanner *scanner)
{
	begin_part(scanner, 0, TF_SCAN_HOLDERS);
	note_result(scanner, open_files(scanner));
	return scanner->part.more ? do_read_holders(scanner) : END;
}

static enum phase do_space(struct tf_scanner *scanner)
{
	end_part(scanner, TF_SCAN_NETNS_END);
	if (!enter_next(scanner))
		return open_holders(scanner);
	open_space(scanner);
	scanner->fatal = tf_spaces_leave(scanner->spaces);
	return scanner->part.more && !scanner->fatal ? do_read_space(scanner) : SPACE;
}

static enum phase do_end(struct tf_scanner *scanner)
{
	end_part(scanner, TF_SCAN_HOLDERS_END);
	scanner->took_ns = tf_clock_boot_ns() - scanner->begun_ns;
	scanner->whole &= !tf_spaces_cut(scanner->spaces);
	emit_step(scanner, TF_SCAN_END, 0, scanner->whole, scanner->took_ns);
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
		[IDLE] = do_idle,   [BEGIN] = do_begin,		  [SEARCH] = do_search,
		[SPACE] = do_space, [READ_SPACE] = do_read_space, [READ_HOLDERS] = do_read_holders,
		[END] = do_end,
	};

	scanner->time_ns = time_ns;
	/* While the worker is reading, it is still the same step. */
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
