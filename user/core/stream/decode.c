// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * decode.c - checks of one record
 */
#include "core/stream/decode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/states.h"

static const size_t event_sizes[TF_EV_MAX] = {
	[TF_EV_STATE] = sizeof(struct tf_ev_state),
	[TF_EV_CLOSE] = sizeof(struct tf_ev_close),
	[TF_EV_RST_SENT] = sizeof(struct tf_ev_reset),
	[TF_EV_RST_RECEIVED] = sizeof(struct tf_ev_reset),
	[TF_EV_DESTROY] = sizeof(struct tf_ev_destroy),
	[TF_EV_SYNACK_RETRANS] = sizeof(struct tf_ev_reset),
	[TF_EV_ACCEPT] = sizeof(struct tf_ev_accept),
	[TF_EV_SOCK] = sizeof(struct tf_ev_sock),
	[TF_EV_MINISOCK] = sizeof(struct tf_ev_minisock),
	[TF_EV_HOLDER] = sizeof(struct tf_ev_holder),
	[TF_EV_MASTER] = sizeof(struct tf_ev_master),
	[TF_EV_TICK] = sizeof(struct tf_ev_tick),
	[TF_EV_COUNTERS] = sizeof(struct tf_ev_counters),
	[TF_EV_SCAN] = sizeof(struct tf_ev_scan),
	[TF_EV_NETNS] = sizeof(struct tf_ev_netns),
	[TF_EV_CGROUP] = sizeof(struct tf_ev_cgroup),
};

/* Version 1 had six hooks to count, 2 at first eight; the others count 0. */
#define COUNTERS_V1 (sizeof(struct tf_event) + 6 * sizeof(struct tf_counters))

static size_t smallest_size(uint8_t kind)
{
	return kind == TF_EV_COUNTERS ? COUNTERS_V1 : event_sizes[kind];
}

static bool is_state(uint8_t state)
{
	return state > 0 && state < TF_TCP_STATE_MAX;
}

static bool is_terminated(const uint8_t *text, size_t size)
{
	return memchr(text, 0, size);
}

/* Whether an event of this kind makes or finds a connection: then it must say which. */
static bool is_of_socket(uint8_t kind)
{
	return kind == TF_EV_STATE || kind == TF_EV_CLOSE || kind == TF_EV_SOCK ||
	       kind == TF_EV_RST_RECEIVED;
}

/* Whether every value that the core uses as an index, an enumeration or an identity is in range. */
static bool body_is_sane(const union tf_any_event *event)
{
	if (is_of_socket(event->ev.kind) && !event->ev.sock)
		return false;
	switch (event->ev.kind) {
	case TF_EV_STATE:
	case TF_EV_CLOSE:
		return is_state(event->state.old_state) && is_state(event->state.new_state) &&
		       (event->state.new_state == TF_TCP_CLOSE) == (event->ev.kind == TF_EV_CLOSE);
	case TF_EV_RST_SENT:
	case TF_EV_RST_RECEIVED:
	case TF_EV_SYNACK_RETRANS:
		return event->reset.state < TF_TCP_STATE_MAX;
	case TF_EV_SOCK:
		return is_state(event->sock.st.old_state) &&
		       event->sock.st.old_state == event->sock.st.new_state;
	case TF_EV_MINISOCK:
		return (event->minisock.state == TF_TCP_TIME_WAIT ||
			event->minisock.state == TF_TCP_NEW_SYN_RECV) &&
		       event->minisock.substate < TF_TCP_STATE_MAX;
	case TF_EV_MASTER:
		return is_state(event->master.old_state) && is_state(event->master.new_state);
	case TF_EV_HOLDER:
		return event->holder.state < TF_TCP_STATE_MAX;
	case TF_EV_SCAN:
		return event->scan.step > 0 && event->scan.step < TF_SCAN_STEP_MAX;
	case TF_EV_CGROUP:
		return is_terminated(event->cgroup.container, sizeof(event->cgroup.container)) &&
		       is_terminated(event->cgroup.unit, sizeof(event->cgroup.unit)) &&
		       is_terminated(event->cgroup.path, sizeof(event->cgroup.path));
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
	if (header.size > size || header.kind >= TF_EV_MAX || !event_sizes[header.kind] ||
	    header.size < smallest_size(header.kind))
		return -EBADMSG;
	if ((uintptr_t)bytes % 8 || header.size < event_sizes[header.kind]) {
		memset(scratch, 0, event_sizes[header.kind]);
		memcpy(scratch, bytes,
		       header.size < event_sizes[header.kind] ? header.size :
								event_sizes[header.kind]);
		event = scratch;
	}
	if (!body_is_sane(event))
		return -EBADMSG;
	*ret_event = event;
	return 0;
}
