// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * names.c - see names.h
 */
#include "enrich/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/pool.h"
#include "base/random.h"
#include "base/units.h"
#include "enrich/container.h"

/* A cgroup or a process that was looked up, found or not. */
struct known {
	uint64_t id; /* with pid 0 */
	uint32_t pid;
	uint32_t next; /* of its chain */
	bool used;
	uint64_t until_ns;  /* the next look-up is due then */
	uint64_t announced; /* hash of the names that went into the stream; 0: none did */
};

struct tf_names {
	struct tf_cgroup_host host;
	uint64_t last_id;     /* known; of the last event */
	uint32_t last_pid;    /* likewise, until... */
	uint64_t last_pid_ns; /* ... then */
	int64_t balance_ns;   /* how long look-ups may still take */
	uint64_t paid_ns;     /* time of the event up to which the balance was computed */
	struct tf_pool pool;  /* of struct known: all handles are in use, as places of a ring */
	struct tf_hash hash;
	unsigned int n; /* places taken ever; the next is this modulo TF_NAMES_MAX, plus 1 */
};

static int make_ring(struct tf_names *names)
{
	if (tf_pool_init(&names->pool, sizeof(struct known), TF_NAMES_MAX) ||
	    tf_hash_init(&names->hash, TF_NAMES_MAX, offsetof(struct known, next), tf_random_key()))
		return -ENOMEM;
	while (names->pool.used < TF_NAMES_MAX)
		if (!tf_pool_new(&names->pool))
			return -ENOMEM;
	return 0;
}

static void free_ring(struct tf_names *names)
{
	tf_hash_fini(&names->hash);
	tf_pool_fini(&names->pool);
}

int tf_names_new(const struct tf_cgroup_host *host, struct tf_names **ret_names)
{
	struct tf_names *names = calloc(1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	if (make_ring(names)) {
		free_ring(names);
		free(names);
		return -ENOMEM;
	}
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
	free_ring(names);
	free(names);
}

/* --- what is known -------------------------------------------------------------------------- */

static struct known *known_at(const struct tf_names *names, uint32_t handle)
{
	return tf_pool_at(&names->pool, handle);
}

static uint32_t known_chain(const struct tf_names *names, uint64_t id, uint32_t pid)
{
	return tf_hash_id(&names->hash, pid ? ~(uint64_t)pid : id);
}

/* The handle of cgroup @id or process @pid; 0: it is not known. */
static uint32_t find_known(const struct tf_names *names, uint64_t id, uint32_t pid)
{
	uint32_t handle = tf_hash_first(&names->hash, known_chain(names, id, pid));

	while (handle && (known_at(names, handle)->pid != pid || known_at(names, handle)->id != id))
		handle = known_at(names, handle)->next;
	return handle;
}

static void forget_known(struct tf_names *names, uint32_t handle)
{
	struct known *known = known_at(names, handle);

	tf_hash_del(&names->hash, &names->pool, known_chain(names, known->id, known->pid), handle);
	if (known->pid ? known->pid == names->last_pid : known->id == names->last_id) {
		names->last_id = 0;
		names->last_pid = 0;
	}
	*known = (struct known){};
}

/* Remembers it as the newest, in the place of the oldest. */
static struct known *remember_known(struct tf_names *names, uint64_t id, uint32_t pid)
{
	uint32_t handle = names->n++ % TF_NAMES_MAX + 1;
	struct known *known = known_at(names, handle);

	if (known->used)
		forget_known(names, handle);
	*known = (struct known){.id = id, .pid = pid, .used = true};
	tf_hash_add(&names->hash, &names->pool, known_chain(names, id, pid), handle);
	return known;
}

/* --- looking up ----------------------------------------------------------------------------- */

/* Whether a look-up may be made at @time_ns. */
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

/* A path that is too long loses its beginning: its end says more. */
static void fill_names(struct tf_ev_cgroup *ret, const char *path,
		       const struct tf_container *container)
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
	fill_names(ret, path, &container);
	return true;
}

