/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * people_alert.h - an alert in the stream of lines for people
 *
 * Its sentence, examples, where the process runs; then, unless that was said within the last ten
 * minutes, what it means and what to do. Its growth and its end are one sentence each.
 */
#ifndef TCPFATE_SINK_TEXT_PEOPLE_ALERT_H
#define TCPFATE_SINK_TEXT_PEOPLE_ALERT_H

#include "core/record.h"
#include "sink/text/alert_block.h"
#include "sink/text/cells.h"

#define TF_PEOPLE_ALERT_MAX (TF_ALERT_BLOCK_MAX + 64) /* bytes: colours besides */

/* Writes the lines at @at. @said_ns: when its meaning was said last, 0: not yet; renewed. Returns
 * the end. */
char *tf_people_alert(struct tf_cells *cells, char *at, const struct tf_alert_record *alert,
		      uint64_t *said_ns);

#endif
