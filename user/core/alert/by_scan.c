// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * by_scan.c - what only a scan sees: queues of listeners, pending handshakes, minisocks, ports
 *
 * While a scan goes on, its groups count; they are judged when it has ended, so that half of a scan
 * is never taken for the whole.
 */
#include <stdlib.h>
#include <string.h>

#include "core/alert/schedule.h"
#include "base/units.h"
#include "core/engine.h"
#include "core/states.h"

/* Below that many pending handshakes, being near the limit means nothing: the limit is small. */
#define REQUESTS_MIN 8u
#define FAILURES 3u /* of connect() for want of a port, within the window, are an alert */
#define NO_FACT UINT32_MAX

static const struct tf_ev_netns *facts_of(const struct tf_core *core, uint32_t netns, bool last)
{
	const struct tf_space *space = tf_merge_space(core, netns, last);

	return space ? &space->facts : NULL;
}

/* How much counter @which of @netns went up between the last two scans; 0 when that is not known. */
static uint64_t went_up(const struct tf_core *core, uint32_t netns, enum tf_snmp which)
{
	const struct tf_ev_netns *now = facts_of(core, netns, false);
	const struct tf_ev_netns *last = facts_of(core, netns, true);

	if (!now || !last || now->snmp[which] == UINT64_MAX || last->snmp[which] == UINT64_MAX ||
	    now->snmp[which] < last->snmp[which])
		return 0;
	return now->snmp[which] - last->snmp[which];
}

/* --- listeners ---------------------------------------------------------------------------------*/

/* inet_csk_reqsk_queue_is_full(): the backlog bounds pending handshakes too. Without SYN cookies
 * tcp_conn_request() turns new ones away when a quarter of tcp_max_syn_backlog is left. */
static uint64_t request_limit(const struct tf_core *core, uint32_t netns, uint32_t backlog)
{
	const struct tf_ev_netns *facts = facts_of(core, netns, false);
	uint64_t most;

	if (!facts || facts->max_syn_backlog == NO_FACT || facts->syncookies)
		return backlog;
	most = facts->max_syn_backlog - facts->max_syn_backlog / 4;
	return backlog < most ? backlog : most;
}

static void count_requests(struct tf_core *core, const struct tf_conn *conn,
			   const struct tf_ev_sock *event)
{
	struct tf_group_key key = {
		.alert = TF_ALERT_SYN_RECV_FLOOD, .netns = conn->netns, .lport = conn->tuple.lport};
	struct tf_alert_group *group;

	if (!tf_schedule_wants(core, key.alert))
		return;
	/* Only pending handshakes make a group of a listener. */
	if (!event->requests && !tf_groups_find(&core->detect.groups, &key, false))
		return;
	group = tf_schedule_group(core, &core->detect.groups, &key, conn);
	if (!group)
		return;
	if (group->limit == TF_UNKNOWN_U64)
		group->limit = 0;
	group->count += event->requests;
	group->limit += request_limit(core, conn->netns, event->snd_queue);
}

void tf_by_scan_listener(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_group_key key = {.sock = conn->sock,
				   .alert = TF_ALERT_ACCEPT_QUEUE_FULL,
				   .netns = conn->netns,
				   .lport = conn->tuple.lport,
				   .has_local = 1};
	struct tf_alert_group *group;

	count_requests(core, conn, event);
	if (!tf_schedule_wants(core, key.alert))
		return;
	memcpy(key.laddr, conn->tuple.laddr, sizeof(key.laddr));
	if (!event->rcv_queue && !tf_groups_find(&core->detect.groups, &key, false))
		return;
	group = tf_schedule_group(core, &core->detect.groups, &key, conn);
	if (!group)
		return;
	group->count = event->rcv_queue;
	group->limit = event->snd_queue;
	/* memory: what had been dropped when it was last not full. */
	if (!group->met_ns)
		group->memory = event->drops;
	group->dropped = event->drops - (uint32_t)group->memory;
}

/* sk_acceptq_is_full(): more than the backlog are in it, so with the backlog's number one more fits; a
 * listener that stands there is as good as full. */
static void judge_accept_queue(struct tf_core *core, struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	uint64_t limit = group->limit == TF_UNKNOWN_U64 ? 0 : group->limit;
	uint64_t enough = (limit * limits->percent + 99) / 100;
	enum tf_level level = tf_schedule_level(group->count, enough ? enough : 1);
	bool dropping = group->dropped && group->dropped != TF_UNKNOWN_U64;

	tf_schedule_judge(core, group, level, dropping ? 0 : limits->age_ns);
}

/* Requests that were answered twice and are still silent are no handshakes under way. Against as many
 * that were finished meanwhile they are a bad network, not a flood. */
