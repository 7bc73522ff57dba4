// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * detect.c - when a pile is an alert, and what is told of it
 */
#include "core/detect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define EVERY SECOND		 /* between two evaluations on time */
#define EVERY_QUIET (5 * SECOND) /* ... when nothing but time goes on */
#define PER_MEMBER 20000ULL	 /* with many members, this much longer for each: 2 % of a core */
#define REMIND (60 * SECOND)	 /* a pile that grows slowly is told again after that */
#define CLEAR_MAX (10 * SECOND)
#define SAMPLE (30 * SECOND) /* for the rate of growth */
#define SAMPLE_MIN (10 * SECOND)

int tf_detect_init(struct tf_core *core)
{
	struct tf_detect *detect = &core->detect;

	if (core->options.no_alerts)
		return 0;
	if (tf_piles_init(&detect->piles, TF_DETECT_PILES) ||
	    tf_piles_init(&detect->ports, TF_DETECT_PORT_PILES))
		return -ENOMEM;
	return 0;
}

void tf_detect_fini(struct tf_core *core)
{
	tf_piles_fini(&core->detect.piles);
	tf_piles_fini(&core->detect.ports);
	free(core->detect.ghosts);
	core->detect.ghosts = NULL;
}

bool tf_detect_by_rounds(enum tf_alert alert)
{
	return alert == TF_ALERT_SYN_RECV_FLOOD || alert == TF_ALERT_ACCEPT_QUEUE_FULL ||
	       alert == TF_ALERT_TIME_WAIT_EXHAUSTION || alert == TF_ALERT_GHOST_ESTABLISHED;
}

/* A storm must last: three buckets are filled before it is one. A flap is counted over a minute. */
uint64_t tf_detect_bucket_ns(const struct tf_core *core, enum tf_alert alert)
{
	uint64_t age = tf_detect_limits(core, alert)->age_ns;

	if (alert == TF_ALERT_RECONNECT_FLAP)
		return 60 * SECOND / TF_PILE_BUCKETS;
	if (alert != TF_ALERT_RESET_STORM && alert != TF_ALERT_REFUSED_STORM)
		return 0;
	return age < 300 * MS ? 100 * MS : age / 3;
}

static bool is_zero(const struct tf_alert_limits *limits)
{
	return !limits->off && !limits->count && !limits->age_ns && !limits->rate &&
	       !limits->percent;
}

const struct tf_alert_limits *tf_detect_limits(const struct tf_core *core, enum tf_alert alert)
{
	const struct tf_alert_limits *own = &core->options.alert[alert];

	return is_zero(own) ? &tf_alert_info(alert)->limits : own;
}

bool tf_detect_wants(const struct tf_core *core, enum tf_alert alert)
{
	return !core->options.no_alerts && !core->options.alert[alert].off;
}

enum tf_level tf_detect_level(uint64_t n, uint64_t enough)
{
	if (n >= enough && n)
		return TF_LEVEL_ENOUGH;
	return n * 2 < enough || !n ? TF_LEVEL_FEW : TF_LEVEL_BETWEEN;
}

struct tf_pile *tf_detect_pile(struct tf_core *core, struct tf_piles *piles,
			       const struct tf_pile_key *key, const struct tf_conn *conn)
{
	struct tf_pile *pile = tf_piles_find(piles, key, true);
	uint32_t turn =
		tf_detect_by_rounds(key->alert) ? core->detect.round_turn : core->detect.turn;

	if (!pile)
		return NULL;
	if (conn && (!pile->count || pile->turn != turn)) {
		pile->owner_from = conn->owner_from;
		pile->owner_pid = conn->pid;
		pile->cgroup = conn->cgroup;
		memcpy(pile->comm, conn->comm, sizeof(pile->comm));
	}
	tf_pile_begin(pile, turn);
	return pile;
}

void tf_detect_example(struct tf_core *core, uint32_t handle, struct tf_alert_record *ret)
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
		example->age_us = (core->now - conn->since_ns) / 1000;
}

/* How many more a minute, since a sample of half a minute to a minute ago. */
static uint64_t growth(const struct tf_core *core, const struct tf_pile *pile)
{
	uint64_t time = core->now - pile->sample_ns;

	if (!pile->sample_ns || time < SAMPLE_MIN || pile->count < pile->sample_count)
		return TF_UNKNOWN_U64;
	return (pile->count - pile->sample_count) * 60 * SECOND / time;
}

static void sample(const struct tf_core *core, struct tf_pile *pile)
{
	if (!pile->sample_ns) {
		pile->sample_ns = pile->next_sample_ns = core->now;
		pile->sample_count = pile->next_sample_count = pile->count;
	}
	if (core->now - pile->next_sample_ns < SAMPLE)
		return;
	pile->sample_ns = pile->next_sample_ns;
	pile->sample_count = pile->next_sample_count;
	pile->next_sample_ns = core->now;
	pile->next_sample_count = pile->count;
}

static void add_examples(struct tf_core *core, const struct tf_pile *pile,
			 struct tf_alert_record *record)
{
	uint32_t listener;

	if (tf_detect_bucket_ns(core, pile->key.alert)) {
		if (pile->latest.state)
			record->examples[record->n_examples++] = pile->latest;
		return;
	}
	if (pile->key.alert == TF_ALERT_GHOST_ESTABLISHED) {
		tf_detect_ghost_examples(core, pile, record);
		return;
	}
	if (!pile->key.sock) {
		tf_detect_state_examples(core, pile, record);
		return;
	}
	listener = tf_table_find(&core->table, pile->key.sock);
	if (listener)
		tf_detect_example(core, listener, record);
}

