// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * say.c - see say.h
 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "base/io.h"

#define SENTENCE_MAX 1024

void tf_say(const char *format, ...)
{
	static const char name[] = "tcpfate: ";
	char text[SENTENCE_MAX], line[sizeof(name) + SENTENCE_MAX * TF_ESCAPE_TERM_MAX + 1];
	char *end = tf_fmt_mem(line, name, sizeof(name) - 1);
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	end = tf_escape_term(end, text, strlen(text));
	*end++ = '\n';
	tf_io_write_all(STDERR_FILENO, line, (size_t)(end - line), NULL);
}
