// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * people.c - see people.h
 *
 * A line is TIME FATE LIFE OWNER LOCAL <> REMOTE [SENT RCVD]. The last two, and wider cells, need a
 * wide terminal; below 100 columns the two ends stand on a line of their own.
 */
#include "sink/text/people.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/wrap.h"
#include "core/fate/variants.h"
#include "core/states.h"
#include "sink/text/cells.h"
#include "sink/text/columns.h"
#include "sink/text/people_alert.h"
#include "sink/text/sentence.h"

/* A line and two paragraphs: wrapping at 60 columns or more never doubles them. */
#define BLOCK_MAX (TF_CELLS_LINE_MAX + 2 * 2 * TF_SENTENCE_MAX)
_Static_assert(TF_PEOPLE_ALERT_MAX <= BLOCK_MAX, "an alert must fit");
#define REASON_COLUMNS 120 /* the reason of a reset fits from here on */

struct people {
	struct tf_sink sink;
	struct tf_cells cells;
	uint64_t said_ns[TF_FATE_MAX];		  /* when the fate was last explained; 0: not yet */
	uint64_t killed_said_ns[TF_KILLED_MAX];	  /* ... a death of a process */
	uint64_t cause_said_ns[TF_CAUSE_MAX];	  /* ... a cause */
	uint64_t variant_said_ns[TF_VARIANT_MAX]; /* ... a form of a fate */
	uint64_t alert_said_ns[TF_ALERT_MAX];
	uint64_t shown; /* connections */
	char sentence[TF_SENTENCE_MAX];
};

void tf_people_detect(int fd, struct tf_people_options *ret_options)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size = {0};

	*ret_options = (struct tf_people_options){0};
	if (!isatty(fd))
		return;
	ret_options->colour = (!no_color || !no_color[0]) && (!term || strcmp(term, "dumb") != 0);
	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		ret_options->columns = size.ws_col;
}

/* SGR sequence of each class; clean ends have none. */
static const char *const CLASS_COLOURS[TF_CLASS_MAX] = {
	[TF_CLASS_CONNECT] = "\033[35m", [TF_CLASS_HANDSHAKE] = "\033[35m",
	[TF_CLASS_RESET] = "\033[31m",	 [TF_CLASS_ABORT] = "\033[33m",
	[TF_CLASS_TIMEOUT] = "\033[36m", [TF_CLASS_UNKNOWN] = "\033[1m",
};
#define COLOUR_LOUD "\033[1;37;41m"

static char *put_paragraph(const struct people *people, char *at, const char *end)
{
	return tf_cells_paragraph(&people->cells, at, people->sentence, end);
}

/* Whether all that is to be said of such an end, its form among it, was said lately; it is from
 * now on. */
static bool was_said(struct people *people, const struct tf_conn_record *r)
{
	const struct tf_cause_words *words = tf_cause_words(r->cause, r->fate, r->evidence);
	enum tf_killed killed = tf_sentence_killed_by(r);
	bool all;

	if (killed)
		all = tf_cells_said(&people->killed_said_ns[killed], r->time_ns);
	else if (words && words->instead)
		return tf_cells_said(&people->cause_said_ns[r->cause], r->time_ns);
	else
		all = tf_cells_said(&people->said_ns[r->fate], r->time_ns);
	if (!killed && words)
		all &= tf_cells_said(&people->cause_said_ns[r->cause], r->time_ns);
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++)
		if (tf_variants_holds(variant, r))
			all &= tf_cells_said(&people->variant_said_ns[variant], r->time_ns);
	return all;
}

/* The facts of this end; before them the meaning of its fate, and behind them the remedy, unless
 * they were given lately. */
static char *put_explanation(struct people *people, char *at, const struct tf_conn_record *r)
{
	char *end = people->sentence;

	if (was_said(people, r))
		return put_paragraph(people, at, tf_sentence_facts(end, r, people->sink.info));
	end = tf_sentence_facts(tf_sentence_meaning(end, r), r, people->sink.info);
	at = put_paragraph(people, at, end);
	return put_paragraph(people, at, tf_sentence_remedy(people->sentence, r));
}

/* A clean end, but its process may have been killed, and an RST have left before. */
static char *put_death(struct people *people, char *at, const struct tf_conn_record *r)
{
	enum tf_killed killed = tf_sentence_killed_by(r);

	char *end = tf_sentence_cleared(tf_sentence_killed(people->sentence, r), r);

	if (r->cause && !tf_cells_said(&people->cause_said_ns[r->cause], r->time_ns))
		end = tf_sentence_cause(end, r);
	at = put_paragraph(people, at, end);
	if (r->abnormal != TF_YES || !killed ||
	    tf_cells_said(&people->killed_said_ns[killed], r->time_ns))
		return at;
	return put_paragraph(people, at, tf_sentence_remedy(people->sentence, r));
}

/* Of a connection whose start was not seen. */
static char *duration_or_longer(char *at, uint64_t us)
{
	*at++ = '>';
	return tf_duration_short(at, us);
}

