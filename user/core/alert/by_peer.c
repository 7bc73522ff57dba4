// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * detect_peers.c - what ended connections, and silent ones, say of a peer
 *
 * Storms and flaps are single events, counted in buckets of time. A health check, which connects and
 * closes with nothing said, is never counted, whether it closes with a FIN or an RST.
 *
 * A ghost is a connection that has been silent for long, without keepalive, and that its peer has
 * replaced by a later one: each needs a successor of its own, begun some time after its last segment.
 * So neither a pool that was filled at once and then left idle, nor one that grows by one, is taken
 * for a peer that came back.
 */
#include <stdlib.h>
#include <string.h>

#include "core/alert/schedule.h"
#include "base/units.h"
#include "core/engine.h"
#include "core/states.h"

#define USUAL_TIMES 3u /* a storm is that many times what was usual before */
#define FORGET 8u      /* what is so much less than it had to be to matter is forgotten */
#define FILLED 3u      /* buckets that a storm must fill */
/* A host that lost its power needs that long to come back. */
#define COMES_BACK (10 * NS_PER_S)

/* --- storms ------------------------------------------------------------------------------------*/

static bool is_silent(const struct tf_conn_record *r)
{
	return !r->bytes_sent && !r->bytes_received;
}

/* The class of ends that make a storm. What an administrator or the end of a namespace does is meant. */
static bool is_abnormal(const struct tf_conn_record *r)
{
	switch (tf_fates_info(r->fate)->class) {
	case TF_CLASS_RESET:
	case TF_CLASS_HANDSHAKE:
		return !is_silent(r);
	case TF_CLASS_ABORT:
		return !is_silent(r) && r->fate != TF_FATE_ABORTED_BY_ADMIN &&
		       r->fate != TF_FATE_NETNS_GONE;
	case TF_CLASS_TIMEOUT:
		return true;
	default:
		return false;
	}
}

static void note_latest(struct tf_alert_group *group, const struct tf_conn_record *r)
{
	bool other = group->latest.state &&
		     memcmp(group->latest.tuple.raddr, r->tuple.raddr, sizeof(r->tuple.raddr)) != 0;

	/* 1: all of one remote end so far; 2: of several */
	if (!group->latest.state)
		group->destinations = 1;
	else if (other)
		group->destinations = 2;
	group->latest = (struct tf_alert_example){
		.sock = r->sock,
		.generation = r->generation,
		.tuple = r->tuple,
		.state = TF_TCP_CLOSE,
		.owner = r->owner,
		.fd = -1,
		.age_us = TF_UNKNOWN_U64,
	};
	group->owner_from = r->owner.from;
	group->owner_pid = r->owner.pid;
	group->cgroup = r->cgroup;
	memcpy(group->comm, r->owner.comm, sizeof(group->comm));
}

/* One more event of @key. */
static struct tf_alert_group *happen(struct tf_core *core, const struct tf_group_key *key,
				     const struct tf_conn_record *r)
{
	struct tf_alert_group *group = tf_groups_find(&core->detect.groups, key, true);
	uint64_t bucket_ns = tf_schedule_bucket_ns(core, key->alert);

	if (!group)
		return NULL;
	tf_groups_roll(group, core->now, bucket_ns);
	group->bucket[group->bucket_no % TF_GROUPS_BUCKETS]++;
	core->detect.waits = true;
	if (!group->last_ns || core->now - group->last_ns > bucket_ns * TF_GROUPS_BUCKETS)
		group->first_ns = core->now;
	group->last_ns = core->now;
	note_latest(group, r);
	return group;
}

static void name_service(struct tf_group_key *key, const struct tf_conn_record *r)
{
	if (r->role == TF_ROLE_SERVER)
		key->lport = r->tuple.lport;
	else if (r->role == TF_ROLE_CLIENT)
		key->rport = r->tuple.rport;
}

static void storm(struct tf_core *core, const struct tf_conn_record *r)
{
	struct tf_group_key key = {.netns = r->netns,
				   .pid = r->owner.from == TF_OWNER_NONE ? 0 : r->owner.pid};

	if (r->fate == TF_FATE_CONNECT_REFUSED) {
		key.alert = TF_ALERT_REFUSED_STORM;
		key.rport = r->tuple.rport;
		key.has_remote = 1;
		memcpy(key.raddr, r->tuple.raddr, sizeof(key.raddr));
	} else if (is_abnormal(r)) {
		key.alert = TF_ALERT_RESET_STORM;
		key.fate = (uint8_t)(r->fate + 1);
		name_service(&key, r);
	} else {
		return;
	}
	if (tf_schedule_wants(core, key.alert))
		happen(core, &key, r);
}

