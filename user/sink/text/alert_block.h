/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * alert_block.h - an alert as a block of lines for a person, in the stream and on a snapshot's
 * screen
 *
 *	java[221] has 412 sockets in CLOSE_WAIT on :8080, oldest 31 min: the peers closed, this
 *	process never calls close().
 *	    e.g. 192.0.2.17:8080 -- 203.0.113.5:41234, CLOSE_WAIT for 31 min, fd 17
 *	    In container docker:3f4e7c1a9b2d, unit nginx.service.
 *	    What to do: Find the path in the program on which a socket is not closed...
 *
 * Each function writes at @at, lines that end in '\n', and returns the end. A caller that writes
 * all of them once needs room for TF_ALERT_BLOCK_MAX bytes.
 */
#ifndef TCPFATE_SINK_TEXT_ALERT_BLOCK_H
#define TCPFATE_SINK_TEXT_ALERT_BLOCK_H

#include <stdbool.h>

#include "core/record.h"

#define TF_ALERT_BLOCK_MAX 16384 /* alert_block.c asserts it */
#define TF_ALERT_BLOCK_LABEL_MAX 64

struct tf_alert_block {
	unsigned int columns;	  /* of a line, 4 times an indentation at least; 0: no limit */
	unsigned int head_indent; /* of the sentence */
	unsigned int indent;	  /* of all below it */
};

/* The SGR sequence for the sentence: by severity, or that it is over. Static. */
const char *tf_alert_block_colour(const struct tf_alert_record *alert);

/* The sentence, behind @label (less than TF_ALERT_BLOCK_LABEL_MAX bytes). */
char *tf_alert_block_sentence(char *at, const struct tf_alert_block *block, const char *label,
			      const struct tf_alert_record *alert);

/* The examples, and where the process runs. */
char *tf_alert_block_details(char *at, const struct tf_alert_block *block,
			     const struct tf_alert_record *alert);

/* What such an alert means; what to do. */
char *tf_alert_block_meaning(char *at, const struct tf_alert_block *block, enum tf_alert alert);
char *tf_alert_block_remedy(char *at, const struct tf_alert_block *block, enum tf_alert alert);

#endif
