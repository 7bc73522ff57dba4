// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scripts.c - the lives of lives.c, and what is to be told of each
 */
#include "scripts.h"

#include <errno.h>

#include "lives.h"

#define NO TF_NO
#define YES TF_YES
#define UNSURE TF_UNKNOWN

#define CLIENT SCRIPT_CLIENT
#define SERVER SCRIPT_SERVER
#define BOTH_ROLES (SCRIPT_CLIENT | SCRIPT_SERVER)

/* The usual exchange of talk(), and no reset. */
#define TALKED                                                                                     \
	.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,          \
	.rst_reason = -1
#define NEVER_OPEN .established = NO, .rst_reason = -1, .eof_read = UNSURE
#define LOCAL .closed_first = TF_SIDE_LOCAL
#define REMOTE .closed_first = TF_SIDE_REMOTE
#define NO_ERRNO .err_delivered = UNSURE
#define TOLD(errno_) .err = errno_, .err_delivered = YES
#define RST_OUT .rst_sent = YES, .rst_reason = REASON_OTHER
#define RST_IN .rst_received = YES
#define NOT_HELD .dead_held_us = TF_UNKNOWN_U64

/* clang-format off */
const struct script scripts[] = {
	{"local_first", life_local_first, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_LOCAL, TALKED, LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"local_half_closed", life_local_half_closed, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_LOCAL,
		TALKED, LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, .fin_received = YES,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = NO, NOT_HELD}},
	{"remote_first", life_remote_first, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_REMOTE, TALKED,
		REMOTE, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = YES, NO_ERRNO,
		.end_state = TF_TCP_LAST_ACK, .eof_read = YES, NOT_HELD}},
	{"remote_first_killed", life_remote_first_killed, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_REMOTE,
		TALKED, REMOTE, .how = TF_HOW_SIGNAL, .how_signal = 9, .fin_sent = YES,
		.fin_received = YES, NO_ERRNO, .end_state = TF_TCP_LAST_ACK, .eof_read = YES, NOT_HELD}},
	{"both_at_once", life_both_at_once, BOTH_ROLES, {.fate = TF_FATE_CLOSED_SIMULTANEOUSLY, TALKED,
		.closed_first = TF_SIDE_BOTH, .how = TF_HOW_CLOSE, .fin_sent = YES,
		.fin_received = YES, NO_ERRNO, .end_state = TF_TCP_CLOSING, .eof_read = NO, NOT_HELD}},
	{"refused", life_refused, CLIENT, {.fate = TF_FATE_CONNECT_REFUSED, NEVER_OPEN, RST_IN,
		TOLD(ECONNREFUSED), .end_state = TF_TCP_SYN_SENT, .dead_held_us = 1000}},
	{"syn_timeout", life_syn_timeout, CLIENT, {.fate = TF_FATE_CONNECT_TIMEOUT, NEVER_OPEN,
		TOLD(ETIMEDOUT), .end_state = TF_TCP_SYN_SENT, .retransmits = 6,
		.dead_held_us = 1000}},
	{"unreachable", life_unreachable, CLIENT, {.fate = TF_FATE_CONNECT_UNREACHABLE, NEVER_OPEN,
		TOLD(EHOSTUNREACH), .end_state = TF_TCP_SYN_SENT, .dead_held_us = 1000}},
	{"port_unreachable", life_port_unreachable, CLIENT, {.fate = TF_FATE_CONNECT_UNREACHABLE,
		NEVER_OPEN, TOLD(ECONNREFUSED), .end_state = TF_TCP_SYN_SENT,
		.dead_held_us = 1000}},
	{"no_local_port", life_no_local_port, CLIENT, {.fate = TF_FATE_CONNECT_FAILED_LOCAL, NEVER_OPEN,
		TOLD(EADDRNOTAVAIL), .end_state = TF_TCP_SYN_SENT,
		NOT_HELD}},
	{"given_up", life_given_up, CLIENT, {.fate = TF_FATE_CONNECT_ABANDONED, NEVER_OPEN, LOCAL,
		.how = TF_HOW_CLOSE, NO_ERRNO, .end_state = TF_TCP_SYN_SENT, NOT_HELD}},
	{"no_final_ack", life_no_final_ack, SERVER, {.fate = TF_FATE_HANDSHAKE_FAILED, NEVER_OPEN,
		.err = ETIMEDOUT, .err_delivered = NO, .end_state = TF_TCP_SYN_RECV,
		.retransmits = 5, NOT_HELD}},
	{"reset_in_syn_recv", life_reset_in_syn_recv, SERVER, {.fate = TF_FATE_HANDSHAKE_FAILED,
		NEVER_OPEN, REMOTE, RST_IN, .err = ECONNRESET, .err_delivered = NO,
		.end_state = TF_TCP_SYN_RECV, NOT_HELD}},
	{"reset_in_queue", life_reset_in_queue, SERVER, {.fate = TF_FATE_RESET_BEFORE_ACCEPT,
		.established = YES, .rst_reason = -1, REMOTE, RST_IN, TOLD(ECONNRESET),
		.bytes_received = 10, .bytes_unread = 10, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"listener_gone", life_listener_gone, SERVER, {.fate = TF_FATE_NEVER_ACCEPTED,
		.established = YES, LOCAL, RST_OUT, NO_ERRNO, .bytes_received = 10,
		.bytes_unread = 10, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"listener_gone_early", life_listener_gone_early, SERVER, {.fate = TF_FATE_NEVER_ACCEPTED,
		.established = NO, LOCAL, RST_OUT, NO_ERRNO, .end_state = TF_TCP_SYN_RECV,
		.eof_read = UNSURE, NOT_HELD}},
	{"reset_open", life_reset_open, BOTH_ROLES, {.fate = TF_FATE_RESET_BY_REMOTE, TALKED, REMOTE,
		RST_IN, TOLD(ECONNRESET), .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 21000}},
	{"reset_open_untold", life_reset_open_untold, BOTH_ROLES, {.fate = TF_FATE_RESET_BY_REMOTE,
		TALKED, REMOTE, RST_IN, .err = ECONNRESET, .err_delivered = NO,
		.end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"reset_close_wait", life_reset_close_wait, BOTH_ROLES, {.fate = TF_FATE_RESET_AFTER_REMOTE_FIN,
		.established = YES, .bytes_sent = 150, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 50, .rst_reason = -1, REMOTE, .fin_received = YES, RST_IN,
		TOLD(EPIPE), .end_state = TF_TCP_CLOSE_WAIT, .eof_read = NO,
		.dead_held_us = 1000}},
	{"reset_last_ack", life_reset_last_ack, BOTH_ROLES, {.fate = TF_FATE_RESET_AFTER_REMOTE_FIN,
		.established = YES, .bytes_sent = 150, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 50, .rst_reason = -1, REMOTE, .how = TF_HOW_CLOSE,
		.fin_sent = YES, .fin_received = YES, RST_IN, NO_ERRNO,
		.end_state = TF_TCP_LAST_ACK, .eof_read = YES, NOT_HELD}},
	{"reset_fin_wait1", life_reset_fin_wait1, BOTH_ROLES, {.fate = TF_FATE_RESET_AFTER_LOCAL_FIN,
		TALKED, LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, RST_IN, TOLD(ECONNRESET),
		.end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"reset_fin_wait2", life_reset_fin_wait2, BOTH_ROLES, {.fate = TF_FATE_RESET_AFTER_LOCAL_FIN,
		TALKED, LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, RST_IN, TOLD(ECONNRESET),
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"unread", life_unread, BOTH_ROLES, {.fate = TF_FATE_ABORTED_UNREAD, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 500, .bytes_unread = 300,
		LOCAL, .how = TF_HOW_CLOSE, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"linger", life_linger, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LINGER, .established = YES,
		.bytes_sent = 600, .bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 500,
		LOCAL, .how = TF_HOW_CLOSE, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"linger2", life_linger2, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LINGER, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200, LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data", life_late_data, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LATE_DATA, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200, LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_owned", life_late_data_owned, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, RST_OUT, .err = ECONNRESET,
		.err_delivered = NO, .end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE,
		.dead_held_us = 2000}},
	{"late_data_with_the_ack", life_late_data_with_the_ack, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA, TALKED, LOCAL, .how = TF_HOW_CLOSE,
		.fin_sent = YES, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_after_the_ack", life_late_data_after_the_ack, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA, .established = YES, .bytes_sent = 100,
		.bytes_acked = 100, .bytes_received = 200, LOCAL, .how = TF_HOW_CLOSE,
		.fin_sent = YES, .fin_received = NO, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_minisock", life_late_data_minisock, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"disconnect", life_disconnect, BOTH_ROLES, {.fate = TF_FATE_ABORTED_DISCONNECT,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"admin", life_admin, BOTH_ROLES, {.fate = TF_FATE_ABORTED_BY_ADMIN, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200, LOCAL, RST_OUT,
		TOLD(ECONNABORTED), .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"memory", life_memory, BOTH_ROLES, {.fate = TF_FATE_ABORTED_MEMORY, .established = YES,
		.bytes_sent = 600, .bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 500,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .rst_sent = YES,
		.rst_reason = REASON_MEMORY, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1,
		.eof_read = UNSURE, NOT_HELD}},
	{"memory_fin_wait2", life_memory_fin_wait2, BOTH_ROLES, {.fate = TF_FATE_ABORTED_MEMORY,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, .fin_received = UNSURE,
		.rst_sent = YES, .rst_reason = REASON_MEMORY, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"netns_gone", life_netns_gone, BOTH_ROLES, {.fate = TF_FATE_NETNS_GONE, .established = YES,
		.bytes_sent = 160, .bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 60,
		.rst_reason = -1, LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE, NOT_HELD}},
	{"keepalive", life_keepalive, BOTH_ROLES, {.fate = TF_FATE_KEEPALIVE_TIMEOUT,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		RST_OUT, TOLD(ETIMEDOUT), .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"retransmit", life_retransmit, BOTH_ROLES, {.fate = TF_FATE_RETRANSMIT_TIMEOUT,
		.established = YES, .bytes_sent = 700, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 600, .bytes_unsent = 400, .rst_reason = -1, TOLD(ETIMEDOUT),
		.end_state = TF_TCP_ESTABLISHED, .retransmits = 17, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"user_timeout", life_user_timeout, BOTH_ROLES, {.fate = TF_FATE_USER_TIMEOUT,
		.established = YES, .bytes_sent = 1100, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 1000, .rst_reason = -1, TOLD(ETIMEDOUT),
		.end_state = TF_TCP_ESTABLISHED, .retransmits = 4, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"zero_window", life_zero_window, BOTH_ROLES, {.fate = TF_FATE_ZERO_WINDOW_TIMEOUT, TALKED,
		.bytes_unsent = 700, TOLD(ETIMEDOUT), .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, .dead_held_us = 1000}},
	{"fin_unacknowledged", life_fin_unacknowledged, BOTH_ROLES, {.fate = TF_FATE_CLOSE_TIMEOUT,
		.established = YES, .bytes_sent = 140, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 40, .rst_reason = -1, LOCAL, .how = TF_HOW_CLOSE,
		.fin_sent = YES, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1, .retransmits = 8,
		.eof_read = UNSURE, NOT_HELD}},
};
/* clang-format on */

const size_t n_scripts = sizeof(scripts) / sizeof(scripts[0]);
