/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * snapshot_alerts.h - the alerts of a snapshot's screen
 */
#ifndef TCPFATE_SINK_TEXT_SNAPSHOT_ALERTS_H
#define TCPFATE_SINK_TEXT_SNAPSHOT_ALERTS_H

#include "sink/text/screen.h"

/* Writes the alerts that stand, a block each, as many as fit the screen. */
void tf_snapshot_alerts_show(struct tf_screen *screen);

#endif
