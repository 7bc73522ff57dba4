// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * states.c - the TCP states by number and name
 */
#include "core/states.h"

#include <stddef.h>

static const char *const state_names[TF_TCP_STATE_MAX] = {
	[TF_TCP_ESTABLISHED] = "ESTABLISHED",
	[TF_TCP_SYN_SENT] = "SYN_SENT",
	[TF_TCP_SYN_RECV] = "SYN_RECV",
	[TF_TCP_FIN_WAIT1] = "FIN_WAIT1",
	[TF_TCP_FIN_WAIT2] = "FIN_WAIT2",
	[TF_TCP_TIME_WAIT] = "TIME_WAIT",
	[TF_TCP_CLOSE] = "CLOSE",
	[TF_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
	[TF_TCP_LAST_ACK] = "LAST_ACK",
	[TF_TCP_LISTEN] = "LISTEN",
	[TF_TCP_CLOSING] = "CLOSING",
	[TF_TCP_NEW_SYN_RECV] = "NEW_SYN_RECV",
};

const char *tf_states_name(uint8_t state)
{
	return state < TF_TCP_STATE_MAX && state_names[state] ? state_names[state] : "?";
}

uint8_t tf_states_of_subflow(uint8_t state, uint8_t master)
{
	bool half_closed = master == TF_TCP_CLOSE_WAIT || master == TF_TCP_FIN_WAIT2;

	return state == TF_TCP_ESTABLISHED && half_closed ? master : state;
}
