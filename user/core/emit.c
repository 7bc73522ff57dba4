// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * emit.c - see emit.h
 */
#include "core/emit.h"

#include "core/engine.h"

void tf_emit_record(struct tf_core *core, const struct tf_record *record)
{
	if (tf_filter_record(core->options.filter, record))
		core->emit(core->emit_ctx, record);
}
