/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * role.h - who called connect(), where nobody saw it
 */
#ifndef TCPFATE_CORE_CONN_ROLE_H
#define TCPFATE_CORE_CONN_ROLE_H

#include "bpf/abi.h"
#include "core/conn/table.h"
#include "core/record.h"

/* The role of a socket without a listener, by the namespace's ip_local_port_range from @low to
 * @high, out of which connect() takes ports: when only one end's port lies in it, that end is the
 * client. Unknown when both do or none does, and when the range is not known (@high 0 or ~0). */
enum tf_role tf_role_by_ports(const struct tf_tuple *tuple, uint16_t low, uint16_t high);

/* The role of @conn, which a scan found: by its state, by the listeners of its port and of the
 * other end's, where that is in its namespace for certain; else the one that it has, else by its
 * ports. */
enum tf_role tf_role_of_found(const struct tf_table *table, const struct tf_conn *conn,
			      uint16_t low, uint16_t high);

#endif
