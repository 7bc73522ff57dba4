// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_counters.c - sums over CPUs and programs, and events that the kernel skipped; the loader is
 * a fake
 */
#include "kernel/counters.h"

#include <errno.h>

#include "kernel/loader.h"
#include "unit.h"

#define CPUS 3

static struct {
	struct tf_counting counting[2 * TF_HOOK_MAX][CPUS];
	uint64_t skipped[TF_HOOK_MAX];
	bool has_last[TF_HOOK_MAX];
	struct tf_wake wake;
	int err, readings;
} fake;

int tf_loader_cpus(void)
{
	return CPUS;
}

int tf_loader_read_counting(const struct tf_loader *loader, uint32_t entry,
			    struct tf_counting *ret_cpus)
{
	fake.readings++;
	if (fake.err)
		return fake.err;
	memcpy(ret_cpus, fake.counting[entry], sizeof(fake.counting[entry]));
	return 0;
}

struct tf_wake *tf_loader_wake(const struct tf_loader *loader)
{
	return &fake.wake;
}

bool tf_loader_has_stand_in(const struct tf_loader *loader, enum tf_hook hook)
{
	return fake.has_last[hook];
}

uint64_t tf_loader_skipped(const struct tf_loader *loader, enum tf_hook hook)
{
	return fake.skipped[hook];
}

static struct tf_counters_reader *start(void)
{
	struct tf_counters_reader *reader = NULL;

	assert_int_equal(tf_counters_new(NULL, &reader), 0);
	return reader;
}

static int set_up(void **state)
{
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static void expect_counters(const struct tf_counters *got, struct tf_counters want)
{
	assert_memory_equal(got, &want, sizeof(want));
}

static void test_sums_over_cpus_and_programs_of_a_hook(void **state)
{
	struct tf_counters_reader *reader = start();
	struct tf_ev_counters got;

	for (uint32_t entry = 0; entry < 2 * TF_HOOK_MAX; entry++)
		for (uint64_t cpu = 0; cpu < CPUS; cpu++)
			fake.counting[entry][cpu].sum = (struct tf_counters){
				.seen = 1000 * entry + 14 + cpu,
				.filtered = 2,
				.folded = 3,
				.lost = 4,
				.emitted = 1000 * entry + 5 + cpu,
			};
	assert_int_equal(tf_counters_read(reader, 77, 0, &got), 0);
	assert_int_equal(got.ev.time_ns, 77);
	assert_int_equal(got.ev.size, sizeof(got));
	assert_int_equal(got.ev.kind, TF_EV_COUNTERS);
	for (uint64_t hook = 0; hook < TF_HOOK_MAX; hook++)
		expect_counters(&got.hook[hook], (struct tf_counters){
							 .seen = 12000 * hook + 3090,
							 .filtered = 12,
							 .folded = 18,
							 .lost = 24,
							 .emitted = 12000 * hook + 3036,
						 });
	assert_true(tf_counters_agree(&got));
	got.hook[1].lost++;
	assert_false(tf_counters_agree(&got));
	tf_counters_free(reader);
}

static void test_a_program_alone_loses_what_it_is_skipped_for(void **state)
{
	struct tf_counters_reader *reader = start();
	struct tf_ev_counters got;

	fake.skipped[TF_HOOK_DESTROY] = 5;
	fake.skipped[TF_HOOK_ACCEPT] = 3;
	assert_true(tf_counters_skipped_more(reader, 0));
	assert_int_equal(tf_counters_read(reader, 0, 0, &got), 0);
	expect_counters(&got.hook[TF_HOOK_DESTROY], (struct tf_counters){.seen = 5, .lost = 5});
	expect_counters(&got.hook[TF_HOOK_ACCEPT], (struct tf_counters){.seen = 3, .lost = 3});
	/* An accept() that is missed leaves no hole in a history. */
	assert_int_equal(fake.wake.lost_total, 5);
	assert_false(tf_counters_skipped_more(reader, 0));
	fake.skipped[TF_HOOK_DESTROY] = 7;
	assert_true(tf_counters_skipped_more(reader, 0));
	assert_int_equal(tf_counters_read(reader, 0, 0, &got), 0);
	assert_int_equal(fake.wake.lost_total, 7);
	tf_counters_free(reader);
}

/* The last program was called @calls times; the two have taken @first and @second events. */
static void count_state(uint64_t calls, uint64_t first, uint64_t second)
{
	fake.counting[2 * TF_HOOK_STATE][1].sum.seen = first;
	fake.counting[2 * TF_HOOK_STATE + 1][1].sum.seen = second;
	fake.counting[2 * TF_HOOK_STATE + 1][2].runs = calls;
}

static uint64_t state_events_lost(struct tf_counters_reader *reader, uint64_t duplicates)
{
	struct tf_ev_counters got;

	assert_int_equal(tf_counters_read(reader, 0, duplicates, &got), 0);
	return got.hook[TF_HOOK_STATE].lost;
}

static void test_calls_of_the_last_program_that_nobody_took_are_lost(void **state)
{
	struct tf_counters_reader *reader;

	fake.has_last[TF_HOOK_STATE] = true;
	count_state(10, 10, 0);
	reader = start();
	assert_int_equal(state_events_lost(reader, 0), 0);
	/* The last was skipped twice: of these, the first took one. */
	fake.skipped[TF_HOOK_STATE] = 2;
	count_state(20, 20, 1);
	assert_int_equal(state_events_lost(reader, 0), 1);
	assert_int_equal(fake.wake.lost_total, 1);
	/* The known value stays, and is not read again while nothing more is skipped. */
	fake.readings = 0;
	assert_false(tf_counters_skipped_more(reader, 0));
	assert_int_equal(fake.readings, 0);
	count_state(30, 30, 2);
	assert_int_equal(state_events_lost(reader, 0), 1);
	tf_counters_free(reader);
}

static void test_events_taken_before_the_last_program_hide_no_loss(void **state)
{
	struct tf_counters_reader *reader;

	fake.has_last[TF_HOOK_STATE] = true;
	count_state(0, 4, 0);
	reader = start();
	fake.skipped[TF_HOOK_STATE] = 1;
	count_state(9, 13, 0);
	assert_int_equal(state_events_lost(reader, 0), 1);
	tf_counters_free(reader);
}

static void test_a_change_that_came_twice_hides_no_loss(void **state)
{
	struct tf_counters_reader *reader;

	fake.has_last[TF_HOOK_STATE] = true;
	reader = start();
	fake.skipped[TF_HOOK_STATE] = 1;
	count_state(9, 10, 0);
	assert_int_equal(state_events_lost(reader, 0), 0);
	assert_int_equal(state_events_lost(reader, 1), 1);
	tf_counters_free(reader);
}

static void test_an_error_leaves_the_record_untouched(void **state)
{
	struct tf_counters_reader *reader = start();
	struct tf_ev_counters got = {.ev.time_ns = 1};

	fake.err = -EBADF;
	assert_int_equal(tf_counters_read(reader, 2, 0, &got), -EBADF);
	assert_int_equal(got.ev.time_ns, 1);
	tf_counters_free(reader);
	tf_counters_free(NULL);
}

#define FRESH(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(test_sums_over_cpus_and_programs_of_a_hook),
		FRESH(test_a_program_alone_loses_what_it_is_skipped_for),
		FRESH(test_calls_of_the_last_program_that_nobody_took_are_lost),
		FRESH(test_events_taken_before_the_last_program_hide_no_loss),
		FRESH(test_a_change_that_came_twice_hides_no_loss),
		FRESH(test_an_error_leaves_the_record_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
