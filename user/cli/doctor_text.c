// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor_text.c - see doctor_text.h
 */
#include "cli/doctor_text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "cli/version.h"
#include "core/fate/fates.h"

#define ROW "  %-22s "

static const char *name_rights(const struct tf_host *host)
{
	if (host->cap_sys_admin)
		return "CAP_SYS_ADMIN";
	if (host->cap_bpf && host->cap_perfmon)
		return "CAP_BPF, CAP_PERFMON";
	if (host->cap_bpf)
		return "CAP_BPF only, not CAP_PERFMON";
	if (host->cap_perfmon)
		return "CAP_PERFMON only, not CAP_BPF";
	return "insufficient: neither CAP_BPF nor CAP_PERFMON";
}

static void print_host(const struct tf_host *host)
{
	printf(ROW "%s\n", "kernel", host->kernel);
	printf(ROW "%s\n", "BTF", host->btf ? TF_HOST_BTF : "missing: no " TF_HOST_BTF);
	printf(ROW "%s\n", "rights", name_rights(host));
	printf(ROW "%s\n", "lockdown",
	       host->lockdown[0] ? host->lockdown : "unknown: securityfs is not mounted");
}

/* The attach methods that failed: "fexit: Operation not permitted". */
static void print_tried(const struct tf_probe_hook *hook)
{
	for (unsigned int i = 0; i < hook->n_tried; i++)
		if (hook->tried[i].err)
			printf("%s%s: %s", i ? "; " : "",
			       tf_hooks_kind_name(hook->tried[i].method->kind),
			       strerror(-hook->tried[i].err));
}

/* For another kernel: the attach methods to fall back to. */
static void print_fallbacks(const struct tf_doctor *doctor, const struct tf_probe_hook *hook)
{
	const struct tf_hooks_method *method = hook->method;

	while ((method = tf_hooks_next(method->hook, hook->args, doctor->probe.without, method)))
		if (method->kind != hook->method->kind)
			printf(", else %s", tf_hooks_kind_name(method->kind));
}

/* How @hook is attached, or why not, to the end of its line. */
static void print_attachment(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_probe_hook *row = &doctor->probe.hook[hook];
	const char *how = doctor->info.hook[hook].method;

	if (how[0]) {
		printf("%s", how);
		if (doctor->kernel_btf)
			print_fallbacks(doctor, row);
		if (row->n_tried < 2)
			return;
		printf(" (");
		print_tried(row);
		printf(")");
		return;
	}
	if (tf_run_info_hook_needed(&doctor->info, hook))
		printf("not attached: ");
	if (row->n_tried)
		print_tried(row);
	else
		printf("%s", tf_doctor_why_not(doctor, hook));
}

static void print_hook(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const char *weaker = tf_run_info_hook_weaker(&doctor->info, hook);

	printf(ROW, tf_run_info_hook_name(hook));
	print_attachment(doctor, hook);
	printf("\n");
	if (weaker)
		printf(ROW "%s%s\n", "",
		       doctor->info.hook[hook].method[0] ? "" : "without it: ", weaker);
}

static void print_hooks(const struct tf_doctor *doctor)
{
	if (!doctor->works && !doctor->kernel_btf && !tf_host_may_trace(&doctor->probe.host)) {
		printf("\nhooks: not tried, rights are missing\n");
		return;
	}
	printf("\nhooks and their attach methods%s:\n",
	       doctor->kernel_btf ? ", by BTF alone (a host may forbid some)" : "");
	for (int i = 0; i < TF_HOOK_MAX; i++)
		print_hook(doctor, i);
}

/* Fates for which a capability is missing: TF_NEED in fates.def. */
static void print_fates(const struct tf_doctor *doctor)
{
	const char *head = "\nfates that are degraded here:\n";
	const struct tf_fate_need *need;
	size_t n;

	need = tf_fates_needs(&n);
	for (; n--; need++) {
		if (tf_run_info_has_capability(&doctor->info, need->capability))
			continue;
		printf("%s" ROW "degraded to %s%s%s\n", head, tf_fates_info(need->fate)->slug,
		       tf_fates_info(need->degraded_to)->slug, need->when[0] ? " " : "",
		       need->when);
		printf(ROW "missing capability: %s\n", "",
		       tf_run_info_capability_name(need->capability));
		head = "";
	}
}

/* A name that anybody may have chosen: a host's, a file's. */
static void print_name(const char *name)
{
	char escaped[PATH_MAX * TF_ESCAPE_TERM_MAX];
	char *end = tf_escape_term(escaped, name, strnlen(name, PATH_MAX));

	printf("%.*s", (int)(end - escaped), escaped);
}

void tf_doctor_text_print(const struct tf_doctor *doctor)
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
					       "hash of the address (before Linux 5.12)");
	print_hooks(doctor);
	if (doctor->works)
		print_fates(doctor);
	if (doctor->works)
		printf("\ntcpfate works %s.\n", doctor->kernel_btf ? "with this kernel" : "here");
	else
		printf("\ntcpfate cannot work %s: %s\n",
		       doctor->kernel_btf ? "with this kernel" : "here", doctor->trouble.text);
}