/* The line of an ended connection, and its explanation if the end was not clean. */
static char *people_conn(struct people *people, char *at, const struct tf_conn_record *r)
{
	const struct tf_fate_info *fate = tf_fates_info(r->fate);
	bool clean = fate->class == TF_CLASS_CLEAN;
	const char *colour =
		CLASS_COLOURS[clean && r->abnormal == TF_YES ? TF_CLASS_ABORT : fate->class];

	at = tf_cells_colour(&people->cells, at, colour);
	at = tf_cells_clock(&people->cells, at, r->time_ns);
	at = tf_cells_text(at, fate->slug, TF_CELLS_FATE);
	at = tf_cells_number(at, r->duration_us,
			     r->duration_at_least == TF_YES ? duration_or_longer :
							      tf_duration_short,
			     TF_CELLS_LIFE);
	at = tf_cells_owner(&people->cells, at, &r->owner);
	at = tf_cells_tuple(&people->cells, at, &r->tuple, r->role);
	if (people->cells.layout->amounts) {
		at = tf_cells_number(at, r->bytes_sent, tf_columns_bytes, TF_CELLS_BYTES);
		at = tf_cells_number(at, r->bytes_received, tf_columns_bytes, TF_CELLS_BYTES);
	}
	at = tf_cells_end_line(&people->cells, at, colour);
	return clean ? put_death(people, at, r) : put_explanation(people, at, r);
}

static char *people_state(struct people *people, char *at, const struct tf_state_record *r)
{
	const char *begin;

	at = tf_cells_clock(&people->cells, at, r->time_ns);
	begin = at;
	at = tf_fmt_str(at, tf_states_name(r->old_state));
	at = TF_FMT_LIT(at, ">");
	at = tf_cells_end(begin, tf_fmt_str(at, tf_states_name(r->new_state)), TF_CELLS_FATE);
	at = tf_cells_number(at, r->spent_us, tf_duration_short, TF_CELLS_LIFE);
	at = tf_cells_owner(&people->cells, at, &r->owner);
	at = tf_cells_tuple(&people->cells, at, &r->tuple, TF_ROLE_UNKNOWN);
	return tf_cells_end_line(&people->cells, at, NULL);
}

/* The line of an RST that belongs to no connection. */
static char *people_reset(struct people *people, char *at, const struct tf_reset_record *r)
{
	static const char *const kinds[] = {
#define TF_RESET_WORD(value, slug) [TF_RESET_##value] = slug,
#include "sink/words.def"
	};
	const char *name = tf_run_info_reason_name(people->sink.info, r->rst_reason);

	at = tf_cells_colour(&people->cells, at, CLASS_COLOURS[TF_CLASS_RESET]);
	at = tf_cells_clock(&people->cells, at, r->time_ns);
	at = tf_cells_text(at, kinds[r->kind], TF_CELLS_FATE);
	at = tf_cells_number(at, (struct tf_maybe){0}, tf_duration_short, TF_CELLS_LIFE);
	at = tf_cells_owner(&people->cells, at, &r->owner);
	at = tf_cells_tuple(&people->cells, at, &r->tuple, TF_ROLE_SERVER);
	if (people->cells.columns && people->cells.columns < REASON_COLUMNS)
		at = tf_cells_fold(at);
	at = TF_FMT_LIT(at, "RST sent");
	if (name) {
		at = TF_FMT_LIT(at, ": ");
		at = tf_escape_term(at, name, strnlen(name, TF_REASON_LEN));
	}
	return tf_cells_end_line(&people->cells, at, CLASS_COLOURS[TF_CLASS_RESET]);
}

/* The line of a loss, as loud as a terminal can be. */
static char *people_gap(struct people *people, char *at, const struct tf_gap_record *r)
{
	static const char *const what[TF_GAP_WHERE_MAX] = {
		[TF_GAP_RING] = " events: the ring buffer was full",
		[TF_GAP_TABLE] = " connections: the connection table was full",
		[TF_GAP_SINK] = " lines of this output: its reader is too slow",
		[TF_GAP_STREAM] = " events: they were malformed",
		[TF_GAP_SCAN] = " sockets of a scan: the next scan will see them",
		[TF_GAP_HOOK] = " changes of state: the kernel did not call the program",
	};

	at = tf_cells_colour(&people->cells, at, COLOUR_LOUD);
	at = tf_cells_clock(&people->cells, at, r->time_ns);
	at = TF_FMT_LIT(at, "*** LOST ");
	at = tf_fmt_u64(at, tf_maybe_or(r->count, 0));
	at = tf_fmt_str(at, what[r->where]);
	at = TF_FMT_LIT(at, " (");
	at = tf_fmt_u64(at, tf_maybe_or(r->total, 0));
	at = TF_FMT_LIT(at, " so far)");
	return tf_cells_end_line(&people->cells, at, COLOUR_LOUD);
}

