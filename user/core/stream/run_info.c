// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * run_info.c - hooks and their capabilities, and names of reset reasons
 */
#include "core/stream/run_info.h"

#include <string.h>

static const struct tf_hook_row hook_rows[TF_HOOK_MAX] = {
#define TF_HOOK(hook, name_, need_, runs_, provides_, without_)                                    \
	[TF_HOOK_##hook] = {.name = name_,                                                         \
			    .need = TF_HOOK_##need_,                                               \
			    .runs = runs_,                                                         \
			    .provides = provides_,                                                 \
			    .without = without_},
#include "core/stream/hooks.def"
#undef TF_HOOK
};

const struct tf_hook_row *tf_run_info_hook_row(enum tf_hook hook)
{
	return &hook_rows[hook];
}

const char *tf_run_info_hook_name(enum tf_hook hook)
{
	return hook_rows[hook].name;
}

static bool is_attached(const struct tf_run_info *info, enum tf_hook hook)
{
	return info->hook[hook].method[0];
}

bool tf_run_info_hook_needed(const struct tf_run_info *info, enum tf_hook hook)
{
	return hook_rows[hook].need != TF_HOOK_BARE || !info->hook[TF_HOOK_RST_SENT].reason;
}

const char *tf_run_info_capability_name(enum tf_capability capability)
{
	static const char *const names[TF_CAPABILITY_MAX] = {
		[TF_CAPABILITY_RST_RECEIVED] = "rst_received",
		[TF_CAPABILITY_RST_SENT] = "rst_sent",
		[TF_CAPABILITY_RST_BARE] = "rst_bare",
	};

	return names[capability];
}

/* Attached by a method that misses nothing. */
static bool is_sure(const struct tf_run_info *info, enum tf_hook hook)
{
	return is_attached(info, hook) && strcmp(info->hook[hook].method, "kprobe");
}

bool tf_run_info_has_capability(const struct tf_run_info *info, enum tf_capability capability)
{
	switch (capability) {
	case TF_CAPABILITY_RST_RECEIVED:
		return is_attached(info, TF_HOOK_RST_RECEIVED);
	case TF_CAPABILITY_RST_SENT:
		return is_attached(info, TF_HOOK_RST_SENT);
	case TF_CAPABILITY_RST_BARE:
	default:
		return info->hook[TF_HOOK_RST_SENT].reason ||
		       (is_sure(info, TF_HOOK_BARE4) && is_sure(info, TF_HOOK_BARE6));
	}
}

const char *tf_run_info_hook_weaker(const struct tf_run_info *info, enum tf_hook hook)
{
	bool hooked =
		is_attached(info, TF_HOOK_STATE); /* not so for a snapshot, which has no hooks */
	const char *how = info->hook[hook].method;

	if (hook == TF_HOOK_SOCKETS && !how[0] && hooked && !info->cookies)
		return "sockets that were open before the start are not found: netlink (sock_diag) "
		       "knows them by cookies, and the hooks of kernels before 5.12 do not";
	if (!tf_run_info_hook_needed(info, hook))
		return NULL;
	if (!how[0])
		return hook_rows[hook].without;
	if (hook == TF_HOOK_RST_SENT && !info->hook[hook].reason)
		return "kernels before 6.10 give no reason for a reset";
	if (!strcmp(how, "kprobe"))
		return "a kprobe may be skipped, uncounted, while the CPU is busy with another "
		       "one or with a BPF map: its events may be missing";
	if (!strcmp(how, "kretprobe"))
		return "a kretprobe is skipped, uncounted, while more than some ten calls wait in "
		       "accept(): its events may be missing";
	return NULL;
}

const char *tf_run_info_reason_name(const struct tf_run_info *info, struct tf_maybe reason)
{
	uint64_t value = tf_maybe_or(reason, TF_REASONS_MAX);

	return value < TF_REASONS_MAX && info->reason[value][0] ? info->reason[value] : NULL;
}
