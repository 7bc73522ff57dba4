/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * missing.h - connections that the table believes to be alive, and that scans do not find
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_CONN_MISSING_H
#define TCPFATE_CORE_CONN_MISSING_H

struct tf_core;

/* Whole scans in a row that do not find a connection, until it counts as ended: when events have
 * been lost since its last one, and when none has. */
#define TF_MISSING_LOSS 2u
#define TF_MISSING 8u

/* A scan has ended. Writes the connections whose CLOSE was lost, or not reported: so many scans
 * have not found them. */
void tf_missing_settle(struct tf_core *core);

#endif