/* A record as its line or lines. */
static char *people_record(struct people *people, char *at, const struct tf_record *record)
{
	switch (record->type) {
	case TF_RECORD_CONN:
		return people_conn(people, at, record->conn);
	case TF_RECORD_STATE:
		return people_state(people, at, record->state);
	case TF_RECORD_RESET:
		return people_reset(people, at, record->reset);
	case TF_RECORD_GAP:
		return people_gap(people, at, record->gap);
	case TF_RECORD_ALERT:
		return tf_people_alert(&people->cells, at, record->alert,
				       &people->alert_said_ns[record->alert->alert]);
	case TF_RECORD_STATS:
		return at; /* people_on_stop() has the totals */
	}
	__builtin_unreachable();
}

static void people_on_record(struct tf_sink *sink, const struct tf_record *record)
{
	char *at = tf_output_begin(sink->out, BLOCK_MAX, 1);
	struct people *people = (struct people *)sink;

	people->shown += record->type == TF_RECORD_CONN;
	if (at)
		tf_output_end(sink->out, people_record(people, at, record));
}

/* The zone of the times, as it is now: "(CET)"; "(?)" if it would not fit its column. */
static char *put_zone(char *at)
{
	time_t now = time(NULL);
	struct tm tm = {0};
	size_t size;

	localtime_r(&now, &tm);
	size = tm.tm_zone ? strlen(tm.tm_zone) : 0;
	*at++ = '(';
	at = size && size <= 6 ? tf_escape_term(at, tm.tm_zone, size) : TF_FMT_LIT(at, "?");
	*at++ = ')';
	return at;
}

/* The titles of the columns. */
static char *put_header(const struct people *people, char *at)
{
	const char *begin = at;

	at = put_zone(TF_FMT_LIT(at, "TIME"));
	at = tf_cells_end(begin, at, TF_CELLS_INDENT - 1);
	at = tf_cells_text(at, "FATE", TF_CELLS_FATE);
	at = tf_cells_text(at, "   LIFE", TF_CELLS_LIFE);
	at = tf_cells_text(at, "COMM/PID", people->cells.layout->owner);
	if (people->cells.layout->folded)
		at = tf_cells_fold(at);
	at = tf_cells_text(at, "LOCAL", people->cells.layout->local + 3);
	at = tf_cells_text(at, "REMOTE", people->cells.layout->remote);
	if (people->cells.layout->amounts)
		at = TF_FMT_LIT(at, " SENT  RCVD");
	return tf_cells_end_line(&people->cells, at, NULL);
}

/* One line for each hook that is not attached by its best method, with the loss. */
static char *put_weak_hooks(struct people *people, char *at)
{
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		const char *weaker = tf_run_info_hook_weaker(people->sink.info, i);
		char *end = people->sentence;

		if (!weaker)
			continue;
		if (!people->sink.info->hook[i].method[0])
			end = TF_FMT_LIT(end, "Not attached: ");
		end = tf_fmt_str(end, tf_run_info_hook_name(i));
		end = TF_FMT_LIT(end, "; ");
		end = tf_fmt_str(end, weaker);
		*end++ = '.';
		at = tf_wrap(at, people->sentence, (size_t)(end - people->sentence), 0,
			     people->cells.columns);
	}
	return at;
}

static void people_on_start(struct tf_sink *sink)
{
	char *at = tf_output_begin(sink->out, BLOCK_MAX, 1);
	struct people *people = (struct people *)sink;

	if (at)
		tf_output_end(sink->out, put_header(people, put_weak_hooks(people, at)));
}

/* The totals of the run. */
static void people_on_stop(struct tf_sink *sink, const struct tf_stop *stop)
{
	char *at = tf_output_begin(sink->out, TF_CELLS_LINE_MAX, 1);
	struct people *people = (struct people *)sink;

	if (!at)
		return;
	if (stop->reason == TF_STOP_SIGNAL && people->cells.columns)
		*at++ = '\n'; /* behind the terminal's "^C" */
	at = tf_sentence_totals(at, stop->stats, people->shown);
	if (stop->lines_lost) {
		*at++ = ' ';
		at = tf_fmt_u64(at, stop->lines_lost);
		at = TF_FMT_LIT(at, " lines were dropped: the reader was too slow.");
	}
	*at++ = '\n';
	tf_output_end(sink->out, at);
}

static void people_free(struct tf_sink *sink)
{
	free(sink);
}

static const struct tf_sink_ops PEOPLE_OPS = {
	.start = people_on_start,
	.record = people_on_record,
	.stop = people_on_stop,
	.free = people_free,
};

int tf_people_new(const struct tf_run_info *info, struct tf_output *out,
		  const struct tf_people_options *options, struct tf_sink **ret_sink)
{
	struct people *people = calloc(1, sizeof(*people));

	if (!people)
		return -ENOMEM;
	people->sink = (struct tf_sink){.ops = &PEOPLE_OPS, .info = info, .out = out};
	tf_cells_init(&people->cells, info, options->columns, options->colour);
	*ret_sink = &people->sink;
	return 0;
}
