// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_resolve.c - namespaces and cgroups by name, as far as this host has them
 */
#include "cli/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "unit.h"

#define CGROUP2_MAGIC 0x63677270

static uint32_t own_netns(void)
{
	struct stat info;

	assert_int_equal(stat("/proc/self/ns/net", &info), 0);
	return (uint32_t)info.st_ino;
}

static void test_the_own_namespace_is_found_by_every_name(void **state)
{
	uint32_t inode = 0;
	char text[32];

	assert_int_equal(tf_resolve_netns("/proc/self/ns/net", &inode), 0);
	assert_int_equal(inode, own_netns());
	inode = 0;
	snprintf(text, sizeof(text), "%d", getpid());
	assert_int_equal(tf_resolve_netns(text, &inode), 0);
	assert_int_equal(inode, own_netns());
	inode = 0;
	snprintf(text, sizeof(text), "%u", own_netns());
	assert_int_equal(tf_resolve_netns(text, &inode), 0);
	assert_int_equal(inode, own_netns());
}

static void test_other_files_are_not_network_namespaces(void **state)
{
	uint32_t inode = 77;

	assert_int_equal(tf_resolve_netns("/proc/self/ns/mnt", &inode), -EINVAL);
	assert_int_equal(tf_resolve_netns("/proc/self/status", &inode), -EINVAL);
	assert_int_equal(tf_resolve_netns("no-such-namespace", &inode), -ENOENT);
	assert_int_equal(tf_resolve_netns("/no/such/file", &inode), -ENOENT);
	assert_int_equal(tf_resolve_netns("", &inode), -ENOENT);
	assert_int_equal(tf_resolve_netns("0", &inode), -ENOENT);
	assert_int_equal(tf_resolve_netns("-1", &inode), -ENOENT);
	assert_int_equal(inode, 77);
}

/* Where cgroups of version 2 are mounted; NULL: they are not mounted. */
static const char *cgroup_root(void)
{
	static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
	struct statfs fs;

	for (size_t i = 0; i < COUNT(roots); i++)
		if (!statfs(roots[i], &fs) && fs.f_type == CGROUP2_MAGIC)
			return roots[i];
	return NULL;
}

static void test_a_cgroup_is_its_directory(void **state)
{
	const char *root = cgroup_root();
	uint64_t by_path = 0, by_name = 1;
	struct stat info;

	if (!root)
		skip();
	assert_int_equal(tf_resolve_cgroup(root, &by_path), 0);
	assert_int_equal(stat(root, &info), 0);
	assert_int_equal(by_path, info.st_ino); /* so it is where inode numbers have 64 bits */
	assert_int_equal(tf_resolve_cgroup("/", &by_name), 0);
	assert_int_equal(by_name, by_path);
}

static void test_other_files_are_not_cgroups(void **state)
{
	uint64_t id = 77;

	assert_int_equal(tf_resolve_cgroup("/no/such/cgroup", &id), -ENOENT);
	assert_int_equal(tf_resolve_cgroup("/proc", &id), -ENOTSUP);
	assert_int_equal(id, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_own_namespace_is_found_by_every_name),
		cmocka_unit_test(test_other_files_are_not_network_namespaces),
		cmocka_unit_test(test_a_cgroup_is_its_directory),
		cmocka_unit_test(test_other_files_are_not_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
