// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_alerts.c - what looks wrong, on the screen of a snapshot: for each alert its sentence, examples
 * and where it runs; what to do is said once for each kind
 */
#include "sink/text/snapshot_alerts.h"

#include <string.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/wrap.h"
#include "core/states.h"
#include "sink/text/alert_sentence.h"
#include "sink/text/columns.h"
#include "sink/text/pieces.h"

#define ALERTS_ON_SCREEN 5
#define INDENT 4
#define TEXT_MAX 4096

_Static_assert(TF_ALERT_SENTENCE_MAX < TEXT_MAX &&
		       TF_ESCAPE_TERM_MAX * (TF_CONTAINER_LEN + TF_UNIT_LEN + TF_CGROUP_PATH_LEN) +
				       64 <
			       TEXT_MAX,
	       "each of an alert's texts must fit");
#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, counted, clause,      \
		 said, meaning, remedy, ...)                                                       \
	_Static_assert(sizeof(remedy) + 64 < TEXT_MAX, slug " is too long");
#include "core/alert/alerts.def"
#undef TF_ALERT

static char *wrapped(const struct tf_screen *screen, char *at, const char *text, const char *end,
		     unsigned int indent)
{
	return tf_wrap(at, text, (size_t)(end - text), indent, screen->width);
}

static char *put_sentence(const struct tf_screen *screen, char *at,
			  const struct tf_alert_record *record)
{
	enum tf_severity severity = tf_alerts_info(record->alert)->severity;
	char text[TEXT_MAX], *end = tf_alert_sentence(text, record);

	at = tf_screen_colour(screen, at,
			      severity == TF_SEVERITY_CRITICAL ? TF_SCREEN_RED : TF_SCREEN_YELLOW);
	at = wrapped(screen, at, text, end, 0) - 1; /* colours end before the line does */
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	return at;
}

/* "192.0.2.1:8080 -- 198.51.100.9:1029, CLOSE_WAIT for at least 29 min, fd 39". Whose it is, where that is
 * not the one of whom the alert speaks. */
static char *put_example(const struct tf_screen *screen, char *at,
			 const struct tf_alert_example *example,
			 const struct tf_alert_record *record)
{
	bool said =
		example->owner.from == TF_OWNER_NONE ||
		(record->owner.from != TF_OWNER_NONE && record->owner.pid == example->owner.pid);
	char text[TEXT_MAX], *end = text;

	if (example->state == TF_TCP_LISTEN)
		end = tf_columns_end_point(end, example->tuple.laddr, example->tuple.lport);
	else
		end = tf_pieces_tuple(end, &example->tuple, TF_ROLE_UNKNOWN);
	end = TF_FMT_LIT(end, ", ");
	end = tf_fmt_str(end, tf_states_name(example->state));
	if (tf_maybe_known(example->age_us))
		end = tf_duration_words(TF_FMT_LIT(end, " for at least "),
					tf_maybe_value(example->age_us));
	if (tf_maybe_known(example->fd))
		end = tf_fmt_u64(TF_FMT_LIT(end, ", fd "), tf_maybe_value(example->fd));
	if (!said)
		end = tf_pieces_owner(TF_FMT_LIT(end, ", "), &example->owner);
	return wrapped(screen, at, text, end, INDENT);
}

static char *put_name(char *at, const char *label, const uint8_t *name)
{
	size_t len = strlen((const char *)name);

	return len ? tf_escape_term(tf_fmt_str(at, label), name, len) : at;
}

static char *put_place(const struct tf_screen *screen, char *at, const struct tf_ev_cgroup *names)
{
	char text[TEXT_MAX], *end = TF_FMT_LIT(text, "in");

	if (!names || (!names->container[0] && !names->unit[0]))
		return at;
	end = put_name(end, " container ", names->container);
	end = put_name(end, " unit ", names->unit);
	return wrapped(screen, at, text, end, INDENT);
}

static char *put_remedy(const struct tf_screen *screen, char *at, enum tf_alert alert)
{
	char text[TEXT_MAX], *end = TF_FMT_LIT(text, "What to do: ");

	end = tf_fmt_str(end, tf_alerts_info(alert)->remedy);
	return wrapped(screen, at, text, end, INDENT);
}

static bool said_before(const struct tf_screen *screen, unsigned int i)
{
	enum tf_alert alert = tf_standing_alert(screen->content->alerts, i)->alert;

	for (unsigned int k = 0; k < i; k++)
		if (tf_standing_alert(screen->content->alerts, k)->alert == alert)
			return true;
	return false;
}

static void show_alert(struct tf_screen *screen, unsigned int i)
{
	const struct tf_alert_record *record = tf_standing_alert(screen->content->alerts, i);
	char *from = tf_screen_begin(screen), *at = from;

	if (!at)
		return;
	*at++ = '\n';
	at = put_sentence(screen, at, record);
	for (unsigned int k = 0; k < record->n_examples; k++)
		at = put_example(screen, at, &record->examples[k], record);
	at = put_place(screen, at, record->names);
	if (!said_before(screen, i))
		at = put_remedy(screen, at, record->alert);
	tf_screen_end(screen, from, at);
}

void tf_snapshot_alerts_show(struct tf_screen *screen)
{
	unsigned int n = screen->content->alerts->n, most = n;

	if (screen->view->rows && most > ALERTS_ON_SCREEN)
		most = ALERTS_ON_SCREEN;
	for (unsigned int i = 0; i < most; i++)
		show_alert(screen, i);
	tf_screen_more(screen, n - most, " more alert", " more alerts");
}
