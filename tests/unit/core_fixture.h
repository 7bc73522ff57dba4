/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * core_fixture.h - one core for each test, and the tape that it is fed from
 *
 * core_set_up() and core_tear_down() are fixtures of cmocka. A module that wants more, a player or
 * other options, has a fixture of its own that ends with core_set_up() or core_start().
 */
#ifndef TCPFATE_TESTS_CORE_FIXTURE_H
#define TCPFATE_TESTS_CORE_FIXTURE_H

#include "run.h"
#include "scripts.h"

#define SOCK 7 /* the socket of a test that needs only one */

extern struct run run;
extern struct tape tape;

int core_set_up(void **state);
int core_tear_down(void **state);

/* A core with these options, nothing kept of the one before; the tape stays as it is. Always 0. */
int core_start(struct tf_core_options options);

/* Feeds the tape, which is empty afterwards. */
void core_feed_tape(void);

#endif
