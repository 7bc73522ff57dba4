// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * alert_block.c - see alert_block.h
 */
#include "sink/text/alert_block.h"

#include <string.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/wrap.h"
#include "core/states.h"
#include "sink/text/alert_sentence.h"
#include "sink/text/columns.h"
#include "sink/text/pieces.h"

#define WORDS_MAX 2048	/* an alert's meaning and its remedy */
#define EXAMPLE_MAX 384 /* two ends, a state, an age, a descriptor, a hostile comm */
#define PLACE_MAX (64 + TF_ESCAPE_TERM_MAX * (TF_CONTAINER_LEN + TF_UNIT_LEN + TF_CGROUP_PATH_LEN))
#define HEAD_MAX (TF_ALERT_SENTENCE_MAX + TF_ALERT_BLOCK_LABEL_MAX)

#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, counted, clause,      \
		 said, meaning, remedy, ...)                                                       \
	_Static_assert(sizeof(meaning) + sizeof(remedy) < WORDS_MAX, slug " is too long");
#include "core/alert/alerts.def"
#undef TF_ALERT
/* Wrapping never doubles them. */
_Static_assert(2 * (HEAD_MAX + TF_ALERT_EXAMPLES * EXAMPLE_MAX + PLACE_MAX + WORDS_MAX + 64) <
		       TF_ALERT_BLOCK_MAX,
	       "the whole block must fit");

const char *tf_alert_block_colour(const struct tf_alert_record *alert)
{
	static const char *const colours[] = {
		[TF_SEVERITY_WARNING] = "\033[1;33m",
		[TF_SEVERITY_CRITICAL] = "\033[1;31m",
	};

	if (alert->event == TF_ALERT_EVENT_CLEAR)
		return "\033[32m";
	return colours[tf_alerts_info(alert->alert)->severity];
}

char *tf_alert_block_sentence(char *at, const struct tf_alert_block *block, const char *label,
			      const struct tf_alert_record *alert)
{
	char text[HEAD_MAX], *end = tf_alert_sentence(tf_fmt_str(text, label), alert);

	return tf_wrap(at, text, (size_t)(end - text), block->head_indent, block->columns);
}

static char *put_lines(char *at, const struct tf_alert_block *block, const char *text,
		       const char *end)
{
	return tf_wrap(at, text, (size_t)(end - text), block->indent, block->columns);
}

/* An ended connection is in no state: its end is the reason for the alert. */
static char *put_age(char *at, const struct tf_alert_example *example)
{
	if (example->state == TF_TCP_CLOSE || !example->state)
		return at;
	at = tf_fmt_str(TF_FMT_LIT(at, ", "), tf_states_name(example->state));
	if (!tf_maybe_known(example->age_us))
		return at;
	at = example->age_at_least ? TF_FMT_LIT(at, " for at least ") : TF_FMT_LIT(at, " for ");
	return tf_duration_words(at, tf_maybe_value(example->age_us));
}

/* The owner too, unless the alert's sentence has named it. */
static char *put_holder(char *at, const struct tf_alert_example *example,
			const struct tf_alert_record *alert)
{
	const struct tf_owner *owner = &example->owner;
	bool named = alert->owner.from != TF_OWNER_NONE && alert->owner.pid == owner->pid;

	if (tf_maybe_known(example->fd))
		at = tf_fmt_u64(TF_FMT_LIT(at, ", fd "), tf_maybe_value(example->fd));
	if (owner->from == TF_OWNER_NONE || named)
		return at;
	return tf_pieces_owner(TF_FMT_LIT(at, " of "), owner);
}

static char *put_example(char *at, const struct tf_alert_block *block,
			 const struct tf_alert_example *example,
			 const struct tf_alert_record *alert)
{
	const struct tf_tuple *tuple = &example->tuple;
	char text[EXAMPLE_MAX], *end = TF_FMT_LIT(text, "e.g. ");

	end = tf_columns_end_point(end, tuple->laddr, tuple->lport);
	if (example->state != TF_TCP_LISTEN)
		end = tf_columns_end_point(TF_FMT_LIT(end, " -- "), tuple->raddr, tuple->rport);
	end = put_age(end, example);
	return put_lines(at, block, text, put_holder(end, example, alert));
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
static char *put_place(char *at, const struct tf_alert_block *block,
		       const struct tf_ev_cgroup *names)
{
	char text[PLACE_MAX], *end = text;

	end = put_name(end, text, "container ", names->container);
	end = put_name(end, text, "unit ", names->unit);
	if (end == text && strcmp((const char *)names->path, "/") != 0)
		end = put_name(end, text, "cgroup ", names->path);
	if (end != text)
		*end++ = '.';
	return put_lines(at, block, text, end);
}

char *tf_alert_block_details(char *at, const struct tf_alert_block *block,
			     const struct tf_alert_record *alert)
{
	for (unsigned int i = 0; i < alert->n_examples; i++)
		at = put_example(at, block, &alert->examples[i], alert);
	return alert->names ? put_place(at, block, alert->names) : at;
}

char *tf_alert_block_meaning(char *at, const struct tf_alert_block *block, enum tf_alert alert)
{
	const char *meaning = tf_alerts_info(alert)->meaning;

	return put_lines(at, block, meaning, meaning + strlen(meaning));
}

char *tf_alert_block_remedy(char *at, const struct tf_alert_block *block, enum tf_alert alert)
{
	char text[WORDS_MAX + 64], *end = TF_FMT_LIT(text, "What to do: ");

	return put_lines(at, block, text, tf_fmt_str(end, tf_alerts_info(alert)->remedy));
}
