// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * snapshot_text.c - see snapshot_text.h
 *
 * From the top: alerts, listeners in trouble, groups of sockets by process and service, totals.
 */
#include "sink/text/snapshot_text.h"

#include <string.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/units.h"
#include "core/snapshot/socket.h"
#include "sink/text/columns.h"
#include "sink/text/pieces.h"
#include "sink/text/screen.h"
#include "sink/text/snapshot_alerts.h"

#define LISTENERS_ON_SCREEN 8
#define GROUPS_AT_LEAST 5
#define NETNS_ON_SCREEN 6

/* --- the head ------------------------------------------------------------------------------- */

/* The first line: when, where, how many sockets. */
static char *put_head(const struct tf_screen *screen, char *at)
{
	const struct tf_snapshot_totals *totals = tf_snapshot_totals(screen->snapshot);
	const struct tf_run_info *info = screen->content->info;

	at = tf_pieces_time(at, totals->time_ns + (uint64_t)info->utc_offset_ns);
	at = TF_FMT_LIT(at, "  ");
	if (info->host[0]) {
		at = tf_escape_term(at, info->host, strnlen(info->host, sizeof(info->host)));
		at = TF_FMT_LIT(at, ": ");
	}
	at = tf_screen_counted(at, totals->sockets, " TCP socket in ", " TCP sockets in ");
	at = tf_screen_counted(at, tf_snapshot_n_netns(screen->snapshot), " network namespace",
			       " network namespaces");
	if (totals->took_ns) {
		at = TF_FMT_LIT(at, ", seen in ");
		at = tf_duration_short(at, totals->took_ns / NS_PER_US);
	}
	at = TF_FMT_LIT(at, "\n\n");
	return at;
}

static char *put_headline(const struct tf_screen *screen, char *at)
{
	uint64_t n = screen->content->alerts->n + screen->content->alerts->left_out;

	if (!n) {
		at = tf_screen_colour(screen, at, TF_SCREEN_GREEN);
		at = TF_FMT_LIT(at, "Nothing stands out.");
	} else {
		at = tf_screen_colour(screen, at, TF_SCREEN_LOUD);
		at = tf_screen_counted(at, n, " thing looks wrong:", " things look wrong:");
	}
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	return at;
}

static char *put_missing_count(const struct tf_screen *screen, char *at, uint64_t n,
			       const char *one, const char *many)
{
	if (!n)
		return at;
	at = tf_screen_colour(screen, at, TF_SCREEN_YELLOW);
	at = TF_FMT_LIT(at, "Incomplete: ");
	at = tf_screen_counted(at, n, one, many);
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	return at;
}

/* A line for each reason why the snapshot is incomplete. */
static char *put_missing(const struct tf_screen *screen, char *at)
{
	const struct tf_snapshot_totals *totals = tf_snapshot_totals(screen->snapshot);
	bool lost = !totals->netns_part && !(totals->whole && totals->holders_whole);

	at = put_missing_count(screen, at, totals->netns_part,
			       " namespace was not scanned to its end; try again.",
			       " namespaces were not scanned to their end; try again.");
	at = put_missing_count(
		screen, at, lost,
		" step of the scan failed, was not permitted, or lost records; run it as root, "
		"or try again.",
		"");
	at = put_missing_count(screen, at, totals->left_out.sockets,
			       " socket found no room; give a larger --max-connections.",
			       " sockets found no room; give a larger --max-connections.");
	at = put_missing_count(screen, at, totals->left_out.holders,
			       " descriptor found no room; give a larger --max-connections.",
			       " descriptors found no room; give a larger --max-connections.");
	at = put_missing_count(screen, at, totals->left_out.grouped,
			       " socket is in no group: too many groups.",
			       " sockets are in no group: too many groups.");
	return put_missing_count(
		screen, at, totals->left_out.netns,
		" socket is in a namespace beyond the limit; choose namespaces with --netns.",
		" sockets are in namespaces beyond the limit; choose namespaces with --netns.");
}

static void show_head(struct tf_screen *screen)
{
	char *from = tf_screen_begin(screen), *at = from;

	if (!at)
		return;
	at = put_head(screen, at);
	at = put_headline(screen, at);
	at = put_missing(screen, at);
	tf_screen_end(screen, from, at);
}

/* --- listeners ------------------------------------------------------------------------------ */

