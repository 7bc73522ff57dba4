/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sequence.h - what a socket's sequence numbers mean in each state
 *
 * The sequence space counts SYN and FIN beside the data, and some states have numbers that the
 * kernel has not set yet: in SYN_SENT nothing but the port and `write_seq` is the connection's own
 * before tcp_connect_init() has run, and everything else is 0 or left from the socket's former
 * connection, which tcp_disconnect() does not wipe. Whoever reads such a number asks here first.
 */
#ifndef TCPFATE_CORE_SEQUENCE_H
#define TCPFATE_CORE_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes between two sequence numbers, 0 if they are out of order. */
uint32_t tf_sequence_between(uint32_t from, uint32_t to);

/* @n less the SYN or FIN that it counts, if @control. */
uint32_t tf_sequence_less_control(uint32_t n, bool control);

/* Whether our FIN is at least queued in @state: the last byte of the space written is it. */
bool tf_sequence_fin_queued(uint8_t state);

/* Whether the SYN of a socket in SYN_SENT has left: @in_flight is snd_nxt - snd_una, @unsent is
 * write_seq - snd_nxt. tcp_connect() sets snd_nxt behind the SYN and the data that rode on it;
 * before that the two numbers have nothing to do with write_seq (Fast Open that waits for the first
 * write, a connect() that finds no port), and the difference is anything. @fastopen: TF_F_FASTOPEN;
 * only then data can wait behind the SYN (tcp_send_syn_data() that could not send it). */
bool tf_sequence_syn_sent(uint32_t in_flight, uint32_t unsent, bool fastopen);

#endif
