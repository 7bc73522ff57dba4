/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * errnos.h - error numbers by name: 32 is "EPIPE"
 *
 * For every errno of Linux, by this architecture's own numbers. (strerrorname_np() of glibc would
 * do, but not on other C libraries.)
 */
#ifndef TCPFATE_BASE_ERRNOS_H
#define TCPFATE_BASE_ERRNOS_H

/* The name of positive @number; NULL when Linux has none of that number. Static. */
const char *tf_errnos_name(int number);

#endif
