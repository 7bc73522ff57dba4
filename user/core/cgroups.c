// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * cgroups.c - a hash table of names over a pool, in the order in which they were told
 */
#include "core/cgroups.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct named {
	uint32_t next_same;  /* of its bucket */
	uint32_t prev, next; /* older, newer */
	struct tf_ev_cgroup names;
};

static struct named *at(const struct tf_cgroups *cgroups, uint32_t handle)
{
	return tf_pool_at(&cgroups->pool, handle);
}

/* Ids are inode numbers that count up, and so are pids. */
static uint32_t *bucket_of(const struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	return &cgroups->buckets[(pid ? ~(uint64_t)pid : id) % TF_CGROUPS_MAX];
}

static bool is_of(const struct tf_ev_cgroup *names, uint64_t id, uint32_t pid)
{
	return names->pid == pid && (pid || names->id == id);
}

int tf_cgroups_init(struct tf_cgroups *cgroups)
{
	struct tf_cgroups made = {.buckets = calloc(TF_CGROUPS_MAX, sizeof(*made.buckets))};

	if (!made.buckets || tf_pool_init(&made.pool, sizeof(struct named), TF_CGROUPS_MAX)) {
		free(made.buckets);
		return -ENOMEM;
	}
	*cgroups = made;
	return 0;
}

void tf_cgroups_fini(struct tf_cgroups *cgroups)
{
	free(cgroups->buckets);
	tf_pool_fini(&cgroups->pool);
	*cgroups = (struct tf_cgroups){0};
}

static uint32_t find(const struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	uint32_t handle = *bucket_of(cgroups, id, pid);

	while (handle && !is_of(&at(cgroups, handle)->names, id, pid))
		handle = at(cgroups, handle)->next_same;
	return handle;
}

static void unlink_age(struct tf_cgroups *cgroups, const struct named *named)
{
	if (named->prev)
		at(cgroups, named->prev)->next = named->next;
	else
		cgroups->oldest = named->next;
	if (named->next)
		at(cgroups, named->next)->prev = named->prev;
	else
		cgroups->newest = named->prev;
}

static void link_newest(struct tf_cgroups *cgroups, uint32_t handle)
{
	struct named *named = at(cgroups, handle);

	named->prev = cgroups->newest;
	named->next = 0;
	if (cgroups->newest)
		at(cgroups, cgroups->newest)->next = handle;
	else
		cgroups->oldest = handle;
	cgroups->newest = handle;
}

static void forget(struct tf_cgroups *cgroups, uint32_t handle)
{
	struct named *named = at(cgroups, handle);
	uint32_t *link = bucket_of(cgroups, named->names.id, named->names.pid);

	while (*link != handle)
		link = &at(cgroups, *link)->next_same;
	*link = named->next_same;
	unlink_age(cgroups, named);
	tf_pool_del(&cgroups->pool, handle);
	cgroups->forgotten++;
}

/* A place for new names, in the table but without names yet; 0: no memory, and nothing to give up. */
static uint32_t add(struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	uint32_t handle = tf_pool_new(&cgroups->pool), *bucket;

	if (!handle && cgroups->oldest) {
		forget(cgroups, cgroups->oldest);
		handle = tf_pool_new(&cgroups->pool);
	}
	if (!handle)
		return 0;
	bucket = bucket_of(cgroups, id, pid);
	at(cgroups, handle)->next_same = *bucket;
	*bucket = handle;
	return handle;
}

void tf_cgroups_take(struct tf_cgroups *cgroups, const struct tf_ev_cgroup *event)
{
	uint32_t handle = find(cgroups, event->id, event->pid);

	if (handle)
		unlink_age(cgroups, at(cgroups, handle));
	else
		handle = add(cgroups, event->id, event->pid);
	if (!handle) {
		cgroups->forgotten++;
		return;
	}
	at(cgroups, handle)->names = *event;
	link_newest(cgroups, handle);
}

const struct tf_ev_cgroup *tf_cgroups_find(const struct tf_cgroups *cgroups, uint64_t id,
					   uint32_t pid)
{
	uint32_t its = id ? find(cgroups, id, 0) : 0, owners = pid ? find(cgroups, 0, pid) : 0;

	if (owners && (!its || (at(cgroups, owners)->names.container[0] &&
				!at(cgroups, its)->names.container[0])))
		return &at(cgroups, owners)->names;
	return its ? &at(cgroups, its)->names : NULL;
}
