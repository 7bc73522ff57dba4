// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor.c - see doctor.h
 */
#include "cli/doctor.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

static void loader_freep(struct tf_loader **loader)
{
	tf_loader_free(*loader);
}

void tf_doctor_examine_host(const struct tf_options *options, struct tf_doctor *ret)
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

bool tf_doctor_examine_file(const struct tf_options *options, struct tf_doctor *ret)
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
		return "not needed: tcp_send_reset reports these resets";
	if (row->err == -ENOENT && !row->n_tried)
		return row->btf_id ? "this kernel's hook has other arguments" :
				     "this kernel does not have this hook";
	if (row->err == -ENODATA)
		return "left out by --without";
	return row->err ? strerror(-row->err) : "not tried";
}
