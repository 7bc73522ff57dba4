/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * look.h - one round of a walk, taken in: the survey of its sockets, and the alerts that stand
 *
 * The same events go to the survey, which counts and groups, and to a core whose detectors judge what
 * they see at once (tf_core_options.standing).
 */
#ifndef TCPFATE_CLI_LOOK_H
#define TCPFATE_CLI_LOOK_H

#include "cli/options.h"
#include "core/core.h"
#include "core/standing.h"
#include "core/survey.h"

/* A zeroed struct: nothing was looked at. */
struct tf_look {
	struct tf_survey *survey; /* owned; NULL: no round has begun */
	struct tf_core *core;	  /* owned; NULL: no alerts are wanted */
	struct tf_standing alerts;
	bool ended; /* the round's end was taken in */
};

/* Begins with a new round; what was known before is forgotten. @options and @info are borrowed until
 * tf_look_free(). Returns 0 or -ENOMEM, @look is empty then. */
int tf_look_begin(struct tf_look *look, const struct tf_options *options,
		  const struct tf_run_info *info);

/* Takes in one record of the round, or one about names. What is malformed is skipped. */
void tf_look_take(struct tf_look *look, const void *record, size_t size);

/* All was taken in: everything is put into its order. Returns 0 or -ENOMEM. */
int tf_look_finish(struct tf_look *look);

/* Empties it. Fit for TF_CLEANUP. */
void tf_look_free(struct tf_look *look);

#endif
