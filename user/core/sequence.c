// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * sequence.c - see sequence.h
 */
#include "core/sequence.h"

#include "core/states.h"

#define SYN_DATA_MAX 65536u /* a SYN and its data are one segment */

uint32_t tf_sequence_between(uint32_t from, uint32_t to)
{
	int32_t n = (int32_t)(to - from);

	return n > 0 ? (uint32_t)n : 0;
}

uint32_t tf_sequence_less_control(uint32_t n, bool control)
{
	return n && control ? n - 1 : n;
}

bool tf_sequence_fin_queued(uint8_t state)
{
	return TF_STATE_BIT(state) &
	       (TF_STATE_BIT(TF_TCP_FIN_WAIT1) | TF_STATE_BIT(TF_TCP_FIN_WAIT2) |
		TF_STATE_BIT(TF_TCP_CLOSING) | TF_STATE_BIT(TF_TCP_LAST_ACK));
}

bool tf_sequence_syn_sent(uint32_t in_flight, uint32_t unsent, bool fastopen)
{
	if (!in_flight)
		return unsent == 1; /* queued, and refused on its way out (SELinux) */
	if (in_flight > SYN_DATA_MAX)
		return false;
	return !unsent || (fastopen && in_flight == 1 && unsent < SYN_DATA_MAX);
}
