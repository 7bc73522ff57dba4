// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * people.c - see people.h
 *
 * A line is TIME FATE LIFE OWNER LOCAL <> REMOTE [SENT RCVD]; the last two, and wider cells, where
 * the terminal has room for them; below 100 columns the two ends stand on a line of their own. Cells
 * are padded, never cut: an IPv6 address shifts its line.
 */
#include "sink/people.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "core/states.h"
#include "sink/columns.h"
#include "sink/sentence.h"

#define NS_PER_SECOND 1000000000
#define EXPLAINED_NS (600ULL * NS_PER_SECOND) /* a fate's meaning is not repeated within this */
#define INDENT 13			      /* explanations stand under the fate */
#define LINE_MAX_BYTES 1024 /* one line of cells, the longest addresses and hostile comm included */
#define WIDE_COLUMNS 126    /* from here on SENT and RCVD fit */
#define NARROW_COLUMNS 100  /* from here on both ends fit beside the owner */
#define REASON_COLUMNS 120  /* from here on the reason of a reset does */
#define READABLE 120	    /* sentences are not made longer than this, however wide the terminal */
#define NARROWEST 60	    /* ... nor broken shorter */
/* A line and two paragraphs: wrapping at NARROWEST or more never doubles them. */
#define BLOCK_MAX (LINE_MAX_BYTES + 2 * 2 * TF_SENTENCE_MAX)

struct layout {
	unsigned int owner, local, remote;
	bool amounts;
	bool folded; /* the ends stand below the fate */
};

static const struct layout WIDE = {20, 21, 21, true, false};
static const struct layout NARROW = {15, 18, 18, false, false};
static const struct layout FOLDED = {15, 18, 18, false, true};

struct people {
	struct tf_sink sink;
	struct tf_people_options options;
	const struct layout *layout;
	uint64_t said_ns[TF_FATE_MAX]; /* when the fate was last explained; 0: not yet */
	uint64_t shown;		       /* connections */
	time_t second;		       /* the last one asked localtime_r() for, and what it said */
	char clock[9];		       /* "02:19:06." */
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

/* SGR: what each class looks like; clean ends look like nothing. */
static const char *const COLOURS[TF_CLASS_MAX] = {
	[TF_CLASS_CONNECT] = "\033[35m", [TF_CLASS_HANDSHAKE] = "\033[35m",
	[TF_CLASS_RESET] = "\033[31m",	 [TF_CLASS_ABORT] = "\033[33m",
	[TF_CLASS_TIMEOUT] = "\033[36m", [TF_CLASS_UNKNOWN] = "\033[1m",
};
#define COLOUR_LOUD "\033[1;37;41m"
#define COLOUR_OFF "\033[0m"

static char *put_colour(const struct people *people, char *at, const char *colour)
{
	return people->options.colour && colour ? tf_fmt_str(at, colour) : at;
}

static void remember_second(struct people *people, time_t second)
{
	struct tm tm = {0};
	char *at;

	localtime_r(&second, &tm);
	at = tf_fmt_pair(people->clock, (unsigned int)tm.tm_hour);
	*at++ = ':';
	at = tf_fmt_pair(at, (unsigned int)tm.tm_min);
	*at++ = ':';
	at = tf_fmt_pair(at, (unsigned int)tm.tm_sec);
	*at = '.';
	people->second = second;
}

static char *put_clock(struct people *people, char *at, uint64_t boot_ns)
{
	int64_t ns = (int64_t)(boot_ns + (uint64_t)people->sink.info->utc_offset_ns);
	int64_t second = ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0);
	uint32_t ms = (uint32_t)((ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND / 1000000);

	if (second != people->second || !people->clock[0])
		remember_second(people, second);
	at = tf_fmt_mem(at, people->clock, sizeof(people->clock));
	*at++ = (char)('0' + ms / 100);
	at = tf_fmt_pair(at, ms % 100);
	*at++ = ' ';
	return at;
}

/* Closes the cell that begins at @begin: blanks up to @width, and one more. */
static char *end_cell(const char *begin, char *at, unsigned int width)
{
	at = tf_columns_pad(begin, at, width);
	*at++ = ' ';
	return at;
}

static char *cell(char *at, const char *text, unsigned int width)
{
	return end_cell(at, tf_fmt_str(at, text), width);
}

static char *number_cell(char *at, uint64_t value, char *(*put)(char *, uint64_t),
			 unsigned int width)
{
	char *end = value == TF_UNKNOWN_U64 ? TF_FMT_LIT(at, "-") : put(at, value);

	end = tf_columns_right(at, end, width);
	*end++ = ' ';
	return end;
}

static char *owner_cell(char *at, const struct tf_owner *owner, unsigned int width)
{
	const char *begin = at;

	if (owner->from == TF_OWNER_NONE)
		return cell(at, "-", width);
	at = tf_escape_term(at, owner->comm, strnlen((const char *)owner->comm, TF_COMM_LEN));
	*at++ = '/';
	at = tf_fmt_u64(at, owner->pid);
	return end_cell(begin, at, width);
}

/* "192.0.2.1:80", "[2001:db8::1]:80", ":?" for a port that is not known. */
static char *end_point(char *at, const uint8_t addr[16], uint16_t port)
{
	bool brackets = !tf_fmt_is_v4(addr);

	if (brackets)
		*at++ = '[';
	at = tf_fmt_addr(at, addr);
	if (brackets)
		*at++ = ']';
	*at++ = ':';
	return port ? tf_fmt_u64(at, port) : TF_FMT_LIT(at, "?");
}

/* Goes on in the next line, under the fate. */
static char *fold(char *at)
{
	while (at[-1] == ' ')
		at--;
	*at++ = '\n';
	return tf_columns_pad(at, at, INDENT);
}

/* Both ends, with an arrow from the one that called connect(). */
static char *tuple_cells(const struct people *people, char *at, const struct tf_tuple *tuple,
			 enum tf_role role)
{
	static const char *const arrows[] = {
		[TF_ROLE_UNKNOWN] = "-- ", [TF_ROLE_CLIENT] = "-> ", [TF_ROLE_SERVER] = "<- "};
	const char *begin;

