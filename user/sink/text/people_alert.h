/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * people_alert.h - an alert as a block of lines for a person
 *
 * What piles up, its examples, where it runs; then, unless that was said within the last ten minutes, what
 * it means and what to do. Growth, and the end of it, are one sentence each.
 */
#ifndef TCPFATE_SINK_TEXT_PEOPLE_ALERT_H
#define TCPFATE_SINK_TEXT_PEOPLE_ALERT_H

#include "core/record.h"
#include "sink/text/cells.h"

/* Bytes that tf_people_alert() needs at most; people_alert.c asserts it. */
#define TF_PEOPLE_ALERT_MAX 16384

/* Writes the block at @at. @said_ns: when its meaning was said last, 0: not yet; renewed. Returns the
 * end. */
char *tf_people_alert(struct tf_cells *cells, char *at, const struct tf_alert_record *alert,
		      uint64_t *said_ns);

#endif
