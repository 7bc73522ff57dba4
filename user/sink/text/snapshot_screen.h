/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_screen.h - what the parts of a snapshot's screen have in common
 *
 * For snapshot_text.c and snapshot_alerts.c only.
 */
#ifndef TCPFATE_SINK_TEXT_SNAPSHOT_SCREEN_H
#define TCPFATE_SINK_TEXT_SNAPSHOT_SCREEN_H

#include "base/fmt.h"
#include "sink/text/pieces.h"
#include "sink/snapshot_content.h"

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
	uint32_t home;	    /* the namespace met first: what is in another one says in which */
};

/* Room for a block of lines; NULL: the output has failed. */
static inline char *tf_screen_begin(const struct tf_screen *screen)
{
	return tf_output_begin(screen->out, TF_PIECES_BLOCK_MAX, 1);
}

/* Ends the block from @begin to @at. */
static inline void tf_screen_end(struct tf_screen *screen, const char *begin, const char *at)
{
	for (const char *p = begin; p < at; p++)
		screen->lines += *p == '\n';
	tf_output_end(screen->out, at);
}

/* Writes the SGR sequence where colours are wanted. */
static inline char *tf_screen_colour(const struct tf_screen *screen, char *at, const char *sequence)
{
	return screen->view->people.colour ? tf_fmt_str(at, sequence) : at;
}

/* "1 socket", "12 sockets" */
static inline char *tf_screen_counted(char *at, uint64_t n, const char *one, const char *many)
{
	at = tf_fmt_u64(at, n);
	return tf_fmt_str(at, n == 1 ? one : many);
}

/* What of a part did not fit the screen. snapshot_text.c */
void tf_screen_more(struct tf_screen *screen, uint64_t n, const char *one, const char *many);

/* The alerts that stand, a block each. snapshot_alerts.c */
void tf_screen_alerts(struct tf_screen *screen);

#endif
