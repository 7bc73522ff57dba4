/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sentence.h - what became of a connection, in words: the meaning of its fate, then its own facts
 */
#ifndef TCPFATE_SINK_SENTENCE_H
#define TCPFATE_SINK_SENTENCE_H

#include "core/record.h"
#include "core/run_info.h"

#define TF_SENTENCE_MAX 6144 /* bytes; sentence.c asserts it */

/* Writes the sentences that explain @conn at @at, at most TF_SENTENCE_MAX bytes, without '\n'.
 * Names of reset reasons are @info's, escaped. Returns the end. */
char *tf_sentence_explain(char *at, const struct tf_conn_record *conn,
			  const struct tf_run_info *info);

/* Writes what to do about @fate, at most TF_SENTENCE_MAX bytes. Returns the end. */
char *tf_sentence_remedy(char *at, enum tf_fate fate);

#endif
