// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor_json.c - see doctor_json.h
 */
#include "cli/doctor_json.h"

#include <stdio.h>
#include <string.h>

#include "base/errnos.h"
#include "base/escape.h"
#include "cli/version.h"
#include "core/fate/fates.h"

static void put_quoted(const char *text)
{
	char escaped[sizeof(struct tf_trouble) * TF_ESCAPE_JSON_MAX];
	char *end = tf_escape_json(escaped, text, strnlen(text, sizeof(struct tf_trouble)));

	printf("\"%.*s\"", (int)(end - escaped), escaped);
}

/* "" and NULL are null. */
static void put_text(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	if (text && text[0])
		put_quoted(text);
	else
		printf("null");
}

static void put_bool(const char *name, bool value)
{
	printf(",\"%s\":%s", name, value ? "true" : "false");
}

static void put_host_bool(const struct tf_doctor *doctor, const char *name, bool value)
{
	if (doctor->kernel_btf)
		put_text(name, NULL);
	else
		put_bool(name, value);
}

/* The attach methods of @hook in order: those that were tried, or, for another kernel, those
 * that its BTF allows. */
static void put_methods(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_probe_hook *row = &doctor->probe.hook[hook];
	const struct tf_hooks_method *method = NULL;
	const char *comma = "";

	printf(",\"attach_methods\":[");
	for (unsigned int i = 0; i < row->n_tried; i++) {
		printf("%s{\"attach_method\":\"%s\"", comma,
		       tf_hooks_kind_name(row->tried[i].method->kind));
		put_text("errno", row->tried[i].err ? tf_errnos_name(-row->tried[i].err) : NULL);
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

/* Writes what was found out about @hook, as an object of the array `hooks`. */
static void put_hook(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_hook_row *row = tf_run_info_hook_row(hook);
	const struct tf_probe_hook *probed = &doctor->probe.hook[hook];
	const char *how = doctor->info.hook[hook].method;

	printf("%s{\"name\":\"%s\"", hook ? "," : "", row->name);
	put_bool("required", row->need == TF_HOOK_REQUIRED);
	put_bool("needed", tf_run_info_hook_needed(&doctor->info, hook));
	put_text("attach_method", how);
	put_methods(doctor, hook);
	put_text("errno", how[0] || !probed->n_tried ? NULL : tf_errnos_name(-probed->err));
	put_text("why_not", how[0] ? NULL : tf_doctor_why_not(doctor, hook));
	put_text("runs", row->runs);
	put_text("capability", row->provides);
	put_text("weaker", tf_run_info_hook_weaker(&doctor->info, hook));
	printf("}");
}

/* Writes the fates that rest on a capability, and what they are degraded to without it. */
static void put_fates(const struct tf_doctor *doctor)
{
	size_t n;
	const struct tf_fate_need *needs = tf_fates_needs(&n);

	printf(",\"fates\":[");
	for (size_t i = 0; i < n; i++) {
		printf("%s{\"fate\":\"%s\"", i ? "," : "", tf_fates_info(needs[i].fate)->slug);
		put_text("when", needs[i].when);
		put_text("capability", tf_run_info_capability_name(needs[i].capability));
		put_text("degraded_to", tf_fates_info(needs[i].degraded_to)->slug);
		put_bool("here", tf_run_info_has_capability(&doctor->info, needs[i].capability));
		printf("}");
	}
	printf("]");
}

void tf_doctor_json_print(const struct tf_doctor *doctor)
{
	const struct tf_host *host = &doctor->probe.host;

	printf("{\"v\":1,\"type\":\"doctor\"");
	put_bool("works", doctor->works);
	put_text("trouble", doctor->works ? NULL : doctor->trouble.text);
	put_text("version", TF_VERSION);
	put_text("kernel_btf", doctor->kernel_btf);
	put_text("host", host->name);
	put_text("kernel", host->kernel);
	put_host_bool(doctor, "btf", host->btf);
	put_host_bool(doctor, "cap_bpf", host->cap_bpf);
	put_host_bool(doctor, "cap_perfmon", host->cap_perfmon);
	put_host_bool(doctor, "cap_sys_admin", host->cap_sys_admin);
	put_text("lockdown", host->lockdown);
	put_text("identity", !doctor->works ? NULL : doctor->probe.cookies ? "cookie" : "address");
	printf(",\"hooks\":[");
	for (int i = 0; i < TF_HOOK_MAX; i++)
		put_hook(doctor, i);
	printf("]");
	put_fates(doctor);
	printf("}\n");
}
