// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_alerts.c - what looks wrong, on the screen of a snapshot
 */
#include "sink/columns.h"
#include "sink/snapshot_screen.h"

#define ALERTS_ON_SCREEN 5

static char *put_example(const struct tf_screen *screen, char *at,
			 const struct tf_alert_example *example)
{
	at = TF_FMT_LIT(at, "    ");
	at = tf_pieces_owner(at, &example->owner);
	if (example->fd >= 0) {
		at = TF_FMT_LIT(at, " fd ");
		at = tf_fmt_u64(at, (uint64_t)example->fd);
	}
	at = TF_FMT_LIT(at, "  ");
	at = tf_pieces_tuple(at, &example->tuple, TF_ROLE_UNKNOWN);
	at = TF_FMT_LIT(at, "  ");
	at = tf_fmt_str(at, tf_state_name(example->state));
	if (example->age_us != TF_UNKNOWN_U64) {
		*at++ = ' ';
		at = tf_columns_life(at, example->age_us);
	}
	*at++ = '\n';
	return at;
}

/* "java[221]: 412 sockets in CLOSE_WAIT: the peers closed..." */
static char *put_alert(const struct tf_screen *screen, char *at,
		       const struct tf_alert_record *record)
{
	const struct tf_alert_info *info = tf_alert_info(record->alert);
	char text[2048], *to = text;

	if (record->owner.from != TF_OWNER_NONE) {
		to = tf_pieces_owner(to, &record->owner);
		to = TF_FMT_LIT(to, ": ");
	}
	to = tf_fmt_u64(to, record->count);
	*to++ = ' ';
	to = tf_fmt_str(to, info->counted);
	to = TF_FMT_LIT(to, ": ");
	to = tf_fmt_str(to, info->clause);
	return tf_columns_wrap(at, text, (size_t)(to - text), 0, screen->width);
}

static char *put_remedy(const struct tf_screen *screen, char *at, const struct tf_alert_info *info)
{
	char text[2048], *to = TF_FMT_LIT(text, "What to do: ");

	to = tf_fmt_str(to, info->remedy);
	return tf_columns_wrap(at, text, (size_t)(to - text), 4, screen->width);
}

static bool said_before(const struct tf_screen *screen, unsigned int i)
{
	enum tf_alert alert = tf_standing_alert(screen->snapshot->alerts, i)->alert;

	for (unsigned int k = 0; k < i; k++)
		if (tf_standing_alert(screen->snapshot->alerts, k)->alert == alert)
			return true;
	return false;
}

static void show_alert(struct tf_screen *screen, unsigned int i)
{
	const struct tf_alert_record *record = tf_standing_alert(screen->snapshot->alerts, i);
	const struct tf_alert_info *info = tf_alert_info(record->alert);
	char *from = tf_screen_begin(screen), *at = from;

	if (!at)
		return;
	*at++ = '\n';
	at = tf_screen_colour(screen, at,
			      info->severity == TF_SEVERITY_CRITICAL ? TF_SCREEN_RED :
								       TF_SCREEN_YELLOW);
	at = put_alert(screen, at, record);
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	for (unsigned int k = 0; k < record->n_examples; k++)
		at = put_example(screen, at, &record->examples[k]);
	if (!said_before(screen, i))
		at = put_remedy(screen, at, info);
	tf_screen_end(screen, from, at);
}

void tf_screen_alerts(struct tf_screen *screen)
{
	unsigned int n = screen->snapshot->alerts->n, most = n;

	if (screen->view->rows && most > ALERTS_ON_SCREEN)
		most = ALERTS_ON_SCREEN;
	for (unsigned int i = 0; i < most; i++)
		show_alert(screen, i);
	tf_screen_more(screen, n - most, " more alert", " more alerts");
}
