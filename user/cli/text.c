// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * text.c - see text.h
 */
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/wrap.h"

#define PLAIN_WIDTH 80
#define MIN_WIDTH 40
#define MAX_WIDTH 100 /* longer lines are hard to read, however wide the window is */

static bool wants_bold(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

struct tf_text tf_text_for(FILE *out)
{
	struct tf_text text = {.out = out, .width = PLAIN_WIDTH};
	struct winsize size;

	if (!isatty(fileno(out)))
		return text;
	text.bold = wants_bold();
	if (!ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col)
		text.width = size.ws_col;
	if (text.width < MIN_WIDTH)
		text.width = MIN_WIDTH;
	if (text.width > MAX_WIDTH)
		text.width = MAX_WIDTH;
	return text;
}

void tf_text_heading(const struct tf_text *text, const char *heading)
{
	fprintf(text->out, text->bold ? "\033[1m%s\033[0m\n" : "%s\n", heading);
}

void tf_text_paragraph(const struct tf_text *text, unsigned int indent, const char *paragraph)
{
	const char *end = paragraph + strlen(paragraph);

	while (paragraph < end) {
		const char *stop = tf_wrap_line(paragraph, end, text->width - indent);

		fprintf(text->out, "%*s%.*s\n", (int)indent, "", (int)(stop - paragraph),
			paragraph);
		paragraph = stop < end ? stop + 1 : end;
	}
}
