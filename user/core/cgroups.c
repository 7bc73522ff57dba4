// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * cgroups.c - a hash of names over a pool, in the order in which they came
 */
#include "core/cgroups.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

struct named {
	uint32_t next_same;  /* of its chain */
	uint32_t prev, next; /* older, newer */
	struct tf_ev_cgroup names;
};

static struct named *named_at(const struct tf_cgroups *cgroups, uint32_t handle)
{
	return tf_pool_at(&cgroups->pool, handle);
}

/* Names of a process are kept under its pid, whatever its cgroup. */
static uint32_t names_chain(const struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	return tf_hash_id(&cgroups->hash, pid ? ~(uint64_t)pid : id);
}

static bool belongs_to(const struct tf_ev_cgroup *names, uint64_t id, uint32_t pid)
{
	return names->pid == pid && (pid || names->id == id);
}

int tf_cgroups_init(struct tf_cgroups *cgroups, struct tf_hash_key key)
{
	struct tf_cgroups made = {0};

	if (tf_hash_init(&made.hash, TF_CGROUPS_MAX, offsetof(struct named, next_same), key) ||
	    tf_pool_init(&made.pool, sizeof(struct named), TF_CGROUPS_MAX)) {
		tf_hash_fini(&made.hash);
		return -ENOMEM;
	}
	*cgroups = made;
	return 0;
}

void tf_cgroups_fini(struct tf_cgroups *cgroups)
{
	tf_hash_fini(&cgroups->hash);
	tf_pool_fini(&cgroups->pool);
	*cgroups = (struct tf_cgroups){0};
}

static uint32_t find_names(const struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	uint32_t handle = tf_hash_first(&cgroups->hash, names_chain(cgroups, id, pid));

	while (handle && !belongs_to(&named_at(cgroups, handle)->names, id, pid))
		handle = named_at(cgroups, handle)->next_same;
	return handle;
}

static void unlink_age(struct tf_cgroups *cgroups, const struct named *named)
{
	if (named->prev)
		named_at(cgroups, named->prev)->next = named->next;
	else
		cgroups->oldest = named->next;
	if (named->next)
		named_at(cgroups, named->next)->prev = named->prev;
	else
		cgroups->newest = named->prev;
}

static void link_newest(struct tf_cgroups *cgroups, uint32_t handle)
{
	struct named *named = named_at(cgroups, handle);

	named->prev = cgroups->newest;
	named->next = 0;
	if (cgroups->newest)
		named_at(cgroups, cgroups->newest)->next = handle;
	else
		cgroups->oldest = handle;
	cgroups->newest = handle;
}

static void forget_names(struct tf_cgroups *cgroups, uint32_t handle)
{
	struct named *named = named_at(cgroups, handle);

	tf_hash_del(&cgroups->hash, &cgroups->pool,
		    names_chain(cgroups, named->names.id, named->names.pid), handle);
	unlink_age(cgroups, named);
	tf_pool_del(&cgroups->pool, handle);
	cgroups->forgotten++;
}

/* A place for new names, in the table but without names yet; 0: no memory, and nothing to give
 * up. */
static uint32_t add_names(struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	uint32_t handle = tf_pool_new(&cgroups->pool);

	if (!handle && cgroups->oldest) {
		forget_names(cgroups, cgroups->oldest);
		handle = tf_pool_new(&cgroups->pool);
	}
	if (handle)
		tf_hash_add(&cgroups->hash, &cgroups->pool, names_chain(cgroups, id, pid), handle);
	return handle;
}

void tf_cgroups_take(struct tf_cgroups *cgroups, const struct tf_ev_cgroup *event)
{
	uint32_t handle = find_names(cgroups, event->id, event->pid);

	if (handle)
		unlink_age(cgroups, named_at(cgroups, handle));
	else
		handle = add_names(cgroups, event->id, event->pid);
	if (!handle) {
		cgroups->forgotten++;
		return;
	}
	named_at(cgroups, handle)->names = *event;
	link_newest(cgroups, handle);
}

const struct tf_ev_cgroup *tf_cgroups_find(const struct tf_cgroups *cgroups, uint64_t id,
					   uint32_t pid)
{
	uint32_t its = id ? find_names(cgroups, id, 0) : 0,
		 owners = pid ? find_names(cgroups, 0, pid) : 0;

	if (owners && (!its || (named_at(cgroups, owners)->names.container[0] &&
				!named_at(cgroups, its)->names.container[0])))
		return &named_at(cgroups, owners)->names;
	return its ? &named_at(cgroups, its)->names : NULL;
}
