/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * people.h - records for a person at a terminal
 *
 * One line for each ended connection, in columns. A connection that did not end cleanly stands out
 * in colour, and its facts follow. The meaning of its fate and the remedy follow the first time,
 * and again after ten minutes: a thousand refused connects need one explanation. Alerts are blocks
 * of their own (people_alert.h). Times are local (TZ), because people discuss an incident in local
 * time; the header names the time zone. JSON has UTC.
 *
 * Names of processes, hosts and reasons are escaped: none of them can act on the terminal.
 */
#ifndef TCPFATE_SINK_TEXT_PEOPLE_H
#define TCPFATE_SINK_TEXT_PEOPLE_H

#include <stdbool.h>

#include "sink/sink.h"

struct tf_people_options {
	bool colour;
	unsigned int columns; /* of the terminal; 0: no terminal, lines of any length */
};

/* The options that fit @fd: colour on a terminal, unless NO_COLOR is set and not empty or TERM is
 * "dumb"; the terminal's width. */
void tf_people_detect(int fd, struct tf_people_options *ret_options);

/* A sink that writes the people's view to @out; @info and @out are borrowed and must outlive it.
 * Returns 0 or -ENOMEM, @ret_sink untouched then. Owned by the caller: tf_sink_free(). */
int tf_people_new(const struct tf_run_info *info, struct tf_output *out,
		  const struct tf_people_options *options, struct tf_sink **ret_sink);

#endif
