// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * merge_spaces.c - see merge_spaces.h
 */
#include "core/conn/merge_spaces.h"

#include <stdlib.h>
#include <string.h>

#include "core/engine.h"

static int by_number(const void *a, const void *b)
{
	const struct tf_merge_space *x = a, *y = b;

	return x->netns < y->netns ? -1 : x->netns > y->netns;
}

const struct tf_merge_space *tf_merge_spaces_find(const struct tf_core *core, uint32_t netns,
						  bool last)
{
	const struct tf_merge_spaces *spaces = last ? &core->merge.last : &core->merge.now;
	const struct tf_merge_space key = {.netns = netns};

	if (!spaces->n)
		return NULL;
	if (!last && spaces->space[spaces->n - 1].netns == netns)
		return &spaces->space[spaces->n - 1];
	return bsearch(&key, spaces->space, spaces->n, sizeof(key), by_number);
}

void tf_merge_spaces_begin(struct tf_core *core, const struct tf_ev_scan *event)
{
	struct tf_merge_spaces *spaces = &core->merge.now;
	struct tf_merge_space *grown;

	if (spaces->n == TF_MERGE_SPACES)
		return;
	if (spaces->n == spaces->room) {
		uint32_t room = spaces->room ? 2 * spaces->room : 16;

		grown = reallocarray(spaces->space, room, sizeof(*grown));
		if (!grown)
			return;
		spaces->space = grown;
		spaces->room = room;
	}
	spaces->space[spaces->n] =
		(struct tf_merge_space){.netns = event->ev.netns, .begun_ns = event->ev.time_ns};
	memset(&spaces->space[spaces->n++].facts, 0xff, sizeof(struct tf_ev_netns));
}

struct tf_merge_space *tf_merge_spaces_present(struct tf_core *core, uint32_t netns)
{
	struct tf_merge_spaces *spaces = &core->merge.now;

	if (!spaces->n || spaces->space[spaces->n - 1].netns != netns)
		return NULL;
	return &spaces->space[spaces->n - 1];
}

void tf_merge_spaces_sort(struct tf_core *core)
{
	struct tf_merge_spaces *spaces = &core->merge.now;

	if (spaces->n)
		qsort(spaces->space, spaces->n, sizeof(*spaces->space), by_number);
}
