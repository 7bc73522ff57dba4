/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * counting.h - the group that a socket is counted in
 */
#ifndef TCPFATE_CORE_ALERT_COUNTING_H
#define TCPFATE_CORE_ALERT_COUNTING_H

#include "core/alert/row.h"

/* The group of @key, made if need be and ready to be counted in the present evaluation of @row's
 * kind; NULL: no room. */
struct tf_alert_group *tf_counting_group(struct tf_core *core, const struct tf_alert_row *row,
					 const struct tf_group_key *key);

/* The same, only if @key has a group already. */
struct tf_alert_group *tf_counting_known_group(struct tf_core *core, const struct tf_alert_row *row,
					       const struct tf_group_key *key);

/* @conn is a member of @group: the owner of the first one is the group's. To be called before the
 * member counts. */
void tf_counting_set_owner(struct tf_alert_group *group, const struct tf_conn *conn);

#endif