/* The line of one listener; a full accept queue is red. */
static char *put_listener(const struct tf_screen *screen, char *at,
			  const struct tf_snapshot_socket *listener)
{
	const char *begin = at;
	char *cell;
	bool full = listener->rcv_queue && listener->rcv_queue >= listener->snd_queue;

	at = tf_columns_end_point(at, listener->tuple.laddr, listener->tuple.lport);
	at = tf_pieces_netns(at, listener->netns, screen->home);
	at = tf_columns_pad(begin, at, 23);
	*at++ = ' ';
	at = full ? tf_screen_colour(screen, at, TF_SCREEN_RED) : at;
	cell = at;
	at = tf_fmt_u64(at, listener->rcv_queue);
	*at++ = '/';
	at = tf_columns_right(cell, tf_fmt_u64(at, listener->snd_queue), 13);
	at = full ? tf_screen_colour(screen, at, TF_SCREEN_OFF) : at;
	*at++ = ' ';
	at = tf_columns_right(at, tf_fmt_u64(at, listener->requests), 9);
	*at++ = ' ';
	at = tf_columns_right(at, tf_fmt_u64(at, listener->drops), 7);
	at = TF_FMT_LIT(at, "  ");
	at = tf_pieces_holders(at, screen->snapshot, listener, screen->view->verbose);
	*at++ = '\n';
	return at;
}

static char *put_listener_head(const struct tf_screen *screen, char *at)
{
	at = tf_screen_colour(screen, at, TF_SCREEN_BOLD);
	at = TF_FMT_LIT(at, "LISTENER                QUEUE/BACKLOG   PENDING   DROPS  HELD BY");
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	return at;
}

/* Listeners in trouble come first in the snapshot's order. */
static uint32_t listeners_to_show(const struct tf_screen *screen)
{
	uint32_t n = tf_snapshot_n_listeners(screen->snapshot), busy = 0;

	if (screen->view->verbose)
		return n;
	while (busy < n && tf_socket_is_busy(tf_snapshot_listener(screen->snapshot, busy)))
		busy++;
	return screen->view->rows && busy > LISTENERS_ON_SCREEN ? LISTENERS_ON_SCREEN : busy;
}

/* The number of listeners that are not shown, after the first @shown of @n. */
static char *put_other_listeners(const struct tf_screen *screen, char *at, uint32_t shown,
				 uint32_t n)
{
	bool idle = !tf_socket_is_busy(tf_snapshot_listener(screen->snapshot, shown));

	if (shown)
		at = tf_screen_counted(at, n - shown, " more listener", " more listeners");
	else
		at = tf_screen_counted(at, n - shown, " listener", " listeners");
	if (idle)
		at = TF_FMT_LIT(at, ": nothing waits or was turned away");
	return TF_FMT_LIT(at, " (-v shows all)\n");
}

/* The listeners in trouble, or all with -v, and how many others there are. */
static void show_listeners(struct tf_screen *screen)
{
	uint32_t n = tf_snapshot_n_listeners(screen->snapshot), shown = listeners_to_show(screen);
	char *from = tf_screen_begin(screen), *at = from;

	if (!at || !n)
		return;
	*at++ = '\n';
	at = shown ? put_listener_head(screen, at) : at;
	tf_screen_end(screen, from, at);
	for (uint32_t i = 0; i < shown; i++) {
		from = tf_screen_begin(screen);
		if (!from)
			return;
		at = put_listener(screen, from, tf_snapshot_listener(screen->snapshot, i));
		tf_screen_end(screen, from, at);
	}
	from = tf_screen_begin(screen);
	if (from && shown < n)
		tf_screen_end(screen, from, put_other_listeners(screen, from, shown, n));
}

/* --- groups --------------------------------------------------------------------------------- */

/* The line of one group, which may be several when it has many states. */
static void show_group(struct tf_screen *screen, const struct tf_snapshot_group *group)
{
	char *from = tf_screen_begin(screen), *at = from;
	struct tf_pieces_list list;

	if (!at)
		return;
	at = tf_pieces_group_owner(at, screen->snapshot, group);
	at = tf_columns_pad(from, at, 20);
	*at++ = ' ';
	at = tf_pieces_service(at, group);
	at = tf_pieces_netns(at, group->netns, screen->home);
	at = tf_columns_pad(from, at, 43);
	*at++ = ' ';
	list = (struct tf_pieces_list){.line = from,
				       .at = at,
				       .width = screen->width,
				       .colour = screen->view->people.colour};
	at = tf_pieces_group_states(&list, group);
	*at++ = '\n';
	tf_screen_end(screen, from, at);
}

