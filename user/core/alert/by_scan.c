// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * by_scan.c - see by_scan.h
 */
#include "core/alert/by_scan.h"

#include <string.h>

#include "base/units.h"
#include "core/alert/counting.h"
#include "core/alert/judge.h"
#include "core/alert/notify.h"
#include "core/engine.h"
#include "core/states.h"

/* With fewer pending handshakes, being near the limit means nothing: the limit is small. */
#define REQUESTS_MIN 8u
#define FAILURES_MIN 3u /* connects without a local port, in FAILURES_NS * TF_GROUPS_BUCKETS */
#define FAILURES_NS (10 * NS_PER_S)
#define NO_FACT UINT32_MAX

static const struct tf_ev_netns *facts_of(const struct tf_core *core, uint32_t netns, bool last)
{
	const struct tf_merge_space *space = tf_merge_spaces_find(core, netns, last);

	return space ? &space->facts : NULL;
}

/* How much counter @which of @netns went up between the last two scans; 0 when that is not
 * known. */
static uint64_t went_up(const struct tf_core *core, uint32_t netns, enum tf_snmp which)
{
	const struct tf_ev_netns *now = facts_of(core, netns, false);
	const struct tf_ev_netns *last = facts_of(core, netns, true);

	if (!now || !last || now->snmp[which] == UINT64_MAX || last->snmp[which] == UINT64_MAX ||
	    now->snmp[which] < last->snmp[which])
		return 0;
	return now->snmp[which] - last->snmp[which];
}

/* --- pending handshakes -----------------------------------------------------------------------*/

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

/* A listener without pending handshakes does not begin a group. */
static struct tf_alert_group *listener_group(struct tf_core *core, const struct tf_alert_row *row,
					     const struct tf_conn *conn, bool make)
{
	struct tf_group_key key = tf_group_key_of_conn(row->alert, row->key, conn);
	struct tf_alert_group *group = make ? tf_counting_group(core, row, &key) :
					      tf_counting_known_group(core, row, &key);

	if (group)
		tf_counting_set_owner(group, conn);
	return group;
}

void tf_by_scan_listener_requests(struct tf_core *core, const struct tf_alert_row *row,
				  uint32_t handle, const struct tf_ev_sock *event)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_alert_group *group = listener_group(core, row, conn, event->requests);
	uint64_t limit = request_limit(core, conn->netns, event->snd_queue);

	if (!group)
		return;
	group->count += event->requests;
	group->limit = tf_maybe_of(tf_maybe_or(group->limit, 0) + limit);
}

/* Requests that were answered twice and are still silent are no handshakes under way. */
void tf_by_scan_request(struct tf_core *core, const struct tf_alert_row *row,
			const struct tf_ev_minisock *event)
{
	struct tf_group_key key;
	struct tf_alert_group *group;

	if (event->state != TF_TCP_NEW_SYN_RECV || !event->retransmits)
		return;
	key = tf_group_key_of_minisock(row->alert, row->key, event);
	group = tf_groups_find(&core->alerting.groups[row->table], &key, true);
	if (group)
		group->others++;
}

/* Silent requests against as many that were finished meanwhile are a bad network, not a flood. */
bool tf_by_scan_judge_requests(struct tf_core *core, const struct tf_alert_row *row,
			       struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = &core->alerting.limits[row->alert];
	uint64_t finished = went_up(core, group->key.netns, TF_SNMP_PASSIVE_OPENS);
	uint64_t cookies = went_up(core, group->key.netns, TF_SNMP_SYNCOOKIES_SENT);
	uint64_t near = tf_judge_share(group->limit, limits->percent);
	bool many, full;

	if (near < REQUESTS_MIN)
		near = REQUESTS_MIN;
	many = limits->count && group->others >= limits->count && group->others >= finished;
	full = tf_maybe_or(group->limit, 0) && group->count >= near &&
	       (group->others >= finished || cookies >= finished);
	if (many || full)
		tf_judge_group(core, row, group, TF_LEVEL_ENOUGH, limits->age_ns);
	else if (group->others * 2 >= limits->count || group->count * 2 >= near)
		tf_judge_group(core, row, group, TF_LEVEL_BETWEEN, 0);
	else
		tf_judge_group(core, row, group, TF_LEVEL_FEW, 0);
	return tf_judge_is_empty(group);
}

/* --- accept queues -----------------------------------------------------------------------------*/

void tf_by_scan_accept_queue(struct tf_core *core, const struct tf_alert_row *row, uint32_t handle,
			     const struct tf_ev_sock *event)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	struct tf_alert_group *group = listener_group(core, row, conn, event->rcv_queue);

	if (!group)
		return;
	group->count = event->rcv_queue;
	group->limit = tf_maybe_of(event->snd_queue);
	/* memory: what had been dropped when it was last not full. */
	if (!group->enough_ns)
		group->memory = event->drops;
	group->dropped = tf_maybe_of(event->drops - (uint32_t)group->memory);
}

