// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * probe.c - see probe.h
 */
#include "kernel/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/btf.h"
#include "kernel/kprobe.h"

/* return 0; */
static const struct bpf_insn return_zero[] = {
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

static const struct {
	enum bpf_prog_type prog;
	enum bpf_attach_type attach;
} kind_types[TF_HOOKS_KIND_MAX] = {
	[TF_HOOKS_TP_BTF] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP},
	[TF_HOOKS_FENTRY] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY},
	[TF_HOOKS_FEXIT] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
	[TF_HOOKS_KPROBE] = {BPF_PROG_TYPE_KPROBE, 0},
	[TF_HOOKS_KRETPROBE] = {BPF_PROG_TYPE_KPROBE, 0},
	[TF_HOOKS_ITER] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER},
};

/* Loads a program of @kind for the hook with BTF id @id. A descriptor or a negative errno. */
static int load_trial(enum tf_hooks_kind kind, uint32_t id, const struct bpf_insn *insns, size_t n)
{
	bool typed = kind_types[kind].prog == BPF_PROG_TYPE_TRACING;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = kind_types[kind].attach,
		    .attach_btf_id = typed ? id : 0);
	int fd = bpf_prog_load(kind_types[kind].prog, "tcpfate_probe", "GPL", insns, n, &opts);

	return fd < 0 ? -errno : fd;
}

/* Attaches a program of two instructions, and takes it out again. */
static int try_method(const struct tf_hooks_method *method, uint32_t id)
{
	TF_CLEANUP(tf_io_closep) int link = -1;
	TF_CLEANUP(tf_io_closep) int prog = load_trial(method->kind, id, return_zero, 2);

	if (prog < 0)
		return prog;
	if (kind_types[method->kind].prog == BPF_PROG_TYPE_KPROBE)
		return tf_kprobe_try(tf_run_info_hook_name(method->hook),
				     method->kind == TF_HOOKS_KRETPROBE, prog);
	if (method->kind == TF_HOOKS_ITER)
		link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);
	else
		link = bpf_raw_tracepoint_open(NULL, prog);
	return link < 0 ? -errno : 0;
}

static bool try_cookies(uint32_t id)
{
	TF_CLEANUP(tf_io_closep) int prog = load_trial(TF_HOOKS_TP_BTF, id, take_cookie, 4);

	return prog >= 0;
}

/* Notes that @method was tried. */
static void note_trial(struct tf_probe_hook *hook, const struct tf_hooks_method *method, int err)
{
	if (hook->n_tried < TF_PROBE_METHODS_MAX)
		hook->tried[hook->n_tried++] = (struct tf_probe_try){method, err};
}

/* Goes through the methods of @hook after @after until one works. */
static void try_methods(struct tf_probe *probe, enum tf_hook hook,
			const struct tf_hooks_method *after)
{
	struct tf_probe_hook *row = &probe->hook[hook];
	const struct tf_hooks_method *method = after;

	row->method = NULL;
	while ((method = tf_hooks_next(hook, row->args, probe->without, method))) {
		int err = try_method(method, row->btf_id);

		note_trial(row, method, err);
		if (err)
			continue;
		row->method = method;
		break;
	}
	row->err = row->method ? 0 : row->n_tried ? row->tried[0].err : row->err;
}

void tf_probe_next(struct tf_probe *probe, enum tf_hook hook, int err)
{
	struct tf_probe_hook *row = &probe->hook[hook];

	if (row->n_tried)
		row->tried[row->n_tried - 1].err = err;
	row->err = err;
	try_methods(probe, hook, row->method);
}

/* Whether the kernel has the hook, and whether a program fits it, by its types. */
static void find_hook(struct tf_probe *probe, enum tf_hook hook, const struct tf_btf_hook *btf)
{
	struct tf_probe_hook *row = &probe->hook[hook];
	bool fits = btf->id && tf_hooks_next(hook, btf->args, 0, NULL);

	row->btf_id = btf->id;
	row->args = btf->args;
	row->err = fits ? -ENODATA : -ENOENT;
}

