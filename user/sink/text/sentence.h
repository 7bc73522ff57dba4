/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sentence.h - the end of a connection in words: the meaning of its fate, then its own facts
 */
#ifndef TCPFATE_SINK_TEXT_SENTENCE_H
#define TCPFATE_SINK_TEXT_SENTENCE_H

#include "core/record.h"
#include "core/stream/run_info.h"

#define TF_SENTENCE_MAX 6144 /* bytes; sentence.c asserts it */

/* Writes the meaning of @fate. Returns the end. This and the facts together, or the remedy alone,
 * are at most TF_SENTENCE_MAX bytes, without '\n'. */
char *tf_sentence_meaning(char *at, enum tf_fate fate);

/* Writes the facts of @conn, each sentence with a blank before it. Names of reset reasons are
 * @info's, escaped. Returns the end. */
char *tf_sentence_facts(char *at, const struct tf_conn_record *conn,
			const struct tf_run_info *info);

/* Writes which signal killed the process that closed @conn, nothing if there was none. Returns the
 * end. */
char *tf_sentence_killed(char *at, const struct tf_conn_record *conn);

/* Writes the remedy for @fate, at most TF_SENTENCE_MAX bytes. Returns the end. */
char *tf_sentence_remedy(char *at, enum tf_fate fate);

/* Writes "1234 ended: 1200 clean, 34 reset; 34 shown. 2 alerts. 17 live.", at most 1024 bytes; the
 * number @shown is left out when all were shown, alerts when there were none. Returns the end. */
char *tf_sentence_totals(char *at, const struct tf_stats *stats, uint64_t shown);

#endif
