/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * people.h - records for a person at a terminal
 *
 * One line for each ended connection, in columns. One that did not end cleanly stands out in colour
 * and is followed by what is known of it. What its fate means, and what to do about it, is said the
 * first time it is met, and again when ten minutes have passed: a thousand refused connects need
 * one explanation. What piles up is a block of its own (people_alert.h). Times are those of the
 * reader's clock on the wall (TZ), because that is what the incident is discussed in; the header
 * names the time zone. JSON has UTC.
 *
 * Names of processes, hosts and reasons are escaped: nothing of them can act on the terminal.
 */
#ifndef TCPFATE_SINK_TEXT_PEOPLE_H
#define TCPFATE_SINK_TEXT_PEOPLE_H

#include <stdbool.h>

#include "sink/sink.h"

struct tf_people_options {
	bool colour;
	unsigned int columns; /* of the terminal; 0: not one, lines of any length */
};

/* What fits @fd: colour on a terminal, unless NO_COLOR is set and not empty or TERM is "dumb"; the
 * terminal's width. */
void tf_people_detect(int fd, struct tf_people_options *ret_options);

/* A sink that writes the people's view to @out; @info and @out are borrowed and must outlive it.
 * Returns 0 or -ENOMEM, @ret_sink untouched then. Owned by the caller: tf_sink_free(). */
int tf_people_new(const struct tf_run_info *info, struct tf_output *out,
		  const struct tf_people_options *options, struct tf_sink **ret_sink);

#endif
