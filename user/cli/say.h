/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * say.h - messages on stderr, and the exit statuses
 */
#ifndef TCPFATE_CLI_SAY_H
#define TCPFATE_CLI_SAY_H

enum tf_exit {
	TF_EXIT_OK = 0,
	TF_EXIT_FAILED = 1, /* failed while running */
	TF_EXIT_USAGE = 2,  /* wrong usage */
	TF_EXIT_HOST = 3,   /* this host cannot run it */
};

/* Writes "tcpfate: " and the sentence (printf style) as one line; bytes that are not printable
 * text are escaped. */
void tf_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
