/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * doctor_text.h - the result of doctor for people
 */
#ifndef TCPFATE_CLI_DOCTOR_TEXT_H
#define TCPFATE_CLI_DOCTOR_TEXT_H

#include "cli/doctor.h"

/* Writes the result of the examination to standard output, as a text of several lines. */
void tf_doctor_text_print(const struct tf_doctor *doctor);

#endif
