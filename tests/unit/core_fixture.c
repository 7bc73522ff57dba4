// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * core_fixture.c - see core_fixture.h
 */
#include "core_fixture.h"

struct run run;
struct tape tape;

int core_set_up(void **state)
{
	return core_start((struct tf_core_options){0});
}

int core_tear_down(void **state)
{
	run_free(&run);
	tape_free(&tape);
	return 0;
}

int core_start(struct tf_core_options options)
{
	run_free(&run);
	run.options = options;
	run_start(&run);
	return 0;
}

void core_feed_tape(void)
{
	run_feed(&run, &tape);
	tape.n = 0;
}
