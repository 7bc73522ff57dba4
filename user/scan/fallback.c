// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fallback.c - see fallback.h
 */
#include "scan/fallback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "scan/sock_diag.h"
#include "base/idmap.h"
#include "base/random.h"
#include "scan/procfd.h"

#define ANSWERS 16	 /* in a step: some thousand sockets */
#define DESCRIPTORS 2048 /* in a step */

/* A thread that reads answers owns `diag`, `pending` and `short_of_memory` meanwhile. */
struct tf_fallback {
	const struct tf_filter *filter;
	tf_fallback_fn fn;
	void *ctx;
	struct tf_sock_diag *diag; /* owned; NULL: no list is being read */
	struct tf_procfd *procfd;  /* owned; likewise */
	struct tf_buf pending;	   /* records that wait for a drain */
	bool short_of_memory;
	/* Sockets that had events in the ring: in the last drain, and in the one before it. */
	struct tf_idmap changed, changed_before;
	bool too_many, too_many_before;
	struct tf_idmap inodes; /* value: identity; extra: state */
	/* Of MPTCP subflows, whose sockets have one inode: the next one with it, as in `inodes`;
	 * value 0: that was the last. */
	struct tf_idmap subflows;
	uint64_t time_ns; /* of the records that are handed out now */
};

static int init_maps(struct tf_fallback *fallback)
{
	const struct tf_hash_key secret = tf_random_key();

	return tf_idmap_init(&fallback->changed, TF_FALLBACK_CHANGED, secret)		     ?:
		       tf_idmap_init(&fallback->changed_before, TF_FALLBACK_CHANGED, secret) ?:
		       tf_idmap_init(&fallback->inodes, TF_FALLBACK_INODES, secret)	     ?:
		       tf_idmap_init(&fallback->subflows, TF_FALLBACK_INODES, secret);
}

int tf_fallback_new(const struct tf_filter *filter, tf_fallback_fn fn, void *ctx,
		    struct tf_fallback **ret_fallback)
{
	struct tf_fallback *fallback = calloc(1, sizeof(*fallback));

	if (!fallback)
		return -ENOMEM;
	if (init_maps(fallback)) {
		tf_fallback_free(fallback);
		return -ENOMEM;
	}
	fallback->filter = filter;
	fallback->fn = fn;
	fallback->ctx = ctx;
	*ret_fallback = fallback;
	return 0;
}

void tf_fallback_close_space(struct tf_fallback *fallback)
{
	tf_sock_diag_free(fallback->diag);
	fallback->diag = NULL;
}

static void end_holders(struct tf_fallback *fallback)
{
	tf_procfd_free(fallback->procfd);
	fallback->procfd = NULL;
}

void tf_fallback_free(struct tf_fallback *fallback)
{
	if (!fallback)
		return;
	tf_fallback_close_space(fallback);
	end_holders(fallback);
	tf_buf_free(&fallback->pending);
	tf_idmap_fini(&fallback->changed);
	tf_idmap_fini(&fallback->changed_before);
	tf_idmap_fini(&fallback->inodes);
	tf_idmap_fini(&fallback->subflows);
	free(fallback);
}

/* Puts a subflow that is new in front of those with its inode. False: it is there already, or finds
 * no room. */
static bool chain_subflow(struct tf_fallback *fallback, const struct tf_ev_sock *event)
{
	const struct tf_idmap_entry *head = tf_idmap_get(&fallback->inodes, event->st.inode);
	struct tf_idmap_entry entry = {};

	if (tf_idmap_get(&fallback->subflows, event->st.ev.sock))
		return false;
	if (head)
		entry = *head;
	entry.key = event->st.ev.sock;
	return !tf_idmap_put(&fallback->subflows, &entry);
}

/* A socket that finds no room gets no holder in this scan. */
static void learn_inode(struct tf_fallback *fallback, const struct tf_ev_sock *event)
{
	const struct tf_idmap_entry entry = {
		.key = event->st.inode,
		.value = event->st.ev.sock,
		.netns = event->st.ev.netns,
		.extra = event->st.new_state,
	};

	if (entry.key && (event->st.flags & TF_F_MPTCP) && !chain_subflow(fallback, event))
		return;
	if (entry.key)
		tf_idmap_put(&fallback->inodes, &entry);
}

void tf_fallback_saw(struct tf_fallback *fallback, const struct tf_event *ev)
{
	const struct tf_idmap_entry entry = {.key = ev->sock};
	bool matters = fallback->diag || tf_buf_size(&fallback->pending);

	if (ev->kind == TF_EV_SOCK)
		learn_inode(fallback, (const struct tf_ev_sock *)ev);
	else if (ev->kind < TF_EV_SOCK && ev->sock && matters &&
		 tf_idmap_put(&fallback->changed, &entry))
		fallback->too_many = true;
}

