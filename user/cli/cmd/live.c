// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * live.c - see live.h
 */
#include "cli/cmd/live.h"
#include "cli/help.h"
#include "cli/loop.h"

int tf_live_main(int argc, char **argv)
{
	struct tf_options options;
	int status;

	if (!tf_help_options(TF_COMMAND_LIVE, argc, argv, &options, &status))
		return status;
	return tf_loop_run(&options, options.record, true);
}
