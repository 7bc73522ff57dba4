// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * look.c - see look.h
 */
#include "cli/look.h"

#include <errno.h>

/* Connections that end while the walk looks at them are no business of a snapshot. */
static void emit(void *ctx, const struct tf_record *record)
{
	struct tf_look *look = ctx;

	if (record->type == TF_RECORD_ALERT)
		tf_standing_take(&look->alerts, record->alert);
}

int tf_look_begin(struct tf_look *look, const struct tf_options *options,
		  const struct tf_run_info *info)
{
	const struct tf_survey_options survey = {
		.max_sockets = options->core.max_connections,
		.filter = &options->filter,
	};
	struct tf_core_options core = options->core;
	int err;

	tf_look_free(look);
	core.filter = &options->filter;
	core.standing = true;
	err = tf_survey_new(&survey, &look->survey);
	if (!err && !core.no_alerts)
		err = tf_core_new(&core, info, emit, look, &look->core);
	if (err)
		tf_look_free(look);
	return err;
}

void tf_look_take(struct tf_look *look, const void *record, size_t size)
{
	const struct tf_event *ev = record;

	if (tf_survey_feed(look->survey, record, size))
		return;
	if (look->core)
		tf_core_feed(look->core, record, size);
	look->ended |= ev->kind == TF_EV_WALK && tf_survey_totals(look->survey)->ended;
}

int tf_look_finish(struct tf_look *look)
{
	tf_standing_sort(&look->alerts);
	return tf_survey_finish(look->survey);
}

void tf_look_free(struct tf_look *look)
{
	tf_survey_free(look->survey);
	tf_core_free(look->core);
	tf_standing_free(&look->alerts);
	*look = (struct tf_look){};
}