static void judge_storm(struct tf_core *core, struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	uint64_t window_ns = tf_schedule_bucket_ns(core, group->key.alert) * TF_GROUPS_BUCKETS;
	unsigned int filled;
	uint32_t sum = tf_groups_sum(group, &filled);
	uint64_t rate = sum * 60 * NS_PER_S / window_ns;
	bool more = (uint64_t)sum * 256 >= (uint64_t)group->usual * USUAL_TIMES * TF_GROUPS_BUCKETS;
	enum tf_level level = tf_schedule_level(rate, limits->rate);

	group->count = sum;
	if (level == TF_LEVEL_ENOUGH && (filled < FILLED || (!more && !group->raised_ns)))
		level = TF_LEVEL_BETWEEN;
	tf_schedule_judge(core, group, level, 0);
}

/* --- flaps -------------------------------------------------------------------------------------*/

/* Cut off soon: not in order, or closed from here before a word was said. */
static bool is_cut_off(const struct tf_conn_record *r, uint64_t short_us)
{
	if (r->role != TF_ROLE_SERVER || r->duration_us == TF_UNKNOWN_U64 ||
	    r->duration_us >= short_us)
		return false;
	if (is_abnormal(r))
		return true;
	return r->fate == TF_FATE_CLOSED_BY_LOCAL && !r->bytes_sent;
}

/* One at a time: a connection that began before the last one of this peer had ended is a crowd's. */
static void flap(struct tf_core *core, const struct tf_conn_record *r)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, TF_ALERT_RECONNECT_FLAP);
	struct tf_group_key key = {.alert = TF_ALERT_RECONNECT_FLAP,
				   .netns = r->netns,
				   .lport = r->tuple.lport,
				   .has_remote = 1};
	bool cut_off = is_cut_off(r, limits->age_ns / NS_PER_US);
	struct tf_alert_group *group;

	if (!cut_off && (!core->detect.n_flaps || r->role != TF_ROLE_SERVER))
		return;
	memcpy(key.raddr, r->tuple.raddr, sizeof(key.raddr));
	group = tf_groups_find(&core->detect.groups, &key, cut_off);
	if (!group)
		return;
	if (!cut_off || r->started_ns < group->memory) {
		group->others++;
		return;
	}
	core->detect.n_flaps += !group->last_ns;
	happen(core, &key, r);
	group->memory = r->time_ns;
}

static void judge_flap(struct tf_core *core, struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	unsigned int filled;
	uint32_t sum = tf_groups_sum(group, &filled);
	enum tf_level level = tf_schedule_level(sum, limits->rate);
	bool lasts = group->last_ns - group->first_ns >= limits->age_ns;

	group->count = sum;
	if (level == TF_LEVEL_ENOUGH && (!lasts || group->others * 4 > sum))
		level = group->raised_ns ? TF_LEVEL_BETWEEN : TF_LEVEL_FEW;
	tf_schedule_judge(core, group, level, 0);
	if (!sum)
		group->others = 0;
}

void tf_by_peer_ended(struct tf_core *core, const struct tf_conn_record *r)
{
	struct tf_group_key key = {.alert = TF_ALERT_TIME_WAIT_EXHAUSTION,
				   .netns = r->netns,
				   .rport = r->tuple.rport,
				   .has_local = 1,
				   .has_remote = 1};
	struct tf_alert_group *group;

	if (core->options.no_alerts)
		return;
	storm(core, r);
	if (tf_schedule_wants(core, TF_ALERT_RECONNECT_FLAP))
		flap(core, r);
	if (r->fate != TF_FATE_CONNECT_FAILED_LOCAL || !tf_schedule_wants(core, key.alert))
		return;
	memcpy(key.laddr, r->tuple.laddr, sizeof(key.laddr));
	memcpy(key.raddr, r->tuple.raddr, sizeof(key.raddr));
	group = tf_groups_find(&core->detect.ports, &key, true);
	if (!group)
		return;
	tf_groups_roll(group, core->now, TF_SCHEDULE_FAILURES_NS);
	group->bucket[group->bucket_no % TF_GROUPS_BUCKETS]++;
}

/* Whether what was usual is worth the group's memory: there may be one for each port of many short-lived
 * listeners. What keeps a storm from being one is a third of its limit at least. */
static bool remembers(const struct tf_core *core, const struct tf_alert_group *group)
{
	uint64_t bucket_ms = tf_schedule_bucket_ns(core, group->key.alert) / NS_PER_MS;
	uint64_t rate = (uint64_t)group->usual * 60000 / bucket_ms; /* a minute, in 1/256 */

	if (group->key.alert == TF_ALERT_RECONNECT_FLAP || !group->usual)
		return false;
	return rate * USUAL_TIMES * FORGET >=
	       (uint64_t)tf_schedule_limits(core, group->key.alert)->rate * 256;
}

