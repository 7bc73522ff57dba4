/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sink_fixture.h - a sink whose lines land in a string, and records to give it
 */
#ifndef TCPFATE_TESTS_SINK_FIXTURE_H
#define TCPFATE_TESTS_SINK_FIXTURE_H

#include "sink/text/people.h"
#include "sink/sink.h"

struct sink_fixture {
	int fd; /* a file in memory */
	bool json;
	struct tf_output *out;
	struct tf_sink *sink;
	char *text;	/* what sink_fixture_text() returned last */
	bool forgotten; /* a record with forgotten fields: the schema refuses it */
};

/* A JSON sink, or with @people the people's view, on a file in memory; each fails the test on
 * error. */
void sink_fixture_json(struct sink_fixture *fixture, const struct tf_run_info *info);
void sink_fixture_people(struct sink_fixture *fixture, const struct tf_run_info *info,
			 const struct tf_people_options *options);

/* Everything written so far, NUL-terminated; owned by the fixture. */
const char *sink_fixture_text(struct sink_fixture *fixture);
void sink_fixture_free(struct sink_fixture *fixture);

/* A host on which every hook is attached, at 2026-11-21T02:19:06Z when boot time is 1000 s. */
extern const struct tf_run_info sink_fixture_info;

/* An everyday connection, an HTTP client whose server reset it, and its line of JSON. */
extern const struct tf_conn_record sink_fixture_conn;
extern const char sink_fixture_conn_line[];

/* A connection of which nothing is known, and its line of JSON. */
extern const struct tf_conn_record sink_fixture_blank;
extern const char sink_fixture_blank_line[];

/* The line of a zeroed conn record: a field that nobody fills in is null. */
extern const char sink_fixture_zeroed_line[];

/* The names of a container's cgroup. */
extern const struct tf_ev_cgroup sink_fixture_names;

/* A process that leaks sockets in CLOSE_WAIT: the alert is raised, with one example. */
extern const struct tf_alert_record sink_fixture_alert;

/* Gives one record to the sink. */
void sink_fixture_put_conn(struct sink_fixture *fixture, const struct tf_conn_record *conn);
void sink_fixture_put_alert(struct sink_fixture *fixture, const struct tf_alert_record *alert);

#endif
