/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * record.h - tcpfate record FILE [OPTIONS]: keeps the events of this host in a file
 */
#ifndef TCPFATE_CLI_CMD_RECORD_H
#define TCPFATE_CLI_CMD_RECORD_H

/* Runs the command; @argv[0] is its name. Returns the exit status (enum tf_exit); an error has been
 * reported on stderr, in one line. */
int tf_record_main(int argc, char **argv);

#endif
