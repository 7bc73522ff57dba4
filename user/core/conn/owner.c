// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * owner.c - see owner.h
 */
#include "core/conn/owner.h"

#include <string.h>

#include "base/units.h"
#include "core/engine.h"
#include "core/states.h"

#define GONE_NS (100 * NS_PER_MS) /* how long a closed listener can still have a child */

/* How closely a listener fits, as compute_score() of net/ipv4/inet_hashtables.c ranks them: the
 * exact address, then IPv4's wildcard, then that of both families. */
static int address_fit(const struct tf_conn *listener, const struct tf_conn *conn)
{
	static const uint8_t any[16];

	if (!memcmp(listener->tuple.laddr, conn->tuple.laddr, sizeof(any)))
		return 3;
	return memcmp(listener->tuple.laddr, any, sizeof(any)) ? 2 : 1;
}

/* The listener that @conn came from. NULL: none, or several whose owners differ. */
static const struct tf_conn *find_listener(const struct tf_table *table, const struct tf_conn *conn)
{
	const struct tf_conn *best = NULL;
	bool unsure = false;

	for (uint32_t handle = 0;
	     (handle = tf_table_listener(table, conn->netns, &conn->tuple, handle));) {
		const struct tf_conn *other = tf_table_conn(table, handle);

		if (best && address_fit(other, conn) < address_fit(best, conn))
			continue;
		unsure = best && address_fit(other, conn) == address_fit(best, conn) &&
			 (unsure || other->pid != best->pid);
		best = other;
	}
	return unsure ? NULL : best;
}

static void take_owner(struct tf_conn *conn, const struct tf_conn *listener)
{
	conn->owner_from = listener->owner_from;
	conn->pid = listener->pid;
	memcpy(conn->comm, listener->comm, sizeof(conn->comm));
}

void tf_owner_inherit(const struct tf_table *table, struct tf_conn *conn)
{
	const struct tf_conn *listener = find_listener(table, conn);

	if (listener && listener->owner_from != TF_OWNER_NONE)
		take_owner(conn, listener);
}

/* The listener of @conn among those that have just closed: a handshake that ends on another CPU
 * meanwhile makes its child past that. NULL: none, or several whose owners differ. */
static const struct tf_conn *find_gone(const struct tf_core *core, const struct tf_conn *conn)
{
	const struct tf_conn *best = NULL;

	for (unsigned int i = 0; i < TF_GONE; i++) {
		const struct tf_conn *other = &core->gone[i].conn;

		if (!other->sock || core->now - core->gone[i].closed_ns > GONE_NS ||
		    other->netns != conn->netns || other->tuple.lport != conn->tuple.lport ||
		    !tf_table_takes_address(other->tuple.laddr, conn->tuple.laddr))
			continue;
		if (best && best->pid != other->pid)
			return NULL;
		best = other;
	}
	return best;
}

void tf_owner_inherit_gone(const struct tf_core *core, struct tf_conn *conn)
{
	const struct tf_conn *listener;

	if (conn->owner_from != TF_OWNER_NONE ||
	    tf_table_listener(&core->table, conn->netns, &conn->tuple, 0))
		return;
	listener = find_gone(core, conn);
	if (listener && listener->owner_from != TF_OWNER_NONE)
		take_owner(conn, listener);
}

void tf_owner_renew(const struct tf_table *table, struct tf_conn *conn)
{
	const struct tf_conn *listener = find_listener(table, conn);

	if (listener)
		take_owner(conn, listener);
}

void tf_owner_note(struct tf_conn *conn, enum tf_owner_from from, uint32_t pid,
		   const uint8_t comm[TF_COMM_LEN])
{
	conn->owner_from = from & 7;
	conn->fd = -1;
	conn->pid = pid;
	memcpy(conn->comm, comm, TF_COMM_LEN);
}

void tf_owner_note_last(struct tf_conn *conn, uint32_t pid, const uint8_t comm[TF_COMM_LEN])
{
	bool same = conn->owner_from != TF_OWNER_NONE && conn->pid == pid;

	if (conn->how != TF_HOW_NONE)
		return;
	if (!same)
		tf_owner_note(conn, TF_OWNER_CLOSE, pid, comm);
	else if (conn->owner_from == TF_OWNER_LISTEN)
		conn->owner_from = TF_OWNER_CLOSE;
}

/* How the task that holds the socket ends it: its exit or death, its close() (which shuts it down
 * first), its shutdown(); nothing of these for connect(AF_UNSPEC). */
static void note_how(struct tf_conn *conn, const struct tf_ev_state *event)
{
	if (conn->how != TF_HOW_NONE || !(event->flags & TF_F_LOCKED))
		return;
	if (event->flags & TF_F_OOM) {
		conn->how = TF_HOW_OOM;
	} else if (event->flags & TF_F_EXITING) {
		conn->how = event->exit_signal ? TF_HOW_SIGNAL : TF_HOW_EXIT;
		conn->how_signal = event->exit_signal;
	} else if ((event->flags & TF_F_FILE_GONE) && event->shutdown == 3) {
		conn->how = TF_HOW_CLOSE;
	} else if (event->shutdown & 2) {
		conn->how = TF_HOW_SHUTDOWN;
	}
}

void tf_owner_act(struct tf_conn *conn, const struct tf_ev_state *event, bool ends)
{
	if (!(event->flags & TF_F_TASK))
		return;
	if (event->old_state == TF_TCP_CLOSE) {
		tf_owner_note(conn, TF_OWNER_CONNECT, event->pid, event->comm);
	} else if (ends) {
		tf_owner_note_last(conn, event->pid, event->comm);
		note_how(conn, event);
	}
}
