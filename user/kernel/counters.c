// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * counters.c - see counters.h
 */
#include "kernel/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "kernel/loader.h"

struct tf_counters_reader {
	const struct tf_loader *loader;
	uint64_t skipped; /* of all hooks, as last read */
	int n_cpus;
	struct tf_counting cpu[]; /* one program's, for each possible CPU */
};

int tf_counters_new(const struct tf_loader *loader, struct tf_counters_reader **ret_reader)
{
	struct tf_counters_reader *reader;
	int n = libbpf_num_possible_cpus();

	if (n < 0)
		return n;
	reader = calloc(1, sizeof(*reader) + n * sizeof(reader->cpu[0]));
	if (!reader)
		return -ENOMEM;
	reader->loader = loader;
	reader->n_cpus = n;
	*ret_reader = reader;
	return 0;
}

void tf_counters_free(struct tf_counters_reader *reader)
{
	free(reader);
}

static void add(struct tf_counters *sum, const struct tf_counters *cpu)
{
	sum->seen += cpu->seen;
	sum->filtered += cpu->filtered;
	sum->folded += cpu->folded;
	sum->lost += cpu->lost;
	sum->emitted += cpu->emitted;
}

static int add_side(struct tf_counters_reader *reader, uint32_t key, struct tf_counters *sum)
{
	if (bpf_map_lookup_elem(tf_loader_counters_fd(reader->loader), &key, reader->cpu))
		return -errno;
	for (int i = 0; i < reader->n_cpus; i++)
		add(sum, &reader->cpu[i].sum);
	return 0;
}

/* Events of @hook that the kernel skipped and the owner's program did not take instead. Its count is read
 * second: what it takes comes after the skip. */
static uint64_t skipped(struct tf_counters_reader *reader, uint32_t hook)
{
	uint64_t misses = tf_loader_skipped(reader->loader, hook), caught = 0;
	uint32_t key = 2 * hook + 1;

	if (!misses ||
	    bpf_map_lookup_elem(tf_loader_counters_fd(reader->loader), &key, reader->cpu))
		return misses;
	for (int i = 0; i < reader->n_cpus; i++)
		caught += reader->cpu[i].caught;
	return misses > caught ? misses - caught : 0;
}

static void add_skipped(struct tf_counters *sum, uint64_t skipped)
{
	sum->seen += skipped;
	sum->lost += skipped;
}

/* The next events of any socket tell of what the programs could not count themselves. */
static void tell_skipped(struct tf_counters_reader *reader, uint64_t skipped)
{
	uint32_t *lost_total = &tf_loader_wake(reader->loader)->lost_total;

	if (skipped <= reader->skipped)
		return;
	__atomic_fetch_add(lost_total, (uint32_t)(skipped - reader->skipped), __ATOMIC_RELAXED);
	reader->skipped = skipped;
}

int tf_counters_read(struct tf_counters_reader *reader, uint64_t time_ns,
		     struct tf_ev_counters *ret)
{
	struct tf_ev_counters sum = {
		.ev = {.time_ns = time_ns, .size = sizeof(sum), .kind = TF_EV_COUNTERS}};
	uint64_t in_all = 0;

	for (uint32_t hook = 0; hook < TF_HOOK_MAX; hook++) {
		uint64_t here = skipped(reader, hook);
		int err = add_side(reader, 2 * hook, &sum.hook[hook]);

		if (!err)
			err = add_side(reader, 2 * hook + 1, &sum.hook[hook]);
		if (err)
			return err;
		add_skipped(&sum.hook[hook], here);
		in_all += here;
	}
	tell_skipped(reader, in_all);
	*ret = sum;
	return 0;
}

bool tf_counters_skipped_more(struct tf_counters_reader *reader)
{
	uint64_t in_all = 0;

	for (uint32_t hook = 0; hook < TF_HOOK_MAX; hook++)
		in_all += skipped(reader, hook);
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
