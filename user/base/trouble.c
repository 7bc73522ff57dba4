// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * trouble.c - see trouble.h
 */
#include "base/trouble.h"

#include <stdarg.h>
#include <stdio.h>

void tf_trouble_set(struct tf_trouble *trouble, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(trouble->text, sizeof(trouble->text), format, args);
	va_end(args);
}
