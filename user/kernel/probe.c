// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * probe.c - see probe.h
 */
#include "kernel/probe.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/btf.h"
#include "kernel/hooks.h"

/* return 0; */
static const struct bpf_insn nothing[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

/* bpf_get_socket_cookie(first argument of the hook); return 0; */
static const struct bpf_insn take_cookie[] = {
	{.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_1},
	{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_socket_cookie},
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

static const enum bpf_attach_type attach_types[] = {
	[TF_HOOKS_RAW_TP] = BPF_TRACE_RAW_TP,
	[TF_HOOKS_FEXIT] = BPF_TRACE_FEXIT,
	[TF_HOOKS_ITER] = BPF_TRACE_ITER,
};

/* Loads a tracing program for the hook with BTF id @id. A descriptor or a negative errno. */
static int load(enum tf_hooks_kind kind, uint32_t id, const struct bpf_insn *insns, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_types[kind],
		    .attach_btf_id = id);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "tcpfate_probe", "GPL", insns, n, &opts);

	return fd < 0 ? -errno : fd;
}

static int try_hook(enum tf_hooks_kind kind, uint32_t id)
{
	TF_CLEANUP(tf_io_closep) int link = -1;
	TF_CLEANUP(tf_io_closep) int prog = load(kind, id, nothing, 2);

	if (prog < 0)
		return prog;
	if (kind == TF_HOOKS_ITER)
		link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);
	else
		link = bpf_raw_tracepoint_open(NULL, prog);
	return link < 0 ? -errno : 0;
}

static bool try_cookies(uint32_t id)
{
	TF_CLEANUP(tf_io_closep) int prog = load(TF_HOOKS_RAW_TP, id, take_cookie, 4);

	return prog >= 0;
}

static void probe_hook(enum tf_hook hook, const struct tf_btf_hook *btf, struct tf_probe_hook *ret)
{
	ret->program = btf->id ? tf_hooks_program(hook, btf->args) : NULL;
	ret->err = ret->program ? try_hook(tf_hooks_kind(hook), btf->id) : -ENOENT;
}

/* Why the state hook cannot be attached although it exists. */
static void explain(const struct tf_probe *probe, int err, struct tf_trouble *trouble)
{
	const struct tf_host *host = &probe->host;

	if ((err == -EPERM || err == -EACCES) && !tf_host_may_trace(host))
		tf_trouble_set(trouble, "cannot load BPF programs: no permission; run it as root "
					"(or give it CAP_BPF and CAP_PERFMON)");
	else if (err == -EPERM && !strcmp(host->lockdown, "confidentiality"))
		tf_trouble_set(trouble, "cannot load BPF programs: kernel lockdown is in "
					"confidentiality mode; boot with lockdown=integrity");
	else if (err == -EPERM || err == -EACCES)
		tf_trouble_set(
			trouble,
			"cannot load BPF programs: %s though the capabilities are there; run "
			"it outside of containers and user namespaces, and see kernel lockdown",
			strerror(-err));
	else if (err == -ENOSYS)
		tf_trouble_set(trouble,
			       "cannot load BPF programs: kernel %s has no bpf(); use a "
			       "kernel with CONFIG_BPF_SYSCALL=y, 5.10 or newer",
			       host->kernel);
	else
		tf_trouble_set(trouble,
			       "cannot hang on tracepoint inet_sock_set_state: %s; use a "
			       "kernel with BPF tracing, 5.10 or newer (this is %s)",
			       strerror(-err), host->kernel);
}

static int no_btf(const struct tf_host *host, int err, struct tf_trouble *trouble)
{
	tf_trouble_set(trouble,
		       "no kernel type information in " TF_HOST_BTF ": %s; use a kernel with "
		       "CONFIG_DEBUG_INFO_BTF=y (this is %s)",
		       strerror(-err), host->kernel);
	return err;
}

int tf_probe_run(struct tf_probe *ret, struct tf_trouble *trouble)
{
	struct tf_btf btf;
	int err;

	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < TF_HOOK_MAX; i++)
		ret->hook[i].err = -ENOENT;
	tf_host_look(&ret->host);
	err = tf_btf_read(&btf);
	if (err)
		return no_btf(&ret->host, err, trouble);
	memcpy(ret->reason, btf.reason, sizeof(ret->reason));
	for (int i = 0; i < TF_HOOK_MAX; i++)
		probe_hook(i, &btf.hook[i], &ret->hook[i]);
	err = ret->hook[TF_HOOK_STATE].err;
	if (err) {
		explain(ret, err, trouble);
		return err;
	}
	ret->cookies = try_cookies(btf.hook[TF_HOOK_STATE].id);
	return 0;
}