/* sk_acceptq_is_full(): more than the backlog are in it, so with the backlog's number one more
 * fits; a listener that stands there is as good as full. */
bool tf_by_scan_judge_accept_queue(struct tf_core *core, const struct tf_alert_row *row,
				   struct tf_alert_group *group)
{
	const struct tf_alert_limits *limits = &core->alerting.limits[row->alert];
	uint64_t enough = tf_judge_share(group->limit, limits->percent);

	tf_judge_group(core, row, group, tf_judge_level(group->count, enough),
		       tf_maybe_or(group->dropped, 0) ? 0 : limits->age_ns);
	return tf_judge_is_empty(group);
}

void tf_by_scan_listener_example(struct tf_core *core, const struct tf_alert_row *row,
				 const struct tf_alert_group *group, struct tf_alert_record *ret)
{
	uint32_t listener = tf_table_find(&core->table, group->key.sock);

	if (listener)
		tf_notify_example(core, listener, ret);
}

/* --- local ports -------------------------------------------------------------------------------*/

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

/* The facts of @netns, if @tuple's local port is used up: in the ephemeral range, not a listener's,
 * not free for the next connect(). Else NULL. */
static const struct tf_ev_netns *used_port(const struct tf_core *core, uint32_t netns,
					   const struct tf_tuple *tuple, bool time_wait)
{
	const struct tf_ev_netns *facts = facts_of(core, netns, false);

	if (!facts || facts->port_low == UINT16_MAX || tuple->lport < facts->port_low ||
	    tuple->lport > facts->port_high)
		return NULL;
	if ((time_wait && is_reused(facts, tuple)) ||
	    tf_table_listener(&core->table, netns, tuple, 0))
		return NULL;
	return facts;
}

static void count_port(struct tf_core *core, const struct tf_alert_row *row,
		       const struct tf_group_key *key, const struct tf_ev_netns *facts)
{
	struct tf_alert_group *group = tf_counting_group(core, row, key);

	if (!group)
		return;
	group->limit = tf_maybe_of(facts->port_high - facts->port_low + 1u);
	tf_groups_add(group, (struct tf_maybe){0}, false);
}

void tf_by_scan_sock_port(struct tf_core *core, const struct tf_alert_row *row, uint32_t handle,
			  const struct tf_ev_sock *event)
{
	const struct tf_conn *conn = tf_table_conn(&core->table, handle);
	const struct tf_ev_netns *facts;
	struct tf_group_key key;

	if (conn->role == TF_ROLE_SERVER)
		return;
	facts = used_port(core, conn->netns, &event->st.tuple, false);
	if (!facts)
		return;
	key = tf_group_key_of_conn(row->alert, row->key, conn);
	count_port(core, row, &key, facts);
}

void tf_by_scan_minisock_port(struct tf_core *core, const struct tf_alert_row *row,
			      const struct tf_ev_minisock *event)
{
	const struct tf_ev_netns *facts;
	struct tf_group_key key;

	if (event->state == TF_TCP_NEW_SYN_RECV)
		return;
	facts = used_port(core, event->ev.netns, &event->tuple,
			  event->substate != TF_TCP_FIN_WAIT2);
	if (!facts)
		return;
	key = tf_group_key_of_minisock(row->alert, row->key, event);
	count_port(core, row, &key, facts);
}

void tf_by_scan_no_port_left(struct tf_core *core, const struct tf_alert_row *row,
			     const struct tf_conn_record *record)
{
	struct tf_group_key key;
	struct tf_alert_group *group;

	if (record->fate != TF_FATE_CONNECT_FAILED_LOCAL)
		return;
	key = tf_group_key_of_record(row->alert, row->key, record);
	group = tf_groups_find(&core->alerting.groups[row->table], &key, true);
	if (!group)
		return;
	tf_groups_roll(group, core->now, FAILURES_NS);
	tf_groups_happen(group);
}

bool tf_by_scan_judge_ports(struct tf_core *core, const struct tf_alert_row *row,
			    struct tf_alert_group *group)
{
	uint64_t enough = tf_judge_share(group->limit, core->alerting.limits[row->alert].percent);
	enum tf_level level = tf_judge_level(group->count, enough);
	uint32_t failures;
	unsigned int filled;

	tf_groups_roll(group, core->now, FAILURES_NS);
	failures = tf_groups_sum(group, &filled);
	tf_judge_group(core, row, group, failures >= FAILURES_MIN ? TF_LEVEL_ENOUGH : level, 0);
	return !failures && !group->raised_ns;
}
