/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * live.h - tcpfate [OPTIONS]: reports each connection of this host as it ends
 */
#ifndef TCPFATE_CLI_CMD_LIVE_H
#define TCPFATE_CLI_CMD_LIVE_H

/* Runs the command; @argv[0] is its name. Returns the exit status (enum tf_exit); an error has been
 * reported on stderr, in one line. */
int tf_live_main(int argc, char **argv);

#endif
