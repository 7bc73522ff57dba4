// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * run_info.c - what is known of hooks, and names of reset reasons
 */
#include "core/stream/run_info.h"

#include <string.h>

static const struct tf_hook_row rows[TF_HOOK_MAX] = {
#define TF_HOOK(hook, name_, need_, runs_, supplies_, loss_)                                       \
	[TF_HOOK_##hook] = {.name = name_,                                                         \
			    .need = TF_HOOK_##need_,                                               \
			    .runs = runs_,                                                         \
			    .supplies = supplies_,                                                 \
			    .loss = loss_},
#include "core/stream/hooks.def"
#undef TF_HOOK
};

const struct tf_hook_row *tf_run_info_hook_row(enum tf_hook hook)
{
	return &rows[hook];
}

const char *tf_run_info_hook_name(enum tf_hook hook)
{
	return rows[hook].name;
}

static bool attached(const struct tf_run_info *info, enum tf_hook hook)
{
	return info->hook[hook].method[0];
}

bool tf_run_info_hook_needed(const struct tf_run_info *info, enum tf_hook hook)
{
	return rows[hook].need != TF_HOOK_BARE || !info->hook[TF_HOOK_RST_SENT].reason;
}

const char *tf_run_info_capability_name(enum tf_capability supply)
{
	static const char *const names[TF_CAPABILITY_MAX] = {
		[TF_CAPABILITY_RST_RECEIVED] = "rst_received",
		[TF_CAPABILITY_RST_SENT] = "rst_sent",
		[TF_CAPABILITY_RST_BARE] = "rst_bare",
	};

	return names[supply];
}

/* By a method that misses nothing. */
static bool is_sure(const struct tf_run_info *info, enum tf_hook hook)
{
	return attached(info, hook) && strcmp(info->hook[hook].method, "kprobe");
}

bool tf_run_info_has_capability(const struct tf_run_info *info, enum tf_capability supply)
{
	switch (supply) {
	case TF_CAPABILITY_RST_RECEIVED:
		return attached(info, TF_HOOK_RST_RECEIVED);
	case TF_CAPABILITY_RST_SENT:
		return attached(info, TF_HOOK_RST_SENT);
	case TF_CAPABILITY_RST_BARE:
	default:
		return info->hook[TF_HOOK_RST_SENT].reason ||
		       (is_sure(info, TF_HOOK_BARE4) && is_sure(info, TF_HOOK_BARE6));
	}
}

const char *tf_run_info_hook_weaker(const struct tf_run_info *info, enum tf_hook hook)
{
	bool hooked = attached(info, TF_HOOK_STATE); /* not so for one look at all sockets */
	const char *how = info->hook[hook].method;

	if (hook == TF_HOOK_SOCKETS && !how[0] && hooked && !info->cookies)
		return "sockets that were open before the start are not found: netlink (sock_diag) "
		       "knows them by cookies, and the hooks of kernels before 5.12 do not";
	if (!tf_run_info_hook_needed(info, hook))
		return NULL;
	if (!how[0])
		return rows[hook].loss;
	if (hook == TF_HOOK_RST_SENT && !info->hook[hook].reason)
		return "kernels before 6.10 give no reason for a reset";
	if (!strcmp(how, "kprobe"))
		return "a kprobe may be skipped, uncounted, while the CPU is busy with another one or "
		       "with a map of BPF: what it supplies may be missing";
	if (!strcmp(how, "kretprobe"))
		return "a kretprobe is skipped, uncounted, while more than some ten calls wait in "
		       "accept(): what it supplies may be missing";
	return NULL;
}

const char *tf_run_info_reason_name(const struct tf_run_info *info, int32_t reason)
{
	if (reason < 0 || reason >= TF_REASONS_MAX || !info->reason[reason][0])
		return NULL;
	return info->reason[reason];
}
