// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "enrich/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "unit.h"

static void test_mounts_of_version_2_are_found(void **state)
{
	static const struct {
		const char *line, *mount;
		bool whole;
	} rows[] = {
		{"35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
		 "/sys/fs/cgroup", true},
		{"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
		 "/sys/fs/cgroup/unified", true},
		{"35 24 0:30 / /sys/fs/cgroup rw - cgroup2 none rw", "/sys/fs/cgroup", true},
		{"9 8 0:30 /docker/3f /sys/fs/cgroup ro master:9 propagate_from:2 - cgroup2 c ro\n",
		 "/sys/fs/cgroup", false},
		{"9 8 0:30 /.. /sys/fs/cgroup ro - cgroup2 cgroup ro\n", "/sys/fs/cgroup", false},
		{"9 8 0:30 / /a\\040b\\134c rw - cgroup2 cgroup2 rw\n", "/a b\\c", true},
		{"9 8 0:30 / /a\\04 rw - cgroup2 cgroup2 rw\n", "/a\\04", true},
	};
	static const char *const others[] = {
		"32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n",
		"27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n",
		"9 8 0:30 / /x rw - fuse cgroup2 rw - cgroup2 cgroup2 rw\n",
		"9 8 0:30 - cgroup2 cgroup2 rw\n",
		" - cgroup2 ",
		"",
		"garbage",
	};
	char mount[PATH_MAX];
	bool whole;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(tf_cgroup_read_mount(rows[i].line, mount, &whole));
		assert_string_equal(mount, rows[i].mount);
		assert_int_equal(whole, rows[i].whole);
	}
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(tf_cgroup_read_mount(others[i], mount, &whole));
}

static void expect_paths(const char *text, const char *expected)
{
	static struct tf_cgroup_paths paths;
	char got[1024] = "";

	strcpy(paths.text, text);
	tf_cgroup_read_paths(&paths);
	for (unsigned int i = 0; i < paths.n; i++) {
		strcat(got, paths.path[i]);
		strcat(got, "\n");
	}
	assert_string_equal(got, expected);
}

static void test_hierarchies_of_version_1_stand_in_order(void **state)
{
	/* systemd with docker, as on many a host of version 1 */
	expect_paths("12:cpuset:/docker/a\n"
		     "11:pids:/docker/b\n"
		     "10:cpu,cpuacct:/docker/c\n"
		     "9:net_cls,net_prio:/docker/d\n"
		     "4:memory:/docker/e\n"
		     "1:name=systemd:/docker/f\n"
		     "0::/system.slice/containerd.service\n",
		     "/docker/f\n/docker/e\n/docker/b\n/docker/c\n/docker/a\n/docker/d\n");
	/* no systemd, each controller by itself */
	expect_paths("8:pids:/\n4:memory:/lxc/web\n2:cpuacct:/x\n1:cpu:/y\n0::/\n",
		     "/lxc/web\n/\n/y\n/x\n");
	/* version 2 alone */
	expect_paths("0::/system.slice/nginx.service\n", "");
	expect_paths("", "");
}

static void test_paths_may_hold_anything_but_a_line_feed(void **state)
{
	expect_paths("4:memory:/a:b:c\n", "/a:b:c\n");
	expect_paths("4:memory:/\033\xff \t\n", "/\033\xff \t\n");
	/* not of that form, or cut */
	expect_paths("4:memory\n:\n::\n4:memory:relative\n\n\n1:cpu:/cut", "");
}

static void test_hierarchies_above_the_limit_are_ignored(void **state)
{
	static struct tf_cgroup_paths paths;
	char *at = paths.text;

	for (int i = 0; i < 40; i++)
		at += sprintf(at, "%d:ctl%d:/p%d\n", i, i, i);
	tf_cgroup_read_paths(&paths);
	assert_int_equal(paths.n, TF_CGROUP_PATHS_MAX);
	assert_string_equal(paths.path[0], "/p0");
}

static void test_a_process_that_is_not_there_is_an_error(void **state)
{
	static struct tf_cgroup_paths paths = {.n = 7};

	assert_int_equal(tf_cgroup_of_pid(0, &paths), -ENOENT);
	assert_int_equal(paths.n, 0);
	assert_int_equal(tf_cgroup_of_pid((uint32_t)getpid(), &paths), 0);
}

/* A tree in which look-ups go by inode number, as where open_by_handle_at() is not permitted. */
struct tree {
	char root[64];
	struct tf_cgroup_host host;
};

static void make_tree(struct tree *tree)
{
	*tree = (struct tree){.root = "/tmp/test_cgroupXXXXXX",
			      .host = {.mount_fd = -1, .root_id = 1, .no_handles = true}};
	assert_non_null(mkdtemp(tree->root));
	tree->host.mount_fd = open(tree->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->host.mount_fd >= 0);
}

