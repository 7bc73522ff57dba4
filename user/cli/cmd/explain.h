/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * explain.h - `tcpfate explain [WORD]...`: what a fate, errno, state or setting means
 */
#ifndef TCPFATE_CLI_CMD_EXPLAIN_H
#define TCPFATE_CLI_CMD_EXPLAIN_H

/* Runs the command; argv[0] is "explain". Explains on standard output what the words name,
 * together (`explain broken pipe`) or each for itself (`explain EPIPE CLOSE_WAIT`); without a
 * word lists all that can be explained. Returns the exit status: 0; 1 when standard output
 * failed; 2 for an unknown word or option, then one line on stderr names the nearest. Needs no
 * rights. A sysctl is shown with the value that it has here. */
int tf_explain_main(int argc, char **argv);

#endif
