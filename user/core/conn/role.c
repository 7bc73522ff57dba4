// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * role.c - see role.h
 */
#include "core/conn/role.h"

#include <stdbool.h>
#include <string.h>

#include "core/states.h"

enum tf_role tf_role_by_ports(const struct tf_tuple *tuple, uint16_t low, uint16_t high)
{
	bool local = tuple->lport >= low && tuple->lport <= high;
	bool remote = tuple->rport >= low && tuple->rport <= high;

	if (!high || high == UINT16_MAX || low > high || local == remote)
		return TF_ROLE_UNKNOWN;
	return local ? TF_ROLE_CLIENT : TF_ROLE_SERVER;
}

/* Whether the remote end is in the same namespace for certain: it has the local address, or a
 * loopback one. */
static bool is_near(const struct tf_tuple *tuple)
{
	static const uint8_t mapped[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
	static const uint8_t loopback[16] = {[15] = 1};

	return !memcmp(tuple->raddr, tuple->laddr, sizeof(tuple->raddr)) ||
	       !memcmp(tuple->raddr, mapped, sizeof(mapped)) ||
	       !memcmp(tuple->raddr, loopback, sizeof(loopback));
}

static bool is_listeners_client(const struct tf_table *table, const struct tf_conn *conn)
{
	struct tf_tuple other = {.lport = conn->tuple.rport, .rport = conn->tuple.lport};

	if (!is_near(&conn->tuple))
		return false;
	memcpy(other.laddr, conn->tuple.raddr, sizeof(other.laddr));
	memcpy(other.raddr, conn->tuple.laddr, sizeof(other.raddr));
	return tf_table_listener(table, conn->netns, &other, 0);
}

enum tf_role tf_role_of_found(const struct tf_table *table, const struct tf_conn *conn,
			      uint16_t low, uint16_t high)
{
	if (conn->state == TF_TCP_SYN_SENT)
		return TF_ROLE_CLIENT;
	if (tf_table_listener(table, conn->netns, &conn->tuple, 0))
		return TF_ROLE_SERVER;
	if (is_listeners_client(table, conn))
		return TF_ROLE_CLIENT;
	return conn->role != TF_ROLE_UNKNOWN ? conn->role :
					       tf_role_by_ports(&conn->tuple, low, high);
}
