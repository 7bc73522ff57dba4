/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * commands.h - what the program can be asked to do
 *
 * @argv[0] is the command's name. Each returns the exit status (enum tf_exit); what is wrong has
 * been said on stderr, in one line.
 */
#ifndef TCPFATE_CLI_COMMANDS_H
#define TCPFATE_CLI_COMMANDS_H

/* What ends on this host, as it ends. */
int tf_live_main(int argc, char **argv);

/* What every socket is doing now. */
int tf_snapshot_main(int argc, char **argv);

/* The events of this host into a file. */
int tf_record_main(int argc, char **argv);

/* A recording as if it were live. */
int tf_replay_main(int argc, char **argv);

/* Whether this host can run it, and how well. */
int tf_doctor_main(int argc, char **argv);

#endif
