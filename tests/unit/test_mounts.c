// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_mounts.c - namespaces in mountinfo, and in links
 */
#include "scan/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static void test_links_to_namespaces_give_their_number(void **state)
{
	uint32_t inode = 5;

	assert_int_equal(tf_mounts_namespace("net:[4026531840]", "net", &inode), 0);
	assert_true(inode == 4026531840u);
	assert_int_equal(tf_mounts_namespace("socket:[1]", "socket", &inode), 0);
	assert_int_equal(inode, 1);
}

static void test_other_links_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"net",
		"net:",
		"net:[",
		"net:[]",
		"net:[12",
		"net:[12]x",
		"net:[-1]",
		"net:[ 1]",
		"net:[4294967296]",
		"mnt:[12]",
		"/dev/null",
		"net:[99999999999999999999]",
	};
	uint32_t inode = 5;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(tf_mounts_namespace(texts[i], "net", &inode), -EINVAL);
	assert_int_equal(inode, 5);
}

static int parse(const char *text, uint32_t *ret_inode, char *path, size_t size)
{
	char line[256], *at;
	int err;

	snprintf(line, sizeof(line), "%s", text);
	err = tf_mounts_line(line, ret_inode, &at);
	if (!err)
		snprintf(path, size, "%s", at);
	return err;
}

static void test_a_mounted_network_namespace_is_found(void **state)
{
	uint32_t inode = 0;
	char path[128];

	assert_int_equal(parse("517 25 0:4 net:[4026532601] /run/netns/blue rw shared:1 - nsfs "
			       "nsfs rw",
			       &inode, path, sizeof(path)),
			 0);
	assert_true(inode == 4026532601u);
	assert_string_equal(path, "/run/netns/blue");
	assert_int_equal(parse("517 25 0:4 net:[12] /a\\040b\\134c\\011 rw - nsfs nsfs rw", &inode,
			       path, sizeof(path)),
			 0);
	assert_string_equal(path, "/a b\\c\t");
}

static void test_other_mounts_are_ignored(void **state)
{
	static const char *const lines[] = {
		"",
		"517",
		"517 25 0:4 net:[12]",
		"517 25 0:4 net:[12] /x",
		"36 35 98:0 / / rw,noatime master:1 - ext3 /dev/root rw",
		"36 35 98:0 /net:[12] /x rw - ext3 /dev/root rw",
		"36 35 98:0 net:[12] /x rw - ext3 /dev/root rw",
		"517 25 0:4 mnt:[4026532601] /x rw - nsfs nsfs rw",
	};
	uint32_t inode = 5;
	char path[128];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i], &inode, path, sizeof(path)), -EINVAL);
	assert_int_equal(inode, 5);
}

struct found {
	unsigned int n;
	uint64_t sum;
};

static void add(void *ctx, uint32_t inode, const char *path)
{
	struct found *found = ctx;

	assert_string_equal(path, "/run/netns/x");
	found->n++;
	found->sum += inode;
}

/* Longer than what is read at once, so that lines are cut in two. */
static void test_a_long_file_is_read_line_by_line(void **state)
{
	char path[] = "/tmp/tfunit-mounts-XXXXXX";
	struct found found = {};
	FILE *file = fdopen(mkstemp(path), "w");
	long size;

	assert_non_null(file);
	for (int i = 1; i <= 2000; i++) {
		fprintf(file, "%d 1 8:1 / /some/where/else rw - ext4 /dev/sda rw\n", i);
		fprintf(file, "%d 1 0:4 net:[%d] /run/netns/x rw - nsfs nsfs rw\n", i, i);
	}
	size = ftell(file);
	fclose(file);
	assert_true(tf_mounts_read(path, SIZE_MAX, add, &found) == size);
	assert_int_equal(found.n, 2000);
	assert_int_equal(found.sum, 2000 * 2001 / 2);
	found = (struct found){};
	assert_in_range(tf_mounts_read(path, 10, add, &found), 10, size - 1);
	assert_in_range(found.n, 1, 1999);
	unlink(path);
	assert_int_equal(tf_mounts_read(path, SIZE_MAX, add, &found), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_to_namespaces_give_their_number),
		cmocka_unit_test(test_other_links_are_refused),
		cmocka_unit_test(test_a_mounted_network_namespace_is_found),
		cmocka_unit_test(test_other_mounts_are_ignored),
		cmocka_unit_test(test_a_long_file_is_read_line_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
