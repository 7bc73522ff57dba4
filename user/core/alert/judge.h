/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * judge.h - when a group is an alert: raised, updated, cleared
 *
 * An alert is raised when its group has been enough for as long as it must, updated when the group
 * has grown by half, or once a minute while it grows, and cleared when the group has been below
 * half of what raises it for a while (hysteresis).
 */
#ifndef TCPFATE_CORE_ALERT_JUDGE_H
#define TCPFATE_CORE_ALERT_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/alert/row.h"

/* How much a group is. Between FEW and ENOUGH nothing changes. */
enum tf_level { TF_LEVEL_FEW, TF_LEVEL_BETWEEN, TF_LEVEL_ENOUGH };

/* FEW, BETWEEN or ENOUGH of @n, when @enough are. */
enum tf_level tf_judge_level(uint64_t n, uint64_t enough);

/* As many as @percent of @limit, rounded up; 1 at least. */
uint64_t tf_judge_share(struct tf_maybe limit, uint32_t percent);

/* Raises, updates or clears the alert of @group, which is @level, once it has been enough for
 * @sustain_ns. */
void tf_judge_group(struct tf_core *core, const struct tf_alert_row *row,
		    struct tf_alert_group *group, enum tf_level level, uint64_t sustain_ns);

/* Whether nothing of @group is left to remember: no members, no alert. */
bool tf_judge_is_empty(const struct tf_alert_group *group);

#endif
