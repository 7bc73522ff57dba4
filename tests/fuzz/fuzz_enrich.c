// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_enrich.c - what enrich/ reads of other people's making: paths of cgroups, /proc/PID/cgroup,
 * mountinfo
 *
 * Besides "no crash": names end, a container is "runtime:id" without control characters, and every
 * path found in /proc/PID/cgroup begins with '/'. The first byte of the input says which of the
 * three it is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "enrich/cgroup.h"
#include "enrich/container.h"

/* abort(), because an assertion might be compiled out. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

static void read_path(const char *path)
{
	struct tf_container got;

	memset(&got, 0x5a, sizeof(got));
	tf_container_parse(path, &got);
	must(memchr(got.container, 0, sizeof(got.container)));
	must(memchr(got.unit, 0, sizeof(got.unit)));
	must(!got.container[0] || strchr(got.container, ':'));
	for (const char *c = got.container; *c; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void read_processes(const char *text)
{
	static struct tf_cgroup_paths paths;

	memset(paths.text, 0, sizeof(paths.text));
	strncpy(paths.text, text, sizeof(paths.text) - 1);
	tf_cgroup_read_paths(&paths);
	must(paths.n <= TF_CGROUP_PATHS_MAX);
	for (unsigned int i = 0; i < paths.n; i++) {
		must(paths.path[i][0] == '/' && !strchr(paths.path[i], '\n'));
		read_path(paths.path[i]);
	}
}

static void read_mount(const char *line)
{
	char mount[PATH_MAX];
	bool whole;

	if (tf_cgroup_read_mount(line, mount, &whole))
		must(memchr(mount, 0, sizeof(mount)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TF_CLEANUP(tf_cleanup_free) char *text = size ? calloc(size, 1) : NULL;

	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	if (data[0] % 3 == 0)
		read_path(text);
	else if (data[0] % 3 == 1)
		read_processes(text);
	else
		read_mount(text);
	return 0;
}
