/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * states.h - the TCP states by the kernel's numbers (include/net/tcp_states.h) and names
 */
#ifndef TCPFATE_CORE_STATES_H
#define TCPFATE_CORE_STATES_H

#include <stdbool.h>
#include <stdint.h>

enum tf_tcp_state {
	TF_TCP_ESTABLISHED = 1,
	TF_TCP_SYN_SENT,
	TF_TCP_SYN_RECV,
	TF_TCP_FIN_WAIT1,
	TF_TCP_FIN_WAIT2,
	TF_TCP_TIME_WAIT,
	TF_TCP_CLOSE,
	TF_TCP_CLOSE_WAIT,
	TF_TCP_LAST_ACK,
	TF_TCP_LISTEN,
	TF_TCP_CLOSING,
	TF_TCP_NEW_SYN_RECV,
	TF_TCP_STATE_MAX,
};

#define TF_STATE_BIT(state) (1u << (state))

/* "FIN_WAIT1"; "?" for a number that is none. Static. */
const char *tf_states_name(uint8_t state);

/* The state in which the application has its connection: of an MPTCP subflow in ESTABLISHED what
 * @master, the MPTCP connection, waits for; else @state. An MPTCP close() leaves the subflows
 * ESTABLISHED until both sides have closed. @master 0: no subflow. */
uint8_t tf_states_of_subflow(uint8_t state, uint8_t master);

#endif
