// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * walk.c - see walk.h
 */
#include "kernel/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/pidns.h"
#include "base/worker.h"
#include "kernel/fallback.h"
#include "kernel/loader.h"
#include "kernel/procnet.h"
#include "kernel/spaces.h"

#define LOOK_AT 64	 /* processes or threads in a step */
#define SOCKETS_MAX 4096 /* in a step: some 3 ms */
#define FILES_MAX 16384
/* Sizes in the ring, with its own header of 8 bytes. A step may fill a quarter of it. */
#define SOCKET_BYTES (sizeof(struct tf_ev_sock) + 8)
#define FILE_BYTES (sizeof(struct tf_ev_holder) + 8)
#define LEAST 16
#define PATIENCE_MS 2 /* how long the step that begins a read waits for it */

enum phase { IDLE, BEGIN, SEEK, SPACE, READ_SPACE, READ_HOLDERS, END, PHASES };

/* What is walked at present. */
struct part {
	bool open;
	uint32_t netns; /* 0: the descriptors */
	uint64_t begun_ns;
	uint32_t lost; /* walk_lost at its beginning */
	bool failed;
	bool more; /* to read */
	int fd;	   /* of the iterator; owned; -1: none, the fallback serves */
	size_t n;  /* objects that it meets in a piece */
};

struct tf_walker {
	struct tf_walker_options options;
	struct tf_spaces *spaces;     /* owned */
	struct tf_fallback *fallback; /* owned; NULL: both iterators are there */
	struct tf_worker *worker;     /* owned; NULL: there is no thread to be had */
	enum phase phase;
	uint32_t round;
	uint32_t next; /* namespace */
	uint64_t begun_ns, took_ns;
	bool whole; /* the round, so far */
	int fatal;
	uint64_t time_ns; /* of this step */
	struct part part;
};

static void walker_freep(struct tf_walker **walker)
{
	tf_walker_free(*walker);
}

static bool has_iterator(const struct tf_walker_options *options, enum tf_hook hook)
{
	return tf_loader_has(options->loader, hook);
}

int tf_walker_new(const struct tf_walker_options *options, struct tf_walker **ret_walker)
{
	TF_CLEANUP(walker_freep) struct tf_walker *walker = calloc(1, sizeof(*walker));
	int err;

	if (!walker)
		return -ENOMEM;
	walker->options = *options;
	walker->part.fd = -1;
	err = tf_spaces_new(&walker->spaces);
	if (!err &&
	    !(has_iterator(options, TF_HOOK_WALK) && has_iterator(options, TF_HOOK_HOLDERS)))
		err = tf_fallback_new(options->filter, options->emit, options->ctx,
				      &walker->fallback);
	if (err)
		return err;
	tf_worker_new(&walker->worker);
	*ret_walker = TF_TAKE(walker);
	return 0;
}

void tf_walker_free(struct tf_walker *walker)
{
	if (!walker || !tf_worker_free(walker->worker))
		return;
	tf_io_closep(&walker->part.fd);
	tf_fallback_free(walker->fallback);
	tf_spaces_free(walker->spaces);
	free(walker);
}

static uint32_t walk_lost(const struct tf_walker *walker)
{
	return __atomic_load_n(&tf_loader_wake(walker->options.loader)->walk_lost,
			       __ATOMIC_RELAXED);
}

static void emit(struct tf_walker *walker, struct tf_event *ev, uint32_t netns, uint8_t kind,
		 uint16_t size)
{
	ev->time_ns = walker->time_ns;
	ev->netns = netns;
	ev->kind = kind;
	ev->size = size;
	walker->options.emit(walker->options.ctx, ev, size);
}

static void tell(struct tf_walker *walker, enum tf_walk_step step, uint32_t netns, bool whole,
		 uint64_t took_ns)
{
	struct tf_ev_walk event = {
		.round = walker->round, .step = step, .whole = whole, .took_ns = took_ns};

	emit(walker, &event.ev, netns, TF_EV_WALK, sizeof(event));
}

static void begin_part(struct tf_walker *walker, uint32_t netns, enum tf_walk_step step)
{
	walker->part = (struct part){.open = true,
				     .netns = netns,
				     .begun_ns = tf_clock_boot_ns(),
				     .lost = walk_lost(walker),
				     .fd = -1};
	tell(walker, step, netns, false, 0);
}

