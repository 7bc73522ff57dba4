/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * doctor.h - the examination of `tcpfate doctor`: whether a kernel can run tcpfate, and how well
 *
 * doctor_text.h and doctor_json.h print its result.
 */
#ifndef TCPFATE_CLI_DOCTOR_H
#define TCPFATE_CLI_DOCTOR_H

#include <stdbool.h>

#include "cli/options.h"
#include "kernel/loader.h"

struct tf_doctor {
	/* The BTF of another kernel, from argv; NULL: this host was examined. */
	const char *kernel_btf;
	struct tf_probe probe;	 /* `host` is empty for another kernel */
	struct tf_run_info info; /* its hooks: how each one attached, or would attach */
	bool works;
	struct tf_trouble trouble; /* why it does not work */
};

/* Examines this host: probes it, then loads and attaches the real programs and takes them out
 * again, because nothing else proves that they can be attached. @ret is zeroed by the caller. */
void tf_doctor_examine_host(const struct tf_options *options, struct tf_doctor *ret);

/* Examines another kernel by its BTF in the file @options->kernel_btf, which only shows what exists
 * there. @ret is zeroed by the caller. False: the file does not hold a kernel's BTF;
 * @ret->trouble says so. */
bool tf_doctor_examine_file(const struct tf_options *options, struct tf_doctor *ret);

/* Why hook @hook is not attached, in a few words. Static, or strerror()'s. */
const char *tf_doctor_why_not(const struct tf_doctor *doctor, enum tf_hook hook);

#endif
