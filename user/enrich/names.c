// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * names.c - see names.h
 */
#include "enrich/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "enrich/container.h"

/* A cgroup or a process that was looked up, whatever came of it. */
struct known {
	uint64_t id; /* with pid 0 */
	uint32_t pid;
	uint16_t next; /* of its bucket; 0: none */
	bool used;
	uint64_t until_ns; /* when it is to be asked again */
	uint64_t told;	   /* hash of what was told of it; 0: nothing */
};

struct tf_names {
	struct tf_cgroup_host host;
	uint64_t last_id;     /* known */
	uint32_t last_pid;    /* likewise, until... */
	uint64_t last_pid_ns; /* ... then */
	uint64_t looked_up, put_off;
	int64_t balance_ns; /* how long look-ups may still take */
	uint64_t paid_ns;   /* time of the event up to which that was reckoned */
	unsigned int n;	    /* places taken ever; the next is this modulo TF_NAMES_MAX, plus 1 */
	uint16_t buckets[TF_NAMES_MAX];
	struct known known[TF_NAMES_MAX + 1]; /* [0] is none */
};

int tf_names_new(const struct tf_cgroup_host *host, struct tf_names **ret_names)
{
	struct tf_names *names = calloc(1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	if (host)
		names->host = *host;
	else
		tf_cgroup_open(&names->host);
	names->balance_ns = TF_NAMES_AT_ONCE_NS;
	*ret_names = names;
	return 0;
}

void tf_names_free(struct tf_names *names)
{
	if (!names)
		return;
	tf_cgroup_close(&names->host);
	free(names);
}

uint64_t tf_names_looked_up(const struct tf_names *names)
{
	return names->looked_up;
}

uint64_t tf_names_put_off(const struct tf_names *names)
{
	return names->put_off;
}

/* --- what is known -------------------------------------------------------------------------- */

/* Ids and pids count up. */
static uint16_t *bucket_of(struct tf_names *names, uint64_t id, uint32_t pid)
{
	return &names->buckets[(pid ? ~(uint64_t)pid : id) % TF_NAMES_MAX];
}

static struct known *find(struct tf_names *names, uint64_t id, uint32_t pid)
{
	uint16_t at = *bucket_of(names, id, pid);

	while (at && (names->known[at].pid != pid || names->known[at].id != id))
		at = names->known[at].next;
	return at ? &names->known[at] : NULL;
}

static void forget(struct tf_names *names, struct known *known)
{
	uint16_t *link = bucket_of(names, known->id, known->pid);

	while (&names->known[*link] != known)
		link = &names->known[*link].next;
	*link = known->next;
	if (known->pid ? known->pid == names->last_pid : known->id == names->last_id) {
		names->last_id = 0;
		names->last_pid = 0;
	}
	*known = (struct known){};
}

/* Remembers it as the newest, in the place of the oldest. */
static struct known *remember(struct tf_names *names, uint64_t id, uint32_t pid)
{
	uint16_t at = (uint16_t)(names->n++ % TF_NAMES_MAX + 1), *bucket;
	struct known *known = &names->known[at];

	if (known->used)
		forget(names, known);
	bucket = bucket_of(names, id, pid);
	*known = (struct known){.id = id, .pid = pid, .next = *bucket, .used = true};
	*bucket = at;
	return known;
}

/* --- looking up ----------------------------------------------------------------------------- */

/* Whether a look-up may be made at the time of @ev. */
static bool can_pay(struct tf_names *names, uint64_t time_ns)
{
	if (time_ns > names->paid_ns) {
		uint64_t earned = names->paid_ns ? (time_ns - names->paid_ns) / NS_PER_US : 0;

		names->balance_ns += (int64_t)(earned * TF_NAMES_PERMILLE);
		if (names->balance_ns > (int64_t)TF_NAMES_AT_ONCE_NS)
			names->balance_ns = TF_NAMES_AT_ONCE_NS;
		names->paid_ns = time_ns;
	}
	return names->balance_ns > 0;
}

/* A path that is too long loses its beginning: its end tells more. */
static void fill(struct tf_ev_cgroup *ret, const char *path, const struct tf_container *container)
{
	size_t len = strlen(path), max = sizeof(ret->path) - 1;

	_Static_assert(sizeof(ret->container) == sizeof(container->container) &&
			       sizeof(ret->unit) == sizeof(container->unit),
		       "copied whole");
	memcpy(ret->container, container->container, sizeof(ret->container));
	memcpy(ret->unit, container->unit, sizeof(ret->unit));
	if (len > max) {
		memcpy(ret->path, "...", 3);
		memcpy(ret->path + 3, path + len - (max - 3), max - 3);
	} else {
		memcpy(ret->path, path, len);
	}
}

static bool look_up_id(struct tf_names *names, struct tf_ev_cgroup *ret)
{
	struct tf_container container;
	char path[PATH_MAX];

	if (tf_cgroup_path(&names->host, ret->id, path))
		return false;
	tf_container_parse(path, &container);
	fill(ret, path, &container);
	return true;
}

/* Of the hierarchies the first that tells a container; else the first in which it is not in the root. */
static bool look_up_pid(struct tf_ev_cgroup *ret)
{
	struct tf_container container, best = {};
	struct tf_cgroup_paths paths;
	const char *path = "/";

	if (tf_cgroup_of_pid(ret->pid, &paths) || !paths.n)
		return false;
	for (unsigned int i = 0; i < paths.n && !best.container[0]; i++) {
		tf_container_parse(paths.path[i], &container);
		if (!container.container[0] && path[1])
			continue;
		path = paths.path[i];
		best = container;
	}
	fill(ret, path, &best);
	return true;
}

/* FNV-1a over the names; never 0. */
static uint64_t hash_of(const struct tf_ev_cgroup *names)
{
	const size_t from = offsetof(struct tf_ev_cgroup, container);
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = from; i < sizeof(*names); i++)
		hash = (hash ^ ((const uint8_t *)names)[i]) * 0x100000001b3ULL;
	return hash | 1;
}

