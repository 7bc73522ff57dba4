// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * screen.c - see screen.h
 */
#include "sink/text/screen.h"

#include "base/fmt.h"
#include "sink/text/pieces.h"

char *tf_screen_begin(const struct tf_screen *screen)
{
	return tf_output_begin(screen->out, TF_PIECES_BLOCK_MAX, 1);
}

void tf_screen_end(struct tf_screen *screen, const char *begin, const char *at)
{
	for (const char *p = begin; p < at; p++)
		screen->lines += *p == '\n';
	tf_output_end(screen->out, at);
}

char *tf_screen_colour(const struct tf_screen *screen, char *at, const char *sequence)
{
	return screen->view->people.colour ? tf_fmt_str(at, sequence) : at;
}

char *tf_screen_counted(char *at, uint64_t n, const char *one, const char *many)
{
	at = tf_fmt_u64(at, n);
	return tf_fmt_str(at, n == 1 ? one : many);
}

void tf_screen_more(struct tf_screen *screen, uint64_t n, const char *one, const char *many)
{
	char *from = tf_screen_begin(screen), *at = from;

	if (!at || !n)
		return;
	at = tf_screen_counted(at, n, one, many);
	tf_screen_end(screen, from, TF_FMT_LIT(at, " (-v shows all)\n"));
}