/* Why the state hook cannot be attached although it exists. */
static void explain_state(const struct tf_probe *probe, int err, struct tf_trouble *trouble)
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

static void begin_probe(struct tf_probe *probe, uint32_t without)
{
	memset(probe, 0, sizeof(*probe));
	probe->without = without;
	for (int i = 0; i < TF_HOOK_MAX; i++)
		probe->hook[i].err = -ENOENT;
}

/* A tcp_send_reset that passes the reason sees all resets: the stand-ins are not needed. */
static bool is_needed(const struct tf_probe *probe, enum tf_hook hook)
{
	const struct tf_hooks_method *method = probe->hook[TF_HOOK_RST_SENT].method;

	return tf_run_info_hook_row(hook)->need != TF_HOOK_BARE || !tf_probe_tells_reason(method);
}

bool tf_probe_tells_reason(const struct tf_hooks_method *method)
{
	return method && method->hook == TF_HOOK_RST_SENT && method->args == 3;
}

void tf_probe_info(const struct tf_probe *probe, struct tf_run_info *ret)
{
	ret->cookies = probe->cookies;
	memcpy(ret->reason, probe->reason, sizeof(ret->reason));
	for (int i = 0; i < TF_HOOK_MAX; i++) {
		const struct tf_hooks_method *method = probe->hook[i].method;

		memset(&ret->hook[i], 0, sizeof(ret->hook[i]));
		if (!method || probe->hook[i].err)
			continue;
		snprintf(ret->hook[i].method, sizeof(ret->hook[i].method), "%s",
			 tf_hooks_kind_name(method->kind));
		ret->hook[i].reason = tf_probe_tells_reason(method);
	}
}

int tf_probe_run(struct tf_probe *ret, uint32_t without, struct tf_trouble *trouble)
{
	struct tf_btf btf;
	int err;

	begin_probe(ret, without);
	tf_host_read(&ret->host);
	err = tf_btf_read(NULL, &btf);
	if (err)
		return no_btf(&ret->host, err, trouble);
	memcpy(ret->reason, btf.reason, sizeof(ret->reason));
	ret->preemptible = btf.preemptible;
	for (int i = 0; i < TF_HOOK_MAX; i++) {
		find_hook(ret, i, &btf.hook[i]);
		if (is_needed(ret, i) && ret->hook[i].err == -ENODATA)
			try_methods(ret, i, NULL);
	}
	err = ret->hook[TF_HOOK_STATE].err;
	if (err) {
		explain_state(ret, err, trouble);
		return err;
	}
	ret->cookies = try_cookies(btf.hook[TF_HOOK_STATE].id);
	return 0;
}

int tf_probe_file(struct tf_probe *ret, const char *path, uint32_t without,
		  struct tf_trouble *trouble)
{
	struct tf_btf btf;
	int err;

	libbpf_set_print(NULL);
	err = tf_btf_read(path, &btf);
	begin_probe(ret, without);
	if (err) {
		tf_trouble_set(trouble,
			       "%s: %s; give a copy of another kernel's " TF_HOST_BTF
			       ", or its vmlinux file",
			       path, err < -4000 ? "holds no BTF" : strerror(-err));
		return -EBADMSG;
	}
	memcpy(ret->reason, btf.reason, sizeof(ret->reason));
	ret->cookies = btf.cookies;
	for (int i = 0; i < TF_HOOK_MAX; i++) {
		struct tf_probe_hook *row = &ret->hook[i];

		find_hook(ret, i, &btf.hook[i]);
		if (!is_needed(ret, i))
			continue;
		row->method =
			row->err == -ENOENT ? NULL : tf_hooks_next(i, row->args, without, NULL);
		row->err = row->method ? 0 : row->err;
	}
	if (!ret->hook[TF_HOOK_STATE].err)
		return 0;
	tf_trouble_set(trouble,
		       "that kernel has no tracepoint inet_sock_set_state; use one with BPF "
		       "tracing, 5.10 or newer");
	return ret->hook[TF_HOOK_STATE].err;
}
