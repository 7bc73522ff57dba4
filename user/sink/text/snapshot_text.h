/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_text.h - a snapshot for people, on one screen; names of processes and hosts are escaped
 */
#ifndef TCPFATE_SINK_TEXT_SNAPSHOT_TEXT_H
#define TCPFATE_SINK_TEXT_SNAPSHOT_TEXT_H

#include "sink/snapshot_content.h"
#include "sink/text/people.h"

struct tf_snapshot_text_options {
	struct tf_people_options people;
	unsigned int rows; /* of the screen, which is to hold everything; 0: no limit */
	bool verbose;	   /* listeners and groups in no trouble, too */
};

/* Writes the screen to @out: alerts first. */
void tf_snapshot_text_write(const struct tf_snapshot_content *content,
			    const struct tf_snapshot_text_options *view, struct tf_output *out);

#endif