/* Takes the first hierarchy whose path names a container, else the first in which it is not in the
 * root. */
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
	fill_names(ret, path, &best);
	return true;
}

/* Never 0. */
static uint64_t hash_names(const struct tf_names *names, const struct tf_ev_cgroup *event)
{
	const size_t from = offsetof(struct tf_ev_cgroup, container);

	return tf_hash_sip(names->hash.key, (const char *)event + from, sizeof(*event) - from) | 1;
}

/* Looks up @known's names now. False: it has none. */
static bool look_up_known(struct tf_names *names, struct known *known, const struct tf_event *ev,
			  struct tf_ev_cgroup *ret)
{
	uint64_t began_ns = tf_clock_monotonic_ns();
	bool found;

	*ret = (struct tf_ev_cgroup){
		.ev = {.time_ns = ev->time_ns,
		       .size = sizeof(*ret),
		       .kind = TF_EV_CGROUP,
		       .lost_total = ev->lost_total}, /* a loss must not be heard of after this */
		.id = known->id,
		.pid = known->pid,
	};
	known->until_ns = known->pid ? ev->time_ns + TF_NAMES_PID_NS : UINT64_MAX;
	found = known->pid ? look_up_pid(ret) : look_up_id(names, ret);
	names->balance_ns -= (int64_t)(tf_clock_monotonic_ns() - began_ns);
	return found;
}

/* Names that are announced anew become the newest, here as in the core. */
static void note_announced(struct tf_names *names, uint32_t handle, uint64_t announced)
{
	struct known *known = known_at(names, handle), was = *known;

	if (was.announced) {
		forget_known(names, handle);
		known = remember_known(names, was.id, was.pid);
		known->until_ns = was.until_ns;
	}
	known->announced = announced;
}

enum noted { PUT_OFF, KNOWN, ANNOUNCE };

/* Notes cgroup @id or process @pid, one of which is 0. ANNOUNCE: @ret is to go into the stream. */
static enum noted note_one(struct tf_names *names, uint64_t id, uint32_t pid,
			   const struct tf_event *ev, struct tf_ev_cgroup *ret)
{
	uint32_t handle = find_known(names, id, pid);
	struct known *known = handle ? known_at(names, handle) : NULL;

	if (known && ev->time_ns < known->until_ns)
		return KNOWN;
	if (!can_pay(names, ev->time_ns))
		return PUT_OFF;
	if (!known)
		known = remember_known(names, id, pid);
	if (!look_up_known(names, known, ev, ret) || hash_names(names, ret) == known->announced)
		return KNOWN;
	note_announced(names, find_known(names, id, pid), hash_names(names, ret));
	return ANNOUNCE;
}

/* Finds whose event @ev is: the socket's cgroup, and a process that may become its owner. */
static void find_owner(const struct tf_event *ev, uint64_t *ret_id, uint32_t *ret_pid)
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
	case TF_EV_MASTER:
		*ret_pid = ((const struct tf_ev_master *)ev)->pid;
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

	find_owner(ev, &id, &pid);
	if (!names->host.v1)
		pid = 0;
	else if (id == names->host.root_id)
		id = 0; /* names nothing: the cgroups with names may be those of version 1 */
	if (id && id != names->last_id) {
		enum noted noted = note_one(names, id, 0, ev, ret);

		if (noted == ANNOUNCE)
			return true;
		if (noted == KNOWN)
			names->last_id = id;
	}
	if (pid && (pid != names->last_pid || ev->time_ns >= names->last_pid_ns)) {
		enum noted noted = note_one(names, 0, pid, ev, ret);

		if (noted == ANNOUNCE)
			return true;
		names->last_pid = pid;
		names->last_pid_ns =
			noted == KNOWN ? known_at(names, find_known(names, 0, pid))->until_ns : 0;
	}
	return false;
}
