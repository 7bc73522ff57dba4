// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_glossary.c - the entries of `explain`: complete, found by every name, related entries exist
 */
#include "unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/errnos.h"
#include "cli/glossary/glossary.h"
#include "core/alert/alerts.h"
#include "core/fate/fates.h"
#include "core/states.h"

static const char *name_of(const char *text)
{
	const struct tf_glossary_entry *entry = tf_glossary_find(text);

	return entry ? entry->name : "(none)";
}

static void test_every_entry_is_found_by_its_own_name(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	for (size_t i = 0; i < count; i++)
		assert_true(tf_glossary_same(name_of(all[i].name), all[i].name));
}

/* A field may be called like a state or a piece of evidence; then explain shows both. */
static void test_only_evidence_and_fields_share_names_with_others(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count && all[j].kind < TF_GLOSSARY_FACT; j++)
			if (tf_glossary_same(all[i].name, all[j].name))
				fail_msg("%s and %s are the same name to people", all[i].name,
					 all[j].name);
}

static void test_entries_of_a_kind_stand_together_in_order(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	for (size_t i = 1; i < count; i++)
		assert_true(all[i].kind >= all[i - 1].kind);
	for (int kind = 0; kind < TF_GLOSSARY_KIND_MAX; kind++)
		assert_non_null(tf_glossary_kind_title(kind));
}

static void test_related_entries_exist_and_are_others(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	for (size_t i = 0; i < count; i++) {
		char *names = strdup(tf_glossary_related(&all[i])), *rest = names, *name;

		while ((name = strsep(&rest, " ")) && *name) {
			const struct tf_glossary_entry *other = tf_glossary_find(name);

			if (!other || strcmp(other->name, name))
				fail_msg("%s refers to %s, which is not an entry", all[i].name,
					 name);
			assert_ptr_not_equal(other, &all[i]);
		}
		free(names);
	}
}

static void test_every_fate_has_all_parts(void **state)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++) {
		const struct tf_glossary_entry *entry =
			tf_glossary_find(tf_fates_info((enum tf_fate)fate)->slug);

		assert_non_null(entry);
		assert_int_equal(entry->kind, TF_GLOSSARY_FATE);
		for (int part = 0; part < 4; part++)
			assert_true(strlen(entry->part[part].text) > 2);
		assert_true(*tf_glossary_related(entry));
	}
}

static void test_every_alert_says_what_it_means_and_what_to_do(void **state)
{
	for (int alert = 0; alert < TF_ALERT_MAX; alert++) {
		const struct tf_alert_info *info = tf_alerts_info((enum tf_alert)alert);
		const struct tf_glossary_entry *entry = tf_glossary_find(info->slug);

		assert_non_null(entry);
		assert_int_equal(entry->kind, TF_GLOSSARY_ALERT);
		assert_int_equal(entry->number, alert);
		assert_string_equal(entry->part[0].text, info->meaning);
		assert_string_equal(entry->part[1].text, info->remedy);
		assert_true(*tf_glossary_related(entry));
	}
}

static void test_kinds_are_found_by_their_titles(void **state)
{
	assert_int_equal(tf_glossary_kind_find("alerts"), TF_GLOSSARY_ALERT);
	assert_int_equal(tf_glossary_kind_find("Fates"), TF_GLOSSARY_FATE);
	assert_int_equal(tf_glossary_kind_find("tcp states"), TF_GLOSSARY_STATE);
	assert_int_equal(tf_glossary_kind_find("evidence"), TF_GLOSSARY_FACT);
	assert_int_equal(tf_glossary_kind_find(""), TF_GLOSSARY_KIND_MAX);
	assert_int_equal(tf_glossary_kind_find("close_wait_pileup"), TF_GLOSSARY_KIND_MAX);
}

static void test_every_state_is_an_entry(void **state)
{
	for (uint8_t i = 1; i < TF_TCP_STATE_MAX; i++) {
		const struct tf_glossary_entry *entry = tf_glossary_find(tf_states_name(i));

		assert_non_null(entry);
		assert_int_equal(entry->kind, TF_GLOSSARY_STATE);
		for (int part = 0; part < 3; part++)
			assert_non_null(entry->part[part].text);
	}
}

static void test_errno_rows_agree_with_the_c_library(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);
	char number[16];

	for (size_t i = 0; i < count; i++) {
		if (all[i].kind != TF_GLOSSARY_ERRNO)
			continue;
		snprintf(number, sizeof(number), "%d", all[i].number);
		assert_string_equal(tf_errnos_name(all[i].number), all[i].name);
		assert_string_equal(strerror(all[i].number), all[i].title);
		assert_ptr_equal(tf_glossary_find(number), &all[i]);
		assert_ptr_equal(tf_glossary_find(strerror(all[i].number)), &all[i]);
	}
}