void tf_fallback_begin(struct tf_fallback *fallback)
{
	tf_idmap_clear(&fallback->inodes);
	tf_idmap_clear(&fallback->subflows);
}

static bool has_changed(const struct tf_fallback *fallback, uint64_t sock)
{
	return tf_idmap_get(&fallback->changed, sock) ||
	       tf_idmap_get(&fallback->changed_before, sock);
}

/* Minisocks have no cgroup: as with the iterator, only their tuple decides. */
static bool wants_cgroup(const struct tf_filter *filter, const struct tf_event *ev)
{
	const struct tf_ev_sock *sock = (const struct tf_ev_sock *)ev;

	if (!filter || !filter->n_cgroups || ev->kind != TF_EV_SOCK)
		return true;
	for (unsigned int i = 0; i < filter->n_cgroups; i++)
		if (filter->cgroups[i] == sock->st.cgroup)
			return true;
	return false;
}

static void hand_out(struct tf_fallback *fallback)
{
	while (tf_buf_size(&fallback->pending)) {
		struct tf_event *ev = (struct tf_event *)tf_buf_data(&fallback->pending);

		if (wants_cgroup(fallback->filter, ev) && !has_changed(fallback, ev->sock)) {
			ev->time_ns = fallback->time_ns;
			if (ev->kind == TF_EV_SOCK)
				learn_inode(fallback, (const struct tf_ev_sock *)ev);
			fallback->fn(fallback->ctx, ev, ev->size);
		}
		tf_buf_consume(&fallback->pending, ev->size);
	}
}

bool tf_fallback_step(struct tf_fallback *fallback, uint64_t time_ns)
{
	struct tf_idmap oldest = fallback->changed_before;
	bool unseen = fallback->too_many || fallback->too_many_before;
	bool good = !fallback->short_of_memory && !(unseen && tf_buf_size(&fallback->pending));

	fallback->time_ns = time_ns;
	if (!unseen)
		hand_out(fallback);
	tf_buf_consume(&fallback->pending, tf_buf_size(&fallback->pending));
	fallback->short_of_memory = false;
	fallback->changed_before = fallback->changed;
	fallback->too_many_before = fallback->too_many;
	fallback->changed = oldest;
	fallback->too_many = false;
	tf_idmap_clear(&fallback->changed);
	return good;
}

int tf_fallback_open_space(struct tf_fallback *fallback, uint32_t netns)
{
	tf_fallback_close_space(fallback);
	return tf_sock_diag_open(netns, &fallback->diag);
}

static void keep_record(void *ctx, const union tf_sock_diag_event *event)
{
	struct tf_fallback *fallback = ctx;

	if (tf_buf_add(&fallback->pending, event, event->ev.size))
		fallback->short_of_memory = true;
}

int tf_fallback_read_space(struct tf_fallback *fallback)
{
	int r = 1;

	for (int i = 0; r > 0 && i < ANSWERS; i++)
		r = tf_sock_diag_read(fallback->diag, keep_record, fallback);
	return r;
}

int tf_fallback_open_holders(struct tf_fallback *fallback)
{
	end_holders(fallback);
	return tf_procfd_new(&fallback->procfd);
}

/* Inodes of other kinds of sockets, and of sockets that the scan did not find, are skipped. */
static void take_fd(void *ctx, uint32_t pid, const uint8_t comm[TF_COMM_LEN], int32_t fd,
		    uint32_t inode)
{
	struct tf_fallback *fallback = ctx;
	const struct tf_idmap_entry *sock = tf_idmap_get(&fallback->inodes, inode);
	struct tf_ev_holder event = {
		.ev = {.time_ns = fallback->time_ns, .size = sizeof(event), .kind = TF_EV_HOLDER},
		.pid = pid,
		.fd = fd,
		.inode = inode,
	};

	memcpy(event.comm, comm, sizeof(event.comm));
	for (; sock && sock->value; sock = tf_idmap_get(&fallback->subflows, sock->value)) {
		event.ev.sock = sock->value;
		event.ev.netns = sock->netns;
		event.state = (uint8_t)sock->extra;
		fallback->fn(fallback->ctx, &event, sizeof(event));
	}
}

bool tf_fallback_read_holders(struct tf_fallback *fallback, uint64_t time_ns)
{
	bool more;

	fallback->time_ns = time_ns;
	more = tf_procfd_read(fallback->procfd, DESCRIPTORS, take_fd, fallback);
	if (!more)
		end_holders(fallback);
	return more;
}
