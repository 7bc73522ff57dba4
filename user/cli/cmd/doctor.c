// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * doctor.c - see doctor.h
 */
#include "cli/cmd/doctor.h"

#include "cli/doctor.h"
#include "cli/doctor_json.h"
#include "cli/doctor_text.h"
#include "cli/help.h"
#include "cli/say.h"

int tf_doctor_main(int argc, char **argv)
{
	struct tf_options options;
	struct tf_doctor doctor = {0};
	int status;

	if (!tf_help_options(TF_COMMAND_DOCTOR, argc, argv, &options, &status))
		return status;
	if (!options.kernel_btf) {
		tf_doctor_examine_host(&options, &doctor);
	} else if (!tf_doctor_examine_file(&options, &doctor)) {
		tf_say("%s", doctor.trouble.text);
		return TF_EXIT_FAILED;
	}
	if (options.json)
		tf_doctor_json_print(&doctor);
	else
		tf_doctor_text_print(&doctor);
	status = tf_help_close_stdout();
	return doctor.works ? status : TF_EXIT_HOST;
}
