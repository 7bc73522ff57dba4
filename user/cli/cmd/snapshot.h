/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot.h - tcpfate snapshot [OPTIONS]: the state of every socket now, and what piles up
 */
#ifndef TCPFATE_CLI_CMD_SNAPSHOT_H
#define TCPFATE_CLI_CMD_SNAPSHOT_H

/* Runs the command; @argv[0] is its name. Returns the exit status (enum tf_exit); an error has been
 * reported on stderr, in one line. Needs no rights
 * with --from. */
int tf_snapshot_main(int argc, char **argv);

#endif
