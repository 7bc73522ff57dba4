// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_verdict.c - the rules: for each fate the facts that give it, and what takes it away again
 *
 * A row is a set of last states, the facts, and the fate. Each rule of fates.def has rows that need
 * it, each of its forbidden facts a row in which it decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/states.h"
#include "core/fate/verdict.h"

#define F(name) TF_FACT_BIT(name)

enum {
	SYN_SENT = TF_STATE_BIT(TF_TCP_SYN_SENT),
	SYN_RECV = TF_STATE_BIT(TF_TCP_SYN_RECV),
	ESTAB = TF_STATE_BIT(TF_TCP_ESTABLISHED),
	FIN_WAIT1 = TF_STATE_BIT(TF_TCP_FIN_WAIT1),
	FIN_WAIT2 = TF_STATE_BIT(TF_TCP_FIN_WAIT2),
	CLOSING = TF_STATE_BIT(TF_TCP_CLOSING),
	CLOSE_WAIT = TF_STATE_BIT(TF_TCP_CLOSE_WAIT),
	LAST_ACK = TF_STATE_BIT(TF_TCP_LAST_ACK),
	OPEN = ESTAB | CLOSE_WAIT,
	FINISHING = FIN_WAIT1 | FIN_WAIT2 | CLOSING | LAST_ACK,
	SYNCHRONIZED = SYN_RECV | OPEN | FINISHING,
	ANY = SYN_SENT | SYNCHRONIZED,
};

static enum tf_fate fate_of(uint8_t end_state, uint64_t facts, uint64_t doubts)
{
	return tf_verdict(end_state, facts, doubts, NULL);
}

