// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * record.c - see record.h
 */
#include "cli/cmd/record.h"
#include "cli/help.h"
#include "cli/loop.h"

int tf_record_main(int argc, char **argv)
{
	struct tf_options options;
	int status;

	if (!tf_help_options(TF_COMMAND_RECORD, argc, argv, &options, &status))
		return status;
	return tf_loop_run(&options, options.file,
			   options.verbose || options.json || options.output);
}
