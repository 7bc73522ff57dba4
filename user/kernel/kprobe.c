// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * kprobe.c - see kprobe.h
 */
#include "kernel/kprobe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

#define PMU "/sys/bus/event_source/devices/kprobe/"

/* The number behind @prefix in a file of one line; -1: not there. */
static int read_number(const char *path, const char *prefix)
{
	FILE *file = fopen(path, "re");
	char format[32];
	int number = -1;

	if (!file)
		return -1;
	snprintf(format, sizeof(format), "%s%%d", prefix);
	if (fscanf(file, format, &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

int tf_kprobe_try(const char *function, bool at_return, int prog)
{
	int type = read_number(PMU "type", ""), bit = read_number(PMU "format/retprobe", "config:");
	struct perf_event_attr attr = {.size = sizeof(attr), .config1 = (uintptr_t)function};
	TF_CLEANUP(tf_io_closep) int event = -1;

	if (type < 0 || bit < 0 || bit > 63)
		return -ENOSYS;
	attr.type = type;
	attr.config = at_return ? 1ULL << bit : 0;
	event = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	return ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) ? -errno : 0;
}
