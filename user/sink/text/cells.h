/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * cells.h - the cells that the lines of the people's view consist of, for one terminal
 *
 * Each function writes at @at, where the caller has room, and returns the end. Cells end in a
 * blank; they are padded, never cut: an IPv6 address shifts its line.
 */
#ifndef TCPFATE_SINK_TEXT_CELLS_H
#define TCPFATE_SINK_TEXT_CELLS_H

#include <stdbool.h>
#include <time.h>

#include "core/record.h"
#include "core/stream/run_info.h"

#define TF_CELLS_INDENT 13 /* width of a time; explanations are indented by it */
#define TF_CELLS_FATE 22   /* width of the fate: the longest slug */
#define TF_CELLS_LIFE 7
#define TF_CELLS_BYTES 5
/* One line of cells, the longest addresses and hostile comm included. */
#define TF_CELLS_LINE_MAX 1024
#define TF_CELLS_COLOUR_OFF "\033[0m"

struct tf_cells_layout {
	unsigned int owner, local, remote; /* widths */
	bool amounts;			   /* there is room for SENT and RCVD */
	bool folded;			   /* the ends stand below the fate */
};

struct tf_cells {
	bool colour;
	unsigned int columns; /* of the terminal; 0: not one, lines of any length */
	const struct tf_cells_layout *layout;
	const struct tf_run_info *info; /* borrowed */
	time_t second;			/* the last one formatted by localtime_r(), as `clock` */
	char clock[9];			/* "02:19:06." */
};

/* Cells for a terminal of @columns (0: none); times are those of @info's host. */
void tf_cells_init(struct tf_cells *cells, const struct tf_run_info *info, unsigned int columns,
		   bool colour);

/* SGR sequence @colour, where colours are wanted; NULL writes nothing. */
char *tf_cells_colour(const struct tf_cells *cells, char *at, const char *colour);

/* TF_CELLS_INDENT characters: local time of day, milliseconds. */
char *tf_cells_clock(struct tf_cells *cells, char *at, uint64_t boot_ns);

/* Closes the cell that begins at @begin: blanks up to @width, and one more. */
char *tf_cells_end(const char *begin, char *at, unsigned int width);

char *tf_cells_text(char *at, const char *text, unsigned int width);

/* @value by @put, to the right; "-" when it is unknown. */
char *tf_cells_number(char *at, struct tf_maybe value, char *(*put)(char *, uint64_t),
		      unsigned int width);

/* "curl/1234", escaped; "-" when unknown. */
char *tf_cells_owner(const struct tf_cells *cells, char *at, const struct tf_owner *owner);

/* Both ends, with an arrow from the one that called connect(). */
char *tf_cells_tuple(const struct tf_cells *cells, char *at, const struct tf_tuple *tuple,
		     enum tf_role role);

/* Continues in the next line, under the fate. */
char *tf_cells_fold(char *at);

/* Removes the blanks that the last cell left, and ends the line and the colour. */
char *tf_cells_end_line(const struct tf_cells *cells, char *at, const char *colour);

/* Columns of a line of text: those of the terminal, within what people can read; 0: no limit. */
unsigned int tf_cells_readable(const struct tf_cells *cells);

/* The text from @begin to @end, broken into lines that fit, indented. Needs room for twice its
 * size. */
char *tf_cells_paragraph(const struct tf_cells *cells, char *at, const char *begin,
			 const char *end);

/* Whether an explanation was given lately: *@said_ns (0: never) is within ten minutes of @time_ns.
 * If not, the caller gives it now, and *@said_ns becomes @time_ns. */
bool tf_cells_said(uint64_t *said_ns, uint64_t time_ns);

#endif