void tf_by_peer_windows(struct tf_core *core)
{
	struct tf_groups *groups = &core->detect.groups;
	uint32_t handle, next;

	for (handle = groups->head; handle; handle = next) {
		struct tf_alert_group *group = tf_groups_at(groups, handle);
		uint64_t bucket_ns = tf_schedule_bucket_ns(core, group->key.alert);

		next = group->next;
		if (!bucket_ns)
			continue;
		tf_groups_roll(group, core->now, bucket_ns);
		group->oldest_ns = group->first_ns;
		group->eof_read = group->unread = group->dropped = group->limit = TF_UNKNOWN_U64;
		if (group->key.alert == TF_ALERT_RECONNECT_FLAP)
			judge_flap(core, group);
		else
			judge_storm(core, group);
		if (group->count || group->raised_ns || remembers(core, group))
			continue;
		core->detect.n_flaps -= group->key.alert == TF_ALERT_RECONNECT_FLAP;
		tf_groups_del(groups, handle);
	}
}

/* --- ghosts ------------------------------------------------------------------------------------*/

/* The time from which on a ghost may be replaced, or the start of a connection of the same peer. */
struct mark {
	const struct tf_alert_group *group;
	uint64_t ns;
	bool start;
};

static struct tf_group_key peer_of(const struct tf_conn *conn)
{
	struct tf_group_key key = {
		.alert = TF_ALERT_GHOST_ESTABLISHED, .netns = conn->netns, .has_remote = 1};

	if (conn->role == TF_ROLE_SERVER)
		key.lport = conn->tuple.lport;
	else
		key.rport = conn->tuple.rport;
	memcpy(key.raddr, conn->tuple.raddr, sizeof(key.raddr));
	return key;
}

/* The ghost's slot may have gone to somebody else since the scan met it. */
static const struct tf_conn *ghost_conn(struct tf_core *core, const struct tf_ghost *ghost)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, ghost->handle);

	return conn->scan == core->scan.stamp && conn->state == TF_TCP_ESTABLISHED ? conn : NULL;
}

static int by_pile_and_time(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

static uint64_t comes_back_ns(const struct tf_core *core)
{
	uint64_t age = tf_schedule_limits(core, TF_ALERT_GHOST_ESTABLISHED)->age_ns;

	return age < COMES_BACK ? age : COMES_BACK;
}

/* Marks of all ghosts, and of the starts of all open connections of their peers. Returns how many. */
static uint32_t make_marks(struct tf_core *core, struct mark *marks, uint32_t room)
{
	struct tf_schedule *detect = &core->detect;
	uint32_t n = 0, handle = core->table.queue[TF_QUEUE_ACTIVE].head;

	for (uint32_t i = 0; i < detect->n_ghosts && n < room; i++) {
		const struct tf_conn *conn = ghost_conn(core, &detect->ghosts[i]);
		struct tf_group_key key = conn ? peer_of(conn) : (struct tf_group_key){0};
		struct tf_alert_group *group =
			conn ? tf_schedule_group(core, &detect->groups, &key, conn) : NULL;

		if (group)
			marks[n++] = (struct mark){
				group, detect->ghosts[i].last_ns + comes_back_ns(core), false};
	}
	for (; handle && n < room; handle = tf_table_conn(&core->table, handle)->next) {
		const struct tf_conn *conn = tf_table_conn(&core->table, handle);
		struct tf_group_key key = peer_of(conn);
		const struct tf_alert_group *group;

		if (conn->started_ns == TF_UNKNOWN_U64)
			continue;
		group = tf_groups_find(&detect->groups, &key, false);
		if (group && group->turn == detect->scan_turn)
			marks[n++] = (struct mark){group, conn->started_ns, true};
	}
	return n;
}

void tf_by_peer_ghosts(struct tf_core *core)
{
	struct tf_schedule *detect = &core->detect;
	uint32_t room = detect->n_ghosts + core->table.queue[TF_QUEUE_ACTIVE].n, n;
	struct mark *marks;

	if (!detect->n_ghosts)
		return;
	marks = calloc(room, sizeof(*marks));
	if (!marks)
		return;
	n = make_marks(core, marks, room);
	qsort(marks, n, sizeof(*marks), by_pile_and_time);
	/* Each start replaces the ghost that has waited longest. */
	for (uint32_t i = 0, waits = 0; i < n; i++) {
		struct tf_alert_group *group = (struct tf_alert_group *)marks[i].group;

		if (i == 0 || marks[i - 1].group != group)
			waits = i;
		if (!marks[i].start)
			continue;
		while (waits < i && marks[waits].start)
			waits++;
		if (waits < i)
			tf_groups_add(group, marks[waits++].ns - comes_back_ns(core), false);
	}
	free(marks);
}

void tf_by_peer_ghost_examples(struct tf_core *core, const struct tf_alert_group *group,
			       struct tf_alert_record *ret)
{
	for (uint32_t i = 0; i < core->detect.n_ghosts; i++) {
		const struct tf_conn *conn = ghost_conn(core, &core->detect.ghosts[i]);
		struct tf_group_key key;

		if (!conn)
			continue;
		key = peer_of(conn);
		if (!memcmp(&key, &group->key, sizeof(key)))
			tf_schedule_example(core, core->detect.ghosts[i].handle, ret);
	}
}