static const struct row {
	uint32_t states;
	enum tf_fate fate;
	uint64_t facts;
} rows[] = {
	/* Whatever else is there, an administrator's kill is one. */
	{ANY, TF_FATE_ABORTED_BY_ADMIN, F(ERR_ABORTED)},
	{ANY, TF_FATE_ABORTED_BY_ADMIN,
	 F(ERR_ABORTED) | F(NETNS_DEAD) | F(UNACCEPTED) | F(BY_TASK)},
	{ANY, TF_FATE_ABORTED_BY_ADMIN, F(ERR_ABORTED) | F(OUTSTANDING) | F(RETRANSMITS)},
	{ANY, TF_FATE_NETNS_GONE, F(NETNS_DEAD) | F(ERR_NONE)},
	{SYNCHRONIZED, TF_FATE_NETNS_GONE, F(NETNS_DEAD) | F(ERR_NONE) | F(ORPHAN)},
	{ANY, TF_FATE_NETNS_GONE, F(NETNS_DEAD) | F(ERR_NONE) | F(UNACCEPTED) | F(OUTSTANDING)},
	{FIN_WAIT1 | LAST_ACK | CLOSING, TF_FATE_NETNS_GONE,
	 F(NETNS_DEAD) | F(ERR_NONE) | F(ORPHAN) | F(OUTSTANDING)},
	{ESTAB, TF_FATE_ABORTED_LINGER,
	 F(NETNS_DEAD) | F(ERR_NONE) | F(RST_SENT_ACTIVE) | F(LINGER_ZERO) | F(SHUTDOWN_BOTH) |
		 F(BY_CLOSE) | F(BY_TASK)},
	{ESTAB, TF_FATE_RESET_BY_REMOTE, F(NETNS_DEAD) | F(ERR_RESET) | F(RESET_RAN)},

	/* connect() */
	{SYN_SENT, TF_FATE_CONNECT_REFUSED, F(ERR_REFUSED) | F(RESET_RAN)},
	{SYN_SENT, TF_FATE_CONNECT_REFUSED, F(ERR_NONE) | F(RESET_RAN) | F(ERR_FETCHED)},
	{SYN_SENT, TF_FATE_CONNECT_REFUSED, F(ERR_OTHER) | F(RESET_RAN) | F(ICMP_TOLD)},
	{SYN_SENT, TF_FATE_CONNECT_TIMEOUT,
	 F(ERR_NONE) | F(NOTHING_SENT) | F(ERR_FETCHED) | F(RETRANSMITS)},
	{SYN_SENT, TF_FATE_UNKNOWN, F(ERR_NONE) | F(ERR_FETCHED)},
	{SYN_SENT, TF_FATE_UNKNOWN, F(ERR_NONE) | F(NOTHING_SENT) | F(ERR_FETCHED)},
	{SYN_SENT, TF_FATE_CONNECT_UNREACHABLE, F(ERR_REFUSED)},
	{SYN_SENT, TF_FATE_CONNECT_UNREACHABLE, F(ERR_REFUSED) | F(ERR_SOFT)},
	{SYN_SENT, TF_FATE_CONNECT_UNREACHABLE, F(ERR_OTHER)},
	{SYN_SENT, TF_FATE_CONNECT_UNREACHABLE, F(ERR_OTHER) | F(RETRANSMITS)},
	{SYN_SENT, TF_FATE_CONNECT_UNREACHABLE, F(ERR_NONE) | F(ERR_SOFT) | F(BY_TASK)},
	{SYN_SENT, TF_FATE_CONNECT_UNREACHABLE,
	 F(ERR_NONE) | F(ERR_SOFT) | F(ICMP_TOLD) | F(BY_TASK) | F(BY_CLOSE) | F(SHUTDOWN_BOTH)},
	{SYN_SENT, TF_FATE_CONNECT_ABANDONED, F(ERR_NONE) | F(ERR_SOFT) | F(SHUTDOWN_BOTH)},
	{SYN_SENT, TF_FATE_CONNECT_ABANDONED, F(ERR_NONE) | F(ERR_SOFT) | F(BY_CLOSE)},
	{SYN_SENT, TF_FATE_CONNECT_FAILED_LOCAL, F(ERR_NONE) | F(NOTHING_SENT) | F(BY_TASK)},
	{SYN_SENT, TF_FATE_CONNECT_FAILED_LOCAL,
	 F(ERR_NONE) | F(NOTHING_SENT) | F(ERR_SOFT) | F(NO_LOCAL_PORT)},
	{SYN_SENT, TF_FATE_CONNECT_ABANDONED, F(ERR_NONE) | F(NOTHING_SENT) | F(SHUTDOWN_BOTH)},
	{SYN_SENT, TF_FATE_CONNECT_ABANDONED, F(ERR_NONE) | F(NOTHING_SENT) | F(BY_CLOSE)},
	{SYN_SENT, TF_FATE_CONNECT_TIMEOUT, F(ERR_TIMEDOUT) | F(RETRANSMITS)},
	{SYN_SENT, TF_FATE_CONNECT_TIMEOUT, F(ERR_TIMEDOUT) | F(NOTHING_SENT)},
	{SYN_SENT, TF_FATE_CONNECT_TIMEOUT,
	 F(ERR_NONE) | F(RETRANSMITS) | F(OUTSTANDING)}, /* SO_ERROR took it */
	{SYN_SENT, TF_FATE_CONNECT_ABANDONED, F(ERR_NONE) | F(BY_TASK) | F(OUTSTANDING)},
	{SYN_SENT, TF_FATE_CONNECT_ABANDONED, F(ERR_NONE) | F(BY_CLOSE) | F(LINGER_ZERO)},
	{SYN_SENT, TF_FATE_UNKNOWN, F(ERR_RESET)},

	/* Nobody took it from the listener. */
	{OPEN, TF_FATE_NEVER_ACCEPTED, F(UNACCEPTED) | F(ERR_NONE)},
	{SYN_RECV | OPEN, TF_FATE_NEVER_ACCEPTED,
	 F(UNACCEPTED) | F(ERR_NONE) | F(BY_TASK) | F(UNREAD) | F(RST_SENT_ACTIVE)},
	{OPEN, TF_FATE_UNKNOWN, F(UNACCEPTED) | F(ERR_NONE) | F(REPAIR)},
	{OPEN, TF_FATE_NEVER_ACCEPTED,
	 F(UNACCEPTED) | F(ERR_NONE) | F(UNREAD) | F(SHUTDOWN_BOTH) | F(BY_CLOSE)},
	{OPEN, TF_FATE_RESET_BEFORE_ACCEPT, F(UNACCEPTED) | F(ERR_RESET) | F(RESET_RAN)},
	{OPEN, TF_FATE_RESET_BEFORE_ACCEPT, F(UNACCEPTED) | F(ERR_RESET)},
	{SYN_RECV, TF_FATE_HANDSHAKE_FAILED, F(ERR_RESET) | F(UNACCEPTED)},
	{SYN_RECV, TF_FATE_HANDSHAKE_FAILED, F(ERR_TIMEDOUT) | F(UNACCEPTED)},
	{SYN_RECV, TF_FATE_HANDSHAKE_FAILED, F(ERR_NONE)},
	{SYN_RECV, TF_FATE_UNKNOWN, F(ERR_NONE) | F(REPAIR)},

	/* Aborts by close(): unread data is checked first. */
	{SYNCHRONIZED, TF_FATE_ABORTED_UNREAD,
	 F(UNREAD) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK)},
	{SYNCHRONIZED, TF_FATE_ABORTED_UNREAD,
	 F(UNREAD) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(LINGER_ZERO) |
		 F(OUTSTANDING)},
	{SYNCHRONIZED, TF_FATE_ABORTED_LINGER,
	 F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK)},
	{SYNCHRONIZED, TF_FATE_ABORTED_LINGER,
	 F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(OUTSTANDING) |
		 F(FIN_RECEIVED)},
	/* MPTCP: the master is an orphan by then. */
	{SYNCHRONIZED, TF_FATE_ABORTED_UNREAD,
	 F(MPTCP) | F(UNREAD) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(ORPHAN) |
		 F(LINGER_ZERO) | F(RST_SENT_ACTIVE)},
	{SYNCHRONIZED, TF_FATE_ABORTED_LINGER,
	 F(MPTCP) | F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(ORPHAN) |
		 F(RST_SENT_ACTIVE)},
	{OPEN, TF_FATE_UNKNOWN,
	 F(MPTCP) | F(UNREAD) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(ORPHAN) |
		 F(REPAIR)},
	{OPEN, TF_FATE_UNKNOWN,
	 F(MPTCP) | F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(ORPHAN) |
		 F(REPAIR)},
	{OPEN, TF_FATE_CLOSE_TIMEOUT,
	 F(MPTCP) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(ORPHAN) | F(RST_SENT_ACTIVE)},
	{OPEN, TF_FATE_UNKNOWN,
	 F(MPTCP) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(ORPHAN) | F(RST_SENT_ACTIVE) | F(BY_CLOSE)},
	{OPEN, TF_FATE_UNKNOWN, F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(ORPHAN) | F(RST_SENT_ACTIVE)},
	{ESTAB, TF_FATE_ABORTED_DISCONNECT, F(LINGER_ZERO) | F(ERR_NONE) | F(BY_TASK)},
	{ESTAB, TF_FATE_ABORTED_DISCONNECT, F(UNREAD) | F(ERR_NONE) | F(BY_TASK)},
	{ESTAB, TF_FATE_ABORTED_DISCONNECT,
	 F(UNREAD) | F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_TASK)},
	{ESTAB, TF_FATE_UNKNOWN, F(UNREAD) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK)},
	{ESTAB, TF_FATE_UNKNOWN, F(LINGER_ZERO) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL,
	 F(UNREAD) | F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(ORPHAN)},
	{ESTAB, TF_FATE_UNKNOWN,
	 F(UNREAD) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK) | F(REPAIR)},
	{ESTAB, TF_FATE_UNKNOWN,
	 F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK) | F(REPAIR)},
	{ESTAB, TF_FATE_RESET_BY_REMOTE,
	 F(UNREAD) | F(LINGER_ZERO) | F(SHUTDOWN_BOTH) | F(ERR_RESET) | F(BY_CLOSE)},

	/* Memory */
	{FINISHING, TF_FATE_ABORTED_MEMORY, F(REASON_MEMORY) | F(ERR_NONE) | F(ORPHAN)},
	{FINISHING, TF_FATE_ABORTED_MEMORY,
	 F(REASON_MEMORY) | F(ERR_NONE) | F(ORPHAN) | F(LINGER2_NEGATIVE) | F(RST_SENT_MINISOCK)},
	{FIN_WAIT1 | CLOSING | LAST_ACK, TF_FATE_ABORTED_MEMORY,
	 F(ORPHAN) | F(ERR_NONE) | F(OUTSTANDING)},
	{FIN_WAIT1, TF_FATE_ABORTED_MEMORY,
	 F(ORPHAN) | F(ERR_NONE) | F(OUTSTANDING) | F(LINGER2_NEGATIVE)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(ORPHAN) | F(ERR_NONE) | F(OUTSTANDING)},

	/* TCP_LINGER2 < 0 forbids the wait in FIN_WAIT2. */
	{FIN_WAIT1 | FIN_WAIT2, TF_FATE_ABORTED_LINGER,
	 F(ORPHAN) | F(LINGER2_NEGATIVE) | F(ERR_NONE)},
	{FIN_WAIT2, TF_FATE_ABORTED_LINGER,
	 F(ORPHAN) | F(LINGER2_NEGATIVE) | F(ERR_NONE) | F(RST_SENT_ACTIVE)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL,
	 F(ORPHAN) | F(LINGER2_NEGATIVE) | F(ERR_NONE) | F(FIN_RECEIVED)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(LINGER2_NEGATIVE) | F(ERR_NONE) | F(FIN_RECEIVED)},
	{LAST_ACK, TF_FATE_CLOSED_BY_REMOTE, F(ORPHAN) | F(LINGER2_NEGATIVE) | F(ERR_NONE)},

	/* Data after our close */
	{FIN_WAIT1 | FIN_WAIT2 | CLOSING, TF_FATE_ABORTED_LATE_DATA,
	 F(ERR_RESET) | F(RESET_RAN) | F(RST_SENT_ANSWER)},
	{FIN_WAIT1 | FIN_WAIT2 | CLOSING, TF_FATE_ABORTED_LATE_DATA,
	 F(ERR_RESET) | F(RESET_RAN) | F(RST_SENT_ANSWER) | F(ORPHAN) | F(OUTSTANDING)},
	{FIN_WAIT1 | FIN_WAIT2 | CLOSING, TF_FATE_RESET_AFTER_LOCAL_FIN,
	 F(ERR_RESET) | F(RESET_RAN)},
	{FIN_WAIT1 | FIN_WAIT2 | CLOSING, TF_FATE_RESET_AFTER_LOCAL_FIN,
	 F(ERR_RESET) | F(RST_SENT_ANSWER)},
	{LAST_ACK, TF_FATE_RESET_AFTER_REMOTE_FIN,
	 F(ERR_RESET) | F(RESET_RAN) | F(RST_SENT_ANSWER)},
	{FIN_WAIT1, TF_FATE_ABORTED_LATE_DATA, F(ORPHAN) | F(ERR_NONE)},
	{FIN_WAIT2, TF_FATE_RESET_AFTER_LOCAL_FIN,
	 F(ERR_RESET) | F(RESET_RAN) | F(KEEPALIVE) | F(PROBES)},
	{FIN_WAIT1 | FIN_WAIT2, TF_FATE_ABORTED_LATE_DATA,
	 F(RST_SENT_ANSWER) | F(ORPHAN) | F(ERR_NONE)},
	{FIN_WAIT2, TF_FATE_ABORTED_LATE_DATA,
	 F(RST_SENT_ANSWER) | F(ORPHAN) | F(ERR_NONE) | F(FIN_RECEIVED)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(RST_SENT_ANSWER) | F(ERR_NONE)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(RST_SENT_ANSWER) | F(ORPHAN) | F(ERR_OTHER)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(RST_SENT_MINISOCK) | F(ERR_OTHER)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(LINGER2_NEGATIVE) | F(ORPHAN) | F(ERR_OTHER)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(LINGER2_NEGATIVE) | F(ERR_NONE)},
	{FIN_WAIT1, TF_FATE_UNKNOWN, F(ORPHAN) | F(ERR_OTHER)},
	{FIN_WAIT1, TF_FATE_CLOSE_TIMEOUT, F(ORPHAN) | F(ERR_OTHER) | F(OUTSTANDING)},
	{FIN_WAIT1, TF_FATE_CLOSE_TIMEOUT, F(BY_TASK) | F(ERR_OTHER) | F(OUTSTANDING)},
	{OPEN, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_OTHER)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(BY_TASK) | F(ERR_OTHER)},
	{CLOSING | LAST_ACK, TF_FATE_CLOSE_TIMEOUT, F(BY_TASK) | F(ERR_OTHER) | F(OUTSTANDING)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(REASON_MEMORY) | F(ERR_OTHER) | F(ORPHAN)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(REASON_MEMORY) | F(ERR_NONE)},
	{SYN_SENT, TF_FATE_CONNECT_TIMEOUT, F(ERR_TIMEDOUT) | F(ERR_SOFT)},
	{ESTAB, TF_FATE_UNKNOWN, F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(BY_CLOSE) | F(BY_TASK)},
	{FIN_WAIT2, TF_FATE_ABORTED_LATE_DATA, F(ORPHAN) | F(ERR_NONE) | F(RST_SENT_MINISOCK)},
	{FIN_WAIT2, TF_FATE_ABORTED_LATE_DATA,
	 F(ORPHAN) | F(ERR_NONE) | F(RST_SENT_MINISOCK) | F(FIN_RECEIVED)},
	{FIN_WAIT2, TF_FATE_RESET_AFTER_LOCAL_FIN, F(ERR_RESET) | F(RST_SENT_MINISOCK)},
	{FIN_WAIT2, TF_FATE_ABORTED_LATE_DATA,
	 F(ORPHAN) | F(ERR_NONE) | F(RST_SENT_BARE) | F(ANSWERED_DATA)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(ORPHAN) | F(ERR_NONE) | F(RST_SENT_BARE)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL,
	 F(ORPHAN) | F(ERR_OTHER) | F(RST_SENT_BARE) | F(ANSWERED_DATA)},

	/* connect(AF_UNSPEC) */
	{OPEN | FIN_WAIT1 | FIN_WAIT2 | SYN_RECV, TF_FATE_ABORTED_DISCONNECT,
	 F(BY_TASK) | F(ERR_NONE)},
	{OPEN | FIN_WAIT1 | FIN_WAIT2 | CLOSING | LAST_ACK, TF_FATE_ABORTED_DISCONNECT,
	 F(BY_TASK) | F(ERR_NONE) | F(OUTSTANDING)},
	{OPEN, TF_FATE_ABORTED_DISCONNECT, F(BY_TASK) | F(ERR_NONE) | F(FIN_RECEIVED)},
	{OPEN, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_NONE) | F(ORPHAN)},
	{OPEN, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_NONE) | F(BY_CLOSE)},
	{OPEN, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_NONE) | F(REPAIR)},
	{OPEN, TF_FATE_NEVER_ACCEPTED, F(BY_TASK) | F(ERR_NONE) | F(UNACCEPTED)},
	{FIN_WAIT1, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_NONE) | F(UNACCEPTED)},
	{FIN_WAIT1, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_NONE) | F(BY_CLOSE)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(BY_TASK) | F(ERR_NONE) | F(FIN_RECEIVED)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(BY_TASK) | F(ERR_NONE) | F(BY_CLOSE)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(BY_TASK) | F(ERR_NONE) | F(REPAIR)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL,
	 F(BY_TASK) | F(ERR_NONE) | F(REPAIR) | F(FIN_RECEIVED)},
	{FIN_WAIT2, TF_FATE_UNKNOWN,
	 F(BY_TASK) | F(BY_CLOSE) | F(SHUTDOWN_BOTH) | F(ERR_NONE) | F(REPAIR)},
	{CLOSING, TF_FATE_CLOSED_SIMULTANEOUSLY, F(BY_TASK) | F(ERR_NONE) | F(REPAIR)},
	{LAST_ACK, TF_FATE_CLOSED_BY_REMOTE, F(BY_TASK) | F(ERR_NONE) | F(REPAIR)},
	{ESTAB, TF_FATE_RESET_BY_REMOTE, F(ERR_RESET) | F(RESET_RAN) | F(REPAIR)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(BY_TASK) | F(ERR_NONE) | F(ORPHAN)},
	{CLOSING, TF_FATE_CLOSED_SIMULTANEOUSLY, F(BY_TASK) | F(ERR_NONE)},
	{LAST_ACK, TF_FATE_CLOSED_BY_REMOTE, F(BY_TASK) | F(ERR_NONE)},
	{CLOSING | LAST_ACK, TF_FATE_ABORTED_MEMORY,
	 F(BY_TASK) | F(ERR_NONE) | F(OUTSTANDING) | F(ORPHAN)},
	{CLOSING | LAST_ACK, TF_FATE_UNKNOWN,
	 F(BY_TASK) | F(ERR_NONE) | F(OUTSTANDING) | F(BY_CLOSE)},
	{CLOSING | LAST_ACK, TF_FATE_UNKNOWN,
	 F(BY_TASK) | F(ERR_NONE) | F(OUTSTANDING) | F(REPAIR)},

	/* Resets */
	{ESTAB, TF_FATE_RESET_BY_REMOTE, F(ERR_RESET) | F(RESET_RAN)},
	{ESTAB, TF_FATE_RESET_BY_REMOTE,
	 F(ERR_RESET) | F(RESET_RAN) | F(KEEPALIVE) | F(PROBES) | F(UNREAD)},
	{ESTAB, TF_FATE_RESET_BY_REMOTE,
	 F(ERR_RESET) | F(RESET_RAN) | F(RETRANSMITS) | F(OUTSTANDING) | F(USER_TIMEOUT_REACHED)},
	{CLOSE_WAIT | LAST_ACK, TF_FATE_RESET_AFTER_REMOTE_FIN, F(ERR_RESET) | F(RESET_RAN)},
	{CLOSE_WAIT | LAST_ACK, TF_FATE_RESET_AFTER_REMOTE_FIN,
	 F(ERR_RESET) | F(RESET_RAN) | F(ORPHAN) | F(OUTSTANDING) | F(FIN_RECEIVED)},

	/* SO_ERROR had fetched the errno. */
	{ESTAB, TF_FATE_RESET_BY_REMOTE,
	 F(ERR_NONE) | F(RESET_RAN) | F(ERR_FETCHED) | F(OUTSTANDING)},
	{OPEN, TF_FATE_RESET_BEFORE_ACCEPT, F(ERR_NONE) | F(RESET_RAN) | F(UNACCEPTED)},
	{CLOSE_WAIT | LAST_ACK, TF_FATE_RESET_AFTER_REMOTE_FIN, F(ERR_NONE) | F(RESET_RAN)},
	{FIN_WAIT1 | FIN_WAIT2 | CLOSING, TF_FATE_RESET_AFTER_LOCAL_FIN,
	 F(ERR_NONE) | F(RESET_RAN)},
	{FIN_WAIT1 | FIN_WAIT2, TF_FATE_ABORTED_LATE_DATA,
	 F(ERR_NONE) | F(RESET_RAN) | F(RST_SENT_ANSWER)},
	{SYN_RECV | OPEN | FIN_WAIT1 | FIN_WAIT2, TF_FATE_ABORTED_BY_ADMIN,
	 F(ERR_NONE) | F(BY_TASK) | F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST)},
	{FIN_WAIT2, TF_FATE_ABORTED_MEMORY,
	 F(ERR_NONE) | F(BY_TASK) | F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST) | F(ORPHAN)},
	{ESTAB, TF_FATE_ABORTED_LINGER,
	 F(ERR_NONE) | F(BY_TASK) | F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST) | F(BY_CLOSE) |
		 F(LINGER_ZERO) | F(SHUTDOWN_BOTH)},
	{ESTAB, TF_FATE_NEVER_ACCEPTED,
	 F(ERR_NONE) | F(BY_TASK) | F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST) | F(UNACCEPTED)},
	{ESTAB, TF_FATE_ABORTED_DISCONNECT,
	 F(ERR_NONE) | F(BY_TASK) | F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST) | F(MPTCP)},
	{OPEN | FIN_WAIT1 | FIN_WAIT2 | SYN_RECV, TF_FATE_ABORTED_DISCONNECT,
	 F(ERR_NONE) | F(BY_TASK) | F(RST_SENT_ACTIVE)},
	{OPEN | FIN_WAIT1, TF_FATE_UNKNOWN, F(ERR_NONE) | F(BY_TASK) | F(ERR_FETCHED)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(ERR_NONE) | F(BY_TASK) | F(ERR_FETCHED)},
	{OPEN | FIN_WAIT2, TF_FATE_KEEPALIVE_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(KEEPALIVE) | F(PROBES) | F(RST_SENT_ACTIVE)},
	{FIN_WAIT2, TF_FATE_UNKNOWN,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(KEEPALIVE) | F(PROBES) | F(OUTSTANDING)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(ERR_NONE) | F(ERR_FETCHED) | F(KEEPALIVE)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(ERR_NONE) | F(ERR_FETCHED)},
	{OPEN, TF_FATE_USER_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(USER_TIMEOUT_REACHED) | F(OUTSTANDING) | F(RETRANSMITS)},
	{OPEN, TF_FATE_USER_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(USER_TIMEOUT_REACHED) | F(OUTSTANDING) | F(BY_TASK)},
	{OPEN | FIN_WAIT1 | CLOSING | LAST_ACK, TF_FATE_ZERO_WINDOW_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(ZERO_WINDOW) | F(PROBES) | F(UNSENT) | F(OUTSTANDING)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(RETRANSMITS) | F(OUTSTANDING)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(PROBES) | F(UNSENT) | F(OUTSTANDING)},
	{FIN_WAIT1 | CLOSING | LAST_ACK, TF_FATE_CLOSE_TIMEOUT,
	 F(ERR_NONE) | F(ERR_FETCHED) | F(OUTSTANDING) | F(RETRANSMITS)},

	/* Timeouts, by what waited */
	{OPEN | FIN_WAIT2, TF_FATE_KEEPALIVE_TIMEOUT,
	 F(KEEPALIVE) | F(PROBES) | F(ERR_TIMEDOUT) | F(RST_SENT_ACTIVE)},
	{OPEN | FIN_WAIT2, TF_FATE_KEEPALIVE_TIMEOUT, F(KEEPALIVE) | F(PROBES) | F(ERR_OTHER)},
	{OPEN, TF_FATE_KEEPALIVE_TIMEOUT,
	 F(KEEPALIVE) | F(PROBES) | F(ERR_TIMEDOUT) | F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(PROBES) | F(ERR_TIMEDOUT)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(KEEPALIVE) | F(ERR_TIMEDOUT)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(KEEPALIVE) | F(PROBES) | F(ERR_TIMEDOUT) | F(OUTSTANDING)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(KEEPALIVE) | F(PROBES) | F(ERR_NONE)},
	{OPEN, TF_FATE_UNKNOWN, F(KEEPALIVE) | F(PROBES) | F(ERR_NONE)},
	{OPEN, TF_FATE_USER_TIMEOUT,
	 F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED) | F(OUTSTANDING) | F(RETRANSMITS) |
		 F(ERR_TIMEDOUT)},
	{OPEN, TF_FATE_USER_TIMEOUT,
	 F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED) | F(OUTSTANDING) | F(PROBES) | F(ZERO_WINDOW) |
		 F(UNSENT) | F(ERR_TIMEDOUT) | F(KEEPALIVE)},
	{OPEN, TF_FATE_UNKNOWN, F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED) | F(ERR_TIMEDOUT)},
	{OPEN, TF_FATE_UNKNOWN, F(USER_TIMEOUT_REACHED) | F(OUTSTANDING) | F(ERR_NONE)},
	{OPEN | FIN_WAIT1 | CLOSING | LAST_ACK, TF_FATE_ZERO_WINDOW_TIMEOUT,
	 F(ZERO_WINDOW) | F(PROBES) | F(UNSENT) | F(OUTSTANDING) | F(ERR_TIMEDOUT)},
	{OPEN, TF_FATE_ZERO_WINDOW_TIMEOUT,
	 F(ZERO_WINDOW) | F(PROBES) | F(UNSENT) | F(OUTSTANDING) | F(ERR_TIMEDOUT) |
		 F(RETRANSMITS)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT,
	 F(ZERO_WINDOW) | F(UNSENT) | F(OUTSTANDING) | F(ERR_TIMEDOUT) | F(RETRANSMITS)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT,
	 F(ZERO_WINDOW) | F(PROBES) | F(OUTSTANDING) | F(ERR_TIMEDOUT) | F(RETRANSMITS)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT,
	 F(PROBES) | F(UNSENT) | F(OUTSTANDING) | F(ERR_TIMEDOUT) | F(RETRANSMITS)},
	{OPEN, TF_FATE_UNKNOWN,
	 F(ZERO_WINDOW) | F(PROBES) | F(UNSENT) | F(OUTSTANDING) | F(ERR_NONE)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT, F(RETRANSMITS) | F(OUTSTANDING) | F(ERR_TIMEDOUT)},
	{OPEN, TF_FATE_RETRANSMIT_TIMEOUT,
	 F(RETRANSMITS) | F(OUTSTANDING) | F(ERR_OTHER) | F(USER_TIMEOUT)},
	{OPEN, TF_FATE_UNKNOWN, F(RETRANSMITS) | F(OUTSTANDING) | F(ERR_NONE)},
	{OPEN, TF_FATE_UNKNOWN, F(RETRANSMITS) | F(ERR_TIMEDOUT)},
	{OPEN, TF_FATE_UNKNOWN, F(OUTSTANDING) | F(ERR_TIMEDOUT)},
	{FIN_WAIT1 | CLOSING | LAST_ACK, TF_FATE_CLOSE_TIMEOUT,
	 F(OUTSTANDING) | F(ERR_TIMEDOUT) | F(RETRANSMITS) | F(ORPHAN)},
	{FIN_WAIT1 | CLOSING | LAST_ACK, TF_FATE_CLOSE_TIMEOUT,
	 F(OUTSTANDING) | F(ERR_OTHER) | F(USER_TIMEOUT_REACHED)},

	/* Orderly ends */
	{CLOSING, TF_FATE_CLOSED_SIMULTANEOUSLY, F(ERR_NONE) | F(ORPHAN) | F(FIN_RECEIVED)},
	{CLOSING, TF_FATE_CLOSED_SIMULTANEOUSLY, F(ERR_OTHER) | F(FIN_RECEIVED)},
	{CLOSING, TF_FATE_UNKNOWN, F(ERR_NONE) | F(OUTSTANDING)},
	{LAST_ACK, TF_FATE_CLOSED_BY_REMOTE, F(ERR_NONE) | F(ORPHAN) | F(FIN_RECEIVED)},
	{LAST_ACK, TF_FATE_CLOSED_BY_REMOTE, F(ERR_OTHER) | F(FIN_RECEIVED)},
	{LAST_ACK, TF_FATE_UNKNOWN, F(ERR_NONE) | F(OUTSTANDING)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(ERR_NONE) | F(ORPHAN)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(ERR_NONE) | F(FIN_RECEIVED)},
	{FIN_WAIT2, TF_FATE_CLOSED_BY_LOCAL, F(ERR_OTHER)},
	{FIN_WAIT2, TF_FATE_UNKNOWN, F(ERR_TIMEDOUT)},
	{FIN_WAIT1, TF_FATE_UNKNOWN, F(ERR_NONE)},
	{OPEN, TF_FATE_UNKNOWN, F(ERR_NONE)},
	{OPEN, TF_FATE_UNKNOWN, F(ERR_TIMEDOUT)},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_facts_give_their_fate(void **state)
{
	unsigned int wrong = 0;

	for (size_t i = 0; i < N_ROWS; i++)
		for (uint8_t at = 1; at < TF_TCP_STATE_MAX; at++) {
			enum tf_fate fate;

			if (!(rows[i].states & TF_STATE_BIT(at)))
				continue;
			fate = fate_of(at, rows[i].facts, 0);
			if (fate == rows[i].fate)
				continue;
			print_error("row %zu, %s: %s instead of %s\n", i, tf_states_name(at),
				    tf_fates_info(fate)->slug, tf_fates_info(rows[i].fate)->slug);
			wrong++;
		}
	assert_int_equal(wrong, 0);
}