static void judge_requests(struct tf_core *core, struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	uint64_t finished = went_up(core, group->key.netns, TF_SNMP_PASSIVE_OPENS);
	uint64_t cookies = went_up(core, group->key.netns, TF_SNMP_SYNCOOKIES_SENT);
	uint64_t limit = group->limit == TF_UNKNOWN_U64 ? 0 : group->limit;
	uint64_t near = (limit * limits->percent + 99) / 100;
	bool many, full;

	if (near < REQUESTS_MIN)
		near = REQUESTS_MIN;
	many = limits->count && group->others >= limits->count && group->others >= finished;
	full = limit && group->count >= near && (group->others >= finished || cookies >= finished);
	if (many || full)
		tf_schedule_judge(core, group, TF_LEVEL_ENOUGH, limits->age_ns);
	else if (group->others * 2 >= limits->count || group->count * 2 >= near)
		tf_schedule_judge(core, group, TF_LEVEL_BETWEEN, 0);
	else
		tf_schedule_judge(core, group, TF_LEVEL_FEW, 0);
}

/* --- minisocks and ports -----------------------------------------------------------------------*/

static bool is_loopback(const uint8_t addr[16])
{
	static const uint8_t v6[16] = {[15] = 1};
	static const uint8_t mapped[13] = {[10] = 0xff, 0xff, 127};

	return !memcmp(addr, v6, sizeof(v6)) || !memcmp(addr, mapped, sizeof(mapped));
}

/* tcp_twsk_unique(): with tcp_tw_reuse a connect() takes the port of a TIME_WAIT minisock. */
static bool is_reused(const struct tf_ev_netns *facts, const struct tf_tuple *tuple)
{
	return facts->tw_reuse == 1 || (facts->tw_reuse == 2 && is_loopback(tuple->raddr));
}

/* One local port of the ephemeral range is used towards a destination. */
static void count_port(struct tf_core *core, uint32_t netns, const struct tf_tuple *tuple,
		       bool time_wait)
{
	const struct tf_ev_netns *facts = facts_of(core, netns, false);
	struct tf_group_key key = {.alert = TF_ALERT_TIME_WAIT_EXHAUSTION,
				   .netns = netns,
				   .rport = tuple->rport,
				   .has_local = 1,
				   .has_remote = 1};
	struct tf_alert_group *group;

	if (!tf_schedule_wants(core, key.alert) || !facts || facts->port_low == UINT16_MAX ||
	    tuple->lport < facts->port_low || tuple->lport > facts->port_high)
		return;
	if ((time_wait && is_reused(facts, tuple)) ||
	    tf_table_listener(&core->table, netns, tuple, 0))
		return;
	memcpy(key.laddr, tuple->laddr, sizeof(key.laddr));
	memcpy(key.raddr, tuple->raddr, sizeof(key.raddr));
	group = tf_schedule_group(core, &core->detect.ports, &key, NULL);
	if (!group)
		return;
	group->limit = facts->port_high - facts->port_low + 1u;
	tf_groups_add(group, TF_UNKNOWN_U64, false);
}

static void judge_ports(struct tf_core *core, struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, group->key.alert);
	uint64_t limit = group->limit == TF_UNKNOWN_U64 ? 0 : group->limit;
	uint64_t enough = (limit * limits->percent + 99) / 100;
	unsigned int filled;

	tf_groups_roll(group, core->now, TF_SCHEDULE_FAILURES_NS);
	if (tf_groups_sum(group, &filled) >= FAILURES)
		tf_schedule_judge(core, group, TF_LEVEL_ENOUGH, 0);
	else
		tf_schedule_judge(core, group, tf_schedule_level(group->count, enough ? enough : 1),
				  0);
}

static void count_fin_wait2(struct tf_core *core, const struct tf_ev_minisock *event)
{
	struct tf_group_key key = {
		.alert = TF_ALERT_FIN_WAIT2_STUCK, .netns = event->ev.netns, .has_remote = 1};
	struct tf_alert_group *group;

	if (!tf_schedule_wants(core, key.alert))
		return;
	memcpy(key.raddr, event->tuple.raddr, sizeof(key.raddr));
	group = tf_groups_find(&core->detect.groups, &key, true);
	if (group)
		group->others++;
}

static void count_request(struct tf_core *core, const struct tf_ev_minisock *event)
{
	struct tf_group_key key = {.alert = TF_ALERT_SYN_RECV_FLOOD,
				   .netns = event->ev.netns,
				   .lport = event->tuple.lport};
	struct tf_alert_group *group;

	if (!event->retransmits || !tf_schedule_wants(core, key.alert))
		return;
	group = tf_groups_find(&core->detect.groups, &key, true);
	if (group)
		group->others++;
}

