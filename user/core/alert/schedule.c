// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * detect.c - when a group is an alert, and what is told of it
 */
#include "core/alert/schedule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "core/engine.h"
#include "core/states.h"

#define EVERY NS_PER_S		   /* between two evaluations on time */
#define EVERY_QUIET (5 * NS_PER_S) /* ... when nothing but time goes on */
#define PER_MEMBER 20000ULL	   /* with many members, this much longer for each: 2 % of a core */
#define REMIND (60 * NS_PER_S)	   /* a group that grows slowly is told again after that */
#define CLEAR_MAX (10 * NS_PER_S)
#define SAMPLE (30 * NS_PER_S) /* for the rate of growth */
#define SAMPLE_MIN (10 * NS_PER_S)

int tf_schedule_init(struct tf_core *core)
{
	struct tf_schedule *detect = &core->detect;

	if (core->options.no_alerts)
		return 0;
	if (tf_groups_init(&detect->groups, TF_SCHEDULE_GROUPS) ||
	    tf_groups_init(&detect->ports, TF_SCHEDULE_PORT_GROUPS))
		return -ENOMEM;
	return 0;
}

void tf_schedule_fini(struct tf_core *core)
{
	tf_groups_fini(&core->detect.groups);
	tf_groups_fini(&core->detect.ports);
	free(core->detect.ghosts);
	core->detect.ghosts = NULL;
}

bool tf_schedule_by_scans(enum tf_alert alert)
{
	return alert == TF_ALERT_SYN_RECV_FLOOD || alert == TF_ALERT_ACCEPT_QUEUE_FULL ||
	       alert == TF_ALERT_TIME_WAIT_EXHAUSTION || alert == TF_ALERT_GHOST_ESTABLISHED;
}

/* A storm must last: three buckets are filled before it is one. A flap is counted over a minute. */
uint64_t tf_schedule_bucket_ns(const struct tf_core *core, enum tf_alert alert)
{
	uint64_t age = tf_schedule_limits(core, alert)->age_ns;

	if (alert == TF_ALERT_RECONNECT_FLAP)
		return 60 * NS_PER_S / TF_GROUPS_BUCKETS;
	if (alert != TF_ALERT_RESET_STORM && alert != TF_ALERT_REFUSED_STORM)
		return 0;
	return age < 300 * NS_PER_MS ? 100 * NS_PER_MS : age / 3;
}

static bool is_zero(const struct tf_alert_limits *limits)
{
	return !limits->off && !limits->count && !limits->age_ns && !limits->rate &&
	       !limits->percent;
}

const struct tf_alert_limits *tf_schedule_limits(const struct tf_core *core, enum tf_alert alert)
{
	const struct tf_alert_limits *own = &core->options.alert[alert];

	return is_zero(own) ? &tf_alerts_info(alert)->limits : own;
}

bool tf_schedule_wants(const struct tf_core *core, enum tf_alert alert)
{
	return !core->options.no_alerts && !core->options.alert[alert].off;
}

enum tf_level tf_schedule_level(uint64_t n, uint64_t enough)
{
	if (n >= enough && n)
		return TF_LEVEL_ENOUGH;
	return n * 2 < enough || !n ? TF_LEVEL_FEW : TF_LEVEL_BETWEEN;
}

struct tf_alert_group *tf_schedule_group(struct tf_core *core, struct tf_groups *groups,
					 const struct tf_group_key *key, const struct tf_conn *conn)
{
	struct tf_alert_group *group = tf_groups_find(groups, key, true);
	uint32_t turn =
		tf_schedule_by_scans(key->alert) ? core->detect.scan_turn : core->detect.turn;

	if (!group)
		return NULL;
	if (conn && (!group->count || group->turn != turn)) {
		group->owner_from = conn->owner_from;
		group->owner_pid = conn->pid;
		group->cgroup = conn->cgroup;
		memcpy(group->comm, conn->comm, sizeof(group->comm));
	}
	tf_groups_begin(group, turn);
	return group;
}