/* Facts that are there, too, but that no rule of the fate requires, are no evidence. */
static void test_evidence_holds_what_the_rule_rests_on(void **state)
{
	const uint64_t beside = F(KEEPALIVE) | F(FIN_RECEIVED);
	uint64_t evidence = 0;

	assert_int_equal(tf_verdict(TF_TCP_SYN_SENT, F(ERR_REFUSED) | F(RESET_RAN) | beside, 0,
				    &evidence),
			 TF_FATE_CONNECT_REFUSED);
	assert_true(evidence == (F(ERR_REFUSED) | F(RESET_RAN)));
	assert_int_equal(tf_verdict(TF_TCP_LAST_ACK, F(ERR_NONE) | beside, 0, &evidence),
			 TF_FATE_CLOSED_BY_REMOTE);
	assert_true(evidence == 0);
}

static void test_evidence_says_in_which_form_a_fate_came(void **state)
{
	const uint64_t idle = F(KEEPALIVE) | F(PROBES) | F(ERR_TIMEDOUT);
	const uint64_t unread = F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED) | F(OUTSTANDING) |
				F(PROBES) | F(ZERO_WINDOW) | F(ERR_TIMEDOUT);
	uint64_t evidence = 0;

	tf_verdict(TF_TCP_ESTABLISHED, idle, 0, &evidence);
	assert_true(evidence == (F(KEEPALIVE) | F(PROBES)));
	tf_verdict(TF_TCP_ESTABLISHED, idle | F(USER_TIMEOUT), 0, &evidence);
	assert_true(evidence == (F(KEEPALIVE) | F(PROBES) | F(USER_TIMEOUT)));
	/* Whether the peer did not read or did not answer: user_timeout's own advice asks for
	 * it. */
	tf_verdict(TF_TCP_ESTABLISHED, unread, 0, &evidence);
	assert_true(evidence & F(ZERO_WINDOW));
}

