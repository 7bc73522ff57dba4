// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_verdict_read.c - what the event of CLOSE says: facts, counts of data, FINs, errno, the first
 * to close
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/states.h"
#include "core/fate/verdict.h"

#define F TF_FACT_BIT

static struct tf_end read_end(uint8_t role, const struct tf_ev_close *event)
{
	struct tf_conn conn = {.role = role};
	struct tf_end end;

	tf_verdict_read(&conn, event, &end);
	return end;
}

static struct tf_ev_close close_in(uint8_t state)
{
	return (struct tf_ev_close){
		.st = {.old_state = state,
		       .new_state = TF_TCP_CLOSE,
		       .flags = TF_F_HAS_SOCKET,
		       .tuple = {.laddr = {1}, .raddr = {2}, .lport = 40000, .rport = 80}},
		.snd_wnd = 1000,
	};
}

/* Sequence numbers at any place of their circle give the same counts. */
static const uint32_t bases[] = {0, 1, 0x7fffff00, 0x7fffffff, 0x80000000, 0xffffff00, 0xffffffff};

#define N_BASES (sizeof(bases) / sizeof(bases[0]))

static void test_data_in_an_open_connection_is_counted(void **state)
{
	for (size_t i = 0; i < N_BASES; i++) {
		struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);
		struct tf_end end;

		event.snd_una = bases[i];
		event.snd_nxt = bases[i] + 300;
		event.write_seq = bases[i] + 1000;
		event.copied_seq = bases[i];
		event.rcv_nxt = bases[i] + 77;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unacked, 300);
		assert_int_equal(end.bytes_unsent, 700);
		assert_int_equal(end.bytes_unread, 77);
		assert_int_equal(end.fin_sent, TF_NO);
		assert_int_equal(end.eof_read, TF_UNKNOWN);
		assert_int_equal(end.facts & (F(UNACKED) | F(UNSENT) | F(UNREAD)),
				 F(UNACKED) | F(UNSENT) | F(UNREAD));
	}
}

static void test_what_was_never_sent_is_not_unacknowledged(void **state)
{
	static const uint8_t states[] = {TF_TCP_ESTABLISHED, TF_TCP_CLOSE_WAIT, TF_TCP_FIN_WAIT1,
					 TF_TCP_CLOSING, TF_TCP_LAST_ACK};
	const uint64_t mask = F(OUTSTANDING) | F(UNACKED) | F(UNSENT);

	for (size_t i = 0; i < N_BASES * sizeof(states); i++) {
		struct tf_ev_close event = close_in(states[i % sizeof(states)]);

		event.snd_una = event.snd_nxt = bases[i / sizeof(states)];
		event.write_seq = event.snd_nxt + 500;
		assert_int_equal(read_end(TF_ROLE_SERVER, &event).facts & mask,
				 F(OUTSTANDING) | F(UNSENT));
		event.snd_nxt = event.write_seq;
		assert_int_equal(read_end(TF_ROLE_SERVER, &event).facts & mask,
				 F(OUTSTANDING) | F(UNACKED));
		event.snd_una = event.write_seq;
		assert_int_equal(read_end(TF_ROLE_SERVER, &event).facts & mask, 0);
	}
}

static void test_our_fin_is_no_data(void **state)
{
	for (size_t i = 0; i < N_BASES; i++) {
		struct tf_ev_close event = close_in(TF_TCP_FIN_WAIT1);
		struct tf_end end;

		/* sent, and it alone is missing its acknowledgement */
		event.snd_una = bases[i];
		event.snd_nxt = event.write_seq = bases[i] + 1;
		end = read_end(TF_ROLE_SERVER, &event);
		assert_int_equal(end.bytes_unacked, 0);
		assert_int_equal(end.bytes_unsent, 0);
		assert_int_equal(end.fin_sent, TF_YES);
		assert_true(end.facts & F(UNACKED));
		/* behind 9 bytes that were sent and 20 that were not */
		event.snd_nxt = bases[i] + 9;
		event.write_seq = bases[i] + 30;
		end = read_end(TF_ROLE_SERVER, &event);
		assert_int_equal(end.bytes_unacked, 9);
		assert_int_equal(end.bytes_unsent, 20);
		assert_int_equal(end.fin_sent, TF_NO);
	}
}

