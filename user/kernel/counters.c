// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * counters.c - see counters.h
 */
#include "kernel/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

struct tf_counters_reader {
	int fd;
	int n_cpus;
	struct tf_counters cpu[]; /* one hook's, for each possible CPU */
};

int tf_counters_new(int fd, struct tf_counters_reader **ret_reader)
{
	struct tf_counters_reader *reader;
	int n = libbpf_num_possible_cpus();

	if (n < 0)
		return n;
	reader = calloc(1, sizeof(*reader) + n * sizeof(reader->cpu[0]));
	if (!reader)
		return -ENOMEM;
	reader->fd = fd;
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

int tf_counters_read(struct tf_counters_reader *reader, uint64_t time_ns,
		     struct tf_ev_counters *ret)
{
	struct tf_ev_counters sum = {
		.ev = {.time_ns = time_ns, .size = sizeof(sum), .kind = TF_EV_COUNTERS}};

	for (uint32_t hook = 0; hook < TF_HOOK_MAX; hook++) {
		if (bpf_map_lookup_elem(reader->fd, &hook, reader->cpu))
			return -errno;
		for (int i = 0; i < reader->n_cpus; i++)
			add(&sum.hook[hook], &reader->cpu[i]);
	}
	*ret = sum;
	return 0;
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