static void test_evidence_of_unknown_is_all_that_was_seen(void **state)
{
	const uint64_t seen = F(ERR_RESET) | F(HISTORY_LOST);
	uint64_t evidence = 0;

	assert_int_equal(tf_verdict(TF_TCP_FIN_WAIT1, seen, F(RST_SENT_ANSWER) | F(RESET_RAN),
				    &evidence),
			 TF_FATE_UNKNOWN);
	assert_true(evidence == seen);
}

static void test_every_fate_has_a_row(void **state)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		unsigned int n = 0;

		for (size_t i = 0; i < N_ROWS; i++)
			n += rows[i].fate == (enum tf_fate)fate;
		assert_true(n > 0);
	}
}

static void test_states_without_an_end_give_unknown(void **state)
{
	static const uint8_t none[] = {0, TF_TCP_TIME_WAIT, TF_TCP_CLOSE, TF_TCP_LISTEN,
				       TF_TCP_NEW_SYN_RECV};

	for (size_t i = 0; i < sizeof(none); i++)
		for (size_t row = 0; row < N_ROWS; row++)
			assert_int_equal(fate_of(none[i], rows[row].facts, 0), TF_FATE_UNKNOWN);
}

static void test_a_twin_is_known_by_what_it_lacks(void **state)
{
	const uint64_t twin = F(UNACCEPTED) | F(ERR_NONE);
	const uint64_t other[] = {F(RST_SENT_ACTIVE), F(FASTOPEN), F(NETNS_DEAD), F(REPAIR)};

	assert_true(tf_verdict_never_was(TF_TCP_SYN_RECV, twin, 0));
	assert_true(tf_verdict_never_was(TF_TCP_SYN_RECV, twin, F(RESET_RAN)));
	assert_false(tf_verdict_never_was(TF_TCP_ESTABLISHED, twin, 0));
	assert_false(tf_verdict_never_was(TF_TCP_SYN_RECV, F(UNACCEPTED) | F(ERR_RESET), 0));
	assert_false(tf_verdict_never_was(TF_TCP_SYN_RECV, F(ERR_NONE), 0));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(tf_verdict_never_was(TF_TCP_SYN_RECV, twin | other[i], 0));
	assert_false(tf_verdict_never_was(TF_TCP_SYN_RECV, twin, F(RST_SENT_ACTIVE)));
	assert_true(tf_verdict_never_was(TF_TCP_SYN_RECV, F(ORPHAN) | F(ERR_NONE), 0));
	assert_false(tf_verdict_never_was(TF_TCP_SYN_RECV, F(ORPHAN) | F(ERR_RESET), 0));
	assert_false(tf_verdict_never_was(TF_TCP_FIN_WAIT1, F(ORPHAN) | F(ERR_NONE), 0));
}

