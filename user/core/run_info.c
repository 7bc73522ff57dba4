// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * run_info.c - names of hooks and of reset reasons
 */
#include "core/run_info.h"

static const struct {
	const char *name;
	const char *loss;
} hooks[TF_HOOK_MAX] = {
	[TF_HOOK_STATE] = {"inet_sock_set_state", "nothing can be traced"},
	[TF_HOOK_RST_SENT] =
		{"tcp_send_reset",
		 "resets that this host sends are unseen: no rst_sent, no reset records, "
		 "and an end in FIN_WAIT by late data cannot be told from a peer's reset"},
	[TF_HOOK_RST_RECEIVED] = {"tcp_receive_reset",
				  "whether an RST came is known from errno only: a refused connect "
				  "cannot be told from an ICMP port unreachable"},
	[TF_HOOK_DESTROY] =
		{"tcp_destroy_sock",
		 "how long a dead socket was held, and whether its errno was delivered, "
		 "is unknown"},
	[TF_HOOK_SYNACK] = {"tcp_retransmit_synack", "half-open handshakes are less visible"},
	[TF_HOOK_ACCEPT] = {"inet_csk_accept",
			    "the owner of an accepted connection is its listener's until it closes "
			    "or shuts down the socket itself, or a walk finds who holds it"},
	[TF_HOOK_WALK] =
		{"iter/tcp",
		 "sockets are found by netlink (sock_diag) instead: slower, and a change of "
		 "state meanwhile can be seen too late"},
	[TF_HOOK_HOLDERS] = {"iter/task_file",
			     "who holds a socket is found in /proc instead, which is slower"},
};

const char *tf_hook_name(enum tf_hook hook)
{
	return hooks[hook].name;
}

/* Until 19822a980e19 (6.10, which also brought the reason) tcp_send_reset fired for full sockets only. */
const char *tf_hook_weaker(const struct tf_run_info *info, enum tf_hook hook)
{
	bool hooked = info->hook[TF_HOOK_STATE].how[0]; /* not so for one look at all sockets */

	if (hook == TF_HOOK_WALK && !info->hook[hook].how[0] && hooked && !info->cookies)
		return "sockets that were open before the start are not found: netlink (sock_diag) "
		       "knows them by cookies, and the hooks of kernels before 5.12 do not";
	if (!info->hook[hook].how[0])
		return hooks[hook].loss;
	if (hook == TF_HOOK_RST_SENT && !info->hook[hook].reason)
		return "kernels before 6.10 give no reason and do not report resets without a "
		       "socket or from TIME_WAIT minisocks: no reset records, and late data after "
		       "the hand-off looks like an orderly close";
	return NULL;
}

const char *tf_reason_name(const struct tf_run_info *info, int32_t reason)
{
	if (reason < 0 || reason >= TF_REASONS_MAX || !info->reason[reason][0])
		return NULL;
	return info->reason[reason];
}
