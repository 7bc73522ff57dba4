// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_needs.c - what each fate is called on a kernel that lacks a capability: exactly what TF_NEED
 * says
 *
 * Each script is played as such a kernel reports it: without the events, and with a run's info
 * that says so. Its fate is then its own, or the degraded one of a row for that capability, and
 * each row is used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run.h"
#include "scripts.h"

#define SOCK 7

/* Whether a kernel without @capability still reports @event. */
static bool is_reported(const union tf_any_event *event, enum tf_capability capability)
{
	bool sent = event->ev.kind == TF_EV_RST_SENT;
	bool minisock = sent && ((event->reset.flags & TF_F_MINISOCK) || !event->ev.sock);

	switch (capability) {
	case TF_CAPABILITY_RST_RECEIVED:
		return event->ev.kind != TF_EV_RST_RECEIVED;
	case TF_CAPABILITY_RST_SENT:
		return !sent || minisock;
	case TF_CAPABILITY_RST_BARE:
		return !minisock;
	default:
		return true;
	}
}

/* A kernel without the hooks that provide @capability. All resets and their reasons came
 * together. */
static void take_away(struct tf_run_info *info, enum tf_capability capability)
{
	if (capability == TF_CAPABILITY_RST_RECEIVED)
		info->hook[TF_HOOK_RST_RECEIVED].method[0] = '\0';
	if (capability == TF_CAPABILITY_RST_SENT)
		info->hook[TF_HOOK_RST_SENT].method[0] = '\0';
	if (capability == TF_CAPABILITY_RST_BARE)
		info->hook[TF_HOOK_BARE4].method[0] = '\0';
	if (capability == TF_CAPABILITY_RST_BARE)
		info->hook[TF_HOOK_RST_SENT].reason = false;
}

static void play_reported(struct tape *reported, const struct tape *whole,
			  enum tf_capability capability)
{
	for (size_t i = 0; i < whole->n; i++) {
		union tf_any_event event = whole->events[i];

		if (!is_reported(&event, capability))
			continue;
		if (event.ev.kind == TF_EV_RST_SENT && capability == TF_CAPABILITY_RST_BARE)
			event.reset.reason = -1;
		tape_add(reported, &event);
	}
}

/* The fate of @script where @capability is missing; @fetched: of one whose errno was fetched before
 * CLOSE. */
static enum tf_fate fate_without(const struct script *script, enum tf_capability capability,
				 bool fetched)
{
	struct tape whole = {0}, reported = {0};
	struct player p = play_socket(&whole, SOCK, !(script->roles & SCRIPT_CLIENT), 1000 * MS);
	struct run run = {0};
	enum tf_fate fate;

	script->play(&p);
	if (fetched)
		tape_fetch_errno(&whole, false);
	play_reported(&reported, &whole, capability);
	run_start(&run);
	take_away(&run.info, capability);
	run_feed(&run, &reported);
	run_finish(&run);
	assert_int_equal(run.n_conns, 1);
	fate = run.conns[0].fate;
	run_free(&run);
	tape_free(&whole);
	tape_free(&reported);
	return fate;
}

static int row_of(enum tf_fate fate, enum tf_capability capability, enum tf_fate degraded_to)
{
	size_t n;
	const struct tf_fate_need *needs = tf_fates_needs(&n);

	for (size_t i = 0; i < n; i++)
		if (needs[i].fate == fate && needs[i].capability == capability &&
		    needs[i].degraded_to == degraded_to)
			return (int)i;
	return -1;
}

static void test_a_fate_is_called_otherwise_as_its_rows_say(void **state)
{
	bool used[64] = {false};
	size_t n;
	const struct tf_fate_need *needs = tf_fates_needs(&n);

	assert_in_range(n, 1, 64);
	for (size_t i = 0; i < n_scripts; i++) {
		for (int kind = 0; kind < 2 * TF_CAPABILITY_MAX; kind++) {
			enum tf_capability capability = kind / 2;
			enum tf_fate own = scripts[i].want.fate;
			enum tf_fate fate = fate_without(&scripts[i], capability, kind % 2);
			int row = row_of(own, capability, fate);

			if (fate != own && row < 0)
				print_error("%s without %s: %s\n", scripts[i].name,
					    tf_run_info_capability_name(capability),
					    tf_fates_info(fate)->slug);
			assert_true(fate == own || row >= 0);
			if (fate != own)
				used[row] = true;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (!used[i])
			print_error("no script is %s without %s\n",
				    tf_fates_info(needs[i].degraded_to)->slug,
				    tf_run_info_capability_name(needs[i].capability));
		assert_true(used[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fate_is_called_otherwise_as_its_rows_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
