/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * trouble.h - why something cannot be done, as one sentence for a person
 *
 * Functions that can fail for reasons that a person must understand return a negative errno and
 * fill one of these; the program prints it after its own name. The form is "what: why; what to do".
 */
#ifndef TCPFATE_BASE_TROUBLE_H
#define TCPFATE_BASE_TROUBLE_H

struct tf_trouble {
	char text[512]; /* one line, no newline; "" when nothing is wrong */
};

/* Sets the sentence, printf style; what does not fit is cut off. */
void tf_trouble_set(struct tf_trouble *trouble, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