#define AT_CLOSE 0
#define HISTORY 1
static const int source[TF_FACT_MAX] = {
#define TF_FACT(name, slug, source_, text) [TF_FACT_##name] = source_,
#include "core/fate/facts.def"
#undef TF_FACT
};

static uint64_t history_facts(void)
{
	uint64_t facts = 0;

	for (int fact = 0; fact < TF_FACT_MAX; fact++)
		facts |= (uint64_t)source[fact] << fact;
	return facts & ~F(HISTORY_LOST) & ~F(SIMULTANEOUS_OPEN); /* no rule rests on these */
}

/* Those that a rule asks for; the others only say in which form a fate came. */
static uint64_t deciding_history(void)
{
	const uint64_t asked = 0
#define TF_RULE(name, states, required, forbidden) | (required) | (forbidden)
#include "core/fate/fates.def"
#undef TF_RULE
		;

	return history_facts() & asked;
}

/* Whether the kernel can have made @truth beside the facts of CLOSE. */
static bool is_possible(uint8_t at, uint64_t certain, uint64_t truth)
{
	const uint64_t seen = certain | truth, by_any = F(RST_SENT_MINISOCK) | F(RST_SENT_BARE);

	if ((truth & by_any) == by_any ||
	    ((truth & F(RST_SENT_FIRST)) && !(truth & F(RST_SENT_ACTIVE))) ||
	    ((truth & F(ANSWERED_DATA)) && !(truth & F(RST_SENT_BARE))))
		return false;
	for (uint64_t left = truth; left; left &= left - 1)
		if (!tf_verdict_credible(at, seen & ~(left & -left), left & -left))
			return false;
	return true;
}

