// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * verdict.c - the facts of an end, and the rules of fates.def applied to them
 */
#include "core/fate/verdict.h"

#include <errno.h>
#include <string.h>

#include "core/fate/counts.h"
#include "core/sequence.h"
#include "core/states.h"

#define F TF_FACT_BIT

struct rule {
	enum tf_fate fate;
	uint32_t states; /* set of TF_STATE_BIT() */
	uint64_t required, forbidden;
};

static const struct rule fate_rules[] = {
#define TF_RULE(name, states_, required_, forbidden_)                                              \
	{TF_FATE_##name, states_, required_, forbidden_},
#include "core/fate/fates.def"
#undef TF_RULE
};

static const uint64_t fate_forms[TF_FATE_MAX] = {
#define TF_FORM(name, facts) [TF_FATE_##name] = facts,
#include "core/fate/fates.def"
#undef TF_FORM
};

/* Facts that say of any end what would look strange without them. */
#define EVERY_FORM F(RST_CLEARED_OLD)

static const uint64_t history_facts = 0
#define AT_CLOSE 0
#define HISTORY 1
#define TF_FACT(name, slug, source, text) | ((uint64_t)source << TF_FACT_##name)
#include "core/fate/facts.def"
#undef TF_FACT
	;

/* The facts in sk_err and sk_err_soft. */
static uint64_t error_facts(const struct tf_ev_close *event)
{
	uint64_t soft = event->err_soft ? F(ERR_SOFT) : 0;

	switch (event->err) {
	case 0:
		return soft | F(ERR_NONE);
	case ECONNRESET:
	case EPIPE:
		return soft | F(ERR_RESET);
	case ECONNREFUSED:
		return soft | F(ERR_REFUSED);
	case ETIMEDOUT:
		return soft | F(ERR_TIMEDOUT);
	case ECONNABORTED:
		return soft | F(ERR_ABORTED);
	default:
		return soft | F(ERR_OTHER);
	}
}

/* The facts that the event carries as flags. */
static uint64_t flag_facts(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		uint64_t fact;
	} map[] = {
		{TF_F_DEAD, F(ORPHAN)},		  {TF_F_DONE, F(FIN_RECEIVED)},
		{TF_F_KEEPOPEN, F(KEEPALIVE)},	  {TF_F_LINGER0, F(LINGER_ZERO)},
		{TF_F_LOCKED, F(BY_TASK)},	  {TF_F_LINGER2_NEG, F(LINGER2_NEGATIVE)},
		{TF_F_NETNS_DEAD, F(NETNS_DEAD)}, {TF_F_REPAIR, F(REPAIR)},
		{TF_F_MPTCP, F(MPTCP)},		  {TF_F_FASTOPEN, F(FASTOPEN)},
		{TF_F_ICMP_TOLD, F(ICMP_TOLD)},
	};
	uint64_t facts = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (flags & map[i].flag)
			facts |= map[i].fact;
	return facts;
}

/* close() shuts the socket down first. Until then it may be waiting for the lock that another task
 * holds, as who destroys the socket. */
static bool by_close(const struct tf_ev_close *event)
{
	const uint32_t flags = TF_F_LOCKED | TF_F_FILE_GONE;

	return (event->st.flags & flags) == flags && event->st.shutdown == 3;
}

/* accept() has not returned it: no application's socket, yet no orphan. Only a server's socket
 * waits like that. */
static bool waits_for_accept(const struct tf_conn *conn, uint32_t flags)
{
	return !(flags & (TF_F_HAS_SOCKET | TF_F_DEAD)) && conn->role != TF_ROLE_CLIENT;
}

/* A SYN that has not left: sequence numbers and timers are no facts. A Fast Open connect() that
 * waits for the first write has a port and an initial sequence number; one that failed has not, or
 * the numbers of the socket's former connection. */
static uint64_t no_syn_facts(const struct tf_conn *conn, const struct tf_ev_close *event)
{
	bool fresh = !event->snd_una && !event->snd_nxt && event->write_seq;
	uint64_t facts = F(NOTHING_SENT);

	if (!event->st.tuple.lport)
		facts |= F(NO_LOCAL_PORT);
	else if (fresh || (conn->may_defer && event->write_seq != event->snd_una))
		facts |= F(SYN_DEFERRED);
	return facts;
}

/* The facts in the sequence numbers and the peer's window. */
static uint64_t sequence_facts(const struct tf_conn *conn, const struct tf_ev_close *event)
{
	uint64_t facts = 0;

	if (tf_counts_no_syn(event))
		return no_syn_facts(conn, event);
	if (event->write_seq != event->snd_una)
		facts |= F(OUTSTANDING);
	if (event->snd_nxt != event->snd_una)
		facts |= F(UNACKED);
	if (event->write_seq != event->snd_nxt)
		facts |= F(UNSENT);
	if (event->st.old_state != TF_TCP_SYN_SENT && !event->snd_wnd)
		facts |= F(ZERO_WINDOW);
	return facts;
}

