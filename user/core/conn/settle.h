/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * settle.h - when an end is final
 *
 * A record is written as soon as nothing can change its fate. After CLOSE these can still come:
 *  - the RST of an abort, microseconds later and before tcp_destroy_sock;
 *  - after tcp_destroy_sock, by microseconds, the RST by which a socket in FIN_WAIT answers late
 *    data: such ends wait 10 ms more;
 *  - the RST of a TIME_WAIT minisock that got late data, any time later: hand-offs before the
 *    peer's FIN are held 2 s for it;
 *  - the application's close() of the dead socket, which shows how long it was held and whether its
 *    errno was delivered: 100 ms are given to it, and as much to an accept() that has not returned
 *    it yet; what comes after these changes no fate.
 * All waits have a fixed length, so each is a queue and no timer needs a heap.
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_CONN_SETTLE_H
#define TCPFATE_CORE_CONN_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_core;

/* @handle's connection reached CLOSE, its tf_end is filled: writes it now, or holds it until no
 * more can come. The slot may be gone afterwards. */
void tf_settle_closed(struct tf_core *core, uint32_t handle);

/* accept() returned a socket; if it was dead already, somebody holds it dead now. */
void tf_settle_accepted(struct tf_core *core, uint32_t handle);

/* Its socket is destroyed (the event is noted in conn and end). The slot may be gone afterwards. */
void tf_settle_destroyed(struct tf_core *core, uint32_t handle);

/* Writes a held connection now, whatever could still come. Returns whether the slot is still there,
 * as a stub. */
bool tf_settle_now(struct tf_core *core, uint32_t handle);

/* Writes a live connection whose end was missed: fate unknown. The slot stays, as a stub. */
void tf_settle_missed(struct tf_core *core, uint32_t handle);

/* An ended connection sent an RST: one that waits for it is written. */
void tf_settle_answered(struct tf_core *core, uint32_t handle);

/* The connection of slot @by is open: one with the same tuple that was handed over to a minisock
 * has none any more, and is written. */
void tf_settle_replaced(struct tf_core *core, uint32_t by);

/* Whether *@handle's connection had ended when an event of its socket was lost: then @ev may be
 * about another life of it, and the connection is written at once; *@handle becomes 0 if its slot
 * is gone. */
bool tf_settle_outlived(struct tf_core *core, uint32_t *handle, const struct tf_event *ev);

/* When the next held connection falls due (CLOCK_BOOTTIME); UINT64_MAX: none is held. */
uint64_t tf_settle_next_due(const struct tf_core *core);

/* Writes all that is due at core->now. */
void tf_settle_due(struct tf_core *core);

/* Writes all that are held, as if their waits were over. */
void tf_settle_all(struct tf_core *core);

/* What may be given up for another: a written one is forgotten; a held one is
 * written early; the least recently active connection is dropped and counted. */
enum tf_room { TF_ROOM_WRITTEN = 1, TF_ROOM_HELD = 2, TF_ROOM_LIVE = 4 };

/* Makes room for one more by the first of @from (enum tf_room) that there is. False: there is none
 * of them. */
bool tf_settle_make_room(struct tf_core *core, unsigned int from);

#endif
