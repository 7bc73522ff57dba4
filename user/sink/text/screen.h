/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * screen.h - the screen of a snapshot, which its parts share: blocks of lines, colours, counts
 */
#ifndef TCPFATE_SINK_TEXT_SCREEN_H
#define TCPFATE_SINK_TEXT_SCREEN_H

#include "sink/output.h"
#include "sink/text/snapshot_text.h"

#define TF_SCREEN_RED "\033[31m"
#define TF_SCREEN_GREEN "\033[32m"
#define TF_SCREEN_YELLOW "\033[33m"
#define TF_SCREEN_BOLD "\033[1m"
#define TF_SCREEN_LOUD "\033[1;31m"
#define TF_SCREEN_OFF "\033[0m"

struct tf_screen {
	const struct tf_snapshot_content *content;
	const struct tf_snapshot *snapshot;
	const struct tf_snapshot_text_options *view;
	struct tf_output *out;
	unsigned int width; /* columns */
	unsigned int lines; /* written so far */
	unsigned int tail;  /* lines that stand below the groups */
	uint32_t home;	    /* the first namespace scanned: lines about another one name it */
};

/* Room for a block of lines (TF_PIECES_BLOCK_MAX bytes); NULL: the output has failed. */
char *tf_screen_begin(const struct tf_screen *screen);

/* Ends the block from @begin to @at. */
void tf_screen_end(struct tf_screen *screen, const char *begin, const char *at);

/* Writes the SGR sequence where colours are wanted. */
char *tf_screen_colour(const struct tf_screen *screen, char *at, const char *sequence);

/* Writes "1 socket", "12 sockets". */
char *tf_screen_counted(char *at, uint64_t n, const char *one, const char *many);

/* A line of its own: "12 more groups (-v shows all)"; nothing when @n is 0. */
void tf_screen_more(struct tf_screen *screen, uint64_t n, const char *one, const char *many);

#endif
