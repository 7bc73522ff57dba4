/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sentence.h - the end of a connection in words: the meaning of its fate, then its own facts
 */
#ifndef TCPFATE_SINK_TEXT_SENTENCE_H
#define TCPFATE_SINK_TEXT_SENTENCE_H

#include "core/record.h"
#include "core/stream/run_info.h"

#define TF_SENTENCE_MAX 6144 /* bytes; sentence.c asserts it */

/* Writes what happened to @conn: the meaning of its fate and of the variants that it shows, and its
 * cause, or the cause alone where that says so. Returns the end. This and the facts together, or
 * the remedy alone, are at most TF_SENTENCE_MAX bytes, without '\n'. */
char *tf_sentence_meaning(char *at, const struct tf_conn_record *conn);

/* Writes the cause of @conn's end, with a blank before it; nothing if none is known. Returns the
 * end. */
char *tf_sentence_cause(char *at, const struct tf_conn_record *conn);

/* Writes the facts of @conn, each sentence with a blank before it. Names of reset reasons are
 * @info's, escaped. Returns the end. */
char *tf_sentence_facts(char *at, const struct tf_conn_record *conn,
			const struct tf_run_info *info);

/* Writes what killed the process that closed @conn, nothing if that was its own will. Returns the
 * end. */
char *tf_sentence_killed(char *at, const struct tf_conn_record *conn);

/* How the death of its process, and not a call of the application, closed or aborted a
 * connection. */
enum tf_killed {
	TF_KILLED_NOT,
	TF_KILLED_STOPPED, /* SIGTERM and the like */
	TF_KILLED_CRASHED,
	TF_KILLED_OOM,
	TF_KILLED_OTHER,
	TF_KILLED_MAX,
};
enum tf_killed tf_sentence_killed_by(const struct tf_conn_record *conn);

/* Writes the remedy: of the death where that ended @conn, else of its fate's form. At
 * most TF_SENTENCE_MAX bytes. Returns the end. */
char *tf_sentence_remedy(char *at, const struct tf_conn_record *conn);

/* Writes that @conn's RST was not for its own end but cleared an old connection, nothing if there
 * was none such. Returns the end. */
char *tf_sentence_cleared(char *at, const struct tf_conn_record *conn);

/* Writes "1234 connections ended: 1200 clean, 34 reset; 34 shown. 19 resets beside them. 2 alerts.
 * 17 live.", at most 1024 bytes; the number @shown is left out when all were shown, resets and
 * alerts when there were none. Returns the end. */
char *tf_sentence_totals(char *at, const struct tf_stats *stats, uint64_t shown);

#endif