/* As many groups as fit the screen, the most unusual first. */
static void show_groups(struct tf_screen *screen)
{
	uint32_t n = tf_snapshot_n_groups(screen->snapshot), i;
	char *from = tf_screen_begin(screen), *at = from;

	if (!at || !n)
		return;
	*at++ = '\n';
	at = tf_screen_colour(screen, at, TF_SCREEN_BOLD);
	at = TF_FMT_LIT(at, "HELD BY              SERVICE                "
			    "SOCKETS (the oldest, at least)");
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	tf_screen_end(screen, from, at);
	for (i = 0; i < n; i++) {
		if (screen->view->rows && i >= GROUPS_AT_LEAST &&
		    screen->lines + screen->tail > screen->view->rows)
			break;
		show_group(screen, tf_snapshot_group(screen->snapshot, i));
	}
	tf_screen_more(screen, n - i, " more group", " more groups");
}

/* --- totals --------------------------------------------------------------------------------- */

static void show_total(struct tf_screen *screen, const char *label,
		       const uint64_t states[TF_TCP_STATE_MAX])
{
	char *from = tf_screen_begin(screen), *at = from;
	struct tf_pieces_list list;

	if (!at)
		return;
	at = tf_fmt_str(at, label);
	at = tf_columns_pad(from, at, 17);
	*at++ = ' ';
	list = (struct tf_pieces_list){.line = from, .at = at, .width = screen->width};
	at = tf_pieces_total_states(&list, states);
	*at++ = '\n';
	tf_screen_end(screen, from, at);
}

static bool has_many_netns(const struct tf_snapshot *snapshot)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < tf_snapshot_n_netns(snapshot); i++)
		n += tf_snapshot_netns(snapshot, i)->sockets != 0;
	return n > 1;
}

static uint32_t netns_to_show(const struct tf_screen *screen)
{
	uint32_t n = tf_snapshot_n_netns(screen->snapshot);

	if (!has_many_netns(screen->snapshot))
		return 0;
	return screen->view->rows && n > NETNS_ON_SCREEN ? NETNS_ON_SCREEN : n;
}

/* The states of all sockets, and those of each namespace when there are several. */
static void show_totals(struct tf_screen *screen)
{
	uint32_t n = netns_to_show(screen);
	char *from = tf_screen_begin(screen);

	if (!from)
		return;
	*from = '\n';
	tf_screen_end(screen, from, from + 1);
	show_total(screen, "in all", tf_snapshot_totals(screen->snapshot)->states);
	for (uint32_t i = 0; i < n; i++) {
		const struct tf_snapshot_netns *netns = tf_snapshot_netns(screen->snapshot, i);
		char label[32] = "netns ";

		*tf_fmt_u64(label + 6, netns->inode) = '\0';
		if (netns->sockets)
			show_total(screen, label, netns->states);
	}
	if (n)
		tf_screen_more(screen, tf_snapshot_n_netns(screen->snapshot) - n, " more namespace",
			       " more namespaces");
}

/* --- all sockets ---------------------------------------------------------------------------- */

/* With --sockets: a line for each socket. */
static void show_sockets(struct tf_screen *screen)
{
	char *from = tf_screen_begin(screen), *at = from;

	if (!at)
		return;
	*at++ = '\n';
	at = tf_screen_colour(screen, at, TF_SCREEN_BOLD);
	at = TF_FMT_LIT(at, "STATE        AGE >= UNREAD UNSENT UNACKED  "
			    "LOCAL and REMOTE                              HELD BY");
	at = tf_screen_colour(screen, at, TF_SCREEN_OFF);
	*at++ = '\n';
	tf_screen_end(screen, from, at);
	for (uint32_t i = 0; i < tf_snapshot_n_sockets(screen->snapshot); i++) {
		from = tf_screen_begin(screen);
		if (!from)
			return;
		at = tf_pieces_socket(from, screen->snapshot,
				      tf_snapshot_socket(screen->snapshot, i), screen->home);
		tf_screen_end(screen, from, at);
	}
}

void tf_snapshot_text_write(const struct tf_snapshot_content *content,
			    const struct tf_snapshot_text_options *view, struct tf_output *out)
{
	struct tf_screen screen = {
		.content = content,
		.snapshot = content->snapshot,
		.view = view,
		.out = out,
		.width = view->people.columns ? view->people.columns : 80,
		.home = tf_snapshot_n_netns(content->snapshot) ?
				tf_snapshot_netns(content->snapshot, 0)->inode :
				0,
	};

	/* One more group, how many more there are, the totals, the prompt. */
	screen.tail = 5 + netns_to_show(&screen);
	show_head(&screen);
	tf_snapshot_alerts_show(&screen);
	show_listeners(&screen);
	show_groups(&screen);
	show_totals(&screen);
	if (content->sockets)
		show_sockets(&screen);
}
