// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor_text.c - what doctor found out, for people
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "cli/doctor.h"
#include "cli/version.h"
#include "core/fate/fates.h"

#define ROW "  %-22s "

static const char *capabilities(const struct tf_host *host)
{
	if (host->cap_sys_admin)
		return "CAP_SYS_ADMIN";
	if (host->cap_bpf && host->cap_perfmon)
		return "CAP_BPF, CAP_PERFMON";
	if (host->cap_bpf)
		return "CAP_BPF, but not CAP_PERFMON";
	if (host->cap_perfmon)
		return "CAP_PERFMON, but not CAP_BPF";
	return "none that help (CAP_BPF and CAP_PERFMON do)";
}

static void print_host(const struct tf_host *host)
{
	printf(ROW "%s\n", "kernel", host->kernel);
	printf(ROW "%s\n", "type information", host->btf ? TF_HOST_BTF : "none in " TF_HOST_BTF);
	printf(ROW "%s\n", "rights", capabilities(host));
	printf(ROW "%s\n", "lockdown",
	       host->lockdown[0] ? host->lockdown : "not to be seen (securityfs is not mounted)");
}

/* The methods that were tried before the one that works, or all of them: "fexit: Operation not permitted". */
static void print_tried(const struct tf_probe_hook *hook)
{
	for (unsigned int i = 0; i < hook->n_tried; i++)
		if (hook->tried[i].err)
			printf("%s%s: %s", i ? "; " : "",
			       tf_hooks_kind_name(hook->tried[i].method->kind),
			       strerror(-hook->tried[i].err));
}

/* Of another kernel: what there is besides the first method. */
static void print_else(const struct tf_doctor *doctor, const struct tf_probe_hook *hook)
{
	const struct tf_hooks_method *method = hook->method;

	while ((method = tf_hooks_next(method->hook, hook->args, doctor->probe.without, method)))
		if (method->kind != hook->method->kind)
			printf(", else %s", tf_hooks_kind_name(method->kind));
}

static void print_how(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_probe_hook *row = &doctor->probe.hook[hook];
	const char *how = doctor->info.hook[hook].method;

	if (how[0]) {
		printf("%s", how);
		if (doctor->kernel_btf)
			print_else(doctor, row);
		if (row->n_tried < 2)
			return;
		printf(" (");
		print_tried(row);
		printf(")");
		return;
	}
	if (tf_run_info_hook_needed(&doctor->info, hook))
		printf("no: ");
	if (row->n_tried)
		print_tried(row);
	else
		printf("%s", tf_doctor_why_not(doctor, hook));
}

static void print_hook(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const char *weaker = tf_run_info_hook_weaker(&doctor->info, hook);

	printf(ROW, tf_run_info_hook_name(hook));
	print_how(doctor, hook);
	printf("\n");
	if (weaker)
		printf(ROW "%s%s\n", "",
		       doctor->info.hook[hook].method[0] ? "" : "without it: ", weaker);
}

static void print_hooks(const struct tf_doctor *doctor)
{
	if (!doctor->works && !doctor->kernel_btf && !tf_host_may_trace(&doctor->probe.host)) {
		printf("\nhooks: not tried, for want of rights\n");
		return;
	}
	printf("\nhooks%s:\n",
	       doctor->kernel_btf ?
		       ", as far as types tell (whether a host allows them they do not)" :
		       "");
	for (int i = 0; i < TF_HOOK_MAX; i++)
		print_hook(doctor, i);
}

/* The fates that are called otherwise here: TF_NEED in fates.def. */
static void print_fates(const struct tf_doctor *doctor)
{
	const char *head = "\nfates that are called otherwise here:\n";
	const struct tf_fate_need *need;
	size_t n;

	need = tf_fates_needs(&n);
	for (; n--; need++) {
		if (tf_run_info_has_capability(&doctor->info, need->capability))
			continue;
		printf("%s" ROW "%s%s%s\n", head, tf_fates_info(need->fate)->slug,
		       tf_fates_info(need->degraded_to)->slug, need->when[0] ? ", " : "",
		       need->when);
		head = "";
	}
}

/* A name that somebody chose. */
static void print_name(const char *name)
{
	char escaped[PATH_MAX * TF_ESCAPE_TERM_MAX];
	char *end = tf_escape_term(escaped, name, strnlen(name, PATH_MAX));

	printf("%.*s", (int)(end - escaped), escaped);
}

void tf_doctor_print_text(const struct tf_doctor *doctor)
{
	const struct tf_host *host = &doctor->probe.host;

	printf("tcpfate %s ", TF_VERSION);
	if (doctor->kernel_btf) {
		printf("and the kernel of ");
		print_name(doctor->kernel_btf);
		printf("\n\n");
	} else {
		printf("on ");
		print_name(host->name);
		printf("\n\n");
		print_host(host);
	}
	if (doctor->works)
		printf(ROW "%s\n", "identity of sockets",
		       doctor->probe.cookies ? "cookie" :
					       "hash of the address (kernel before 5.12)");
	print_hooks(doctor);
	if (doctor->works)
		print_fates(doctor);
	if (doctor->works)
		printf("\ntcpfate works %s.\n", doctor->kernel_btf ? "with this kernel" : "here");
	else
		printf("\ntcpfate cannot work %s: %s\n",
		       doctor->kernel_btf ? "with this kernel" : "here", doctor->trouble.text);
}