/* The facts of unanswered retransmissions and probes, and of TCP_USER_TIMEOUT. */
static uint64_t timer_facts(const struct tf_ev_close *event)
{
	/* The kernel compares in jiffies, of 1 to 10 ms. */
	const uint32_t jiffy_ms = 10;
	uint64_t facts = 0;

	if (event->user_timeout_ms)
		facts |= F(USER_TIMEOUT);
	if (tf_counts_no_syn(event))
		return facts;
	if (event->retransmits)
		facts |= F(RETRANSMITS);
	if (event->probes_out)
		facts |= F(PROBES);
	if (!event->user_timeout_ms)
		return facts;
	if ((uint64_t)event->unanswered_ms + jiffy_ms >= event->user_timeout_ms)
		facts |= F(USER_TIMEOUT_REACHED);
	return facts;
}

static bool self_connected(const struct tf_tuple *tuple)
{
	return tuple->lport && tuple->lport == tuple->rport &&
	       !memcmp(tuple->laddr, tuple->raddr, sizeof(tuple->laddr));
}

/* A FIN that comes to the minisock is not seen; one that came before the hand-off is. */
static enum tf_tri fin_received(const struct tf_ev_close *event)
{
	if (event->st.flags & TF_F_DONE)
		return TF_YES;
	if (event->st.old_state == TF_TCP_FIN_WAIT2 && (event->st.flags & TF_F_DEAD) &&
	    !event->err && !(event->st.flags & TF_F_LINGER2_NEG))
		return TF_UNKNOWN;
	return TF_NO;
}

void tf_verdict_read(const struct tf_conn *conn, const struct tf_ev_close *event,
		     struct tf_end *ret_end)
{
	struct tf_end end = {
		.closed_ns = event->st.ev.time_ns,
		.lost_total = event->st.ev.lost_total,
		.retransmits = event->total_retrans,
		.srtt_us = event->st.srtt_us ? event->st.srtt_us : TF_UNKNOWN_U32,
		.min_rtt_us = conn->relived ? TF_UNKNOWN_U32 : event->min_rtt_us,
		.err = event->err,
		.err_soft = event->err_soft,
		.flags = event->st.flags,
		.state = event->st.old_state,
		.fin_received = fin_received(event),
	};

	tf_counts_read(conn, event, &end);
	end.facts = error_facts(event) | flag_facts(event->st.flags) | sequence_facts(conn, event) |
		    timer_facts(event);
	if (end.facts & F(NOTHING_SENT)) /* of a former connection: nothing was there to fail */
		end.facts &= ~F(ERR_SOFT);
	if (waits_for_accept(conn, event->st.flags))
		end.facts |= F(UNACCEPTED);
	if (event->st.shutdown == 3)
		end.facts |= F(SHUTDOWN_BOTH);
	if (by_close(event))
		end.facts |= F(BY_CLOSE);
	if (end.bytes_unread)
		end.facts |= F(UNREAD);
	if (self_connected(&event->st.tuple))
		end.facts |= F(SELF_CONNECT);
	if (conn->history & TF_HIST_RST_ACTIVE)
		end.facts |= F(RST_SENT_FIRST);
	/* It came from outside, whatever call ran it. */
	if (event->err || (conn->history & TF_HIST_RESET_RAN))
		end.facts &= ~(F(BY_TASK) | F(BY_CLOSE));
	*ret_end = end;
}

/* States in which the kernel sends an RST when a call ends the connection (tcp_need_reset()). */
static bool needs_reset(uint8_t state)
{
	return TF_STATE_BIT(state) &
	       (TF_STATE_BIT(TF_TCP_SYN_RECV) | TF_STATE_BIT(TF_TCP_ESTABLISHED) |
		TF_STATE_BIT(TF_TCP_CLOSE_WAIT) | TF_STATE_BIT(TF_TCP_FIN_WAIT1) |
		TF_STATE_BIT(TF_TCP_FIN_WAIT2));
}

/* Whether the facts of CLOSE are those of the orderly end, in which no errno is set. */
static bool is_orderly(uint8_t state, uint64_t facts)
{
	switch (state) {
	case TF_TCP_FIN_WAIT2:
		return facts & (F(ORPHAN) | F(FIN_RECEIVED));
	case TF_TCP_CLOSING:
	case TF_TCP_LAST_ACK:
		return !(facts & F(OUTSTANDING));
	default:
		return false;
	}
}

/* Whether somebody may have fetched the errno between the moment at which the kernel set it and
 * CLOSE: SO_ERROR takes no lock, but needs a descriptor. */
