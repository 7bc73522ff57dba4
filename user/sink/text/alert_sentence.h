/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * alert_sentence.h - what an alert says, in one sentence
 *
 *	java[221] has 412 sockets in CLOSE_WAIT on :8080, oldest 31 min, 14 more a minute: the peers
 *	closed, this process never calls close().
 *
 * It begins as the alert's row in core/alert/alerts.def says, goes on with what is known of ages,
 * growth and losses, and ends with the row's clause. Names of processes are escaped.
 */
#ifndef TCPFATE_SINK_TEXT_ALERT_SENTENCE_H
#define TCPFATE_SINK_TEXT_ALERT_SENTENCE_H

#include "core/record.h"

#define TF_ALERT_SENTENCE_MAX 1024 /* bytes; alert_sentence.c asserts it */

/* Writes the sentence at @at, no '\n', no NUL. For a clear: "Over after 12 min: java[221] had up to
 * 412 sockets in CLOSE_WAIT on :8080." Returns the end. */
char *tf_alert_sentence(char *at, const struct tf_alert_record *alert);

#endif
