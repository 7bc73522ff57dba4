/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * standing.h - the alerts that stand at this moment: kept, because a record is valid during the
 * call only
 *
 * Takes alert records in as the core hands them out. One that is raised is kept, an update replaces
 * it, a clear removes it.
 */
#ifndef TCPFATE_CORE_ALERT_STANDING_H
#define TCPFATE_CORE_ALERT_STANDING_H

#include <stddef.h>

#include "core/record.h"

#define TF_STANDING_MAX 1024u /* alerts kept; more are counted */

/* A zeroed struct: none stand. */
struct tf_standing {
	struct tf_standing_alert *alerts; /* owned */
	unsigned int n;
	uint64_t left_out; /* raised, but there was no room, or no memory */
};

/* Takes in one record. */
void tf_standing_take(struct tf_standing *standing, const struct tf_alert_record *record);

/* Puts the critical ones first, then those that count the most. */
void tf_standing_sort(struct tf_standing *standing);

/* The @i-th of them, counted from 0: @standing's until the next tf_standing_take(). */
const struct tf_alert_record *tf_standing_alert(const struct tf_standing *standing, unsigned int i);

/* Forgets all and frees the memory. Fit for TF_CLEANUP. */
void tf_standing_free(struct tf_standing *standing);

#endif
