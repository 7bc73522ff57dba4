/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * stage.h - the core of core_fixture.h with scans and players, for tests of alerts
 *
 * One stage for each test: stage_set_up() and core_tear_down() are fixtures of cmocka.
 */
#ifndef TCPFATE_TESTS_STAGE_H
#define TCPFATE_TESTS_STAGE_H

#include "core/alert/schedule.h"
#include "core/engine.h"
#include "core/states.h"
#include "core_fixture.h"
#include "scans.h"

#define SECOND (1000 * MS)
#define FAR (10000 * SECOND) /* when a test begins */

struct stage {
	struct scans scans;
	struct player players[512];
};

extern struct stage stage;

int stage_set_up(void **state);

/* The same core once more, with the options that the test has set. */
void stage_restart(void);

/* Ticks, once a second, from @from to @now. */
void stage_pass(uint64_t from, uint64_t now);

/* How many records there are of @event of @alert. */
size_t stage_count(enum tf_alert alert, enum tf_alert_event event);

/* The record that raised @alert. There are no others, except that it may have grown since. */
const struct tf_alert_record *stage_raised(enum tf_alert alert);

/* Connections of the first @n players, sockets from @first on, begun @now. */
void stage_open_some(unsigned int n, bool server, uint64_t first, uint64_t now);

/* @n connects at @now that nobody answers, to that many addresses. */
void stage_syn_sent(unsigned int n, unsigned int destinations, uint64_t now);

/* A connection in which @bytes were written, that its peer resets after @life. */
void stage_reset_one(uint64_t sock, bool server, uint64_t now, uint64_t life, uint32_t bytes);

/* @n connects, each @apart after the one before, that are refused. */
void stage_refuse(unsigned int n, uint64_t apart);

/* @n scans, 10 s apart, of a listener with @waiting of 128 in its accept queue; it drops
 * @drops_each between two. */
void stage_listener_scans(unsigned int n, uint32_t waiting, uint32_t drops_each);

/* A scan with @n minisocks in TIME_WAIT towards @rport, and the 10 s after it. */
void stage_port_scan(unsigned int n, uint16_t rport);

/* @n connections of one peer, each begun @apart after the one before and silent @apart / 2 later;
 * all but the last are ghosts when a scan finds them a quarter of an hour later. */
void stage_leave_behind(unsigned int n, uint64_t apart, bool keepalive);

#endif
