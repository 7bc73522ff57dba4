// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_alerts.c - see snapshot_alerts.h. Of alerts of one kind the first says what to do.
 */
#include "sink/text/snapshot_alerts.h"

#include "sink/text/alert_block.h"
#include "sink/text/pieces.h"

#define ALERTS_ON_SCREEN 5
#define INDENT 4

_Static_assert(TF_ALERT_BLOCK_MAX + 64 < TF_PIECES_BLOCK_MAX, "with colours and a blank line");

/* Colours end before the line does. */
static char *put_head(const struct tf_screen *screen, char *at, const struct tf_alert_block *block,
		      const struct tf_alert_record *alert)
{
	at = tf_screen_colour(screen, at, tf_alert_block_colour(alert));
	at = tf_alert_block_sentence(at, block, "", alert) - 1;
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	return at;
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
	const struct tf_alert_block block = {.columns = screen->width, .indent = INDENT};
	const struct tf_alert_record *alert = tf_standing_alert(screen->content->alerts, i);
	char *from = tf_screen_begin(screen), *at = from;

	if (!at)
		return;
	*at++ = '\n';
	at = put_head(screen, at, &block, alert);
	at = tf_alert_block_details(at, &block, alert);
	if (!said_before(screen, i))
		at = tf_alert_block_remedy(at, &block, alert->alert);
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
