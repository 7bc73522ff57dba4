/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * doctor.h - tcpfate doctor [OPTIONS]: whether this host can run tcpfate, and how well
 */
#ifndef TCPFATE_CLI_CMD_DOCTOR_H
#define TCPFATE_CLI_CMD_DOCTOR_H

/* Runs the command; @argv[0] is its name. Returns the exit status (enum tf_exit); an error has been
 * reported on stderr, in one line. TF_EXIT_HOST: it
 * cannot. */
int tf_doctor_main(int argc, char **argv);

#endif