/* The promise: let @truth be what happened. Whatever part of its history is seen, the rest in
 * doubt, the fate is the true one or unknown. Scans all pairs (truth, part of it seen). */
static void assert_no_loss_misleads(uint8_t at, uint64_t certain)
{
	const uint64_t history = deciding_history();
	uint64_t truth = 0;

	do {
		bool possible = is_possible(at, certain, truth);
		enum tf_fate fate = possible ? fate_of(at, certain | truth, 0) : TF_FATE_UNKNOWN;
		uint64_t seen = truth;

		while (possible) {
			enum tf_fate got = fate_of(at, certain | seen, history & ~seen);

			assert_true(got == fate || got == TF_FATE_UNKNOWN);
			if (!seen)
				break;
			seen = (seen - 1) & truth;
		}
		truth = (truth - history) & history;
	} while (truth);
}

static void test_no_loss_gives_another_fate(void **state)
{
	const uint64_t history = history_facts();

	for (size_t i = 0; i < N_ROWS; i++)
		for (uint8_t at = 1; at < TF_TCP_STATE_MAX; at++)
			if (ANY & TF_STATE_BIT(at)) /* others have no fate at all */
				assert_no_loss_misleads(at, rows[i].facts & ~history);
}

/* The same for facts that no row puts together. */
static void test_no_loss_gives_another_fate_to_any_facts(void **state)
{
	const uint64_t all = (1ULL << TF_FACT_MAX) - 1, history = history_facts();
	uint64_t seed = 0x9e3779b97f4a7c15;

	for (int i = 0; i < 2000; i++) {
		uint64_t facts;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		facts = seed & (seed >> 21) & all & ~history;
		assert_no_loss_misleads((uint8_t)(1 + seed % (TF_TCP_STATE_MAX - 1)), facts);
	}
}

