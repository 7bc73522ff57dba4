// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor.c - tcpfate doctor: whether this host can run it, and how well
 *
 * The probe says what the host has; then the real programs are loaded, attached and taken out again,
 * because nothing else proves that they can be. Of another kernel only its types are there to ask.
 */
#include "cli/doctor.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/say.h"

static void loader_freep(struct tf_loader **loader)
{
	tf_loader_free(*loader);
}

static void examine_host(const struct tf_options *options, struct tf_doctor *ret)
{
	TF_CLEANUP(loader_freep) struct tf_loader *loader = NULL;
	const struct tf_loader_options loading = {.debug = options->debug,
						  .without = options->without};

	if (tf_probe_run(&ret->probe, options->without, &ret->trouble))
		return;
	ret->works = !tf_loader_open(&loading, &ret->info, &loader, &ret->trouble);
	if (ret->works)
		ret->probe = *tf_loader_probe(loader);
}

/* False when the file is none of a kernel's types. */
static bool examine_file(const struct tf_options *options, struct tf_doctor *ret)
{
	int err = tf_probe_file(&ret->probe, options->kernel_btf, options->without, &ret->trouble);

	ret->kernel_btf = options->kernel_btf;
	ret->works = !err;
	tf_probe_info(&ret->probe, &ret->info);
	return err != -EBADMSG;
}

const char *tf_doctor_why_not(const struct tf_doctor *doctor, enum tf_hook hook)
{
	const struct tf_probe_hook *row = &doctor->probe.hook[hook];

	if (!tf_run_info_hook_needed(&doctor->info, hook))
		return "not needed, tcp_send_reset tells all";
	if (row->err == -ENOENT && !row->n_tried)
		return row->btf_id ? "this kernel's has another shape" :
				     "this kernel has no such hook";
	if (row->err == -ENODATA)
		return "left out";
	return row->err ? strerror(-row->err) : "not tried";
}

int tf_doctor_main(int argc, char **argv)
{
	struct tf_options options;
	struct tf_doctor doctor = {0};
	int status;

	if (!tf_help_options(TF_COMMAND_DOCTOR, argc, argv, &options, &status))
		return status;
	if (!options.kernel_btf) {
		examine_host(&options, &doctor);
	} else if (!examine_file(&options, &doctor)) {
		tf_say("%s", doctor.trouble.text);
		return TF_EXIT_FAILED;
	}
	if (options.json)
		tf_doctor_print_json(&doctor);
	else
		tf_doctor_print_text(&doctor);
	status = tf_help_close_stdout();
	return doctor.works ? status : TF_EXIT_HOST;
}