static void end_part(struct tf_walker *walker, enum tf_walk_step step)
{
	struct part *part = &walker->part;
	bool whole = !part->failed && walk_lost(walker) == part->lost;

	if (!part->open)
		return;
	tell(walker, step, part->netns, whole, tf_clock_boot_ns() - part->begun_ns);
	walker->whole &= whole;
	part->open = false;
}

/* How many objects of @bytes each fit into a quarter of the ring, @max at most. */
static size_t objects(const struct tf_walker *walker, size_t bytes, size_t max)
{
	size_t n = tf_loader_ring_bytes(walker->options.loader) / 4 / bytes;

	return n < LEAST ? LEAST : n < max ? n : max;
}

/* Does a piece of the walk, aside if it takes long. 1; 0: that was the last; or a negative errno. -EINPROGRESS:
 * it goes on, and the next call says more. */
static int piece(struct tf_walker *walker, tf_worker_fn fn)
{
	bool goes_on = tf_walker_waits(walker);
	int r;

	if (!walker->worker)
		return fn(walker);
	if (!goes_on)
		tf_worker_begin(walker->worker, fn, walker);
	return tf_worker_wait(walker->worker, goes_on ? 0 : PATIENCE_MS, &r) ? r : -EINPROGRESS;
}

/* Runs the iterator over some objects; it writes a byte for each. */
static int iterate(void *ctx)
{
	const struct tf_walker *walker = ctx;
	int r = tf_io_drop(walker->part.fd, walker->part.n);

	return r == -EAGAIN ? 1 : r; /* a million objects without a byte (bpf_seq_read()) */
}

/* @thread takes sockets' locks for the walk from now on; 0: nobody does, and the programs need not ask who
 * they are called by. */
static void walks(const struct tf_walker *walker, uint32_t thread)
{
	__atomic_store_n(&tf_loader_wake(walker->options.loader)->walker, thread, __ATOMIC_RELAXED);
}

/* Netlink locks the sockets as well (tcp_get_info()). */
static int ask_netlink(void *ctx)
{
	const struct tf_walker *walker = ctx;

	walks(walker, tf_pidns_thread());
	return tf_fallback_read_space(walker->fallback);
}

/* Notes what the last piece said. */
static void after_piece(struct tf_walker *walker, int r)
{
	if (r == -EINPROGRESS)
		return;
	walks(walker, 0);
	walker->part.more = r > 0;
	if (r < 0)
		walker->part.failed = true;
	if (r > 0)
		return;
	if (walker->fallback)
		tf_fallback_close_space(walker->fallback);
	tf_io_closep(&walker->part.fd);
	walker->part.fd = -1;
}

/* Netlink's identities are cookies: beside hooks that have none (before 5.12) they tell nothing. */
static int open_sockets(struct tf_walker *walker)
{
	const struct tf_walker_options *options = &walker->options;

	if (has_iterator(options, TF_HOOK_WALK)) {
		walker->part.n = objects(walker, SOCKET_BYTES, SOCKETS_MAX);
		walker->part.fd = tf_loader_iterate(options->loader, TF_HOOK_WALK);
		return walker->part.fd < 0 ? walker->part.fd : 1;
	}
	if (!tf_loader_probe(options->loader)->cookies && !options->alone)
		return -EOPNOTSUPP;
	return tf_fallback_open_space(walker->fallback, walker->part.netns) ?: 1;
}

static int read_sockets(struct tf_walker *walker)
{
	return piece(walker, walker->part.fd < 0 ? ask_netlink : iterate);
}

static int open_files(struct tf_walker *walker)
{
	if (has_iterator(&walker->options, TF_HOOK_HOLDERS)) {
		walker->part.n = objects(walker, FILE_BYTES, FILES_MAX);
		walker->part.fd = tf_loader_iterate(walker->options.loader, TF_HOOK_HOLDERS);
		return walker->part.fd < 0 ? walker->part.fd : 1;
	}
	return tf_fallback_open_holders(walker->fallback) ?: 1;
}

static int read_files(struct tf_walker *walker)
{
	if (walker->part.fd < 0)
		return tf_fallback_read_holders(walker->fallback, walker->time_ns);
	return piece(walker, iterate);
}

static enum phase idle(struct tf_walker *walker)
{
	return IDLE;
}

static enum phase begin(struct tf_walker *walker)
{
	walker->round++;
	walker->begun_ns = tf_clock_boot_ns();
	walker->whole = true;
	walker->next = 0;
	tell(walker, TF_WALK_ROUND, 0, false, 0);
	if (walker->fallback)
		tf_fallback_round(walker->fallback);
	tf_spaces_begin(walker->spaces);
	return SEEK;
}

