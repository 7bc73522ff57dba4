/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * replay.h - tcpfate replay FILE [OPTIONS]: shows a recording as if it were live
 */
#ifndef TCPFATE_CLI_CMD_REPLAY_H
#define TCPFATE_CLI_CMD_REPLAY_H

/* Runs the command; @argv[0] is its name. Returns the exit status (enum tf_exit); an error has been
 * reported on stderr, in one line. Needs no rights. */
int tf_replay_main(int argc, char **argv);

#endif
