// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * people_alert.c - see people_alert.h
 */
#include "sink/text/people_alert.h"

#include "base/fmt.h"

/* The time stands in the indentation of the sentence. */
static char *put_head(struct tf_cells *cells, char *at, const struct tf_alert_block *block,
		      const struct tf_alert_record *alert)
{
	const char *colour = tf_alert_block_colour(alert);
	char label[TF_ALERT_BLOCK_LABEL_MAX], *end, *begin;

	end = tf_fmt_str(TF_FMT_LIT(label, "ALERT "), tf_alerts_info(alert->alert)->slug);
	if (alert->event == TF_ALERT_EVENT_UPDATE)
		end = TF_FMT_LIT(end, " grows");
	*TF_FMT_LIT(end, ": ") = '\0';
	begin = at = tf_cells_colour(cells, at, colour);
	at = tf_alert_block_sentence(at, block, label, alert);
	tf_cells_clock(cells, begin, alert->time_ns);
	return tf_cells_end_line(cells, at - 1, colour);
}

char *tf_people_alert(struct tf_cells *cells, char *at, const struct tf_alert_record *alert,
		      uint64_t *said_ns)
{
	const struct tf_alert_block block = {
		.columns = tf_cells_readable(cells),
		.head_indent = TF_CELLS_INDENT,
		.indent = TF_CELLS_INDENT,
	};

	at = put_head(cells, at, &block, alert);
	if (alert->event != TF_ALERT_EVENT_RAISE)
		return at;
	at = tf_alert_block_details(at, &block, alert);
	if (tf_cells_said(said_ns, alert->time_ns))
		return at;
	at = tf_alert_block_meaning(at, &block, alert->alert);
	return tf_alert_block_remedy(at, &block, alert->alert);
}