void tf_schedule_example(struct tf_core *core, uint32_t handle, struct tf_alert_record *ret)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_alert_example *example;

	if (ret->n_examples == TF_ALERT_EXAMPLES)
		return;
	example = &ret->examples[ret->n_examples++];
	*example = (struct tf_alert_example){
		.sock = conn->sock,
		.generation = conn->generation,
		.tuple = conn->tuple,
		.state = conn->state,
		.owner = {.from = conn->owner_from, .pid = conn->pid},
		.fd = conn->fd,
		.age_us = TF_UNKNOWN_U64,
	};
	memcpy(example->owner.comm, conn->comm, sizeof(example->owner.comm));
	if (conn->since_ns <= core->now)
		example->age_us = (core->now - conn->since_ns) / NS_PER_US;
}

/* How many more a minute, since a sample of half a minute to a minute ago. */
static uint64_t growth(const struct tf_core *core, const struct tf_alert_group *group)
{
	uint64_t time = core->now - group->sample_ns;

	if (!group->sample_ns || time < SAMPLE_MIN || group->count < group->sample_count)
		return TF_UNKNOWN_U64;
	return (group->count - group->sample_count) * 60 * NS_PER_S / time;
}

static void sample(const struct tf_core *core, struct tf_alert_group *group)
{
	if (!group->sample_ns) {
		group->sample_ns = group->next_sample_ns = core->now;
		group->sample_count = group->next_sample_count = group->count;
	}
	if (core->now - group->next_sample_ns < SAMPLE)
		return;
	group->sample_ns = group->next_sample_ns;
	group->sample_count = group->next_sample_count;
	group->next_sample_ns = core->now;
	group->next_sample_count = group->count;
}

static void add_examples(struct tf_core *core, const struct tf_alert_group *group,
			 struct tf_alert_record *record)
{
	uint32_t listener;

	if (tf_schedule_bucket_ns(core, group->key.alert)) {
		if (group->latest.state)
			record->examples[record->n_examples++] = group->latest;
		return;
	}
	if (group->key.alert == TF_ALERT_GHOST_ESTABLISHED) {
		tf_by_peer_ghost_examples(core, group, record);
		return;
	}
	if (!group->key.sock) {
		tf_by_state_examples(core, group, record);
		return;
	}
	listener = tf_table_find(&core->table, group->key.sock);
	if (listener)
		tf_schedule_example(core, listener, record);
}

static void fill(struct tf_core *core, const struct tf_alert_group *group,
		 enum tf_alert_event event, struct tf_alert_record *ret)
{
	const struct tf_group_key *key = &group->key;
	uint64_t bucket_ns = tf_schedule_bucket_ns(core, key->alert);

	*ret = (struct tf_alert_record){
		.time_ns = core->now,
		.alert = key->alert,
		.event = event,
		.since_ns = group->raised_ns,
		.netns = key->netns,
		.owner = {.from = group->owner_from, .pid = group->owner_pid},
		.names = tf_cgroups_find(&core->cgroups, group->cgroup, group->owner_pid),
		.local_addr = key->has_local ? key->laddr : NULL,
		.remote_addr = key->has_remote ? key->raddr : NULL,
		.local_port = key->lport,
		.remote_port = key->rport,
		.count = event == TF_ALERT_EVENT_CLEAR ? group->peak : group->count,
		.oldest_us = TF_UNKNOWN_U64,
		.oldest_at_least = group->at_least,
		.rate_per_min =
			bucket_ns ? group->count * 60 * NS_PER_S / (bucket_ns * TF_GROUPS_BUCKETS) :
				    growth(core, group),
		.limit = group->limit,
		.eof_read = group->eof_read,
		.bytes_unread = group->unread,
		.dropped = group->dropped,
		.destinations = group->destinations,
		.fate = key->fate ? key->fate - 1 : -1,
	};
	memcpy(ret->owner.comm, group->comm, sizeof(ret->owner.comm));
	if (group->oldest_ns <= core->now)
		ret->oldest_us = (core->now - group->oldest_ns) / NS_PER_US;
	if (!bucket_ns)
		return;
	/* Of a storm the remote end is told while it is one. */
	ret->destinations = TF_UNKNOWN_U64;
	if (!key->has_remote && group->destinations == 1)
		ret->remote_addr = group->latest.tuple.raddr;
}

