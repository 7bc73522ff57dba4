// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * pidns.c - see pidns.h
 */
#include "base/pidns.h"

#include <sys/stat.h>
#include <unistd.h>

#define PID_INIT_INO 4026531836u /* PROC_PID_INIT_INO, include/linux/proc_ns.h */

bool tf_pidns_initial(void)
{
	struct stat info;

	return !stat("/proc/self/ns/pid", &info) && info.st_ino == PID_INIT_INO;
}

uint32_t tf_pidns_process(void)
{
	return tf_pidns_initial() ? (uint32_t)getpid() : 0;
}