/* Looks up @known's names now. Whether there are any. */
static bool look_up(struct tf_names *names, struct known *known, const struct tf_event *ev,
		    struct tf_ev_cgroup *ret)
{
	uint64_t began_ns = tf_clock_monotonic_ns();
	bool found;

	*ret = (struct tf_ev_cgroup){
		.ev = {.time_ns = ev->time_ns,
		       .size = sizeof(*ret),
		       .kind = TF_EV_CGROUP,
		       .lost_total = ev->lost_total}, /* news of a loss must not come after this */
		.id = known->id,
		.pid = known->pid,
	};
	known->until_ns = known->pid ? ev->time_ns + TF_NAMES_PID_NS : UINT64_MAX;
	found = known->pid ? look_up_pid(ret) : look_up_id(names, ret);
	names->looked_up++;
	names->balance_ns -= (int64_t)(tf_clock_monotonic_ns() - began_ns);
	return found;
}

/* What is told anew is the newest once more, here as in the core. */
static void note_told(struct tf_names *names, struct known *known, uint64_t told)
{
	struct known was = *known;

	if (was.told) {
		forget(names, known);
		known = remember(names, was.id, was.pid);
		known->until_ns = was.until_ns;
	}
	known->told = told;
}

enum noted { PUT_OFF, KNOWN, TO_TELL };

/* Notes cgroup @id or process @pid, one of which is 0. */
static enum noted note(struct tf_names *names, uint64_t id, uint32_t pid, const struct tf_event *ev,
		       struct tf_ev_cgroup *ret)
{
	struct known *known = find(names, id, pid);

	if (known && ev->time_ns < known->until_ns)
		return KNOWN;
	if (!can_pay(names, ev->time_ns)) {
		names->put_off++;
		return PUT_OFF;
	}
	if (!known)
		known = remember(names, id, pid);
	if (!look_up(names, known, ev, ret) || hash_of(ret) == known->told)
		return KNOWN;
	note_told(names, known, hash_of(ret));
	return TO_TELL;
}

/* Whose event it is: the cgroup of the socket, and a process that may come to be its owner. */
static void whose(const struct tf_event *ev, uint64_t *ret_id, uint32_t *ret_pid)
{
	const struct tf_ev_state *state =
		(const struct tf_ev_state *)ev; /* of SOCK and CLOSE too */
	const struct tf_ev_accept *accept = (const struct tf_ev_accept *)ev;

	switch (ev->kind) {
	case TF_EV_STATE:
	case TF_EV_CLOSE:
	case TF_EV_SOCK:
		*ret_id = state->cgroup;
		*ret_pid = state->flags & TF_F_TASK ? state->pid : 0;
		break;
	case TF_EV_ACCEPT:
		*ret_id = accept->cgroup;
		*ret_pid = accept->pid;
		break;
	case TF_EV_HOLDER:
		*ret_pid = ((const struct tf_ev_holder *)ev)->pid;
		break;
	case TF_EV_DESTROY:
		*ret_pid = ((const struct tf_ev_destroy *)ev)->pid;
		break;
	default:
		break;
	}
}

bool tf_names_note(struct tf_names *names, const struct tf_event *ev, struct tf_ev_cgroup *ret)
{
	uint64_t id = 0;
	uint32_t pid = 0;

	whose(ev, &id, &pid);
	if (!names->host.v1)
		pid = 0;
	else if (id == names->host.root_id)
		id = 0; /* says nothing: the cgroups that mean something may be those of version 1 */
	if (id && id != names->last_id) {
		enum noted noted = note(names, id, 0, ev, ret);

		if (noted == TO_TELL)
			return true;
		if (noted == KNOWN)
			names->last_id = id;
	}
	if (pid && (pid != names->last_pid || ev->time_ns >= names->last_pid_ns)) {
		enum noted noted = note(names, 0, pid, ev, ret);

		if (noted == TO_TELL)
			return true;
		names->last_pid = pid;
		names->last_pid_ns = noted == KNOWN ? find(names, 0, pid)->until_ns : 0;
	}
	return false;
}
