/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * text.h - paragraphs for people: wrapped to a width, headings in bold on a terminal
 */
#ifndef TCPFATE_CLI_TEXT_H
#define TCPFATE_CLI_TEXT_H

#include <stdbool.h>
#include <stdio.h>

struct tf_text {
	FILE *out;	    /* borrowed; its error flag says whether all was written */
	unsigned int width; /* columns of a line */
	bool bold;	    /* headings as SGR 1 */
};

/* The style for @out. A terminal: its width, 40 to 100 columns, and bold headings unless
 * NO_COLOR is set and not empty or TERM is "dumb". Anything else: 80 columns of plain text. */
struct tf_text tf_text_for(FILE *out);

/* Writes @heading and a line feed. */
void tf_text_heading(const struct tf_text *text, const char *heading);

/* Writes @paragraph (ASCII, words with single blanks between them), each line at most the
 * width, after @indent blanks. A word that is longer than a line stands on a line of its own. */
void tf_text_paragraph(const struct tf_text *text, unsigned int indent, const char *paragraph);

#endif
