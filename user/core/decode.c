// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * decode.c - checks of one record
 */
#include "core/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/states.h"

static const size_t sizes[TF_EV_MAX] = {
	[TF_EV_STATE] = sizeof(struct tf_ev_state),
	[TF_EV_CLOSE] = sizeof(struct tf_ev_close),
	[TF_EV_RST_SENT] = sizeof(struct tf_ev_reset),
	[TF_EV_RST_RECEIVED] = sizeof(struct tf_ev_reset),
	[TF_EV_DESTROY] = sizeof(struct tf_ev_destroy),
	[TF_EV_SYNACK_RETRANS] = sizeof(struct tf_ev_reset),
	[TF_EV_ACCEPT] = sizeof(struct tf_ev_accept),
	[TF_EV_TICK] = sizeof(struct tf_ev_tick),
	[TF_EV_COUNTERS] = sizeof(struct tf_ev_counters),
};

static bool is_state(uint8_t state)
{
	return state > 0 && state < TF_TCP_STATE_MAX;
}

static bool body_is_sane(const union tf_any_event *event)
{
	switch (event->ev.kind) {
	case TF_EV_STATE:
	case TF_EV_CLOSE:
		return is_state(event->state.old_state) && is_state(event->state.new_state) &&
		       (event->state.new_state == TF_TCP_CLOSE) == (event->ev.kind == TF_EV_CLOSE);
	case TF_EV_RST_SENT:
	case TF_EV_RST_RECEIVED:
	case TF_EV_SYNACK_RETRANS:
		return event->reset.state < TF_TCP_STATE_MAX;
	default:
		return true;
	}
}

int tf_decode(const void *bytes, size_t size, union tf_any_event *scratch,
	      const union tf_any_event **ret_event)
{
	const union tf_any_event *event = bytes;
	struct tf_event header;

	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	if (header.size > size || header.kind >= TF_EV_MAX || !sizes[header.kind] ||
	    header.size < sizes[header.kind])
		return -EBADMSG;
	if ((uintptr_t)bytes % 8) {
		memcpy(scratch, bytes, sizes[header.kind]);
		event = scratch;
	}
	if (!body_is_sane(event))
		return -EBADMSG;
	*ret_event = event;
	return 0;
}