void tf_by_scan_minisock(struct tf_core *core, const struct tf_ev_minisock *event)
{
	if (core->options.no_alerts)
		return;
	if (event->state == TF_TCP_NEW_SYN_RECV) {
		count_request(core, event);
		return;
	}
	if (event->substate == TF_TCP_FIN_WAIT2)
		count_fin_wait2(core, event);
	count_port(core, event->ev.netns, &event->tuple, event->substate != TF_TCP_FIN_WAIT2);
}

void tf_by_scan_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event)
{
	const struct tf_alert_limits *limits = tf_schedule_limits(core, TF_ALERT_GHOST_ESTABLISHED);
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_schedule *detect = &core->detect;
	uint64_t least_ms = limits->age_ns / NS_PER_MS;

	if (core->options.no_alerts)
		return;
	if (conn->role != TF_ROLE_SERVER)
		count_port(core, conn->netns, &event->st.tuple, false);
	if (conn->state != TF_TCP_ESTABLISHED || conn->keepalive ||
	    event->silent_ms == UINT32_MAX || event->silent_ms < least_ms ||
	    event->idle_ms < least_ms || !tf_schedule_wants(core, TF_ALERT_GHOST_ESTABLISHED))
		return;
	if (!detect->ghosts) /* few hosts have any */
		detect->ghosts = calloc(TF_SCHEDULE_GHOSTS, sizeof(*detect->ghosts));
	if (!detect->ghosts || detect->n_ghosts == TF_SCHEDULE_GHOSTS) {
		detect->ghosts_refused++;
		return;
	}
	detect->ghosts[detect->n_ghosts++] = (struct tf_ghost){
		.handle = handle, .last_ns = event->st.ev.time_ns - event->silent_ms * NS_PER_MS};
}

/* --- scans ------------------------------------------------------------------------------------*/

/* Piles that are counted while the scan goes on. */
void tf_by_scan_begin(struct tf_core *core)
{
	struct tf_groups *groups = &core->detect.groups;
	uint32_t handle = core->options.no_alerts ? 0 : groups->head;

	core->detect.scan_turn++;
	core->detect.n_ghosts = 0;
	for (; handle; handle = tf_groups_at(groups, handle)->next) {
		struct tf_alert_group *group = tf_groups_at(groups, handle);

		if (group->key.alert == TF_ALERT_FIN_WAIT2_STUCK ||
		    group->key.alert == TF_ALERT_SYN_RECV_FLOOD)
			group->others = 0;
	}
}

/* One group of this file's. Returns whether it may be forgotten. */
static bool close_pile(struct tf_core *core, struct tf_alert_group *group)
{
	if (tf_schedule_by_scans(group->key.alert))
		tf_groups_begin(group, core->detect.scan_turn);
	switch (group->key.alert) {
	case TF_ALERT_FIN_WAIT2_STUCK:
		group->memory = group->others;
		group->others = 0;
		return false; /* judged with the full sockets, on time */
	case TF_ALERT_SYN_RECV_FLOOD:
		judge_requests(core, group);
		return !group->count && !group->others && !group->raised_ns;
	case TF_ALERT_ACCEPT_QUEUE_FULL:
		judge_accept_queue(core, group);
		return !group->count && !group->raised_ns;
	case TF_ALERT_GHOST_ESTABLISHED:
		tf_schedule_judge(
			core, group,
			tf_schedule_level(group->count,
					  tf_schedule_limits(core, group->key.alert)->count),
			0);
		return !group->count && !group->raised_ns;
	default:
		return false;
	}
}

static void close_ports(struct tf_core *core)
{
	struct tf_groups *ports = &core->detect.ports;
	uint32_t handle, next;

	for (handle = ports->head; handle; handle = next) {
		struct tf_alert_group *group = tf_groups_at(ports, handle);
		unsigned int filled;

		next = group->next;
		tf_groups_begin(group, core->detect.scan_turn);
		judge_ports(core, group);
		tf_groups_sum(group, &filled);
		if (!filled && !group->raised_ns)
			tf_groups_del(ports, handle);
	}
}

void tf_by_scan_end(struct tf_core *core)
{
	struct tf_groups *groups = &core->detect.groups;
	uint32_t handle, next;

	if (core->options.no_alerts)
		return;
	tf_by_peer_ghosts(core);
	for (handle = groups->head; handle; handle = next) {
		next = tf_groups_at(groups, handle)->next;
		if (close_pile(core, tf_groups_at(groups, handle)))
			tf_groups_del(groups, handle);
	}
	close_ports(core);
	if (!core->options.standing)
		return;
	/* There will be no other time. */
	core->detect.next_ns = 0;
	tf_schedule_time(core);
}
