/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * socket.h - the meaning of one socket's numbers: its age, its data, whether it is in trouble
 */
#ifndef TCPFATE_CORE_SNAPSHOT_SOCKET_H
#define TCPFATE_CORE_SNAPSHOT_SOCKET_H

#include "core/snapshot/snapshot.h"

/* Whether connections or requests wait at @listener, or were turned away. */
bool tf_socket_is_busy(const struct tf_snapshot_socket *listener);

/* Whether sockets do not stay in @state on a healthy host: CLOSE_WAIT, SYN_SENT, FIN_WAIT1... */
bool tf_socket_is_unusual(uint8_t state);

/* For how long @socket has been in its state at least, milliseconds. A state that a segment of the
 * peer leads to is as old as the peer's last segment, SYN_SENT as old as the first SYN; the age in
 * any other state is unknown. */
struct tf_maybe32 tf_socket_age_ms(const struct tf_snapshot_socket *socket);

/* Whether @socket can carry data: no listener, no minisock, and scanned itself. */
bool tf_socket_has_data(const struct tf_snapshot_socket *socket);

/* Bytes of data; a SYN or FIN does not count. 0 for a socket that cannot carry any. */
uint32_t tf_socket_unread(const struct tf_snapshot_socket *socket);
uint32_t tf_socket_unsent(const struct tf_snapshot_socket *socket);
uint32_t tf_socket_unacked(const struct tf_snapshot_socket *socket);

/* Whether the application has read the peer's end of data; TF_UNKNOWN before that came. */
enum tf_tri tf_socket_eof_read(const struct tf_snapshot_socket *socket);

#endif
