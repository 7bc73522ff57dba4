/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * version.h - the version of tcpfate
 */
#ifndef TCPFATE_CLI_VERSION_H
#define TCPFATE_CLI_VERSION_H

#define TF_VERSION "0.1.0"

#endif
