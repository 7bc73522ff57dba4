// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * hooks.c - see hooks.h
 */
#include "kernel/hooks.h"

#include <stddef.h>
#include <string.h>

struct row {
	enum tf_hook hook;
	enum tf_hooks_kind kind;
	const char *program;
	int args;
};

static const struct row rows[] = {
#define TF_HOOK_PROG(hook, kind, program, args) {TF_HOOK_##hook, TF_HOOKS_##kind, #program, args},
#include "kernel/hooks.def"
#undef TF_HOOK_PROG
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

enum tf_hooks_kind tf_hooks_kind(enum tf_hook hook)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].hook == hook)
			return rows[i].kind;
	return TF_HOOKS_RAW_TP;
}

const char *tf_hooks_kind_name(enum tf_hooks_kind kind)
{
	static const char *const names[] = {
		[TF_HOOKS_RAW_TP] = "tp_btf", [TF_HOOKS_FEXIT] = "fexit", [TF_HOOKS_ITER] = "iter"};

	return names[kind];
}

static int fits(const struct row *row, int args)
{
	if (row->kind == TF_HOOKS_FEXIT)
		return !row->args || row->args == args;
	return row->args <= args;
}

const char *tf_hooks_program(enum tf_hook hook, int args)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].hook == hook && fits(&rows[i], args) &&
		    (!best || rows[i].args > best->args))
			best = &rows[i];
	return best ? best->program : NULL;
}

bool tf_hooks_is_companion(const char *name, const char *program)
{
	size_t length = strlen(program);

	return !strncmp(name, program, length) && !strcmp(name + length, "_owned");
}

int tf_hooks_of_program(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].program, name) || tf_hooks_is_companion(name, rows[i].program))
			return rows[i].hook;
	return -1;
}
