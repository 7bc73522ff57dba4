// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * btf.c - see btf.h
 */
#include "kernel/btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "kernel/hooks.h"

#define REASON_PREFIX "SK_RST_REASON_"

static void btf_freep(struct btf **btf)
{
	btf__free(*btf);
}

/* The prototype of tracepoint @name: typedef btf_trace_NAME of a pointer to a function whose first
 * argument is the tracepoint's private data. */
static struct tf_btf_hook find_tracepoint(const struct btf *btf, const char *name)
{
	char symbol[80];
	const struct btf_type *type;
	int id;

	snprintf(symbol, sizeof(symbol), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, symbol, BTF_KIND_TYPEDEF);
	if (id <= 0)
		return (struct tf_btf_hook){};
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	if (!type || !btf_is_ptr(type))
		return (struct tf_btf_hook){};
	type = btf__type_by_id(btf, type->type);
	if (!type || !btf_is_func_proto(type) || !btf_vlen(type))
		return (struct tf_btf_hook){};
	return (struct tf_btf_hook){.id = id, .args = btf_vlen(type) - 1};
}

static struct tf_btf_hook find_function(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *type;

	if (id <= 0)
		return (struct tf_btf_hook){};
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	if (!type || !btf_is_func_proto(type))
		return (struct tf_btf_hook){};
	return (struct tf_btf_hook){.id = id, .args = btf_vlen(type)};
}

/* "iter/tcp" is known by the function bpf_iter_tcp(), which is never called. */
static struct tf_btf_hook find_iterator(const struct btf *btf, const char *name)
{
	char symbol[80];

	snprintf(symbol, sizeof(symbol), "bpf_iter_%s", name + strlen("iter/"));
	return find_function(btf, symbol);
}

static struct tf_btf_hook find_hook(const struct btf *btf, enum tf_hook hook)
{
	static struct tf_btf_hook (*const find[])(const struct btf *btf, const char *name) = {
		[TF_HOOKS_TRACEPOINT] = find_tracepoint,
		[TF_HOOKS_FUNCTION] = find_function,
		[TF_HOOKS_ITERATOR] = find_iterator,
	};

	return find[tf_hooks_target(hook)](btf, tf_run_info_hook_name(hook));
}

/* bpf_get_socket_cookie() for tracing programs is this function. Since c5dbb89fc2ac (5.12). */
static bool has_cookies(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "bpf_get_socket_ptr_cookie", BTF_KIND_FUNC) > 0;
}

/* Reasons have values that move between kernels, so names are taken from this one. */
static void read_reasons(const struct btf *btf, char reason[][TF_REASON_LEN])
{
	int id = btf__find_by_name_kind(btf, "sk_rst_reason", BTF_KIND_ENUM);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_enum *value;
	const char *name;

	if (!type)
		return;
	value = btf_enum(type);
	for (int i = 0; i < btf_vlen(type); i++, value++) {
		name = btf__name_by_offset(btf, value->name_off);
		if (value->val < 0 || value->val >= TF_REASONS_MAX || !name ||
		    strncmp(name, REASON_PREFIX, strlen(REASON_PREFIX)) ||
		    !strcmp(name, REASON_PREFIX "MAX"))
			continue;
		snprintf(reason[value->val], TF_REASON_LEN, "%s", name + strlen(REASON_PREFIX));
	}
}

/* Since a46023d5616e (7.0) SRCU guards tracepoints, before it was preempt_disable(). The guard's
 * type has no other use. */
static bool is_preemptible(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "class_srcu_fast_notrace_t", BTF_KIND_TYPEDEF) > 0;
}

int tf_btf_read(const char *path, struct tf_btf *ret)
{
	TF_CLEANUP(btf_freep)
	struct btf *btf = path ? btf__parse(path, NULL) : btf__load_vmlinux_btf();

	if (!btf)
		return errno ? -errno : -ENOENT; /* libbpf's own are above 4000 */
	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < TF_HOOK_MAX; i++)
		ret->hook[i] = find_hook(btf, i);
	ret->cookies = has_cookies(btf);
	ret->preemptible = is_preemptible(btf);
	read_reasons(btf, ret->reason);
	return 0;
}