static bool errno_fetchable(uint8_t state, uint64_t facts)
{
	const uint64_t excluded =
		F(ORPHAN) | F(UNACCEPTED) | F(BY_CLOSE) | F(REPAIR) | F(NETNS_DEAD);

	return (facts & F(ERR_NONE)) && !(facts & excluded) && !is_orderly(state, facts);
}

/* Whether a call was at work on the socket. A close() that only waits for the lock has not shut it
 * down yet; the tracer's own has no task (tf_sock_locked()). */
static bool in_call(const struct tf_end *end, uint64_t facts)
{
	return (end->flags & (TF_F_LOCKED | TF_F_TASK)) ||
	       ((end->flags & TF_F_FILE_GONE) && (facts & F(SHUTDOWN_BOTH)));
}

/* Whether the errno was fetched early: no call ended it, or a call that ends it would have sent an
 * RST and none was sent. A timer's work can be done by a task (tcp_release_cb()). */
static bool errno_fetched(const struct tf_end *end, uint64_t facts)
{
	if (!errno_fetchable(end->state, facts) || (facts & F(MPTCP)) ||
	    !(end->flags & TF_F_HAS_SOCKET))
		return false;
	return (facts & F(RESET_RAN)) || !in_call(end, facts) ||
	       ((facts & F(BY_TASK)) && needs_reset(end->state) && !(facts & F(RST_SENT_ACTIVE)));
}

static uint64_t handed_facts(enum tf_handed_answer answer)
{
	switch (answer) {
	case TF_HANDED_BY_MINISOCK:
		return F(RST_SENT_MINISOCK);
	case TF_HANDED_BARE_DATA:
		return F(RST_SENT_BARE) | F(ANSWERED_DATA);
	default:
		return F(RST_SENT_BARE);
	}
}

/* A segment that does not fit the handshake is answered with an RST, and the handshake goes on
 * (tcp_rcv_synsent_state_process(), RFC 9293, 3.5.1). No other RST of a socket leaves without its
 * end. */
static bool cleared_old(const struct tf_conn *conn)
{
	const uint8_t ends = TF_HIST_RST_ACTIVE | TF_HIST_RST_ANSWER | TF_HIST_RST_MINISOCK;

	return (conn->history & TF_HIST_RST_SENT) && !(conn->history & ends) &&
	       conn->role != TF_ROLE_SERVER;
}

uint64_t tf_verdict_facts(const struct tf_conn *conn, const struct tf_end *end,
			  int32_t reason_memory)
{
	uint64_t facts = end->facts;

	if (conn->history & TF_HIST_RESET_RAN)
		facts |= F(RESET_RAN);
	if (conn->history & TF_HIST_RST_ACTIVE)
		facts |= F(RST_SENT_ACTIVE);
	if (conn->history & TF_HIST_RST_ANSWER)
		facts |= F(RST_SENT_ANSWER);
	if (conn->history & TF_HIST_RST_MINISOCK)
		facts |= handed_facts(conn->handed_answer);
	if (conn->restored)
		facts |= F(RESTORED);
	if (cleared_old(conn))
		facts |= F(RST_CLEARED_OLD);
	if (conn->history & TF_HIST_SIMULTANEOUS)
		facts |= F(SIMULTANEOUS_OPEN);
	if (conn->history & TF_HIST_LOST)
		facts |= F(HISTORY_LOST);
	if (reason_memory >= 0 && conn->rst_reason == reason_memory)
		facts |= F(REASON_MEMORY);
	if (errno_fetched(end, facts))
		facts |= F(ERR_FETCHED);
	if (facts & (F(RESET_RAN) | F(ERR_RESET))) /* then that segment was the answer */
		facts &= ~(F(PROBES) | F(RETRANSMITS));
	return facts;
}

/* Where resets from minisocks are never seen (TF_CAPABILITY_RST_BARE), doubting each hand-off would
 * make every ordinary close unknown: TF_NEED in fates.def says what such a kernel hides, and so do
 * `start` and doctor. */
uint64_t tf_verdict_doubts(const struct tf_run_info *info, uint64_t facts, bool lost)
{
	uint64_t doubts = 0;

	if (lost)
		doubts = history_facts;
	if (!info->hook[TF_HOOK_RST_RECEIVED].method[0])
		doubts |= F(RESET_RAN);
	if (!info->hook[TF_HOOK_RST_SENT].method[0])
		doubts |= F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST) | F(RST_SENT_ANSWER) |
			  F(ERR_FETCHED);
	return doubts & ~facts;
}