/* Doubt must not be so wide that a loss anywhere makes everything unknown. */
static void test_what_no_reset_can_change_stays_known_in_doubt(void **state)
{
	const uint64_t doubts = history_facts();

	assert_int_equal(fate_of(TF_TCP_ESTABLISHED, F(ERR_ABORTED), doubts),
			 TF_FATE_ABORTED_BY_ADMIN);
	assert_int_equal(fate_of(TF_TCP_SYN_SENT, F(ERR_TIMEDOUT) | F(RETRANSMITS), doubts),
			 TF_FATE_CONNECT_TIMEOUT);
	assert_int_equal(fate_of(TF_TCP_ESTABLISHED, F(ERR_RESET), doubts),
			 TF_FATE_RESET_BY_REMOTE);
	assert_int_equal(fate_of(TF_TCP_CLOSE_WAIT, F(ERR_RESET), doubts),
			 TF_FATE_RESET_AFTER_REMOTE_FIN);
	assert_int_equal(fate_of(TF_TCP_ESTABLISHED,
				 F(RETRANSMITS) | F(OUTSTANDING) | F(ERR_TIMEDOUT), doubts),
			 TF_FATE_RETRANSMIT_TIMEOUT);
	assert_int_equal(fate_of(TF_TCP_LAST_ACK, F(ERR_OTHER) | F(FIN_RECEIVED), doubts),
			 TF_FATE_CLOSED_BY_REMOTE);
}

