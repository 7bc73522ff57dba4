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

struct tf_core;

/* The owner of the listener in @table that @conn came from becomes its own so far: who called
 * listen(), or who holds the listener since. Several fit equally well with SO_REUSEPORT: then only
 * when they all have the same one. */
void tf_owner_inherit(const struct tf_table *table, struct tf_conn *conn);

/* The same of a connection without an owner so far, when nobody listens there and the listener has
 * just closed (within 100 ms). */
void tf_owner_inherit_gone(const struct tf_core *core, struct tf_conn *conn);

/* The same once more of a connection that still waits for accept(): its listener may be in other
 * hands by now, also in those of several whom nobody can name. */
void tf_owner_renew(const struct tf_table *table, struct tf_conn *conn);

/* A task showed itself as the owner. */
void tf_owner_note(struct tf_conn *conn, enum tf_owner_from from, uint32_t pid,
		   const uint8_t comm[TF_COMM_LEN]);

/* A task ends the connection, or lets go of it last: the owner, if it is another process than the
 * one that accepted or connected. The name of the same one stays, as it was before an exec. No more
 * once it is known how the connection ended: `how` is always the owner's doing. */
void tf_owner_note_last(struct tf_conn *conn, uint32_t pid, const uint8_t comm[TF_COMM_LEN]);

/* Notes the task of a transition that the application itself makes and, if that @ends the
 * connection from this side (a FIN, or CLOSE without an error), how. Nothing of a kernel thread,
 * which may release a file for somebody else (io_uring). */
void tf_owner_act(struct tf_conn *conn, const struct tf_ev_state *event, bool ends);

#endif
