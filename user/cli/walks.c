// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * walks.c - see walks.h
 */
#include "cli/walks.h"

#include <string.h>

#include "cli/say.h"

static void take(void *ctx, const void *record, size_t size)
{
	tf_stream_take(ctx, record, size);
}

void tf_walks_open(struct tf_walks *walks, const struct tf_options *options,
		   const struct tf_loader *loader, struct tf_stream *stream)
{
	const struct tf_walker_options walker = {
		.loader = loader,
		.filter = &options->filter,
		.emit = take,
		.ctx = stream,
	};
	int err;

	*walks = (struct tf_walks){.stream = stream, .interval_ns = options->walk_interval_ns};
	if (!walks->interval_ns)
		return;
	err = tf_walker_new(&walker, &walks->walker);
	if (err)
		tf_say("cannot look for the sockets that are open already: %s; is /proc mounted?",
		       strerror(-err));
}

void tf_walks_free(struct tf_walks *walks)
{
	tf_walker_free(walks->walker);
	*walks = (struct tf_walks){};
}

bool tf_walks_saw(struct tf_walks *walks, const struct tf_event *ev)
{
	if (walks->walker)
		tf_walker_saw(walks->walker, ev);
	return ev->kind == TF_EV_SOCK || ev->kind == TF_EV_MINISOCK || ev->kind == TF_EV_HOLDER;
}

bool tf_walks_busy(const struct tf_walks *walks)
{
	return walks->walker && tf_walker_busy(walks->walker);
}

bool tf_walks_waits(const struct tf_walks *walks)
{
	return walks->walker && tf_walker_waits(walks->walker);
}

int tf_walks_fd(const struct tf_walks *walks)
{
	return walks->walker ? tf_walker_fd(walks->walker) : -1;
}

uint64_t tf_walks_due(const struct tf_walks *walks)
{
	return walks->walker && !tf_walker_busy(walks->walker) ? walks->due_ns : UINT64_MAX;
}

static void plan_next(struct tf_walks *walks, uint64_t time_ns)
{
	uint64_t rested = time_ns + TF_WALKS_REST * tf_walker_took_ns(walks->walker);

	walks->due_ns = walks->begun_ns + walks->interval_ns;
	if (walks->due_ns < rested)
		walks->due_ns = rested;
}

int tf_walks_turn(struct tf_walks *walks, uint64_t time_ns)
{
	int r;

	if (tf_walks_due(walks) <= time_ns) {
		walks->begun_ns = time_ns;
		tf_walker_begin(walks->walker);
	}
	if (!tf_walks_busy(walks))
		return 0;
	r = tf_walker_step(walks->walker, time_ns);
	if (r)
		return r < 0 ? r : 0;
	plan_next(walks, time_ns);
	return 1;
}
