// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor_json.c - what doctor found out, as one JSON object
 *
 * What only a host can say (rights, lockdown, name) is null of another kernel.
 */
#include <stdio.h>
#include <string.h>

#include "base/errnos.h"
#include "base/escape.h"
#include "cli/doctor.h"
#include "cli/version.h"
#include "core/fate/fates.h"

static void print_string(const char *text)
{
	char escaped[sizeof(struct tf_trouble) * TF_ESCAPE_JSON_MAX];
	char *end = tf_escape_json(escaped, text, strnlen(text, sizeof(struct tf_trouble)));

	printf("\"%.*s\"", (int)(end - escaped), escaped);
}

/* "" and NULL are null. */
static void print_text(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	if (text && text[0])
		print_string(text);
	else
		printf("null");
}

static void print_bool(const char *name, bool value)
{
	printf(",\"%s\":%s", name, value ? "true" : "false");
}

static void print_host_bool(const struct tf_doctor *doctor, const char *name, bool value)
{
	if (doctor->kernel_btf)
		print_text(name, NULL);
	else
		print_bool(name, value);
}

/* The methods that were tried, or that the types allow, in order. */
static void print_methods(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_probe_hook *row = &doctor->probe.hook[hook];
	const struct tf_hooks_method *method = NULL;
	const char *comma = "";

	printf(",\"attach_methods\":[");
	for (unsigned int i = 0; i < row->n_tried; i++) {
		printf("%s{\"attach_method\":\"%s\"", comma,
		       tf_hooks_kind_name(row->tried[i].method->kind));
		print_text("errno", row->tried[i].err ? tf_errnos_name(-row->tried[i].err) : NULL);
		printf("}");
		comma = ",";
	}
	while (doctor->kernel_btf && row->btf_id &&
	       (method = tf_hooks_next(hook, row->args, doctor->probe.without, method))) {
		printf("%s{\"attach_method\":\"%s\",\"errno\":null}", comma,
		       tf_hooks_kind_name(method->kind));
		comma = ",";
	}
	printf("]");
}

static void print_hook(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_hook_row *row = tf_run_info_hook_row(hook);
	const struct tf_probe_hook *probed = &doctor->probe.hook[hook];
	const char *how = doctor->info.hook[hook].method;

	printf("%s{\"name\":\"%s\"", hook ? "," : "", row->name);
	print_bool("required", row->need == TF_HOOK_REQUIRED);
	print_bool("needed", tf_run_info_hook_needed(&doctor->info, hook));
	print_text("attach_method", how);
	print_methods(doctor, hook);
	print_text("errno", how[0] || !probed->n_tried ? NULL : tf_errnos_name(-probed->err));
	print_text("why_not", how[0] ? NULL : tf_doctor_why_not(doctor, hook));
	print_text("runs", row->runs);
	print_text("capability", row->supplies);
	print_text("weaker", tf_run_info_hook_weaker(&doctor->info, hook));
	printf("}");
}

static void print_fates(const struct tf_doctor *doctor)
{
	size_t n;
	const struct tf_fate_need *needs = tf_fates_needs(&n);

	printf(",\"fates\":[");
	for (size_t i = 0; i < n; i++) {
		printf("%s{\"fate\":\"%s\"", i ? "," : "", tf_fates_info(needs[i].fate)->slug);
		print_text("when", needs[i].when);
		print_text("capability", tf_run_info_capability_name(needs[i].capability));
		print_text("degraded_to", tf_fates_info(needs[i].degraded_to)->slug);
		print_bool("here", tf_run_info_has_capability(&doctor->info, needs[i].capability));
		printf("}");
	}
	printf("]");
}

void tf_doctor_print_json(const struct tf_doctor *doctor)
{
	const struct tf_host *host = &doctor->probe.host;

	printf("{\"v\":1,\"type\":\"doctor\"");
	print_bool("works", doctor->works);
	print_text("trouble", doctor->works ? NULL : doctor->trouble.text);
	print_text("version", TF_VERSION);
	print_text("kernel_btf", doctor->kernel_btf);
	print_text("host", host->name);
	print_text("kernel", host->kernel);
	print_host_bool(doctor, "btf", host->btf);
	print_host_bool(doctor, "cap_bpf", host->cap_bpf);
	print_host_bool(doctor, "cap_perfmon", host->cap_perfmon);
	print_host_bool(doctor, "cap_sys_admin", host->cap_sys_admin);
	print_text("lockdown", host->lockdown);
	print_text("identity", !doctor->works	     ? NULL :
			       doctor->probe.cookies ? "cookie" :
						       "address");
	printf(",\"hooks\":[");
	for (int i = 0; i < TF_HOOK_MAX; i++)
		print_hook(doctor, i);
	printf("]");
	print_fates(doctor);
	printf("}\n");
}