static void test_history_that_decides_makes_doubt_unknown(void **state)
{
	assert_int_equal(fate_of(TF_TCP_SYN_SENT, F(ERR_REFUSED), F(RESET_RAN)), TF_FATE_UNKNOWN);
	assert_int_equal(fate_of(TF_TCP_FIN_WAIT2, F(ERR_NONE) | F(ORPHAN), F(RST_SENT_MINISOCK)),
			 TF_FATE_UNKNOWN);
	assert_int_equal(fate_of(TF_TCP_FIN_WAIT1, F(ERR_RESET) | F(RESET_RAN), F(RST_SENT_ANSWER)),
			 TF_FATE_UNKNOWN);
	assert_int_equal(fate_of(TF_TCP_ESTABLISHED, F(ERR_NONE) | F(NETNS_DEAD),
				 F(RST_SENT_ACTIVE)),
			 TF_FATE_UNKNOWN);
	assert_int_equal(fate_of(TF_TCP_FIN_WAIT2, F(ERR_NONE) | F(ORPHAN), F(REASON_MEMORY)),
			 TF_FATE_UNKNOWN);
}

static struct tf_run_info whole_info(void)
{
	struct tf_run_info info = {0};

	for (int i = 0; i < TF_HOOK_MAX; i++)
		info.hook[i].method[0] = 'x';
	return info;
}

static void test_doubts_come_from_loss_and_missing_hooks(void **state)
{
	struct tf_run_info info = whole_info();

	assert_int_equal(tf_verdict_doubts(&info, F(ERR_NONE), false), 0);
	assert_int_equal(tf_verdict_doubts(&info, F(ERR_NONE), true) & ~F(HISTORY_LOST) &
				 ~F(SIMULTANEOUS_OPEN),
			 history_facts());
	assert_int_equal(tf_verdict_doubts(&info, F(RESET_RAN), true) & F(RESET_RAN), 0);
	info.hook[TF_HOOK_RST_RECEIVED].method[0] = '\0';
	assert_int_equal(tf_verdict_doubts(&info, 0, false), F(RESET_RAN));
	info.hook[TF_HOOK_RST_RECEIVED].method[0] = 'x';
	info.hook[TF_HOOK_RST_SENT].method[0] = '\0';
	assert_int_equal(tf_verdict_doubts(&info, 0, false) &
				 (F(RST_SENT_ACTIVE) | F(RST_SENT_ANSWER)),
			 F(RST_SENT_ACTIVE) | F(RST_SENT_ANSWER));
	assert_int_equal(tf_verdict_doubts(&info, 0, false) & F(RESET_RAN), 0);
}

/* Whatever else is there: tf_verdict_read() lets no call end it. (A dying namespace has no
 * application that could fetch an errno.) */
static void test_a_reset_that_ran_is_the_end_and_its_errno(void **state)
{
	const uint64_t ours = F(RST_SENT_ANSWER) | F(RST_SENT_ACTIVE) | F(RST_SENT_FIRST);
	const uint64_t beside = ((1ULL << TF_FACT_MAX) - 1) & ~ours & ~F(ERR_ABORTED) &
				~F(NETNS_DEAD) & ~F(REPAIR) & ~F(BY_TASK) & ~F(BY_CLOSE);
	uint64_t seed = 0x2545f4914f6cdd1d;

	for (int i = 0; i < 200000; i++) {
		struct tf_end end = {.state = (uint8_t)(1 + seed % (TF_TCP_STATE_MAX - 1))};
		enum tf_fate fate;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		if (!(ANY & TF_STATE_BIT(end.state)))
			continue;
		end.facts = (seed & (seed >> 21) & beside) | F(RESET_RAN);
		fate = fate_of(end.state, end.facts, 0);
		assert_true(fate == TF_FATE_CONNECT_REFUSED || fate == TF_FATE_HANDSHAKE_FAILED ||
			    fate == TF_FATE_RESET_BEFORE_ACCEPT ||
			    tf_fates_info(fate)->class == TF_CLASS_RESET);
		assert_int_equal(!tf_verdict_errno(fate, &end, end.facts),
				 !!(end.facts & F(ORPHAN)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts_give_their_fate),
		cmocka_unit_test(test_evidence_holds_what_the_rule_rests_on),
		cmocka_unit_test(test_evidence_says_in_which_form_a_fate_came),
		cmocka_unit_test(test_evidence_of_unknown_is_all_that_was_seen),
		cmocka_unit_test(test_every_fate_has_a_row),
		cmocka_unit_test(test_states_without_an_end_give_unknown),
		cmocka_unit_test(test_a_twin_is_known_by_what_it_lacks),
		cmocka_unit_test(test_a_reset_that_ran_is_the_end_and_its_errno),
		cmocka_unit_test(test_no_loss_gives_another_fate),
		cmocka_unit_test(test_no_loss_gives_another_fate_to_any_facts),
		cmocka_unit_test(test_what_no_reset_can_change_stays_known_in_doubt),
		cmocka_unit_test(test_history_that_decides_makes_doubt_unknown),
		cmocka_unit_test(test_doubts_come_from_loss_and_missing_hooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
