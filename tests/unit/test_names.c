// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "enrich/names.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/cgroups.h"
#include "unit.h"

#define S 1000000000ULL
#define UNIT "nginx.service"
#define ID "3f4e7c1a9b2d5e8f0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef"

#define LOOK_UP_NS 1000000ULL

static uint64_t readings; /* of the clock: two for each look-up */

/* Takes the place of the C library's: each reading comes LOOK_UP_NS after the one before, so that a
 * look-up takes just that, however busy the machine is. */
int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
	uint64_t now_ns = ++readings * LOOK_UP_NS;

	*ret_now = (struct timespec){.tv_sec = (time_t)(now_ns / S), .tv_nsec = (long)(now_ns % S)};
	return 0;
}

static uint64_t look_ups(void)
{
	assert_int_equal(readings % 2, 0);
	return readings / 2;
}

/* A directory tree stands for the hierarchy of version 2: its ids are inode numbers. */
struct world {
	char root[64];
	int dir;
	struct tf_names *names;
	struct tf_ev_cgroup named;
	uint64_t now_ns;
};

static void open_world(struct world *w, bool v1)
{
	struct tf_cgroup_host host = {.root_id = 1, .v1 = v1, .no_handles = true};

	*w = (struct world){.root = "/tmp/test_namesXXXXXX", .now_ns = 100 * S};
	assert_non_null(mkdtemp(w->root));
	w->dir = open(w->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	host.mount_fd = dup(w->dir);
	assert_int_equal(tf_names_new(&host, &w->names), 0);
	readings = 0;
}

static void close_world(struct world *w)
{
	char command[128];

	tf_names_free(w->names);
	close(w->dir);
	snprintf(command, sizeof(command), "rm -r %s", w->root);
	assert_int_equal(system(command), 0);
}

static uint64_t add_cgroup(const struct world *w, const char *name)
{
	struct stat info;

	assert_int_equal(mkdirat(w->dir, name, 0700), 0);
	assert_int_equal(fstatat(w->dir, name, &info, 0), 0);
	return info.st_ino;
}

static bool note(struct world *w, const void *ev)
{
	return tf_names_note(w->names, ev, &w->named);
}

static bool note_state(struct world *w, uint64_t id, uint32_t pid)
{
	struct tf_ev_state ev = {.ev = {.time_ns = w->now_ns, .kind = TF_EV_STATE, .lost_total = 9},
				 .flags = pid ? TF_F_TASK : 0,
				 .cgroup = id,
				 .pid = pid};

	return note(w, &ev);
}

static void test_a_cgroup_is_named_once_before_its_first_event(void **state)
{
	struct world w;
	uint64_t id;

	open_world(&w, false);
	id = add_cgroup(&w, UNIT);
	assert_true(note_state(&w, id, 0));
	assert_int_equal(w.named.ev.kind, TF_EV_CGROUP);
	assert_int_equal(w.named.ev.size, sizeof(w.named));
	assert_int_equal(w.named.ev.time_ns, w.now_ns);
	assert_int_equal(w.named.ev.lost_total, 9); /* else this would hide the news of a loss */
	assert_int_equal(w.named.id, id);
	assert_int_equal(w.named.pid, 0);
	assert_string_equal(w.named.path, "/" UNIT);
	assert_string_equal(w.named.unit, UNIT);
	assert_string_equal(w.named.container, "");
	assert_false(note_state(&w, id, 0));
	w.now_ns += 3600 * S;
	assert_false(note_state(&w, id, 77)); /* processes do not matter in version 2 */
	assert_int_equal(look_ups(), 1);
	close_world(&w);
}

static void test_events_of_every_kind_with_a_cgroup_name_it(void **state)
{
	struct tf_ev_close end = {.st.ev = {.time_ns = S, .kind = TF_EV_CLOSE}};
	struct tf_ev_sock sock = {.st.ev = {.time_ns = S, .kind = TF_EV_SOCK}};
	struct tf_ev_accept accept = {.ev = {.time_ns = S, .kind = TF_EV_ACCEPT}};
	struct tf_ev_reset other = {.ev = {.time_ns = S, .kind = TF_EV_RST_SENT}};
	struct tf_ev_tick tick = {.ev = {.time_ns = S, .kind = TF_EV_TICK}};
	struct world w;

	open_world(&w, false);
	end.st.cgroup = add_cgroup(&w, "a");
	sock.st.cgroup = add_cgroup(&w, "b");
	accept.cgroup = add_cgroup(&w, "docker-" ID ".scope");
	memset(&other.flags, 0xff, sizeof(other) - offsetof(struct tf_ev_reset, flags));
	assert_true(note(&w, &end));
	assert_string_equal(w.named.path, "/a");
	assert_true(note(&w, &sock));
	assert_string_equal(w.named.path, "/b");
	assert_true(note(&w, &accept));
	assert_string_equal(w.named.container, "docker:" ID);
	assert_false(note(&w, &other));
	assert_false(note(&w, &tick));
	close_world(&w);
}

static void test_a_missing_cgroup_is_searched_for_once(void **state)
{
	struct world w;

	open_world(&w, false);
	for (int i = 0; i < 3; i++) {
		assert_false(note_state(&w, 1ULL << 60, 0));
		assert_false(note_state(&w, 1ULL << 61, 0));
	}
	assert_int_equal(look_ups(), 2);
	assert_false(note_state(&w, 0, 0)); /* not known: nothing to look up */
	assert_int_equal(look_ups(), 2);
	close_world(&w);
}

static void test_the_root_has_a_name_where_only_version_2_is(void **state)
{
	struct world w;

	open_world(&w, false);
	assert_true(note_state(&w, 1, 0));
	assert_string_equal(w.named.path, "/");
	close_world(&w);
	open_world(&w, true);
	assert_false(note_state(&w, 1, 0)); /* its sockets may be of any cgroup of version 1 */
	close_world(&w);
}

static void test_a_long_path_loses_its_beginning(void **state)
{
	char name[200], path[TF_CGROUP_PATH_LEN + 64], inner[512];
	struct world w;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	open_world(&w, false);
	add_cgroup(&w, name);
	snprintf(path, sizeof(path), "%s/%s", name, name);
	add_cgroup(&w, path);
	snprintf(inner, sizeof(inner), "%s/" UNIT, path);
	assert_true(note_state(&w, add_cgroup(&w, inner), 0));
	assert_int_equal(strlen((char *)w.named.path), TF_CGROUP_PATH_LEN - 1);
	assert_memory_equal(w.named.path, "...nnn", 6);
	assert_string_equal(w.named.path + TF_CGROUP_PATH_LEN - 1 - strlen("/" UNIT), "/" UNIT);
	assert_string_equal(w.named.unit, UNIT);
	close_world(&w);
}

/* What the core may have forgotten must be named again when it comes again. */
static void test_a_cgroup_that_the_core_forgot_is_named_again(void **state)
{
	struct tf_cgroups core;
	struct world w;
	uint64_t id;

	open_world(&w, false);
	assert_int_equal(tf_cgroups_init(&core, (struct tf_hash_key){0}), 0);
	id = add_cgroup(&w, UNIT);
	assert_true(note_state(&w, id, 0));
	tf_cgroups_take(&core, &w.named);
	for (uint64_t i = 0; i < 3 * TF_NAMES_MAX; i++) {
		w.now_ns += S;
		if (note_state(&w, 1ULL << 60 | i, 0))
			tf_cgroups_take(&core, &w.named);
		if (i % 5 == 0 && note_state(&w, id, 0))
			tf_cgroups_take(&core, &w.named);
		assert_non_null(tf_cgroups_find(&core, id, 0));
	}
	assert_in_range(look_ups(), 3 * TF_NAMES_MAX + 3, 3 * TF_NAMES_MAX + 5);
	tf_cgroups_fini(&core);
	close_world(&w);
}

/* Searches for cgroup after cgroup, from the @n-th on, until one is put off. */
static void search_until_put_off(struct world *w, uint64_t *n)
{
	uint64_t before;

	do {
		before = look_ups();
		assert_false(note_state(w, 1ULL << 60 | (*n)++, 0));
	} while (*n < TF_NAMES_MAX && look_ups() > before);
	assert_int_equal(look_ups(), before);
}

static void test_searches_get_a_share_of_the_time_and_no_more(void **state)
{
	struct world w;
	uint64_t saved_up = TF_NAMES_AT_ONCE_NS / LOOK_UP_NS, n = 0;

	open_world(&w, false);
	/* In one moment of the events' time only what was saved up. */
	search_until_put_off(&w, &n);
	assert_int_equal(look_ups(), saved_up);
	assert_false(note_state(&w, 1ULL << 60 | (n - 1), 0));
	assert_int_equal(look_ups(), saved_up);
	/* Then the share, beginning with the one that was put off. */
	w.now_ns += 3 * LOOK_UP_NS * 1000 / TF_NAMES_PERMILLE;
	n--;
	search_until_put_off(&w, &n);
	assert_int_equal(look_ups(), saved_up + 3);
	/* No more is saved up than there was at the start. */
	w.now_ns += 3600 * S;
	search_until_put_off(&w, &n);
	assert_int_equal(look_ups(), 2 * saved_up + 3);
	close_world(&w);
}

static bool has_v1(void)
{
	static struct tf_cgroup_paths paths;

	return !tf_cgroup_of_pid((uint32_t)getpid(), &paths) && paths.n;
}

static void test_version_1_names_processes(void **state)
{
	struct tf_ev_holder holder = {.ev.kind = TF_EV_HOLDER, .pid = (uint32_t)getpid()};
	struct tf_ev_destroy gone = {.ev.kind = TF_EV_DESTROY};
	struct world w;
	uint64_t id;

	if (!has_v1())
		skip();
	open_world(&w, true);
	id = add_cgroup(&w, UNIT);
	/* First the cgroup's, then the process's. */
	assert_true(note_state(&w, id, (uint32_t)getpid()));
	assert_int_equal(w.named.id, id);
	assert_int_equal(w.named.pid, 0);
	assert_true(note_state(&w, id, (uint32_t)getpid()));
	assert_int_equal(w.named.id, 0);
	assert_int_equal(w.named.pid, getpid());
	assert_int_equal(w.named.path[0], '/');
	assert_false(note_state(&w, id, (uint32_t)getpid()));
	holder.ev.time_ns = gone.ev.time_ns = w.now_ns;
	assert_false(note(&w, &holder));
	assert_false(note(&w, &gone)); /* nobody's */
	assert_int_equal(look_ups(), 2);
	/* Asked again after a while; nothing has changed, so nothing is emitted. */
	w.now_ns += TF_NAMES_PID_NS;
	assert_false(note_state(&w, id, (uint32_t)getpid()));
	assert_int_equal(look_ups(), 3);
	close_world(&w);
}

static void test_a_process_that_has_gone_has_no_names(void **state)
{
	struct world w;
	pid_t child = fork();

	if (!child)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	open_world(&w, true);
	assert_false(note_state(&w, 1, (uint32_t)child));
	assert_false(note_state(&w, 1, (uint32_t)child));
	assert_int_equal(look_ups(), 1);
	close_world(&w);
}

static void test_a_cgroup_of_this_host_is_found(void **state)
{
	struct tf_names *names;
	struct tf_ev_state ev = {.ev = {.time_ns = S, .kind = TF_EV_STATE}, .cgroup = 1ULL << 60};
	struct tf_ev_cgroup named;

	assert_int_equal(tf_names_new(NULL, &names), 0);
	assert_false(tf_names_note(names, &ev.ev, &named));
	tf_names_free(names);
	tf_names_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cgroup_is_named_once_before_its_first_event),
		cmocka_unit_test(test_events_of_every_kind_with_a_cgroup_name_it),
		cmocka_unit_test(test_a_missing_cgroup_is_searched_for_once),
		cmocka_unit_test(test_the_root_has_a_name_where_only_version_2_is),
		cmocka_unit_test(test_a_long_path_loses_its_beginning),
		cmocka_unit_test(test_a_cgroup_that_the_core_forgot_is_named_again),
		cmocka_unit_test(test_searches_get_a_share_of_the_time_and_no_more),
		cmocka_unit_test(test_version_1_names_processes),
		cmocka_unit_test(test_a_process_that_has_gone_has_no_names),
		cmocka_unit_test(test_a_cgroup_of_this_host_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