uint64_t tf_verdict_credible(uint8_t end_state, uint64_t facts, uint64_t doubts)
{
	const uint64_t other_errors = F(ERR_TIMEDOUT) | F(ERR_ABORTED) | F(ERR_OTHER);
	bool fetchable = errno_fetchable(end_state, facts) && !(facts & F(RST_SENT_ACTIVE));

	if ((facts & (other_errors | F(NOTHING_SENT))) || ((facts & F(ERR_NONE)) && !fetchable))
		doubts &= ~F(RESET_RAN);
	if (!fetchable || !(facts & F(BY_TASK)) || !needs_reset(end_state))
		doubts &= ~F(ERR_FETCHED);
	return doubts;
}

/* The first rule that holds. NULL: there is none, or an earlier one may hold as well. */
static const struct rule *find_rule(uint8_t end_state, uint64_t facts, uint64_t doubts)
{
	for (size_t i = 0; i < sizeof(fate_rules) / sizeof(fate_rules[0]); i++) {
		const struct rule *rule = &fate_rules[i];

		if (!(rule->states & TF_STATE_BIT(end_state)))
			continue;
		if ((rule->required & ~(facts | doubts)) || (rule->forbidden & facts))
			continue;
		return (rule->required | rule->forbidden) & doubts ? NULL : rule;
	}
	return NULL;
}

enum tf_fate tf_verdict(uint8_t end_state, uint64_t facts, uint64_t doubts, uint64_t *ret_evidence)
{
	const struct rule *rule =
		find_rule(end_state, facts, tf_verdict_credible(end_state, facts, doubts));

	if (ret_evidence)
		*ret_evidence =
			rule ? rule->required | ((fate_forms[rule->fate] | EVERY_FORM) & facts) :
			       facts;
	return rule ? rule->fate : TF_FATE_UNKNOWN;
}

bool tf_verdict_never_was(uint8_t end_state, uint64_t facts, uint64_t doubts)
{
	const uint64_t nobodys = F(UNACCEPTED) | F(ORPHAN);
	const uint64_t excluded = F(RST_SENT_ACTIVE) | F(FASTOPEN) | F(NETNS_DEAD) | F(REPAIR);

	return end_state == TF_TCP_SYN_RECV && (facts & nobodys) && (facts & F(ERR_NONE)) &&
	       !((facts | doubts) & excluded);
}

enum tf_side tf_verdict_closed_first(enum tf_fate fate, uint8_t end_state, uint64_t facts)
{
	static const enum tf_side sides[] = {
		[TF_CLOSER_NONE] = TF_SIDE_NONE,
		[TF_CLOSER_LOCAL] = TF_SIDE_LOCAL,
		[TF_CLOSER_REMOTE] = TF_SIDE_REMOTE,
		[TF_CLOSER_BOTH] = TF_SIDE_BOTH,
	};

	if (tf_fates_info(fate)->closer == TF_CLOSER_BOTH)
		return TF_SIDE_BOTH;
	if (end_state == TF_TCP_LAST_ACK)
		return TF_SIDE_REMOTE;
	if (tf_sequence_fin_queued(end_state) && !(facts & F(UNSENT))) /* and sent */
		return TF_SIDE_LOCAL;
	if (end_state == TF_TCP_CLOSE_WAIT || (facts & F(FIN_RECEIVED)))
		return TF_SIDE_REMOTE;
	if (fate == TF_FATE_HANDSHAKE_FAILED && (facts & (F(ERR_RESET) | F(RESET_RAN))))
		return TF_SIDE_REMOTE;
	return sides[tf_fates_info(fate)->closer];
}

/* The errno that tcp_reset() sets in @state. */
static int32_t reset_errno(uint8_t state)
{
	switch (state) {
	case TF_TCP_SYN_SENT:
		return ECONNREFUSED;
	case TF_TCP_CLOSE_WAIT:
		return EPIPE;
	default:
		return ECONNRESET;
	}
}

/* The errno that was set and fetched before CLOSE. */
static int32_t fetched_errno(enum tf_fate fate, const struct tf_end *end, uint64_t facts)
{
	if (facts & F(RESET_RAN))
		return reset_errno(end->state);
	if (fate == TF_FATE_ABORTED_BY_ADMIN)
		return ECONNABORTED;
	if (tf_fates_info(fate)->class == TF_CLASS_TIMEOUT || fate == TF_FATE_CONNECT_UNREACHABLE)
		return end->err_soft ? end->err_soft : ETIMEDOUT;
	return 0;
}

int32_t tf_verdict_errno(enum tf_fate fate, const struct tf_end *end, uint64_t facts)
{
	if (end->facts & F(ORPHAN))
		return 0;
	if (fate == TF_FATE_CONNECT_FAILED_LOCAL)
		return EADDRNOTAVAIL; /* the return value of connect(), never in sk_err */
	if (fate == TF_FATE_CONNECT_TIMEOUT)
		return ETIMEDOUT; /* which SO_ERROR may have taken already */
	return end->err ? end->err : fetched_errno(fate, end, facts);
}
