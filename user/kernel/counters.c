// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * counters.c - see counters.h
 */
#include "kernel/counters.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "kernel/loader.h"

struct tf_counters_reader {
	const struct tf_loader *loader;
	uint64_t skipped;	      /* of all hooks, at the last reading */
	uint64_t before[TF_HOOK_MAX]; /* taken before the last stand-in was attached */
	uint64_t known[TF_HOOK_MAX];  /* skipped, at the last reading */
	uint64_t misses[TF_HOOK_MAX]; /* tf_loader_skipped() then */
	uint64_t duplicates;	      /* then */
	int n_cpus;
	struct tf_counting cpu[]; /* one entry, for each possible CPU */
};

static bool read_entry(struct tf_counters_reader *reader, uint32_t key)
{
	return !tf_loader_read_counting(reader->loader, key, reader->cpu);
}

static uint64_t sum_over_cpus(const struct tf_counters_reader *reader, size_t offset)
{
	uint64_t sum = 0;

	for (int i = 0; i < reader->n_cpus; i++)
		sum += *(const uint64_t *)((const char *)&reader->cpu[i] + offset);
	return sum;
}

#define RUNS offsetof(struct tf_counting, runs)
#define SEEN offsetof(struct tf_counting, sum.seen)

/* Reads how often the last stand-in of @hook has returned, and then how many events all its
 * programs have taken: those of the calls are among them. */
static bool read_calls(struct tf_counters_reader *reader, uint32_t hook, uint64_t *ret_calls,
		       uint64_t *ret_taken)
{
	uint64_t calls = tf_loader_skipped(reader->loader, hook), taken;

	if (!read_entry(reader, 2 * hook + 1))
		return false;
	calls += sum_over_cpus(reader, RUNS);
	taken = sum_over_cpus(reader, SEEN);
	if (!read_entry(reader, 2 * hook))
		return false;
	*ret_calls = calls;
	*ret_taken = taken + sum_over_cpus(reader, SEEN);
	return true;
}

/* Counts the events of @hook that no program took because the kernel skipped the programs. Each
 * call of the last stand-in is an event; those that no program took are lost. */
static uint64_t count_skipped(struct tf_counters_reader *reader, uint32_t hook, uint64_t duplicates)
{
	uint64_t misses = tf_loader_skipped(reader->loader, hook), calls, taken;

	if (!tf_loader_has_stand_in(reader->loader, hook))
		return misses;
	/* An event can only be lost when the last stand-in was skipped, too. */
	if (misses == reader->misses[hook] && duplicates == reader->duplicates)
		return reader->known[hook];
	if (!read_calls(reader, hook, &calls, &taken))
		return reader->known[hook];
	calls += reader->before[hook] + (hook == TF_HOOK_STATE ? duplicates : 0);
	if (calls > taken && calls - taken > reader->known[hook])
		reader->known[hook] = calls - taken;
	reader->misses[hook] = misses;
	return reader->known[hook];
}

/* The first program is attached first: the events that it took alone must not hide a later loss.
 * Events in progress would be counted as well, so the least of some readings is taken. */
static void read_before(struct tf_counters_reader *reader)
{
	for (uint32_t hook = 0; hook < TF_HOOK_MAX; hook++) {
		uint64_t least = UINT64_MAX, calls, taken;

		if (!tf_loader_has_stand_in(reader->loader, hook))
			continue;
		for (int i = 0; i < 5; i++)
			if (read_calls(reader, hook, &calls, &taken) && taken >= calls &&
			    taken - calls < least)
				least = taken - calls;
		reader->before[hook] = least == UINT64_MAX ? 0 : least;
	}
}

int tf_counters_new(const struct tf_loader *loader, struct tf_counters_reader **ret_reader)
{
	struct tf_counters_reader *reader;
	int n = tf_loader_cpus();

	if (n < 0)
		return n;
	reader = calloc(1, sizeof(*reader) + n * sizeof(reader->cpu[0]));
	if (!reader)
		return -ENOMEM;
	reader->loader = loader;
	reader->n_cpus = n;
	read_before(reader);
	*ret_reader = reader;
	return 0;
}

void tf_counters_free(struct tf_counters_reader *reader)
{
	free(reader);
}

static void add_counters(struct tf_counters *sum, const struct tf_counters *cpu)
{
	sum->seen += cpu->seen;
	sum->filtered += cpu->filtered;
	sum->folded += cpu->folded;
	sum->lost += cpu->lost;
	sum->emitted += cpu->emitted;
}

static int add_entry(struct tf_counters_reader *reader, uint32_t key, struct tf_counters *sum)
{
	int err = tf_loader_read_counting(reader->loader, key, reader->cpu);

	if (err)
		return err;
	for (int i = 0; i < reader->n_cpus; i++)
		add_counters(sum, &reader->cpu[i].sum);
	return 0;
}

static void add_skipped(struct tf_counters *sum, uint64_t skipped)
{
	sum->seen += skipped;
	sum->lost += skipped;
}

/* Whether a skipped event of @hook leaves a hole in a connection's history. An accept() does
 * not. */
static bool matters_to_history(uint32_t hook)
{
	return hook != TF_HOOK_ACCEPT;
}

/* Adds events that the programs could not count themselves to the loss counter that they put into
 * each event. */
static void publish_skipped(struct tf_counters_reader *reader, uint64_t skipped)
{
	uint32_t *lost_total = &tf_loader_wake(reader->loader)->lost_total;

	if (skipped <= reader->skipped)
		return;
	__atomic_fetch_add(lost_total, (uint32_t)(skipped - reader->skipped), __ATOMIC_RELAXED);
	reader->skipped = skipped;
}

int tf_counters_read(struct tf_counters_reader *reader, uint64_t time_ns, uint64_t duplicates,
		     struct tf_ev_counters *ret)
{
	struct tf_ev_counters sum = {
		.ev = {.time_ns = time_ns, .size = sizeof(sum), .kind = TF_EV_COUNTERS}};
	uint64_t in_all = 0;

	for (uint32_t hook = 0; hook < TF_HOOK_MAX; hook++) {
		uint64_t here = count_skipped(reader, hook, duplicates);
		int err = add_entry(reader, 2 * hook, &sum.hook[hook]);

		if (!err)
			err = add_entry(reader, 2 * hook + 1, &sum.hook[hook]);
		if (err)
			return err;
		add_skipped(&sum.hook[hook], here);
		in_all += matters_to_history(hook) ? here : 0;
	}
	publish_skipped(reader, in_all);
	reader->duplicates = duplicates;
	*ret = sum;
	return 0;
}

bool tf_counters_skipped_more(struct tf_counters_reader *reader, uint64_t duplicates)
{
	uint64_t in_all = 0;

	for (uint32_t hook = 0; hook < TF_HOOK_MAX; hook++)
		in_all += matters_to_history(hook) ? count_skipped(reader, hook, duplicates) : 0;
	return in_all > reader->skipped;
}

bool tf_counters_agree(const struct tf_ev_counters *counters)
{
	for (int i = 0; i < TF_HOOK_MAX; i++) {
		const struct tf_counters *c = &counters->hook[i];

		if (c->seen != c->filtered + c->folded + c->lost + c->emitted)
			return false;
	}
	return true;
}
