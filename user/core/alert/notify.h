/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * notify.h - the record of an alert: filled in from its group and handed out
 */
#ifndef TCPFATE_CORE_ALERT_NOTIFY_H
#define TCPFATE_CORE_ALERT_NOTIFY_H

#include <stdint.h>

#include "core/alert/row.h"
#include "core/record.h"

/* Emits the record of @event, with the row's examples unless the alert is over. */
void tf_notify_alert(struct tf_core *core, const struct tf_alert_row *row,
		     const struct tf_alert_group *group, enum tf_alert_event event);

/* Appends the connection in slot @handle to the examples, if there is room. */
void tf_notify_example(struct tf_core *core, uint32_t handle, struct tf_alert_record *ret);

/* Two functions of examples for rows: the latest event of a window; none. */
void tf_notify_latest(struct tf_core *core, const struct tf_alert_row *row,
		      const struct tf_alert_group *group, struct tf_alert_record *ret);
void tf_notify_no_examples(struct tf_core *core, const struct tf_alert_row *row,
			   const struct tf_alert_group *group, struct tf_alert_record *ret);

#endif
