// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * hooks.c - see hooks.h
 */
#include "kernel/hooks.h"

#include <stddef.h>
#include <string.h>

static const struct tf_hooks_method hook_methods[] = {
#define TF_HOOK_PROG(hook, kind, program, args) {TF_HOOK_##hook, TF_HOOKS_##kind, #program, args},
#include "core/stream/hooks.def"
#undef TF_HOOK_PROG
};

#define N_METHODS (sizeof(hook_methods) / sizeof(hook_methods[0]))

static const struct {
	const char *name;
	const char *users_name; /* NULL: nobody leaves it out */
	enum tf_hooks_target target;
} kind_rows[TF_HOOKS_KIND_MAX] = {
	[TF_HOOKS_TP_BTF] = {"tp_btf", NULL, TF_HOOKS_TRACEPOINT},
	[TF_HOOKS_FENTRY] = {"fentry", "fentry", TF_HOOKS_FUNCTION},
	[TF_HOOKS_FEXIT] = {"fexit", "fentry", TF_HOOKS_FUNCTION},
	[TF_HOOKS_KPROBE] = {"kprobe", "kprobe", TF_HOOKS_FUNCTION},
	[TF_HOOKS_KRETPROBE] = {"kretprobe", "kprobe", TF_HOOKS_FUNCTION},
	[TF_HOOKS_ITER] = {"iter", "iter", TF_HOOKS_ITERATOR},
};

enum tf_hooks_target tf_hooks_target(enum tf_hook hook)
{
	for (size_t i = 0; i < N_METHODS; i++)
		if (hook_methods[i].hook == hook)
			return kind_rows[hook_methods[i].kind].target;
	return TF_HOOKS_TRACEPOINT;
}

const char *tf_hooks_kind_name(enum tf_hooks_kind kind)
{
	return kind_rows[kind].name;
}

uint32_t tf_hooks_kinds(const char *name)
{
	uint32_t found = 0;

	for (int i = 0; i < TF_HOOKS_KIND_MAX; i++)
		if (kind_rows[i].users_name && !strcmp(kind_rows[i].users_name, name))
			found |= 1u << i;
	return found;
}

/* A function's return value stands behind its arguments: a program with one argument more would
 * read it. */
static bool fits_args(const struct tf_hooks_method *method, int args)
{
	if (kind_rows[method->kind].target == TF_HOOKS_FUNCTION)
		return !method->args || method->args == args;
	return method->args <= args;
}

const struct tf_hooks_method *tf_hooks_next(enum tf_hook hook, int args, uint32_t without,
					    const struct tf_hooks_method *after)
{
	for (const struct tf_hooks_method *method = after ? after + 1 : hook_methods;
	     method < hook_methods + N_METHODS; method++)
		if (method->hook == hook && fits_args(method, args) &&
		    !(without & (1u << method->kind)))
			return method;
	return NULL;
}

int tf_hooks_stand_in(const char *name, const char *program)
{
	static const char *const suffixes[] = {"_stand_in1", "_stand_in2", "_stand_in3"};
	size_t length = strlen(program);

	if (strncmp(name, program, length))
		return -1;
	for (int i = 0; i < TF_HOOKS_STAND_INS; i++)
		if (!strcmp(name + length, suffixes[i]))
			return i;
	return -1;
}

int tf_hooks_of_program(const char *name)
{
	for (size_t i = 0; i < N_METHODS; i++)
		if (!strcmp(hook_methods[i].program, name) ||
		    tf_hooks_stand_in(name, hook_methods[i].program) >= 0)
			return hook_methods[i].hook;
	return -1;
}
