// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * cells.c - see cells.h
 */
#include "sink/text/cells.h"

#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "base/units.h"
#include "base/wrap.h"
#include "sink/text/columns.h"

#define LATELY_NS (600 * NS_PER_S)
#define WIDE_COLUMNS 126   /* SENT and RCVD fit from here on */
#define NARROW_COLUMNS 100 /* both ends fit beside the owner from here on */
#define READABLE 120	   /* sentences are not made longer than this, however wide the terminal */
#define NARROWEST 60	   /* ... nor broken shorter */

static const struct tf_cells_layout WIDE_LAYOUT = {20, 21, 21, true, false};
static const struct tf_cells_layout NARROW_LAYOUT = {15, 18, 18, false, false};
static const struct tf_cells_layout FOLDED_LAYOUT = {15, 18, 18, false, true};

void tf_cells_init(struct tf_cells *cells, const struct tf_run_info *info, unsigned int columns,
		   bool colour)
{
	*cells = (struct tf_cells){.colour = colour, .columns = columns, .info = info};
	cells->layout = !columns || columns >= WIDE_COLUMNS ? &WIDE_LAYOUT :
			columns >= NARROW_COLUMNS	    ? &NARROW_LAYOUT :
							      &FOLDED_LAYOUT;
	tzset();
}

char *tf_cells_colour(const struct tf_cells *cells, char *at, const char *colour)
{
	return cells->colour && colour ? tf_fmt_str(at, colour) : at;
}

static void remember_second(struct tf_cells *cells, time_t second)
{
	struct tm tm = {0};
	char *at;

	localtime_r(&second, &tm);
	at = tf_fmt_pair(cells->clock, (unsigned int)tm.tm_hour);
	*at++ = ':';
	at = tf_fmt_pair(at, (unsigned int)tm.tm_min);
	*at++ = ':';
	at = tf_fmt_pair(at, (unsigned int)tm.tm_sec);
	*at = '.';
	cells->second = second;
}

char *tf_cells_clock(struct tf_cells *cells, char *at, uint64_t boot_ns)
{
	int64_t ns = (int64_t)(boot_ns + (uint64_t)cells->info->utc_offset_ns);
	int64_t second = ns / NS_PER_S - (ns % NS_PER_S < 0);
	uint32_t ms = (uint32_t)((ns % NS_PER_S + NS_PER_S) % NS_PER_S / NS_PER_MS);

	if (second != cells->second || !cells->clock[0])
		remember_second(cells, second);
	at = tf_fmt_mem(at, cells->clock, sizeof(cells->clock));
	*at++ = (char)('0' + ms / 100);
	at = tf_fmt_pair(at, ms % 100);
	*at++ = ' ';
	return at;
}

char *tf_cells_end(const char *begin, char *at, unsigned int width)
{
	at = tf_columns_pad(begin, at, width);
	*at++ = ' ';
	return at;
}

char *tf_cells_text(char *at, const char *text, unsigned int width)
{
	return tf_cells_end(at, tf_fmt_str(at, text), width);
}

char *tf_cells_number(char *at, struct tf_maybe value, char *(*put)(char *, uint64_t),
		      unsigned int width)
{
	char *end = tf_maybe_known(value) ? put(at, tf_maybe_value(value)) : TF_FMT_LIT(at, "-");

	end = tf_columns_right(at, end, width);
	*end++ = ' ';
	return end;
}

char *tf_cells_owner(const struct tf_cells *cells, char *at, const struct tf_owner *owner)
{
	const char *begin = at;

	if (owner->from == TF_OWNER_NONE)
		return tf_cells_text(at, "-", cells->layout->owner);
	at = tf_escape_term(at, owner->comm, strnlen((const char *)owner->comm, TF_COMM_LEN));
	*at++ = '/';
	/* Several processes share it: at most the name is known. */
	at = owner->pid ? tf_fmt_u64(at, owner->pid) : TF_FMT_LIT(at, "-");
	return tf_cells_end(begin, at, cells->layout->owner);
}

char *tf_cells_fold(char *at)
{
	while (at[-1] == ' ')
		at--;
	*at++ = '\n';
	return tf_columns_pad(at, at, TF_CELLS_INDENT);
}

char *tf_cells_tuple(const struct tf_cells *cells, char *at, const struct tf_tuple *tuple,
		     enum tf_role role)
{
	static const char *const arrows[] = {
		[TF_ROLE_UNKNOWN] = "-- ", [TF_ROLE_CLIENT] = "-> ", [TF_ROLE_SERVER] = "<- "};
	const char *begin;

	if (cells->layout->folded)
		at = tf_cells_fold(at);
	begin = at;
	at = tf_columns_end_point(at, tuple->laddr, tuple->lport);
	at = tf_fmt_str(tf_cells_end(begin, at, cells->layout->local), arrows[role]);
	begin = at;
	at = tf_columns_end_point(at, tuple->raddr, tuple->rport);
	return tf_cells_end(begin, at, cells->layout->remote);
}

char *tf_cells_end_line(const struct tf_cells *cells, char *at, const char *colour)
{
	while (at[-1] == ' ')
		at--;
	if (cells->colour && colour)
		at = TF_FMT_LIT(at, TF_CELLS_COLOUR_OFF);
	*at++ = '\n';
	return at;
}

unsigned int tf_cells_readable(const struct tf_cells *cells)
{
	if (cells->columns > READABLE)
		return READABLE;
	return cells->columns && cells->columns < NARROWEST ? NARROWEST : cells->columns;
}

char *tf_cells_paragraph(const struct tf_cells *cells, char *at, const char *begin, const char *end)
{
	while (begin < end && *begin == ' ')
		begin++;
	if (begin == end)
		return at;
	return tf_wrap(at, begin, (size_t)(end - begin), TF_CELLS_INDENT, tf_cells_readable(cells));
}

bool tf_cells_said(uint64_t *said_ns, uint64_t time_ns)
{
	if (*said_ns && time_ns < *said_ns + LATELY_NS)
		return true;
	*said_ns = time_ns;
	return false;
}
