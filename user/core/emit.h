/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * emit.h - the last stage of the core: records that the user's filter wants go out
 *
 * May be used by core/ only.
 */
#ifndef TCPFATE_CORE_EMIT_H
#define TCPFATE_CORE_EMIT_H

#include "core/record.h"

struct tf_core;

/* Hands @record to the core's owner, unless the filter leaves it out. */
void tf_emit_record(struct tf_core *core, const struct tf_record *record);

#endif