static enum phase seek(struct tf_walker *walker)
{
	return tf_spaces_look(walker->spaces, LOOK_AT) ? SEEK : SPACE;
}

static bool wants(const struct tf_walker *walker, uint32_t netns)
{
	const struct tf_filter *filter = walker->options.filter;

	for (unsigned int i = 0; filter && i < filter->n_netns; i++)
		if (filter->netns[i] == netns)
			return true;
	return !filter || !filter->n_netns;
}

/* The next namespace that is wanted, still there and may be entered. False: there is none. The thread is
 * in it then. */
static bool enter_next(struct tf_walker *walker)
{
	while (walker->next < tf_spaces_count(walker->spaces)) {
		uint32_t i = walker->next++;
		int err;

		if (!wants(walker, tf_spaces_inode(walker->spaces, i)))
			continue;
		err = tf_spaces_enter(walker->spaces, i);
		if (!err)
			return true;
		if (err != -ENOENT)
			walker->whole = false;
	}
	return false;
}

/* In the namespace: what it is like, and the file that walks it. Most have no sockets, and the walk of
 * the kernel's hash table costs the same in each. */
static void open_space(struct tf_walker *walker)
{
	uint32_t netns = tf_spaces_inode(walker->spaces, walker->next - 1);
	struct tf_ev_netns facts = {};

	begin_part(walker, netns, TF_WALK_NETNS);
	tf_procnet_read(&facts);
	emit(walker, &facts.ev, netns, TF_EV_NETNS, sizeof(facts));
	if (tf_procnet_has_tcp())
		after_piece(walker, open_sockets(walker));
}

static enum phase read_space(struct tf_walker *walker)
{
	after_piece(walker, read_sockets(walker));
	return walker->part.more ? READ_SPACE : SPACE;
}

static enum phase read_holders(struct tf_walker *walker)
{
	after_piece(walker, read_files(walker));
	return walker->part.more ? READ_HOLDERS : END;
}

static enum phase open_holders(struct tf_walker *walker)
{
	begin_part(walker, 0, TF_WALK_HOLDERS);
	after_piece(walker, open_files(walker));
	return walker->part.more ? read_holders(walker) : END;
}

static enum phase space(struct tf_walker *walker)
{
	end_part(walker, TF_WALK_NETNS_END);
	if (!enter_next(walker))
		return open_holders(walker);
	open_space(walker);
	walker->fatal = tf_spaces_leave(walker->spaces);
	return walker->part.more && !walker->fatal ? read_space(walker) : SPACE;
}

static enum phase end(struct tf_walker *walker)
{
	end_part(walker, TF_WALK_HOLDERS_END);
	walker->took_ns = tf_clock_boot_ns() - walker->begun_ns;
	walker->whole &= !tf_spaces_cut(walker->spaces);
	tell(walker, TF_WALK_ROUND_END, 0, walker->whole, walker->took_ns);
	return IDLE;
}

void tf_walker_begin(struct tf_walker *walker)
{
	if (walker->phase == IDLE)
		walker->phase = BEGIN;
}

bool tf_walker_busy(const struct tf_walker *walker)
{
	return walker->phase != IDLE;
}

bool tf_walker_waits(const struct tf_walker *walker)
{
	return walker->worker && tf_worker_busy(walker->worker);
}

int tf_walker_fd(const struct tf_walker *walker)
{
	return walker->worker ? tf_worker_fd(walker->worker) : -1;
}

int tf_walker_step(struct tf_walker *walker, uint64_t time_ns)
{
	static enum phase (*const steps[PHASES])(struct tf_walker * walker) = {
		[IDLE] = idle,	 [BEGIN] = begin,	    [SEEK] = seek,
		[SPACE] = space, [READ_SPACE] = read_space, [READ_HOLDERS] = read_holders,
		[END] = end,
	};

	walker->time_ns = time_ns;
	/* A step that the worker goes on with is the same step still. */
	if (walker->fallback && !tf_walker_waits(walker) &&
	    !tf_fallback_step(walker->fallback, time_ns))
		walker->part.failed = true;
	walker->phase = steps[walker->phase](walker);
	if (walker->fatal)
		return walker->fatal;
	return walker->phase != IDLE;
}

uint64_t tf_walker_took_ns(const struct tf_walker *walker)
{
	return walker->took_ns;
}

void tf_walker_saw(struct tf_walker *walker, const struct tf_event *ev)
{
	if (walker->fallback)
		tf_fallback_saw(walker->fallback, ev);
}