	if (people->layout->folded)
		at = fold(at);
	begin = at;
	at = end_cell(begin, end_point(at, tuple->laddr, tuple->lport), people->layout->local);
	at = tf_fmt_str(at, arrows[role]);
	begin = at;
	return end_cell(begin, end_point(at, tuple->raddr, tuple->rport), people->layout->remote);
}

/* Removes the blanks that the last cell left, and ends the line. */
static char *end_line(const struct people *people, char *at, const char *colour)
{
	while (at[-1] == ' ')
		at--;
	if (people->options.colour && colour)
		at = TF_FMT_LIT(at, COLOUR_OFF);
	*at++ = '\n';
	return at;
}

static char *put_paragraph(struct people *people, char *at, const char *end)
{
	unsigned int columns = people->options.columns;
	const char *begin = people->sentence;

	if (columns > READABLE)
		columns = READABLE;
	if (columns && columns < NARROWEST)
		columns = NARROWEST;
	while (begin < end && *begin == ' ')
		begin++;
	return begin == end ? at :
			      tf_columns_wrap(at, begin, (size_t)(end - begin), INDENT, columns);
}

/* What is known of this end; and what its fate means and calls for, unless that was said lately. */
static char *put_explanation(struct people *people, char *at, const struct tf_conn_record *r)
{
	uint64_t *said_ns = &people->said_ns[r->fate];
	char *end = people->sentence;

	if (*said_ns && r->time_ns < *said_ns + EXPLAINED_NS)
		return put_paragraph(people, at, tf_sentence_facts(end, r, people->sink.info));
	*said_ns = r->time_ns;
	end = tf_sentence_facts(tf_sentence_meaning(end, r->fate), r, people->sink.info);
	at = put_paragraph(people, at, end);
	return put_paragraph(people, at, tf_sentence_remedy(people->sentence, r->fate));
}

static char *people_conn(struct people *people, char *at, const struct tf_conn_record *r)
{
	const struct tf_fate_info *fate = tf_fate_info(r->fate);
	const char *colour = COLOURS[fate->class];

	at = put_colour(people, at, colour);
	at = put_clock(people, at, r->time_ns);
	at = cell(at, fate->slug, 22);
	at = number_cell(at, r->duration_us, tf_columns_life, 7);
	at = owner_cell(at, &r->owner, people->layout->owner);
	at = tuple_cells(people, at, &r->tuple, r->role);
	if (people->layout->amounts) {
		at = number_cell(at, r->bytes_sent, tf_columns_bytes, 5);
		at = number_cell(at, r->bytes_received, tf_columns_bytes, 5);
	}
	at = end_line(people, at, colour);
	if (fate->class != TF_CLASS_CLEAN)
		return put_explanation(people, at, r);
	/* A clean end, perhaps of a process that was not meant to end. */
	return put_paragraph(people, at, tf_sentence_killed(people->sentence, r));
}

static char *people_state(struct people *people, char *at, const struct tf_state_record *r)
{
	const char *begin;

	at = put_clock(people, at, r->time_ns);
	begin = at;
	at = tf_fmt_str(at, tf_state_name(r->old_state));
	at = TF_FMT_LIT(at, ">");
	at = end_cell(begin, tf_fmt_str(at, tf_state_name(r->new_state)), 22);
	at = number_cell(at, r->spent_us, tf_columns_life, 7);
	at = owner_cell(at, &r->owner, people->layout->owner);
	at = tuple_cells(people, at, &r->tuple, TF_ROLE_UNKNOWN);
	return end_line(people, at, NULL);
}

static char *people_reset(struct people *people, char *at, const struct tf_reset_record *r)
{
	static const char *const kinds[] = {"refused_inbound", "stray_segment", "late_data"};
	const char *name =
		r->rst_reason < 0 ? NULL : tf_reason_name(people->sink.info, r->rst_reason);
	const struct tf_owner nobody = {.from = TF_OWNER_NONE};

	at = put_colour(people, at, COLOURS[TF_CLASS_RESET]);
	at = put_clock(people, at, r->time_ns);
	at = cell(at, kinds[r->kind], 22);
	at = number_cell(at, TF_UNKNOWN_U64, tf_columns_life, 7);
	at = owner_cell(at, &nobody, people->layout->owner);
	at = tuple_cells(people, at, &r->tuple, TF_ROLE_SERVER);
	if (people->options.columns && people->options.columns < REASON_COLUMNS)
		at = fold(at);
	at = TF_FMT_LIT(at, "RST sent");
	if (name) {
		at = TF_FMT_LIT(at, ": ");
		at = tf_escape_term(at, name, strnlen(name, TF_REASON_LEN));
	}
	return end_line(people, at, COLOURS[TF_CLASS_RESET]);
}

static char *people_gap(struct people *people, char *at, const struct tf_gap_record *r)
{
	static const char *const what[TF_GAP_WHERE_MAX] = {
		[TF_GAP_RING] = " events: the ring buffer was full",
		[TF_GAP_TABLE] = " connections: the connection table was full",
		[TF_GAP_SINK] = " lines of this output: its reader is too slow",
		[TF_GAP_STREAM] = " events: they were malformed",
		[TF_GAP_WALK] = " sockets in a walk: the next one will meet them",
		[TF_GAP_HOOK] = " changes of state: the kernel did not call the program",
	};

	at = put_colour(people, at, COLOUR_LOUD);
	at = put_clock(people, at, r->time_ns);
	at = TF_FMT_LIT(at, "*** LOST ");
	at = tf_fmt_u64(at, r->count);
	at = tf_fmt_str(at, what[r->where]);
	at = TF_FMT_LIT(at, " (");
	at = tf_fmt_u64(at, r->total);
	at = TF_FMT_LIT(at, " so far)");
	return end_line(people, at, COLOUR_LOUD);
}

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
	case TF_RECORD_STATS:
		return at; /* the last words have the totals */
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

static char *put_header(const struct people *people, char *at)
{
	const char *begin = at;

	at = put_zone(TF_FMT_LIT(at, "TIME"));
	at = end_cell(begin, at, 12);
	at = cell(at, "FATE", 22);
	at = cell(at, "   LIFE", 7);
	at = cell(at, "COMM/PID", people->layout->owner);
	if (people->layout->folded)
		at = fold(at);
	at = cell(at, "LOCAL", people->layout->local + 3);
	at = cell(at, "REMOTE", people->layout->remote);
	if (people->layout->amounts)
		at = TF_FMT_LIT(at, " SENT  RCVD");
	return end_line(people, at, NULL);
}

static char *put_weak_hooks(struct people *people, char *at)
{
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		const char *weaker = tf_hook_weaker(people->sink.info, i);
		char *end = people->sentence;

		if (!weaker)
			continue;
		if (!people->sink.info->hook[i].how[0])
			end = TF_FMT_LIT(end, "Not attached: ");
		end = tf_fmt_str(end, tf_hook_name(i));
		end = TF_FMT_LIT(end, "; ");
		end = tf_fmt_str(end, weaker);
		*end++ = '.';
		at = tf_columns_wrap(at, people->sentence, (size_t)(end - people->sentence), 0,
				     people->options.columns);
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

static void people_on_stop(struct tf_sink *sink, const struct tf_stop *stop)
{
	char *at = tf_output_begin(sink->out, LINE_MAX_BYTES, 1);
	struct people *people = (struct people *)sink;

	if (!at)
		return;
	if (stop->reason == TF_STOP_SIGNAL && people->options.columns)
		*at++ = '\n'; /* after the terminal's "^C" */
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
	people->options = *options;
	people->layout = !options->columns || options->columns >= WIDE_COLUMNS ? &WIDE :
			 options->columns >= NARROW_COLUMNS		       ? &NARROW :
										 &FOLDED;
	tzset();
	*ret_sink = &people->sink;
	return 0;
}