static void test_the_peers_fin_is_no_data(void **state)
{
	for (size_t i = 0; i < N_BASES; i++) {
		struct tf_ev_close event = close_in(TF_TCP_CLOSE_WAIT);
		struct tf_end end;

		event.st.flags |= TF_F_DONE;
		event.copied_seq = bases[i];
		event.rcv_nxt = bases[i] + 1;
		event.bytes_received = 51;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unread, 0);
		assert_int_equal(end.bytes_received, 50);
		assert_int_equal(end.eof_read, TF_NO);
		assert_int_equal(end.fin_received, TF_YES);
		assert_int_equal(end.facts & F(UNREAD), 0);
		event.rcv_nxt = bases[i] + 6;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unread, 5);
		assert_int_equal(end.eof_read, TF_NO);
		event.rcv_nxt = event.copied_seq;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unread, 0);
		assert_int_equal(end.eof_read, TF_YES);
	}
}

static void test_acknowledged_bytes_are_data_only(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);

	event.bytes_acked = 101; /* a client's SYN is one of them */
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).bytes_acked, 100);
	assert_int_equal(read_end(TF_ROLE_SERVER, &event).bytes_acked, 101);
	event = close_in(TF_TCP_FIN_WAIT2);
	event.bytes_acked = 102;
	event.snd_una = event.snd_nxt = event.write_seq = 500;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).bytes_acked, 100);
	assert_int_equal(read_end(TF_ROLE_SERVER, &event).bytes_acked, 101);
	event.bytes_acked = 0; /* never below 0 */
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).bytes_acked, 0);
}

static void test_a_syn_is_no_data(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_SYN_SENT);
	struct tf_end end;

	event.snd_una = 0xffffffff;
	event.snd_nxt = event.write_seq = 0;
	end = read_end(TF_ROLE_CLIENT, &event);
	assert_int_equal(end.bytes_unacked, 0);
	assert_int_equal(end.bytes_unsent, 0);
	assert_int_equal(end.facts & F(NOTHING_SENT), 0);
	event.snd_una = 0; /* no SYN left */
	end = read_end(TF_ROLE_CLIENT, &event);
	assert_true(end.facts & F(NOTHING_SENT));
	assert_int_equal(end.facts & (F(UNACKED) | F(UNSENT) | F(ZERO_WINDOW)), 0);
}

/* tcp_send_syn_data(): data rode on the SYN, or waits behind it because it could not be sent. */
static void test_data_with_the_syn_is_data(void **state)
{
	for (size_t i = 0; i < N_BASES; i++) {
		struct tf_ev_close event = close_in(TF_TCP_SYN_SENT);
		struct tf_end end;

		event.st.flags |= TF_F_FASTOPEN;
		event.snd_una = bases[i];
		event.snd_nxt = event.write_seq = bases[i] + 101;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unacked, 100);
		assert_int_equal(end.bytes_unsent, 0);
		event.snd_nxt = bases[i] + 1;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unacked, 0);
		assert_int_equal(end.bytes_unsent, 100);
		assert_int_equal(end.facts & F(NOTHING_SENT), 0);
		/* SELinux refused the SYN on its way out */
		event.snd_nxt = bases[i];
		event.write_seq = bases[i] + 1;
		end = read_end(TF_ROLE_CLIENT, &event);
		assert_int_equal(end.bytes_unsent, 0);
		assert_int_equal(end.facts & F(NOTHING_SENT), 0);
	}
}

static void test_sequence_numbers_out_of_order_count_nothing(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);
	struct tf_end end;

	event.copied_seq = 10;
	event.rcv_nxt = 5;
	event.snd_nxt = 20;
	event.snd_una = 30;
	event.write_seq = 30;
	end = read_end(TF_ROLE_CLIENT, &event);
	assert_int_equal(end.bytes_unread, 0);
	assert_int_equal(end.bytes_unacked, 0);
	assert_int_equal(end.bytes_unsent, 10);
	assert_int_equal(end.facts & F(UNREAD), 0);
}

