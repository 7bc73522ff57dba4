// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * people_alert.c - see people_alert.h
 */
#include "sink/text/people_alert.h"

#include <string.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "core/states.h"
#include "sink/text/alert_sentence.h"
#include "sink/text/columns.h"
#include "sink/text/pieces.h"

#define WORDS_MAX 2048	/* an alert's meaning, or its remedy */
#define EXAMPLE_MAX 384 /* two ends, a state, an age, a descriptor, a hostile comm */
#define PLACE_MAX (64 + TF_ESCAPE_TERM_MAX * (TF_CONTAINER_LEN + TF_UNIT_LEN + TF_CGROUP_PATH_LEN))
#define HEAD_MAX (TF_ALERT_SENTENCE_MAX + 64)

#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, counted, clause,      \
		 said, meaning, remedy, ...)                                                       \
	_Static_assert(sizeof(meaning) + sizeof(remedy) < WORDS_MAX, slug " is too long");
#include "core/alert/alerts.def"
#undef TF_ALERT
/* Wrapping never doubles them. */
_Static_assert(2 * (HEAD_MAX + TF_ALERT_EXAMPLES * EXAMPLE_MAX + PLACE_MAX + WORDS_MAX + 64) <
		       TF_PEOPLE_ALERT_MAX,
	       "the whole block must fit");

#define COLOUR_OVER "\033[32m"
static const char *const COLOURS[] = {
	[TF_SEVERITY_WARNING] = "\033[1;33m",
	[TF_SEVERITY_CRITICAL] = "\033[1;31m",
};

static char *put_sentence(struct tf_cells *cells, char *at, const struct tf_alert_record *alert)
{
	const struct tf_alert_info *info = tf_alerts_info(alert->alert);
	bool over = alert->event == TF_ALERT_EVENT_CLEAR;
	const char *colour = over ? COLOUR_OVER : COLOURS[info->severity];
	char text[HEAD_MAX], *end, *begin;

	end = tf_fmt_str(TF_FMT_LIT(text, "ALERT "), info->slug);
	if (alert->event == TF_ALERT_EVENT_UPDATE)
		end = TF_FMT_LIT(end, " grows");
	end = tf_alert_sentence(TF_FMT_LIT(end, ": "), alert);
	begin = at = tf_cells_colour(cells, at, colour);
	at = tf_cells_paragraph(cells, at, text, end);
	tf_cells_clock(cells, begin, alert->time_ns); /* in place of the indentation */
	return tf_cells_end_line(cells, at - 1, colour);
}

static char *put_age(char *at, const struct tf_alert_example *example)
{
	if (example->state == TF_TCP_CLOSE || !example->state)
		return at; /* it has ended: that is why it is told */
	at = tf_fmt_str(TF_FMT_LIT(at, ", "), tf_states_name(example->state));
	if (!tf_maybe_known(example->age_us))
		return at;
	return tf_duration_words(TF_FMT_LIT(at, " for "), tf_maybe_value(example->age_us));
}

/* Who holds it, as far as that is not the one of whom the alert speaks. */
static char *put_holder(char *at, const struct tf_alert_example *example,
			const struct tf_alert_record *alert)
{
	const struct tf_owner *owner = &example->owner;
	bool said = owner->from == TF_OWNER_NONE ||
		    (alert->owner.from != TF_OWNER_NONE && alert->owner.pid == owner->pid);

	if (tf_maybe_known(example->fd))
		at = tf_fmt_u64(TF_FMT_LIT(at, ", fd "), tf_maybe_value(example->fd));
	if (said)
		return at;
	return tf_pieces_owner(TF_FMT_LIT(at, " of "), owner);
}

static char *put_example(const struct tf_cells *cells, char *at,
			 const struct tf_alert_example *example,
			 const struct tf_alert_record *alert)
{
	const struct tf_tuple *tuple = &example->tuple;
	char text[EXAMPLE_MAX], *end = TF_FMT_LIT(text, "e.g. ");

	end = tf_columns_end_point(end, tuple->laddr, tuple->lport);
	if (example->state != TF_TCP_LISTEN)
		end = tf_columns_end_point(TF_FMT_LIT(end, " -- "), tuple->raddr, tuple->rport);
	end = put_age(end, example);
	end = put_holder(end, example, alert);
	return tf_cells_paragraph(cells, at, text, end);
}

static char *put_name(char *at, const char *begin, const char *label, const uint8_t *name)
{
	size_t len = strlen((const char *)name);

	if (!len)
		return at;
	at = at == begin ? TF_FMT_LIT(at, "In ") : TF_FMT_LIT(at, ", ");
	return tf_escape_term(tf_fmt_str(at, label), name, len);
}

/* "In container docker:3f4e..., unit nginx.service.": where the process runs. */
static char *put_place(const struct tf_cells *cells, char *at, const struct tf_ev_cgroup *names)
{
	char text[PLACE_MAX], *end = text;

	if (!names)
		return at;
	end = put_name(end, text, "container ", names->container);
	end = put_name(end, text, "unit ", names->unit);
	if (end == text && strcmp((const char *)names->path, "/") != 0)
		end = put_name(end, text, "cgroup ", names->path);
	if (end != text)
		*end++ = '.';
	return tf_cells_paragraph(cells, at, text, end);
}

static char *put_words(const struct tf_cells *cells, char *at, const char *label, const char *words)
{
	char text[WORDS_MAX + 64];
	char *end = tf_fmt_str(tf_fmt_str(text, label), words);

	return tf_cells_paragraph(cells, at, text, end);
}

char *tf_people_alert(struct tf_cells *cells, char *at, const struct tf_alert_record *alert,
		      uint64_t *said_ns)
{
	const struct tf_alert_info *info = tf_alerts_info(alert->alert);

	at = put_sentence(cells, at, alert);
	if (alert->event != TF_ALERT_EVENT_RAISE)
		return at;
	for (unsigned int i = 0; i < alert->n_examples; i++)
		at = put_example(cells, at, &alert->examples[i], alert);
	at = put_place(cells, at, alert->names);
	if (tf_cells_said(said_ns, alert->time_ns))
		return at;
	at = put_words(cells, at, "", info->meaning);
	return put_words(cells, at, "What to do: ", info->remedy);
}
