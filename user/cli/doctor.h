/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * doctor.h - what `tcpfate doctor` found out, and its two forms
 */
#ifndef TCPFATE_CLI_DOCTOR_H
#define TCPFATE_CLI_DOCTOR_H

#include "kernel/loader.h"

struct tf_doctor {
	const char
		*kernel_btf;   /* another kernel was judged by this file; NULL: this host. argv's */
	struct tf_probe probe; /* `host` is empty for another kernel */
	struct tf_run_info info; /* its hooks: how each one attached, or would */
	bool works;
	struct tf_trouble trouble; /* when it does not */
};

/* Why hook @hook is not attached, in a few words. Static, or strerror()'s. */
const char *tf_doctor_why_not(const struct tf_doctor *doctor, enum tf_hook hook);

/* Writes it to standard output, for people or as one JSON object. */
void tf_doctor_print_text(const struct tf_doctor *doctor);
void tf_doctor_print_json(const struct tf_doctor *doctor);

#endif