static void test_winsock_errors_are_found_by_name_and_number(void **state)
{
	static const struct {
		const char *number, *name;
		int linux_errno;
	} rows[] = {
		{"10048", "WSAEADDRINUSE", EADDRINUSE},
		{"10049", "WSAEADDRNOTAVAIL", EADDRNOTAVAIL},
		{"10050", "WSAENETDOWN", ENETDOWN},
		{"10051", "WSAENETUNREACH", ENETUNREACH},
		{"10053", "WSAECONNABORTED", ECONNABORTED},
		{"10054", "WSAECONNRESET", ECONNRESET},
		{"10055", "WSAENOBUFS", ENOBUFS},
		{"10057", "WSAENOTCONN", ENOTCONN},
		{"10058", "WSAESHUTDOWN", ESHUTDOWN},
		{"10060", "WSAETIMEDOUT", ETIMEDOUT},
		{"10061", "WSAECONNREFUSED", ECONNREFUSED},
		{"10065", "WSAEHOSTUNREACH", EHOSTUNREACH},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(name_of(rows[i].number), rows[i].name);
		assert_string_equal(name_of(rows[i].name), rows[i].name);
		assert_int_equal(tf_glossary_find(rows[i].name)->linux_errno, rows[i].linux_errno);
	}
}

static void test_spellings_of_people_find_the_entry(void **state)
{
	static const struct {
		const char *typed, *name;
	} rows[] = {
		{"epipe", "EPIPE"},
		{"32", "EPIPE"},
		{"Broken pipe", "EPIPE"},
		{"connection reset by peer", "ECONNRESET"},
		{"Cannot assign requested address", "EADDRNOTAVAIL"},
		{"104", "ECONNRESET"},
		{"fin-wait-1", "FIN_WAIT1"},
		{"SYN_RCVD", "SYN_RECV"},
		{"close-wait", "CLOSE_WAIT"},
		{"Time Wait", "TIME_WAIT"},
		{"wsaeconnreset", "WSAECONNRESET"},
		{"net.ipv4.tcp_tw_recycle", "tcp_tw_recycle"},
		{"net.core.somaxconn", "somaxconn"},
		{"tcp_keepalive_time", "keepalive"},
		{"TCP_KEEPIDLE", "keepalive"},
		{"Reset-By-Remote", "reset_by_remote"},
		{"EWOULDBLOCK", "EAGAIN"},
		{"half open", "half-open"},
		{"pending handshake", "NEW_SYN_RECV"},
		{"Pending handshakes", "NEW_SYN_RECV"},
		{"attach method", "attach-method"},
		{"degraded to", "capability"},
		{"scan", "scan"},
		{"stray_segment", "stray_segment"},
		{"zero_window", "zero_window"},
		{"SYN flood", "syn_recv_flood"},
		{"TIME_WAIT exhaustion", "time_wait_exhaustion"},
		{"close-wait leak", "close_wait_pileup"},
		{"accept queue full", "accept_queue_full"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(name_of(rows[i].typed), rows[i].name);
}

static void test_other_words_are_not_found(void **state)
{
	static const char *const words[] = {
		"", "E", "0", "65536", "99999999999999999999", "-1", "CLOSE_WAITING", "net.ipv4."};

	for (size_t i = 0; i < COUNT(words); i++)
		assert_string_equal(name_of(words[i]), "(none)");
}

static void test_a_very_long_word_is_not_found(void **state)
{
	char word[5000];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(tf_glossary_find(word));
	assert_null(tf_glossary_nearest(word));
}

static void test_typing_errors_find_the_nearest_name(void **state)
{
	assert_string_equal(tf_glossary_nearest("reset_by_remot"), "reset_by_remote");
	assert_string_equal(tf_glossary_nearest("EPIP"), "EPIPE");
	assert_string_equal(tf_glossary_nearest("CLOSEWAIT"), "CLOSE_WAIT");
	assert_string_equal(tf_glossary_nearest("econreset"), "ECONNRESET");
	assert_string_equal(tf_glossary_nearest("brocken pipe"), "Broken pipe");
	assert_string_equal(tf_glossary_nearest("net.ipv4.tcp_fin_timeuot"), "tcp_fin_timeout");
	assert_null(tf_glossary_nearest("qqqqqqqqqqqqqqqq"));
}

/* Wrapped texts go to terminals, the manual and Markdown as they are. */
static void test_texts_are_plain_sentences(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	for (size_t i = 0; i < count; i++)
		for (int part = 0; part < TF_GLOSSARY_PARTS_MAX; part++) {
			const char *text = all[i].part[part].text;

			if (!text)
				continue;
			for (const char *at = text; *at; at++)
				if (!isprint((unsigned char)*at) || (at[0] == ' ' && at[1] == ' '))
					fail_msg("%s: not plain: %s", all[i].name, text);
			assert_true(*text && *text != ' ' && text[strlen(text) - 1] != ' ');
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_entry_is_found_by_its_own_name),
		cmocka_unit_test(test_only_evidence_and_fields_share_names_with_others),
		cmocka_unit_test(test_entries_of_a_kind_stand_together_in_order),
		cmocka_unit_test(test_related_entries_exist_and_are_others),
		cmocka_unit_test(test_every_fate_has_all_parts),
		cmocka_unit_test(test_every_alert_says_what_it_means_and_what_to_do),
		cmocka_unit_test(test_kinds_are_found_by_their_titles),
		cmocka_unit_test(test_every_state_is_an_entry),
		cmocka_unit_test(test_errno_rows_agree_with_the_c_library),
		cmocka_unit_test(test_winsock_errors_are_found_by_name_and_number),
		cmocka_unit_test(test_spellings_of_people_find_the_entry),
		cmocka_unit_test(test_other_words_are_not_found),
		cmocka_unit_test(test_a_very_long_word_is_not_found),
		cmocka_unit_test(test_typing_errors_find_the_nearest_name),
		cmocka_unit_test(test_texts_are_plain_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
