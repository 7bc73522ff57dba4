/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * run_info.h - the host and the hooks of a stream of events: the facts behind the `start` record
 *
 * Live, user/kernel fills it; for a replay it comes out of the recording's header. So a replayed
 * `start` line, and the names of reset reasons, are those of the recorded host.
 */
#ifndef TCPFATE_CORE_STREAM_RUN_INFO_H
#define TCPFATE_CORE_STREAM_RUN_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/maybe.h"
#include "bpf/abi.h"

#define TF_REASONS_MAX 64
#define TF_REASON_LEN 48
#define TF_HOST_LEN 65
#define TF_METHOD_LEN 16

struct tf_hook_info {
	/* "tp_btf", "fentry", "fexit", "kprobe", "kretprobe", "iter"; "" when not attached. */
	char method[TF_METHOD_LEN];
	bool reason; /* TF_HOOK_RST_SENT: the kernel passes the reset's reason */
};

struct tf_run_info {
	char version[32];	     /* tcpfate's */
	char host[TF_HOST_LEN];	     /* nodename */
	char kernel[TF_HOST_LEN];    /* release */
	int64_t utc_offset_ns;	     /* CLOCK_REALTIME - CLOCK_BOOTTIME: of a live run now, of a
				   * recording when it began */
	uint64_t start_ns;	     /* CLOCK_BOOTTIME when every hook was attached */
	bool cookies;		     /* identity is the socket cookie, not its hashed address */
	struct tf_hash_key hash_key; /* a secret for the core's tables, of this process: no
				   * recording holds it */
	struct tf_hook_info hook[TF_HOOK_MAX];
	char reason[TF_REASONS_MAX][TF_REASON_LEN]; /* names by value, without SK_RST_REASON_; ""
						     * where the kernel has none */
};

/* How much a hook matters: see hooks.def. */
enum tf_hook_need { TF_HOOK_REQUIRED, TF_HOOK_WANTED, TF_HOOK_EXTRA, TF_HOOK_BARE };

struct tf_hook_row {
	const char *name; /* in the kernel: "inet_sock_set_state" */
	enum tf_hook_need need;
	const char *runs;     /* how often its program is called */
	const char *provides; /* what is known by it */
	const char *without;  /* what is weaker without it */
};

/* The row of @hook in hooks.def. Static. */
const struct tf_hook_row *tf_run_info_hook_row(enum tf_hook hook);

/* Its name. Static. */
const char *tf_run_info_hook_name(enum tf_hook hook);

/* Whether @info's kernel needs @hook at all: the hooks that replace tcp_send_reset before 6.10 are
 * not needed where that tracepoint sees all resets (19822a980e19), which came with the reason. */
bool tf_run_info_hook_needed(const struct tf_run_info *info, enum tf_hook hook);

/* What a fate can need and not every kernel has: see TF_NEED in fates.def. */
enum tf_capability {
	TF_CAPABILITY_RST_RECEIVED, /* resets that are received */
	TF_CAPABILITY_RST_SENT,	    /* resets of full sockets */
	TF_CAPABILITY_RST_BARE,	    /* resets of minisocks and without a socket, in both families */
	TF_CAPABILITY_MAX,
};

/* "rst_received", "rst_sent", "rst_bare". Static. */
const char *tf_run_info_capability_name(enum tf_capability capability);

/* Whether @info's hooks provide it without missing any: a kprobe may miss some. */
bool tf_run_info_has_capability(const struct tf_run_info *info, enum tf_capability capability);

/* Says what is weaker without @hook, or because @info's kernel has less of it than newer ones.
 * NULL: nothing. Static. */
const char *tf_run_info_hook_weaker(const struct tf_run_info *info, enum tf_hook hook);

/* The reset reason's name, or NULL when @info's kernel has none of that value. */
const char *tf_run_info_reason_name(const struct tf_run_info *info, struct tf_maybe reason);

#endif
