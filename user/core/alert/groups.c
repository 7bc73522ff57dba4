// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * groups.c - a hash of groups, and how one is counted
 */
#include "core/alert/groups.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

int tf_groups_init(struct tf_groups *groups, uint32_t max, struct tf_hash_key key)
{
	struct tf_groups made = {0};

	if (tf_hash_init(&made.hash, max, offsetof(struct tf_alert_group, next_same), key) ||
	    tf_pool_init(&made.pool, sizeof(struct tf_alert_group), max)) {
		tf_hash_fini(&made.hash);
		return -ENOMEM;
	}
	*groups = made;
	return 0;
}

void tf_groups_fini(struct tf_groups *groups)
{
	tf_hash_fini(&groups->hash);
	tf_pool_fini(&groups->pool);
	*groups = (struct tf_groups){0};
}

static uint32_t key_chain(const struct tf_groups *groups, const struct tf_group_key *key)
{
	_Static_assert(sizeof(*key) == 8 + 2 * 4 + 2 * 2 + 4 + 2 * 16, "no padding");
	return tf_hash_bytes(&groups->hash, key, sizeof(*key));
}

/* A new group of @key, whose chain is @chain. NULL: the ceiling is reached, which counts. */
static struct tf_alert_group *add_group(struct tf_groups *groups, const struct tf_group_key *key,
					uint32_t chain)
{
	uint32_t handle = tf_pool_new(&groups->pool);
	struct tf_alert_group *group;

	if (!handle) {
		groups->refused++;
		return NULL;
	}
	group = tf_groups_at(groups, handle);
	group->key = *key;
	tf_hash_add(&groups->hash, &groups->pool, chain, handle);
	group->next = groups->head;
	if (groups->head)
		tf_groups_at(groups, groups->head)->prev = handle;
	groups->head = handle;
	groups->n_of[key->alert]++;
	return group;
}

struct tf_alert_group *tf_groups_find(struct tf_groups *groups, const struct tf_group_key *key,
				      bool make)
{
	uint32_t chain = key_chain(groups, key);
	uint32_t handle = tf_hash_first(&groups->hash, chain);

	for (; handle; handle = tf_groups_at(groups, handle)->next_same)
		if (!memcmp(&tf_groups_at(groups, handle)->key, key, sizeof(*key)))
			return tf_groups_at(groups, handle);
	return make ? add_group(groups, key, chain) : NULL;
}

void tf_groups_del(struct tf_groups *groups, uint32_t handle)
{
	struct tf_alert_group *group = tf_groups_at(groups, handle);

	tf_hash_del(&groups->hash, &groups->pool, key_chain(groups, &group->key), handle);
	groups->n_of[group->key.alert]--;
	if (group->prev)
		tf_groups_at(groups, group->prev)->next = group->next;
	else
		groups->head = group->next;
	if (group->next)
		tf_groups_at(groups, group->next)->prev = group->prev;
	tf_pool_del(&groups->pool, handle);
}

void tf_groups_begin(struct tf_alert_group *group, uint32_t turn)
{
	if (group->turn == turn)
		return;
	group->turn = turn;
	group->count = 0;
	group->oldest_ns = group->eof_read = group->unread = (struct tf_maybe){0};
	group->destinations = group->dropped = group->limit = (struct tf_maybe){0};
	group->at_least = false;
}

void tf_groups_add(struct tf_alert_group *group, struct tf_maybe since_ns, bool at_least)
{
	group->count++;
	if (tf_maybe_or(since_ns, UINT64_MAX) >= tf_maybe_or(group->oldest_ns, UINT64_MAX))
		return;
	group->oldest_ns = since_ns;
	group->at_least = at_least;
}

/* With each bucket that closes, the usual number moves by a part of the difference: half of it is
 * new after some twenty. */
static void close_bucket(struct tf_alert_group *group, uint32_t n)
{
	const int32_t share = 30;

	if (group->raised_ns)
		return;
	if (!n && group->usual < (uint32_t)share)
		group->usual = 0;
	else
		group->usual = (uint32_t)((int64_t)group->usual +
					  ((int64_t)n * 256 - (int64_t)group->usual) / share);
}

void tf_groups_roll(struct tf_alert_group *group, uint64_t now, uint64_t bucket_ns)
{
	uint64_t no = now / bucket_ns;

	if (!group->bucket_no)
		group->bucket_no = no;
	if (no > group->bucket_no + 64)
		group->bucket_no = no - 64; /* all of it is long ago */
	while (group->bucket_no < no) {
		uint32_t *oldest = &group->bucket[++group->bucket_no % TF_GROUPS_BUCKETS];

		close_bucket(group, *oldest);
		*oldest = 0;
	}
}

void tf_groups_happen(struct tf_alert_group *group)
{
	group->bucket[group->bucket_no % TF_GROUPS_BUCKETS]++;
}

uint32_t tf_groups_sum(const struct tf_alert_group *group, unsigned int *ret_filled)
{
	uint32_t sum = 0;

	*ret_filled = 0;
	for (unsigned int i = 0; i < TF_GROUPS_BUCKETS; i++) {
		sum += group->bucket[i];
		*ret_filled += group->bucket[i] != 0;
	}
	return sum;
}
