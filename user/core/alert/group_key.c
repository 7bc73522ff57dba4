// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * group_key.c - see group_key.h
 */
#include "core/alert/group_key.h"

#include <string.h>

static void set_ports(struct tf_group_key *key, unsigned int parts, enum tf_role role,
		      const struct tf_tuple *tuple)
{
	bool server = role == TF_ROLE_SERVER;
	bool client = role == TF_ROLE_CLIENT || (!server && (parts & TF_KEY_GUESS));

	if ((parts & TF_KEY_LOCAL_PORT) || ((parts & TF_KEY_SERVICE) && server))
		key->lport = tuple->lport;
	if ((parts & TF_KEY_REMOTE_PORT) || ((parts & TF_KEY_SERVICE) && client))
		key->rport = tuple->rport;
}

static void set_addresses(struct tf_group_key *key, unsigned int parts,
			  const struct tf_tuple *tuple)
{
	if (parts & TF_KEY_LOCAL_ADDR) {
		key->has_local = 1;
		memcpy(key->laddr, tuple->laddr, sizeof(key->laddr));
	}
	if (parts & TF_KEY_REMOTE_ADDR) {
		key->has_remote = 1;
		memcpy(key->raddr, tuple->raddr, sizeof(key->raddr));
	}
}

struct tf_group_key tf_group_key_of_conn(enum tf_alert alert, unsigned int parts,
					 const struct tf_conn *conn)
{
	struct tf_group_key key = {.alert = alert, .netns = conn->netns};

	if ((parts & TF_KEY_OWNER) && conn->owner_from != TF_OWNER_NONE)
		key.pid = conn->pid;
	if (parts & TF_KEY_SOCKET)
		key.sock = conn->sock;
	set_ports(&key, parts, conn->role, &conn->tuple);
	set_addresses(&key, parts, &conn->tuple);
	return key;
}

struct tf_group_key tf_group_key_of_record(enum tf_alert alert, unsigned int parts,
					   const struct tf_conn_record *record)
{
	struct tf_group_key key = {.alert = alert, .netns = record->netns};

	if ((parts & TF_KEY_OWNER) && record->owner.from != TF_OWNER_NONE)
		key.pid = record->owner.pid;
	if (parts & TF_KEY_SOCKET)
		key.sock = record->sock;
	if (parts & TF_KEY_FATE)
		key.fate = (uint8_t)(record->fate + 1);
	set_ports(&key, parts, record->role, &record->tuple);
	set_addresses(&key, parts, &record->tuple);
	return key;
}

struct tf_group_key tf_group_key_of_minisock(enum tf_alert alert, unsigned int parts,
					     const struct tf_ev_minisock *event)
{
	struct tf_group_key key = {.alert = alert, .netns = event->ev.netns};

	set_ports(&key, parts & ~(unsigned int)TF_KEY_GUESS, TF_ROLE_UNKNOWN, &event->tuple);
	set_addresses(&key, parts, &event->tuple);
	return key;
}