static void test_whether_a_fin_came_is_unknown_after_a_hand_off(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_FIN_WAIT2);

	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).fin_received, TF_NO);
	event.st.flags = TF_F_DEAD;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).fin_received, TF_UNKNOWN);
	event.st.flags = TF_F_DEAD | TF_F_LINGER2_NEG;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).fin_received, TF_NO);
	event.st.flags = TF_F_DEAD | TF_F_DONE;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).fin_received, TF_YES);
	event.st.flags = TF_F_DEAD;
	event.err = ECONNRESET;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).fin_received, TF_NO);
	event = close_in(TF_TCP_FIN_WAIT1);
	event.st.flags = TF_F_DEAD;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).fin_received, TF_NO);
}

static void test_each_errno_is_its_fact(void **state)
{
	static const struct {
		int32_t err;
		uint64_t fact;
	} rows[] = {
		{0, F(ERR_NONE)},
		{ECONNRESET, F(ERR_RESET)},
		{EPIPE, F(ERR_RESET)},
		{ECONNREFUSED, F(ERR_REFUSED)},
		{ETIMEDOUT, F(ERR_TIMEDOUT)},
		{ECONNABORTED, F(ERR_ABORTED)},
		{EHOSTUNREACH, F(ERR_OTHER)},
		{ENETUNREACH, F(ERR_OTHER)},
		{EPROTO, F(ERR_OTHER)},
		{-5, F(ERR_OTHER)},
	};
	const uint64_t all = F(ERR_NONE) | F(ERR_RESET) | F(ERR_REFUSED) | F(ERR_TIMEDOUT) |
			     F(ERR_ABORTED) | F(ERR_OTHER);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);

		event.err = rows[i].err;
		assert_int_equal(read_end(TF_ROLE_CLIENT, &event).facts & (all | F(ERR_SOFT)),
				 rows[i].fact);
		event.err_soft = EHOSTUNREACH;
		assert_int_equal(read_end(TF_ROLE_CLIENT, &event).facts & (all | F(ERR_SOFT)),
				 rows[i].fact | F(ERR_SOFT));
	}
}

static void test_each_flag_is_its_fact(void **state)
{
	static const struct {
		uint32_t flags;
		uint64_t fact;
	} rows[] = {
		{TF_F_DEAD, F(ORPHAN)},
		{TF_F_ICMP_TOLD, F(ICMP_TOLD)},
		{TF_F_DONE, F(FIN_RECEIVED)},
		{TF_F_KEEPOPEN, F(KEEPALIVE)},
		{TF_F_LINGER0, F(LINGER_ZERO)},
		{TF_F_LINGER2_NEG, F(LINGER2_NEGATIVE)},
		{TF_F_LOCKED, F(BY_TASK)},
		{TF_F_LOCKED | TF_F_FILE_GONE, F(BY_TASK)},
		{TF_F_FILE_GONE, 0},
		{TF_F_NETNS_DEAD, F(NETNS_DEAD)},
		{TF_F_REPAIR, F(REPAIR)},
		{TF_F_MPTCP, F(MPTCP)},
		{TF_F_FASTOPEN, F(FASTOPEN)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);

		event.st.flags = TF_F_HAS_SOCKET | rows[i].flags;
		assert_int_equal(read_end(TF_ROLE_CLIENT, &event).facts,
				 F(ERR_NONE) | rows[i].fact);
	}
}

/* Until it has shut the socket down, close() waits for who else has the lock. */
static void test_a_close_that_is_at_work_has_shut_down(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);

	event.st.flags = TF_F_HAS_SOCKET | TF_F_LOCKED | TF_F_FILE_GONE;
	event.st.shutdown = 3;
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).facts,
			 F(ERR_NONE) | F(BY_TASK) | F(BY_CLOSE) | F(SHUTDOWN_BOTH));
	event.st.flags &= ~(uint32_t)TF_F_LOCKED; /* in softirq: not by that task */
	assert_int_equal(read_end(TF_ROLE_CLIENT, &event).facts, F(ERR_NONE) | F(SHUTDOWN_BOTH));
}

static void test_unaccepted_is_a_server_without_holder(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);

	event.st.flags = 0;
	assert_true(read_end(TF_ROLE_SERVER, &event).facts & F(UNACCEPTED));
	assert_true(read_end(TF_ROLE_UNKNOWN, &event).facts & F(UNACCEPTED));
	assert_false(read_end(TF_ROLE_CLIENT, &event).facts & F(UNACCEPTED));
	event.st.flags = TF_F_DEAD;
	assert_false(read_end(TF_ROLE_SERVER, &event).facts & F(UNACCEPTED));
	event.st.flags = TF_F_HAS_SOCKET;
	assert_false(read_end(TF_ROLE_SERVER, &event).facts & F(UNACCEPTED));
}

