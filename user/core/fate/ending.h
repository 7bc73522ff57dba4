/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * ending.h - the record of an ended connection: first its life, then its fate and what decided it
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_FATE_ENDING_H
#define TCPFATE_CORE_FATE_ENDING_H

#include <stdbool.h>

#include "core/conn/conn.h"
#include "core/record.h"

struct tf_core;

/* Fills @ret with what is known of @conn without its end; all else in it is unknown. @lost: an
 * event of it may be missing. */
void tf_ending_describe(struct tf_core *core, const struct tf_conn *conn, bool lost,
			struct tf_conn_record *ret);

/* Adds to @record what @end says of @conn: fate, evidence, errno, resets, counts. @end NULL: the
 * end was missed, and the fate is unknown. */
void tf_ending_judge(struct tf_core *core, const struct tf_conn *conn, const struct tf_end *end,
		     bool lost, struct tf_conn_record *record);

/* The owner of @conn, as far as it is known. */
struct tf_owner tf_ending_owner(const struct tf_conn *conn);

#endif
