// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor.c - tcpfate doctor: whether this host can run it, and how well
 *
 * The probe says what the host has; then the real programs are loaded, attached and taken out again,
 * because nothing else proves that they can be.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/errnos.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/say.h"
#include "cli/version.h"
#include "kernel/loader.h"

struct findings {
	struct tf_probe probe;
	struct tf_run_info info; /* its hooks: how each one attached */
	bool works;
	struct tf_trouble trouble; /* when it does not */
};

static void loader_freep(struct tf_loader **loader)
{
	tf_loader_free(*loader);
}

static void examine(const struct tf_options *options, struct findings *ret)
{
	TF_CLEANUP(loader_freep) struct tf_loader *loader = NULL;
	const struct tf_loader_options loading = {.debug = options->debug,
						  .no_iterators = options->no_iterators};

	memset(ret, 0, sizeof(*ret));
	if (tf_probe_run(&ret->probe, &ret->trouble))
		return;
	ret->works = !tf_loader_open(&loading, &ret->info, &loader, &ret->trouble);
	if (ret->works)
		ret->probe = *tf_loader_probe(loader);
}

static const char *why_not(const struct findings *findings, int hook)
{
	int err = findings->probe.hook[hook].err;

	if (!err)
		return "not tried";
	return err == -ENOENT ? "this kernel has no such hook" : strerror(-err);
}

static void print_hook(const struct findings *findings, int hook)
{
	const char *how = findings->info.hook[hook].how;
	const char *weaker = tf_hook_weaker(&findings->info, hook);

	if (how[0])
		printf("  %-22s %s\n", tf_hook_name(hook), how);
	else
		printf("  %-22s no: %s\n", tf_hook_name(hook), why_not(findings, hook));
	if (weaker)
		printf("  %-22s %s%s\n", "", how[0] ? "" : "without it: ", weaker);
}

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

static void print_text(const struct findings *findings)
{
	const struct tf_host *host = &findings->probe.host;

	printf("tcpfate %s on %s\n\n", TF_VERSION, host->name);
	printf("  %-22s %s\n", "kernel", host->kernel);
	printf("  %-22s %s\n", "type information",
	       host->btf ? TF_HOST_BTF : "none in " TF_HOST_BTF);
	printf("  %-22s %s\n", "rights", capabilities(host));
	printf("  %-22s %s\n", "lockdown",
	       host->lockdown[0] ? host->lockdown : "not to be seen (securityfs is not mounted)");
	if (findings->works)
		printf("  %-22s %s\n", "identity of sockets",
		       findings->probe.cookies ? "cookie" :
						 "hash of the address (kernel before 5.12)");
	if (!findings->works && !tf_host_may_trace(host)) {
		printf("\nhooks: not tried, for want of rights\n");
	} else {
		printf("\nhooks:\n");
		for (int i = 0; i < TF_HOOK_MAX; i++)
			print_hook(findings, i);
	}
	if (findings->works)
		printf("\ntcpfate works here.\n");
	else
		printf("\ntcpfate cannot work here: %s\n", findings->trouble.text);
}

static void print_json_string(const char *text)
{
	char escaped[sizeof(struct tf_trouble) * TF_ESCAPE_JSON_MAX];
	char *end = tf_escape_json(escaped, text, strnlen(text, sizeof(struct tf_trouble)));

	printf("\"%.*s\"", (int)(end - escaped), escaped);
}

static void print_json_text(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	if (text && text[0])
		print_json_string(text);
	else
		printf("null");
}

static void print_json_bool(const char *name, bool value)
{
	printf(",\"%s\":%s", name, value ? "true" : "false");
}

static void print_json_hook(const struct findings *findings, int hook)
{
	const char *how = findings->info.hook[hook].how;

	printf("%s{\"name\":\"%s\",\"required\":%s", hook ? "," : "", tf_hook_name(hook),
	       hook == TF_HOOK_STATE ? "true" : "false");
	print_json_text("how", how);
	print_json_text("errno", how[0] ? NULL : tf_errnos_name(-findings->probe.hook[hook].err));
	print_json_text("why_not", how[0] ? NULL : why_not(findings, hook));
	print_json_text("weaker", tf_hook_weaker(&findings->info, hook));
	printf("}");
}

static void print_json(const struct findings *findings)
{
	const struct tf_host *host = &findings->probe.host;

	printf("{\"v\":1,\"type\":\"doctor\"");
	print_json_bool("works", findings->works);
	print_json_text("trouble", findings->works ? NULL : findings->trouble.text);
	print_json_text("version", TF_VERSION);
	print_json_text("host", host->name);
	print_json_text("kernel", host->kernel);
	print_json_bool("btf", host->btf);
	print_json_bool("cap_bpf", host->cap_bpf);
	print_json_bool("cap_perfmon", host->cap_perfmon);
	print_json_bool("cap_sys_admin", host->cap_sys_admin);
	print_json_text("lockdown", host->lockdown);
	if (findings->works)
		print_json_text("identity", findings->probe.cookies ? "cookie" : "address");
	else
		print_json_text("identity", NULL);
	printf(",\"hooks\":[");
	for (int i = 0; i < TF_HOOK_MAX; i++)
		print_json_hook(findings, i);
	printf("]}\n");
}

int tf_cmd_doctor(int argc, char **argv)
{
	struct tf_options options;
	struct findings findings;
	int status;

	if (!tf_help_options(TF_COMMAND_DOCTOR, argc, argv, &options, &status))
		return status;
	examine(&options, &findings);
	if (options.json)
		print_json(&findings);
	else
		print_text(&findings);
	status = tf_help_close_stdout();
	return findings.works ? status : TF_EXIT_HOST;
}