static void fill(struct tf_core *core, const struct tf_pile *pile, enum tf_alert_event event,
		 struct tf_alert_record *ret)
{
	const struct tf_pile_key *key = &pile->key;
	uint64_t bucket_ns = tf_detect_bucket_ns(core, key->alert);

	*ret = (struct tf_alert_record){
		.time_ns = core->now,
		.alert = key->alert,
		.event = event,
		.since_ns = pile->raised_ns,
		.netns = key->netns,
		.owner = {.from = pile->owner_from, .pid = pile->owner_pid},
		.names = tf_cgroups_find(&core->cgroups, pile->cgroup, pile->owner_pid),
		.local_addr = key->has_local ? key->laddr : NULL,
		.remote_addr = key->has_remote ? key->raddr : NULL,
		.local_port = key->lport,
		.remote_port = key->rport,
		.count = event == TF_ALERT_EVENT_CLEAR ? pile->peak : pile->count,
		.oldest_us = TF_UNKNOWN_U64,
		.oldest_at_least = pile->at_least,
		.rate_per_min = bucket_ns ?
					pile->count * 60 * SECOND / (bucket_ns * TF_PILE_BUCKETS) :
					growth(core, pile),
		.limit = pile->limit,
		.eof_read = pile->eof_read,
		.bytes_unread = pile->unread,
		.dropped = pile->dropped,
		.destinations = pile->destinations,
		.fate = key->fate ? key->fate - 1 : -1,
	};
	memcpy(ret->owner.comm, pile->comm, sizeof(ret->owner.comm));
	if (pile->oldest_ns <= core->now)
		ret->oldest_us = (core->now - pile->oldest_ns) / 1000;
	if (!bucket_ns)
		return;
	/* Of a storm the remote end is told while it is one. */
	ret->destinations = TF_UNKNOWN_U64;
	if (!key->has_remote && pile->destinations == 1)
		ret->remote_addr = pile->latest.tuple.raddr;
}

static void tell(struct tf_core *core, struct tf_pile *pile, enum tf_alert_event event)
{
	struct tf_alert_record alert;
	struct tf_record record = {.type = TF_RECORD_ALERT, .alert = &alert};

	fill(core, pile, event, &alert);
	if (event != TF_ALERT_EVENT_CLEAR)
		add_examples(core, pile, &alert);
	core->stats.alerts += event == TF_ALERT_EVENT_RAISE;
	pile->told_ns = core->now;
	pile->told_count = pile->count;
	if (!core->options.filter || tf_filter_record(core->options.filter, &record))
		core->emit(core->emit_ctx, &record);
}

/* Once it is raised, and until it is cleared. */
static void follow(struct tf_core *core, struct tf_pile *pile, enum tf_level level)
{
	const struct tf_alert_limits *limits = tf_detect_limits(core, pile->key.alert);
	uint64_t clear = limits->age_ns < SECOND ? SECOND : limits->age_ns;

	if (clear > CLEAR_MAX)
		clear = CLEAR_MAX;
	if (level != TF_LEVEL_FEW) {
		pile->below_ns = 0;
		if (pile->count > pile->told_count + pile->told_count / 2 ||
		    (pile->count > pile->told_count && core->now - pile->told_ns >= REMIND))
			tell(core, pile, TF_ALERT_EVENT_UPDATE);
		return;
	}
	if (!pile->below_ns)
		pile->below_ns = core->now;
	if (core->now - pile->below_ns < clear)
		return;
	tell(core, pile, TF_ALERT_EVENT_CLEAR);
	pile->raised_ns = pile->below_ns = pile->met_ns = pile->peak = 0;
}

void tf_detect_judge(struct tf_core *core, struct tf_pile *pile, enum tf_level level,
		     uint64_t sustain_ns)
{
	if (!tf_detect_bucket_ns(core, pile->key.alert))
		sample(core, pile);
	if (pile->count > pile->peak)
		pile->peak = pile->count;
	core->detect.waits |= pile->count || pile->raised_ns;
	if (pile->raised_ns) {
		follow(core, pile, level);
		return;
	}
	if (level != TF_LEVEL_ENOUGH) {
		pile->met_ns = 0;
		return;
	}
	if (!pile->met_ns)
		pile->met_ns = core->now;
	if (core->now - pile->met_ns < sustain_ns && !core->options.standing)
		return;
	pile->raised_ns = core->now;
	pile->peak = pile->count;
	tell(core, pile, TF_ALERT_EVENT_RAISE);
}

static uint32_t members(const struct tf_core *core)
{
	uint32_t n = 0;

	for (int queue = TF_QUEUE_SYN_SENT; queue <= TF_QUEUE_LIVE_LAST; queue++)
		n += core->table.queue[queue].n;
	return n;
}

void tf_detect_time(struct tf_core *core)
{
	struct tf_detect *detect = &core->detect;

	if (core->now < detect->next_ns || core->options.no_alerts)
		return;
	detect->next_ns = core->now + EVERY + members(core) * PER_MEMBER;
	detect->turn++;
	detect->waits = false;
	tf_detect_states(core);
	tf_detect_windows(core);
}

uint64_t tf_detect_next_due(const struct tf_core *core)
{
	const struct tf_detect *detect = &core->detect;

	if (core->options.no_alerts || (!members(core) && !detect->waits))
		return UINT64_MAX;
	return detect->next_ns + EVERY_QUIET - EVERY;
}