static void tell(struct tf_core *core, struct tf_alert_group *group, enum tf_alert_event event)
{
	struct tf_alert_record alert;
	struct tf_record record = {.type = TF_RECORD_ALERT, .alert = &alert};

	fill(core, group, event, &alert);
	if (event != TF_ALERT_EVENT_CLEAR)
		add_examples(core, group, &alert);
	core->stats.alerts += event == TF_ALERT_EVENT_RAISE;
	group->told_ns = core->now;
	group->told_count = group->count;
	if (!core->options.filter || tf_filter_record(core->options.filter, &record))
		core->emit(core->emit_ctx, &record);
}

/* Once it is raised, and until it is cleared. */
static void follow(struct tf_core *core, struct tf_alert_group *group, enum tf_level level)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	uint64_t clear = limits->age_ns < NS_PER_S ? NS_PER_S : limits->age_ns;

	if (clear > CLEAR_MAX)
		clear = CLEAR_MAX;
	if (level != TF_LEVEL_FEW) {
		group->below_ns = 0;
		if (group->count > group->told_count + group->told_count / 2 ||
		    (group->count > group->told_count && core->now - group->told_ns >= REMIND))
			tell(core, group, TF_ALERT_EVENT_UPDATE);
		return;
	}
	if (!group->below_ns)
		group->below_ns = core->now;
	if (core->now - group->below_ns < clear)
		return;
	tell(core, group, TF_ALERT_EVENT_CLEAR);
	group->raised_ns = group->below_ns = group->met_ns = group->peak = 0;
}

void tf_schedule_judge(struct tf_core *core, struct tf_alert_group *group, enum tf_level level,
		       uint64_t sustain_ns)
{
	if (!tf_schedule_bucket_ns(core, group->key.alert))
		sample(core, group);
	if (group->count > group->peak)
		group->peak = group->count;
	core->detect.waits |= group->count || group->raised_ns;
	if (group->raised_ns) {
		follow(core, group, level);
		return;
	}
	if (level != TF_LEVEL_ENOUGH) {
		group->met_ns = 0;
		return;
	}
	if (!group->met_ns)
		group->met_ns = core->now;
	if (core->now - group->met_ns < sustain_ns && !core->options.standing)
		return;
	group->raised_ns = core->now;
	group->peak = group->count;
	tell(core, group, TF_ALERT_EVENT_RAISE);
}

static uint32_t members(const struct tf_core *core)
{
	uint32_t n = 0;

	for (int queue = TF_QUEUE_SYN_SENT; queue <= TF_QUEUE_LIVE_LAST; queue++)
		n += core->table.queue[queue].n;
	return n;
}

void tf_schedule_ended(struct tf_core *core, const struct tf_conn_record *record)
{
	if (!core->options.no_alerts)
		tf_by_peer_ended(core, record);
}

void tf_schedule_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	if (core->options.no_alerts)
		return;
	if (event->st.new_state == TF_TCP_LISTEN)
		tf_by_scan_listener(core, handle, event);
	else
		tf_by_scan_sock(core, handle, event);
}

void tf_schedule_minisock(struct tf_core *core, const struct tf_ev_minisock *event)
{
	if (!core->options.no_alerts)
		tf_by_scan_minisock(core, event);
}

void tf_schedule_scan_begin(struct tf_core *core)
{
	if (!core->options.no_alerts)
		tf_by_scan_begin(core);
}

void tf_schedule_scan_end(struct tf_core *core)
{
	if (!core->options.no_alerts)
		tf_by_scan_end(core);
}

void tf_schedule_time(struct tf_core *core)
{
	struct tf_schedule *detect = &core->detect;

	if (core->now < detect->next_ns || core->options.no_alerts)
		return;
	detect->next_ns = core->now + EVERY + members(core) * PER_MEMBER;
	detect->turn++;
	detect->waits = false;
	tf_by_state_count(core);
	tf_by_peer_windows(core);
}

uint64_t tf_schedule_next_due(const struct tf_core *core)
{
	const struct tf_schedule *detect = &core->detect;

	if (core->options.no_alerts || (!members(core) && !detect->waits))
		return UINT64_MAX;
	return detect->next_ns + EVERY_QUIET - EVERY;
}
