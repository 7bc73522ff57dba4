// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * standing.c - see standing.h
 */
#include "core/alert/standing.h"

#include <stdlib.h>
#include <string.h>

/* The names that the record points to are kept beside it; the pointer is set when the record is
 * asked for, because the array moves when it grows and when it is sorted. */
struct tf_standing_alert {
	struct tf_alert_record record;
	struct tf_ev_cgroup names;
};

static void keep_copy(struct tf_standing_alert *to, const struct tf_alert_record *record)
{
	to->record = *record;
	if (record->names)
		to->names = *record->names;
}

static bool is_same_address(const struct tf_alert_address *a, const struct tf_alert_address *b)
{
	return a->known == b->known && !memcmp(a->address, b->address, sizeof(a->address));
}

/* Whether both are about the same group: the parts of every key are among these. */
static bool is_same_group(const struct tf_alert_record *a, const struct tf_alert_record *b)
{
	return a->alert == b->alert && a->netns == b->netns && a->owner.pid == b->owner.pid &&
	       !memcmp(a->owner.comm, b->owner.comm, TF_COMM_LEN) &&
	       a->local_port == b->local_port && a->remote_port == b->remote_port &&
	       a->fate.plus_one == b->fate.plus_one &&
	       is_same_address(&a->local_addr, &b->local_addr) &&
	       is_same_address(&a->remote_addr, &b->remote_addr);
}

static struct tf_standing_alert *find_kept(const struct tf_standing *standing,
					   const struct tf_alert_record *record)
{
	for (unsigned int i = 0; i < standing->n; i++)
		if (is_same_group(&standing->alerts[i].record, record))
			return &standing->alerts[i];
	return NULL;
}

/* Room for one more; it doubles when it is full. */
static struct tf_standing_alert *add_one(struct tf_standing *standing)
{
	struct tf_standing_alert *more = standing->alerts;
	unsigned int n = standing->n;

	if (n == TF_STANDING_MAX)
		return NULL;
	if (!(n & (n - 1)))
		more = reallocarray(more, n ? 2 * n : 1, sizeof(*more));
	if (!more)
		return NULL;
	standing->alerts = more;
	return &more[standing->n++];
}

void tf_standing_take(struct tf_standing *standing, const struct tf_alert_record *record)
{
	struct tf_standing_alert *kept = find_kept(standing, record);

	if (record->event == TF_ALERT_EVENT_CLEAR) {
		if (kept)
			*kept = standing->alerts[--standing->n];
		return;
	}
	if (!kept)
		kept = add_one(standing);
	if (kept)
		keep_copy(kept, record);
	else
		standing->left_out += record->event == TF_ALERT_EVENT_RAISE;
}

static int by_urgency(const void *a, const void *b)
{
	const struct tf_alert_record *x = &((const struct tf_standing_alert *)a)->record;
	const struct tf_alert_record *y = &((const struct tf_standing_alert *)b)->record;
	enum tf_severity sx = tf_alerts_info(x->alert)->severity;
	enum tf_severity sy = tf_alerts_info(y->alert)->severity;

	if (sx != sy)
		return sx > sy ? -1 : 1;
	if (x->count.plus_one != y->count.plus_one)
		return x->count.plus_one > y->count.plus_one ? -1 : 1;
	if (x->alert != y->alert)
		return x->alert < y->alert ? -1 : 1;
	return x->owner.pid < y->owner.pid ? -1 : x->owner.pid > y->owner.pid;
}

void tf_standing_sort(struct tf_standing *standing)
{
	if (standing->n)
		qsort(standing->alerts, standing->n, sizeof(*standing->alerts), by_urgency);
}

const struct tf_alert_record *tf_standing_alert(const struct tf_standing *standing, unsigned int i)
{
	struct tf_standing_alert *kept = &standing->alerts[i];

	if (kept->record.names)
		kept->record.names = &kept->names;
	return &kept->record;
}

void tf_standing_free(struct tf_standing *standing)
{
	free(standing->alerts);
	*standing = (struct tf_standing){0};
}