static void test_what_an_mptcp_connection_has_unread_is_its_subflows(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_CLOSE_WAIT);
	struct tf_end end;

	event.st.flags = TF_F_HAS_SOCKET | TF_F_DONE | TF_F_MPTCP;
	event.rcv_nxt = event.copied_seq;
	end = read_end(TF_ROLE_SERVER, &event);
	assert_int_equal(end.bytes_unread, 0);
	assert_int_equal(end.eof_read, TF_UNKNOWN); /* by the connection, not the application */
	assert_false(end.facts & F(UNREAD));
	event.rcv_nxt++; /* the FIN, which no application reads */
	assert_int_equal(read_end(TF_ROLE_SERVER, &event).eof_read, TF_UNKNOWN);
	event.master_unread = 7;
	event.rcv_nxt = event.copied_seq + 3;
	end = read_end(TF_ROLE_SERVER, &event);
	assert_int_equal(end.bytes_unread, 2 + 7);
	assert_int_equal(end.eof_read, TF_NO);
	assert_true(end.facts & F(UNREAD));
}

static void test_timers_and_windows_are_facts(void **state)
{
	struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);
	uint64_t facts;

	event.snd_wnd = 0;
	event.retransmits = 1;
	event.probes_out = 1;
	event.st.shutdown = 3;
	event.st.tuple.rport = event.st.tuple.lport;
	memcpy(event.st.tuple.raddr, event.st.tuple.laddr, 16);
	facts = read_end(TF_ROLE_CLIENT, &event).facts;
	assert_int_equal(facts, F(ERR_NONE) | F(ZERO_WINDOW) | F(RETRANSMITS) | F(PROBES) |
					F(SHUTDOWN_BOTH) | F(SELF_CONNECT));
	event.st.shutdown = 2;
	assert_false(read_end(TF_ROLE_CLIENT, &event).facts & F(SHUTDOWN_BOTH));
	event.st.shutdown = 1;
	assert_false(read_end(TF_ROLE_CLIENT, &event).facts & F(SHUTDOWN_BOTH));
}

/* The kernel counts in jiffies: up to 10 ms early is reached. */
static void test_the_user_timeout_is_reached_within_a_jiffy(void **state)
{
	static const struct {
		uint32_t set, passed;
		uint64_t facts;
	} rows[] = {
		{0, 100000, 0},
		{5000, 4989, F(USER_TIMEOUT)},
		{5000, 4990, F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED)},
		{5000, 5000, F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED)},
		{5000, UINT32_MAX, F(USER_TIMEOUT) | F(USER_TIMEOUT_REACHED)},
		{UINT32_MAX, 0, F(USER_TIMEOUT)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);

		event.user_timeout_ms = rows[i].set;
		event.unanswered_ms = rows[i].passed;
		assert_int_equal(read_end(TF_ROLE_CLIENT, &event).facts,
				 F(ERR_NONE) | rows[i].facts);
	}
}

