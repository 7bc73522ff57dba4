// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "core/cgroups.h"

#include <stdio.h>

#include "unit.h"

static void name_cgroup(struct tf_cgroups *cgroups, uint64_t id, uint32_t pid,
			const char *container, const char *path)
{
	struct tf_ev_cgroup event = {.id = id, .pid = pid};

	snprintf((char *)event.container, sizeof(event.container), "%s", container);
	snprintf((char *)event.path, sizeof(event.path), "%s", path);
	tf_cgroups_take(cgroups, &event);
}

static const char *path_of(const struct tf_cgroups *cgroups, uint64_t id, uint32_t pid)
{
	const struct tf_ev_cgroup *names = tf_cgroups_find(cgroups, id, pid);

	return names ? (const char *)names->path : "(none)";
}

static void test_names_are_found_by_id(void **state)
{
	struct tf_cgroups cgroups;

	assert_int_equal(tf_cgroups_init(&cgroups, (struct tf_hash_key){0}), 0);
	assert_string_equal(path_of(&cgroups, 5, 0), "(none)");
	name_cgroup(&cgroups, 5, 0, "", "/five");
	name_cgroup(&cgroups, 5 + TF_CGROUPS_MAX, 0, "", "/same bucket");
	assert_string_equal(path_of(&cgroups, 5, 0), "/five");
	assert_string_equal(path_of(&cgroups, 5, 99), "/five");
	assert_string_equal(path_of(&cgroups, 5 + TF_CGROUPS_MAX, 0), "/same bucket");
	assert_string_equal(path_of(&cgroups, 6, 0), "(none)");
	assert_string_equal(path_of(&cgroups, 0, 0), "(none)");
	name_cgroup(&cgroups, 5, 0, "", "/renamed");
	assert_string_equal(path_of(&cgroups, 5, 0), "/renamed");
	tf_cgroups_fini(&cgroups);
	tf_cgroups_fini(&cgroups);
}

static void test_a_process_has_names_of_its_own_in_version_1(void **state)
{
	struct tf_cgroups cgroups;

	assert_int_equal(tf_cgroups_init(&cgroups, (struct tf_hash_key){0}), 0);
	name_cgroup(&cgroups, 0, 7, "docker:x", "/docker/x");
	name_cgroup(&cgroups, 0, 8, "", "/user");
	name_cgroup(&cgroups, 9, 0, "", "/system.slice/docker.service");
	name_cgroup(&cgroups, 10, 0, "podman:y", "/y");
	/* nothing is known of the id */
	assert_string_equal(path_of(&cgroups, 1, 7), "/docker/x");
	assert_string_equal(path_of(&cgroups, 0, 8), "/user");
	/* the one that knows a container is right, and of two the socket's */
	assert_string_equal(path_of(&cgroups, 9, 7), "/docker/x");
	assert_string_equal(path_of(&cgroups, 9, 8), "/system.slice/docker.service");
	assert_string_equal(path_of(&cgroups, 10, 7), "/y");
	assert_string_equal(path_of(&cgroups, 10, 8), "/y");
	/* a number that is an id too */
	assert_string_equal(path_of(&cgroups, 7, 0), "(none)");
	assert_string_equal(path_of(&cgroups, 0, 9), "(none)");
	tf_cgroups_fini(&cgroups);
}

static void test_the_least_recent_name_is_forgotten(void **state)
{
	struct tf_cgroups cgroups;

	assert_int_equal(tf_cgroups_init(&cgroups, (struct tf_hash_key){0}), 0);
	for (uint64_t id = 1; id <= TF_CGROUPS_MAX; id++)
		name_cgroup(&cgroups, id, 0, "", "/x");
	assert_int_equal(cgroups.forgotten, 0);
	name_cgroup(&cgroups, 1, 0, "", "/again"); /* now the newest */
	for (uint64_t id = 1; id < TF_CGROUPS_MAX; id++) {
		assert_string_equal(path_of(&cgroups, id + 1, 0), "/x");
		name_cgroup(&cgroups, TF_CGROUPS_MAX + id, 0, "", "/new");
		assert_string_equal(path_of(&cgroups, id + 1, 0), "(none)");
		assert_string_equal(path_of(&cgroups, 1, 0), "/again");
		assert_int_equal(cgroups.forgotten, id);
	}
	name_cgroup(&cgroups, 3 * TF_CGROUPS_MAX, 0, "", "/new");
	assert_string_equal(path_of(&cgroups, 1, 0), "(none)");
	assert_int_equal(cgroups.pool.used, TF_CGROUPS_MAX);
	tf_cgroups_fini(&cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_found_by_id),
		cmocka_unit_test(test_a_process_has_names_of_its_own_in_version_1),
		cmocka_unit_test(test_the_least_recent_name_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
