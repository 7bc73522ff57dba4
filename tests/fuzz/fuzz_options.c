// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_options.c - any words as the options of each command
 *
 * Input: one byte for the command, then words, each ended by a NUL. They are taken, or refused with
 * words that say what would be right; what is taken holds. Names of namespaces and cgroups stand
 * for nothing here: the file system is not read.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/resolve.h"

#define WORDS 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int tf_resolve_netns(const char *text, uint32_t *ret)
{
	*ret = 4026531840u + (uint8_t)text[0];
	return text[0] == '/' ? -ENOENT : 0;
}

int tf_resolve_cgroup(const char *text, uint64_t *ret)
{
	*ret = 1 + (uint8_t)text[0];
	return text[0] == '/' ? -ENOTSUP : 0;
}

static void check(const struct tf_options *options)
{
	const struct tf_filter *filter = &options->filter;
	const struct tf_tuple tuple = {.lport = 80, .rport = 443};

	if (filter->n_pids > TF_FILTER_LIST_MAX || filter->n_comms > TF_FILTER_LIST_MAX ||
	    filter->n_cidrs > TF_FILTER_LIST_MAX || filter->n_netns > TF_FILTER_LIST_MAX ||
	    filter->n_cgroups > TF_FILTER_LIST_MAX || (filter->only_v4 && filter->only_v6))
		abort();
	for (unsigned int i = 0; i < filter->n_cidrs; i++)
		if (filter->cidrs[i].bits > 128)
			abort();
	for (unsigned int i = 0; i < filter->n_comms; i++)
		if (!memchr(filter->comms[i], 0, TF_COMM_LEN))
			abort();
	(void)tf_filter_tuple(filter, &tuple, 1);
	if (options->core.max_connections > 1u << 28 || options->ring_bytes > 1u << 30)
		abort();
}

/* Parts @words, @size bytes that end with a NUL, at their NULs. The number of words in @argv. */
static int part(char *words, size_t size, char *argv[WORDS + 2])
{
	int argc = 1;

	argv[0] = "tcpfate";
	for (char *word = words; word < words + size && argc <= WORDS; word += strlen(word) + 1)
		argv[argc++] = word;
	argv[argc] = NULL;
	return argc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tf_options options;
	struct tf_trouble trouble = {.text = ""};
	char *argv[WORDS + 2], *words;
	int argc;

	if (!size)
		return 0;
	words = malloc(size);
	if (!words)
		return 0;
	memcpy(words, data + 1, size - 1);
	words[size - 1] = '\0';
	argc = part(words, size, argv);
	if (!tf_options_parse(1u << data[0] % 5, argc, argv, &options, &trouble))
		check(&options);
	else if (!trouble.text[0])
		abort();
	free(words);
	return 0;
}
