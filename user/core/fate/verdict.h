/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * verdict.h - from facts to a fate
 *
 * Facts come in two kinds (facts.def). Those of the CLOSE event are certain. Those of history are
 * certain when seen; when not seen they are certain only if nothing can have been missed. What may
 * be missing makes a rule of fates.def neither hold nor fail: then no later rule is believed, and
 * the fate is `unknown`. So a lost event can make a fate unknown, but never wrong.
 */
#ifndef TCPFATE_CORE_FATE_VERDICT_H
#define TCPFATE_CORE_FATE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/conn/conn.h"
#include "core/fate/fates.h"
#include "core/stream/run_info.h"

#define TF_FACT_BIT(name) (1ULL << TF_FACT_##name)

/* Fills @ret_end with what the event of CLOSE says about @conn: facts, counts without SYN and FIN,
 * what is known of the FINs. Nothing in it depends on later events. */
void tf_verdict_read(const struct tf_conn *conn, const struct tf_ev_close *event,
		     struct tf_end *ret_end);

/* All facts of an ended connection, history included. @reason_memory: the number of
 * TCP_ABORT_ON_MEMORY among the reset reasons; -1: the kernel has none. */
uint64_t tf_verdict_facts(const struct tf_conn *conn, const struct tf_end *end,
			  int32_t reason_memory);

/* The facts of history that were not seen but may have been there: all of them when @lost, else
 * those whose hook was not attached. */
uint64_t tf_verdict_doubts(const struct tf_run_info *info, uint64_t facts, bool lost);

/* What of @doubts the facts of CLOSE leave open. An errno that was fetched before CLOSE looks like
 * none; but nobody can fetch it without a descriptor, and an orderly end has none. */
uint64_t tf_verdict_credible(uint8_t end_state, uint64_t facts, uint64_t doubts);

/* The fate of a connection whose last state was @end_state, with @facts seen and @doubts not to be
 * excluded. @ret_evidence (NULL: not wanted): the facts that its rule rests on, and those of its
 * TF_FORM; if no rule decides, all that were seen. */
enum tf_fate tf_verdict(uint8_t end_state, uint64_t facts, uint64_t doubts, uint64_t *ret_evidence);

/* Whether it was no connection at all. Two segments ended one handshake at the same time, on two
 * CPUs, and each made a socket: the one that finds the other in the hash table is closed
 * (inet_ehash_nolisten()). Or the listener had just given up its port: the socket that could not
 * inherit it is an orphan at once (tcp_v4_syn_recv_sock(), inet_csk_prepare_forced_close()). Like a
 * child whose listener goes it ends in SYN_RECV with nothing wrong, but without an RST. In doubt it
 * was one, and its fate is unknown. */
bool tf_verdict_never_was(uint8_t end_state, uint64_t facts, uint64_t doubts);

/* Who closed first, by the last state (whose FIN came first) or, without a FIN, by @fate. */
enum tf_side tf_verdict_closed_first(enum tf_fate fate, uint8_t end_state, uint64_t facts);

/* The errno that the application got or could get, also when it had fetched it before CLOSE; 0:
 * none, or no application was there. */
int32_t tf_verdict_errno(enum tf_fate fate, const struct tf_end *end, uint64_t facts);

#endif
