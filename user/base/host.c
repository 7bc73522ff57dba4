// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * host.c - see host.h
 */
#include "base/host.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

#ifndef CAP_PERFMON /* since Linux 5.8 */
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif

static void read_capabilities(struct tf_host *host)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {};
	uint64_t effective;

	if (syscall(SYS_capget, &head, data))
		return;
	effective = data[0].effective | (uint64_t)data[1].effective << 32;
	host->cap_bpf = effective >> CAP_BPF & 1;
	host->cap_perfmon = effective >> CAP_PERFMON & 1;
	host->cap_sys_admin = effective >> CAP_SYS_ADMIN & 1;
	host->cap_sys_resource = effective >> CAP_SYS_RESOURCE & 1;
	host->cap_sys_ptrace = effective >> CAP_SYS_PTRACE & 1;
}

/* The file reads "none [integrity] confidentiality", the mode in force in brackets. */
static void read_lockdown(struct tf_host *host)
{
	TF_CLEANUP(tf_io_closep)
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	char text[96], *mode, *end;
	ssize_t size;

	if (fd < 0)
		return;
	size = tf_io_read(fd, text, sizeof(text) - 1);
	if (size <= 0)
		return;
	text[size] = '\0';
	mode = strchr(text, '[');
	end = mode ? strchr(mode, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	snprintf(host->lockdown, sizeof(host->lockdown), "%s", mode + 1);
}

void tf_host_read(struct tf_host *ret)
{
	struct utsname name;

	memset(ret, 0, sizeof(*ret));
	if (!uname(&name)) {
		snprintf(ret->name, sizeof(ret->name), "%s", name.nodename);
		snprintf(ret->kernel, sizeof(ret->kernel), "%s", name.release);
	}
	ret->btf = !access(TF_HOST_BTF, R_OK);
	read_capabilities(ret);
	read_lockdown(ret);
}

bool tf_host_may_trace(const struct tf_host *host)
{
	return host->cap_sys_admin || (host->cap_bpf && host->cap_perfmon);
}