static void test_the_side_that_closed_first_follows_from_the_states(void **state)
{
	static const struct {
		enum tf_fate fate;
		uint8_t state;
		uint64_t facts;
		enum tf_side side;
	} rows[] = {
		{TF_FATE_CLOSED_BY_LOCAL, TF_TCP_FIN_WAIT2, 0, TF_SIDE_LOCAL},
		{TF_FATE_CLOSED_BY_LOCAL, TF_TCP_FIN_WAIT2, F(FIN_RECEIVED), TF_SIDE_LOCAL},
		{TF_FATE_CLOSED_BY_REMOTE, TF_TCP_LAST_ACK, F(FIN_RECEIVED), TF_SIDE_REMOTE},
		{TF_FATE_CLOSED_SIMULTANEOUSLY, TF_TCP_CLOSING, F(FIN_RECEIVED), TF_SIDE_BOTH},
		{TF_FATE_RESET_BY_REMOTE, TF_TCP_ESTABLISHED, F(ERR_RESET), TF_SIDE_REMOTE},
		{TF_FATE_RESET_AFTER_REMOTE_FIN, TF_TCP_CLOSE_WAIT, F(ERR_RESET), TF_SIDE_REMOTE},
		{TF_FATE_RESET_AFTER_LOCAL_FIN, TF_TCP_FIN_WAIT1, F(ERR_RESET), TF_SIDE_LOCAL},
		/* Our FIN was queued and not sent: no FIN of ours, so the RST, or the peer's
		 * FIN. */
		{TF_FATE_RESET_AFTER_LOCAL_FIN, TF_TCP_FIN_WAIT1, F(UNSENT), TF_SIDE_REMOTE},
		{TF_FATE_RESET_AFTER_LOCAL_FIN, TF_TCP_CLOSING, F(UNSENT) | F(FIN_RECEIVED),
		 TF_SIDE_REMOTE},
		{TF_FATE_CLOSE_TIMEOUT, TF_TCP_FIN_WAIT1, F(UNSENT), TF_SIDE_NONE},
		{TF_FATE_CLOSE_TIMEOUT, TF_TCP_LAST_ACK, F(UNSENT), TF_SIDE_REMOTE},
		{TF_FATE_ABORTED_MEMORY, TF_TCP_FIN_WAIT1, F(UNSENT), TF_SIDE_LOCAL},
		{TF_FATE_RESET_BEFORE_ACCEPT, TF_TCP_ESTABLISHED, F(ERR_RESET), TF_SIDE_REMOTE},
		{TF_FATE_RESET_BEFORE_ACCEPT, TF_TCP_CLOSE_WAIT, F(ERR_RESET), TF_SIDE_REMOTE},
		{TF_FATE_NEVER_ACCEPTED, TF_TCP_ESTABLISHED, 0, TF_SIDE_LOCAL},
		{TF_FATE_NEVER_ACCEPTED, TF_TCP_CLOSE_WAIT, F(FIN_RECEIVED), TF_SIDE_REMOTE},
		{TF_FATE_ABORTED_UNREAD, TF_TCP_ESTABLISHED, 0, TF_SIDE_LOCAL},
		{TF_FATE_ABORTED_UNREAD, TF_TCP_CLOSE_WAIT, F(FIN_RECEIVED), TF_SIDE_REMOTE},
		{TF_FATE_ABORTED_DISCONNECT, TF_TCP_ESTABLISHED, 0, TF_SIDE_LOCAL},
		{TF_FATE_ABORTED_BY_ADMIN, TF_TCP_ESTABLISHED, F(ERR_ABORTED), TF_SIDE_LOCAL},
		{TF_FATE_ABORTED_BY_ADMIN, TF_TCP_LAST_ACK, F(ERR_ABORTED), TF_SIDE_REMOTE},
		{TF_FATE_NETNS_GONE, TF_TCP_ESTABLISHED, 0, TF_SIDE_LOCAL},
		{TF_FATE_KEEPALIVE_TIMEOUT, TF_TCP_ESTABLISHED, 0, TF_SIDE_NONE},
		{TF_FATE_KEEPALIVE_TIMEOUT, TF_TCP_CLOSE_WAIT, F(FIN_RECEIVED), TF_SIDE_REMOTE},
		{TF_FATE_KEEPALIVE_TIMEOUT, TF_TCP_FIN_WAIT2, 0, TF_SIDE_LOCAL},
		{TF_FATE_RETRANSMIT_TIMEOUT, TF_TCP_ESTABLISHED, 0, TF_SIDE_NONE},
		{TF_FATE_CLOSE_TIMEOUT, TF_TCP_FIN_WAIT1, 0, TF_SIDE_LOCAL},
		{TF_FATE_CLOSE_TIMEOUT, TF_TCP_LAST_ACK, F(FIN_RECEIVED), TF_SIDE_REMOTE},
		{TF_FATE_CONNECT_REFUSED, TF_TCP_SYN_SENT, F(ERR_REFUSED), TF_SIDE_NONE},
		{TF_FATE_CONNECT_TIMEOUT, TF_TCP_SYN_SENT, 0, TF_SIDE_NONE},
		{TF_FATE_CONNECT_ABANDONED, TF_TCP_SYN_SENT, 0, TF_SIDE_LOCAL},
		{TF_FATE_HANDSHAKE_FAILED, TF_TCP_SYN_RECV, F(ERR_RESET), TF_SIDE_REMOTE},
		{TF_FATE_HANDSHAKE_FAILED, TF_TCP_SYN_RECV, F(ERR_TIMEDOUT), TF_SIDE_NONE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(tf_verdict_closed_first(rows[i].fate, rows[i].state,
							 rows[i].facts),
				 rows[i].side);
}

/* An RST answers what was sent last, whether its errno is still there or was fetched. */
static void test_what_an_rst_answered_is_not_unanswered(void **state)
{
	const uint64_t timers = F(PROBES) | F(RETRANSMITS);
	struct tf_ev_close event = close_in(TF_TCP_ESTABLISHED);
	struct tf_conn conn = {0};
	struct tf_end end;

	event.probes_out = event.retransmits = 1;
	tf_verdict_read(&conn, &event, &end);
	assert_int_equal(tf_verdict_facts(&conn, &end, -1) & timers, timers);
	conn.history = TF_HIST_RESET_RAN;
	assert_int_equal(tf_verdict_facts(&conn, &end, -1) & timers, 0);
	conn.history = 0;
	event.err = ECONNRESET;
	tf_verdict_read(&conn, &event, &end);
	assert_int_equal(tf_verdict_facts(&conn, &end, -1) & timers, 0);
}

static void test_the_errno_is_the_one_that_the_application_got(void **state)
{
	static const struct {
		enum tf_fate fate;
		int32_t err, soft;
		uint64_t facts;
		int32_t expected;
	} rows[] = {
		{TF_FATE_RESET_BY_REMOTE, ECONNRESET, 0, 0, ECONNRESET},
		{TF_FATE_RESET_AFTER_REMOTE_FIN, EPIPE, 0, 0, EPIPE},
		{TF_FATE_RESET_AFTER_REMOTE_FIN, EPIPE, 0, F(ORPHAN), 0},
		{TF_FATE_CLOSE_TIMEOUT, ETIMEDOUT, 0, 0, ETIMEDOUT},
		{TF_FATE_CLOSE_TIMEOUT, ETIMEDOUT, 0, F(ORPHAN), 0},
		{TF_FATE_CONNECT_FAILED_LOCAL, 0, 0, 0, EADDRNOTAVAIL},
		{TF_FATE_CONNECT_UNREACHABLE, EHOSTUNREACH, EHOSTUNREACH, 0, EHOSTUNREACH},
		{TF_FATE_CONNECT_UNREACHABLE, 0, ENETUNREACH, 0, ENETUNREACH},
		{TF_FATE_RETRANSMIT_TIMEOUT, EHOSTUNREACH, EHOSTUNREACH, 0, EHOSTUNREACH},
		{TF_FATE_CLOSED_BY_LOCAL, 0, EHOSTUNREACH, 0, 0},
		{TF_FATE_ABORTED_UNREAD, 0, 0, 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tf_end end = {
			.facts = rows[i].facts, .err = rows[i].err, .err_soft = rows[i].soft};

		assert_int_equal(tf_verdict_errno(rows[i].fate, &end, end.facts), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_in_an_open_connection_is_counted),
		cmocka_unit_test(test_what_was_never_sent_is_not_unacknowledged),
		cmocka_unit_test(test_our_fin_is_no_data),
		cmocka_unit_test(test_the_peers_fin_is_no_data),
		cmocka_unit_test(test_acknowledged_bytes_are_data_only),
		cmocka_unit_test(test_a_syn_is_no_data),
		cmocka_unit_test(test_data_with_the_syn_is_data),
		cmocka_unit_test(test_sequence_numbers_out_of_order_count_nothing),
		cmocka_unit_test(test_whether_a_fin_came_is_unknown_after_a_hand_off),
		cmocka_unit_test(test_each_errno_is_its_fact),
		cmocka_unit_test(test_each_flag_is_its_fact),
		cmocka_unit_test(test_a_close_that_is_at_work_has_shut_down),
		cmocka_unit_test(test_unaccepted_is_a_server_without_holder),
		cmocka_unit_test(test_what_an_mptcp_connection_has_unread_is_its_subflows),
		cmocka_unit_test(test_timers_and_windows_are_facts),
		cmocka_unit_test(test_the_user_timeout_is_reached_within_a_jiffy),
		cmocka_unit_test(test_the_side_that_closed_first_follows_from_the_states),
		cmocka_unit_test(test_what_an_rst_answered_is_not_unanswered),
		cmocka_unit_test(test_the_errno_is_the_one_that_the_application_got),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
