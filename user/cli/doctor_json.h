/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * doctor_json.h - the result of doctor as one JSON object
 */
#ifndef TCPFATE_CLI_DOCTOR_JSON_H
#define TCPFATE_CLI_DOCTOR_JSON_H

#include "cli/doctor.h"

/* Writes the result of the examination to standard output, as one line of JSON. Fields that only a
 * host has (rights, lockdown, name) are null for another kernel. */
void tf_doctor_json_print(const struct tf_doctor *doctor);

#endif
