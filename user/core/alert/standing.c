// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * standing.c - see standing.h
 */
#include "core/alert/standing.h"

#include <stdlib.h>
#include <string.h>

/* What the record points to stands beside it; the pointers are set when it is asked for, because the
 * array moves when it grows and when it is sorted. */
struct tf_standing_alert {
	struct tf_alert_record record;
	struct tf_ev_cgroup names;
	uint8_t local_addr[16], remote_addr[16];
};

static void copy(struct tf_standing_alert *to, const struct tf_alert_record *record)
{
	to->record = *record;
	if (record->names)
		to->names = *record->names;
	if (record->local_addr)
		memcpy(to->local_addr, record->local_addr, sizeof(to->local_addr));
	if (record->remote_addr)
		memcpy(to->remote_addr, record->remote_addr, sizeof(to->remote_addr));
}

static bool same_address(const uint8_t kept[16], const uint8_t *a, const uint8_t *b)
{
	return !a == !b && (!a || !memcmp(kept, b, 16));
}

/* Whether both are about the same: the key of every detector is among these. */
static bool same_key(const struct tf_standing_alert *kept, const struct tf_alert_record *record)
{
	const struct tf_alert_record *old = &kept->record;

	return old->alert == record->alert && old->netns == record->netns &&
	       old->owner.pid == record->owner.pid &&
	       !memcmp(old->owner.comm, record->owner.comm, TF_COMM_LEN) &&
	       old->local_port == record->local_port && old->remote_port == record->remote_port &&
	       old->fate == record->fate &&
	       same_address(kept->local_addr, old->local_addr, record->local_addr) &&
	       same_address(kept->remote_addr, old->remote_addr, record->remote_addr);
}

static struct tf_standing_alert *find(const struct tf_standing *standing,
				      const struct tf_alert_record *record)
{
	for (unsigned int i = 0; i < standing->n; i++)
		if (same_key(&standing->alerts[i], record))
			return &standing->alerts[i];
	return NULL;
}

/* Room for one more, in steps of a duplicates size. */
static struct tf_standing_alert *add(struct tf_standing *standing)
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
	struct tf_standing_alert *kept = find(standing, record);

	if (record->event == TF_ALERT_EVENT_CLEAR) {
		if (kept)
			*kept = standing->alerts[--standing->n];
		return;
	}
	if (!kept)
		kept = add(standing);
	if (kept)
		copy(kept, record);
	else
		standing->left_out += record->event == TF_ALERT_EVENT_RAISE;
}

static int compare(const void *a, const void *b)
{
	const struct tf_alert_record *x = &((const struct tf_standing_alert *)a)->record;
	const struct tf_alert_record *y = &((const struct tf_standing_alert *)b)->record;
	enum tf_severity sx = tf_alerts_info(x->alert)->severity;
	enum tf_severity sy = tf_alerts_info(y->alert)->severity;

	if (sx != sy)
		return sx > sy ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->alert != y->alert)
		return x->alert < y->alert ? -1 : 1;
	return x->owner.pid < y->owner.pid ? -1 : x->owner.pid > y->owner.pid;
}

void tf_standing_sort(struct tf_standing *standing)
{
	if (standing->n)
		qsort(standing->alerts, standing->n, sizeof(*standing->alerts), compare);
}

const struct tf_alert_record *tf_standing_alert(const struct tf_standing *standing, unsigned int i)
{
	struct tf_standing_alert *kept = &standing->alerts[i];

	if (kept->record.names)
		kept->record.names = &kept->names;
	if (kept->record.local_addr)
		kept->record.local_addr = kept->local_addr;
	if (kept->record.remote_addr)
		kept->record.remote_addr = kept->remote_addr;
	return &kept->record;
}

void tf_standing_free(struct tf_standing *standing)
{
	free(standing->alerts);
	*standing = (struct tf_standing){0};
}
