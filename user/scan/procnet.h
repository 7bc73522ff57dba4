/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * procnet.h - settings and counters of the network namespace of the calling thread, from /proc
 */
#ifndef TCPFATE_SCAN_PROCNET_H
#define TCPFATE_SCAN_PROCNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

/* Fills the settings and counters of @ret, with all bits set where they cannot be read. The
 * header is not touched. */
void tf_procnet_read(struct tf_ev_netns *ret);

/* Whether a TCP socket or minisock is hashed here. True also when that cannot be read. */
bool tf_procnet_has_tcp(void);

/* The parsers, of NUL-terminated texts. */

/* The number behind the word @name in the line that begins with @line ("TCP: inuse 5 tw 2" of
 * /proc/net/sockstat). 0, or -ENOENT; @ret untouched then. */
int tf_procnet_sockstat(const char *text, const char *line, const char *name, uint64_t *ret);

/* Fills the counters of @snmp that @text has: pairs of lines, names above, values below, both
 * beginning with the protocol (/proc/net/snmp, /proc/net/netstat). The others are untouched. */
void tf_procnet_snmp(const char *text, __u64 snmp[TF_SNMP_MAX]);

#endif
