/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * owner.h - whose connection it is, and how its owner ended it
 *
 * A task is believed only where it acts on the socket itself; who happens to be on the CPU is never
 * asked.
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_CONN_OWNER_H
#define TCPFATE_CORE_CONN_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn/conn.h"
#include "core/conn/table.h"

/* The owner of the listener in @table that @conn came from becomes its own so far. Several fit
 * equally well with SO_REUSEPORT: then only when they all have the same one. */
void tf_owner_inherit(const struct tf_table *table, struct tf_conn *conn);

/* A task showed itself as the owner. Who closed it counts only while no better owner is known. */
void tf_owner_note(struct tf_conn *conn, enum tf_owner_from from, uint32_t pid,
		   const uint8_t comm[TF_COMM_LEN]);

/* Notes the task of a transition that the application itself makes and, if that @ends the
 * connection from this side (a FIN, or CLOSE without an error), how. */
void tf_owner_act(struct tf_conn *conn, const struct tf_ev_state *event, bool ends);

#endif