static uint64_t add_dir(const struct tree *tree, const char *path)
{
	struct stat info;

	assert_int_equal(mkdirat(tree->host.mount_fd, path, 0700), 0);
	assert_int_equal(fstatat(tree->host.mount_fd, path, &info, 0), 0);
	return info.st_ino;
}

static void remove_tree(struct tree *tree)
{
	char command[128];

	tf_cgroup_close(&tree->host);
	snprintf(command, sizeof(command), "rm -r %s", tree->root);
	assert_int_equal(system(command), 0);
}

static void test_the_search_finds_by_number(void **state)
{
	static const char *const paths[] = {"a", "a/b", "a/.hidden", "c d", "c d/e", "c d/e/f"};
	uint64_t ids[COUNT(paths)];
	struct tree tree;
	char path[PATH_MAX];

	make_tree(&tree);
	for (size_t i = 0; i < COUNT(paths); i++)
		ids[i] = add_dir(&tree, paths[i]);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(tf_cgroup_path(&tree.host, ids[i], path), 0);
		assert_string_equal(path + 1, paths[i]);
		assert_int_equal(path[0], '/');
	}
	assert_int_equal(tf_cgroup_path(&tree.host, 1, path), 0);
	assert_string_equal(path, "/");
	assert_int_equal(tf_cgroup_path(&tree.host, UINT64_MAX, path), -ENOENT);
	remove_tree(&tree);
}

static void test_the_search_goes_so_deep_and_no_deeper(void **state)
{
	char deep[4 * TF_CGROUP_DEPTH_MAX] = "0";
	uint64_t ids[TF_CGROUP_DEPTH_MAX + 2];
	struct tree tree;
	char path[PATH_MAX];

	make_tree(&tree);
	for (unsigned int i = 0; i < COUNT(ids); i++) {
		ids[i] = add_dir(&tree, deep);
		strcat(deep, "/x");
	}
	assert_int_equal(tf_cgroup_path(&tree.host, ids[TF_CGROUP_DEPTH_MAX - 1], path), 0);
	assert_int_equal(tf_cgroup_path(&tree.host, ids[TF_CGROUP_DEPTH_MAX], path), -ENOENT);
	remove_tree(&tree);
}

static void test_nothing_is_found_where_nothing_is_mounted(void **state)
{
	struct tf_cgroup_host host = {.mount_fd = -1, .root_id = 1};
	char path[PATH_MAX];

	assert_int_equal(tf_cgroup_path(&host, 77, path), -ENOTSUP);
}

/* By handle and by search: the same, for the root's first child. Needs a hierarchy of version 2
 * with one. */
static void test_a_cgroup_of_this_host_is_found(void **state)
{
	struct tf_cgroup_host host;
	char by_search[PATH_MAX], by_handle[PATH_MAX], name[64];
	struct stat info;

	tf_cgroup_open(&host);
	snprintf(name, sizeof(name), "test_cgroup-%d", getpid());
	if (host.mount_fd < 0 || mkdirat(host.mount_fd, name, 0755)) {
		tf_cgroup_close(&host);
		skip();
	}
	assert_int_equal(fstatat(host.mount_fd, name, &info, 0), 0);
	assert_int_equal(tf_cgroup_path(&host, info.st_ino, by_handle), 0);
	host.no_handles = true;
	assert_int_equal(tf_cgroup_path(&host, info.st_ino, by_search), 0);
	assert_int_equal(unlinkat(host.mount_fd, name, AT_REMOVEDIR), 0);
	assert_string_equal(by_handle, by_search);
	assert_string_equal(by_handle + 1, name);
	assert_int_equal(tf_cgroup_path(&host, info.st_ino, by_search), -ENOENT);
	host.no_handles = false;
	assert_true(tf_cgroup_path(&host, info.st_ino, by_search) < 0);
	tf_cgroup_close(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts_of_version_2_are_found),
		cmocka_unit_test(test_hierarchies_of_version_1_stand_in_order),
		cmocka_unit_test(test_paths_may_hold_anything_but_a_line_feed),
		cmocka_unit_test(test_hierarchies_above_the_limit_are_ignored),
		cmocka_unit_test(test_a_process_that_is_not_there_is_an_error),
		cmocka_unit_test(test_the_search_finds_by_number),
		cmocka_unit_test(test_the_search_goes_so_deep_and_no_deeper),
		cmocka_unit_test(test_nothing_is_found_where_nothing_is_mounted),
		cmocka_unit_test(test_a_cgroup_of_this_host_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
