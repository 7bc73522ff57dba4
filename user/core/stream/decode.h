/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * decode.h - bytes from a ring or a file, checked before anything relies on them
 *
 * A recording may come from anywhere: whatever the bytes are, either tf_decode() refuses them or
 * every value that the core uses as an index, an enumeration or an identity is in range.
 */
#ifndef TCPFATE_CORE_STREAM_DECODE_H
#define TCPFATE_CORE_STREAM_DECODE_H

#include <stddef.h>

#include "bpf/abi.h"

/* Any record; the header's kind says which. */
union tf_any_event {
	struct tf_event ev;
	struct tf_ev_state state;
	struct tf_ev_close close;
	struct tf_ev_reset reset;
	struct tf_ev_destroy destroy;
	struct tf_ev_accept accept;
	struct tf_ev_sock sock;
	struct tf_ev_minisock minisock;
	struct tf_ev_holder holder;
	struct tf_ev_master master;
	struct tf_ev_tick tick;
	struct tf_ev_counters counters;
	struct tf_ev_scan scan;
	struct tf_ev_netns netns;
	struct tf_ev_cgroup cgroup;
};

/* Checks the record of @size bytes at @bytes and gives a view of it: @bytes itself when it is
 * aligned to 8, else a copy in @scratch. A record larger than its struct is of a newer writer: the
 * rest is ignored. Counters of version 1 are shorter: the rest is 0. Returns 0, or -EBADMSG: too
 * short, a size that disagrees, an unknown kind, an impossible state. */
int tf_decode(const void *bytes, size_t size, union tf_any_event *scratch,
	      const union tf_any_event **ret_event);

#endif
