// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_options.c - the command line, and the help that is made from the same rows
 */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/hooks.h"
#include "unit.h"

#define LINE_MAX_ARGS 16

/* Parses @line, words parted by one blank; the pointers into it live until the next call. */
static int parse(enum tf_command_bit command, const char *line, struct tf_options *ret,
		 struct tf_trouble *trouble)
{
	static char words[512];
	char *argv[LINE_MAX_ARGS + 1] = {"tcpfate"}, *save;
	int argc = 1;

	strncpy(words, line, sizeof(words) - 1);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	trouble->text[0] = '\0';
	return tf_options_parse(command, argc, argv, ret, trouble);
}

static struct tf_options good(enum tf_command_bit command, const char *line)
{
	struct tf_options options;
	struct tf_trouble trouble;

	print_message("%s\n", line);
	if (parse(command, line, &options, &trouble))
		fail_msg("%s", trouble.text);
	return options;
}

/* Whether @line is refused in words that contain @word. */
static void expect_refusal(enum tf_command_bit command, const char *line, const char *word)
{
	struct tf_options options;
	struct tf_trouble trouble;

	print_message("%s\n", line);
	assert_int_equal(parse(command, line, &options, &trouble), -EINVAL);
	print_message("  %s\n", trouble.text);
	assert_non_null(strstr(trouble.text, word));
	assert_null(strchr(trouble.text, '\n'));
	assert_non_null(strstr(trouble.text, "; "));
}

static void test_no_option_follows_everything(void **state)
{
	struct tf_options options = good(TF_COMMAND_LIVE, "");
	struct tf_tuple tuple = {.lport = 1, .rport = 2};

	assert_true(tf_filter_tuple(&options.filter, &tuple, 3));
	assert_false(options.json || options.core.states || options.help || options.version);
	assert_true(options.stats_interval_ns == 60000000000ULL);
	assert_int_equal(options.core.max_connections, 0);
	assert_null(options.output);
}

static void test_ports_are_lists_and_ranges_that_add_up(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_LIVE, "-L 80,443 --remote-port=1024-65535 -L 22");

	assert_true(tf_filter_has_port(&options.filter.lport, 22));
	assert_true(tf_filter_has_port(&options.filter.lport, 443));
	assert_false(tf_filter_has_port(&options.filter.lport, 81));
	assert_false(tf_filter_has_port(&options.filter.rport, 80));
}

static void test_repeated_lists_add_up(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_LIVE, "-p 1,2 --pid 3 --comm nginx --host 10.0.0.0/8,::1 -4");

	assert_int_equal(options.filter.n_pids, 3);
	assert_int_equal(options.filter.pids[2], 3);
	assert_int_equal(options.filter.n_comms, 1);
	assert_string_equal(options.filter.comms[0], "nginx");
	assert_int_equal(options.filter.n_cidrs, 2);
	assert_true(options.filter.only_v4);
}

static void test_fates_and_classes_are_sets(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_REPLAY, "f --fate connect_refused,unknown --class reset,timeout");

	assert_true(options.filter.fates ==
		    (1ULL << TF_FATE_CONNECT_REFUSED | 1ULL << TF_FATE_UNKNOWN));
	assert_true(options.filter.classes == (1u << TF_CLASS_RESET | 1u << TF_CLASS_TIMEOUT));
	options = good(TF_COMMAND_LIVE, "--abnormal");
	assert_true(options.filter.abnormal);
	assert_int_equal(options.filter.classes, 0);
}

static void test_amounts_take_units(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_LIVE,
		     "--duration 2m --count 10 --ring-size 1M --max-connections 5000 "
		     "--handoff-grace 400ms --stats-interval 0");

	assert_true(options.duration_ns == 120000000000ULL);
	assert_int_equal(options.count, 10);
	assert_int_equal(options.ring_bytes, 1 << 20);
	assert_int_equal(options.core.max_connections, 5000);
	assert_int_equal(options.core.handoff_grace_ns, 400000000);
	assert_int_equal(options.stats_interval_ns, 0);
}

static void test_limits_of_alerts_replace_the_defaults_that_are_named(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_LIVE, "--alert close_wait_pileup:count=9,age=30s "
				      "--alert time_wait_exhaustion:percent=50 "
				      "--alert reset_storm:rate=7 --alert last_ack_pileup:off");
	const struct tf_alert_limits *limits = options.core.alert;

	assert_int_equal(limits[TF_ALERT_CLOSE_WAIT_PILEUP].count, 9);
	assert_int_equal(limits[TF_ALERT_CLOSE_WAIT_PILEUP].age_ns, 30000000000);
	assert_int_equal(limits[TF_ALERT_TIME_WAIT_EXHAUSTION].percent, 50);
	assert_int_equal(limits[TF_ALERT_RESET_STORM].rate, 7);
	/* The others keep their defaults. */
	assert_int_equal(limits[TF_ALERT_RESET_STORM].age_ns, 30000000000);
	assert_true(limits[TF_ALERT_LAST_ACK_PILEUP].off);
	assert_false(limits[TF_ALERT_RESET_STORM].off);
	assert_true(good(TF_COMMAND_REPLAY, "--no-alerts f").core.no_alerts);
}

static void test_malformed_limits_of_alerts_are_refused(void **state)
{
	static const char *const bad[] = {
		"close_wait_pileup",
		"close_wait_pileup:",
		"close_wait_pileup:count",
		"close_wait_pileup:count=",
		"close_wait_pileup:count=0",
		"close_wait_pileup:count=-1",
		"close_wait_pileup:count=9,",
		"close_wait_pileup:,count=9",
		"close_wait_pileup:age=9parsecs",
		"close_wait_pileup:percent=9",
		"time_wait_exhaustion:percent=101",
		"time_wait_exhaustion:count=9",
		"close_wait_pileup:on",
		"reset_storm:rate=1x",
	};
	char line[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "--alert %s", bad[i]);
		expect_refusal(TF_COMMAND_LIVE, line, "--alert");
	}
	expect_refusal(TF_COMMAND_LIVE, "--alert close_wait_pilup:off",
		       "did you mean close_wait_pileup");
	expect_refusal(TF_COMMAND_LIVE, "--alert nonsense:off", "no such alert");
	expect_refusal(TF_COMMAND_DOCTOR, "--no-alerts", "not an option");
}

static void test_the_file_stands_anywhere_among_the_options(void **state)
{
	assert_string_equal(good(TF_COMMAND_REPLAY, "-j file -4").file, "file");
	assert_string_equal(good(TF_COMMAND_RECORD, "file -v").file, "file");
	assert_string_equal(good(TF_COMMAND_RECORD, "-- -file").file, "-file");
}

static void test_only_unambiguous_abbreviations_are_taken(void **state)
{
	assert_true(good(TF_COMMAND_LIVE, "--abn").filter.abnormal);
	expect_refusal(TF_COMMAND_LIVE, "--co 5", "--co");
}

static void test_refusals_name_the_fault_and_the_remedy(void **state)
{
	static const struct {
		const char *line, *word;
	} rows[] = {
		{"--nonsense", "--nonsense"},
		{"-x", "-x"},
		{"-p", "needs an argument"},
		{"--pid", "needs an argument"},
		{"--json=yes", "--json=yes"},
		{"-p nginx", "--pid nginx"},
		{"-p 0", "--pid 0"},
		{"-p 1,,2", "comma"},
		{"-p 4294967296", "--pid"},
		{"--comm sixteen-letters-", "1 to 15"},
		{"-L 0", "--local-port 0"},
		{"-D 65536", "65535"},
		{"--host localhost", "--host localhost"},
		{"--host 10.1.2.3/8", "zeros"},
		{"--netns no-such-namespace", "--netns no-such-namespace"},
		{"--cgroup /no/such/cgroup", "--cgroup"},
		{"--fate closed_by_lokal", "did you mean closed_by_local?"},
		{"--fate connect-refuse", "did you mean connect_refused?"},
		{"--fate xyzzy", "tcpfate explain"},
		{"--class rude", "handshake"},
		{"--duration 10x", "not a time"},
		{"--duration 0", "above 0"},
		{"--dead-grace 0s", "above 0"},
		{"--count 0", "1 or more"},
		{"--count -1", "1 or more"},
		{"--ring-size 1", "64K"},
		{"--ring-size 2G", "1G"},
		{"--ring-size 1MB", "64K"},
		{"--ring-size 99999999999999999999K", "64K"},
		{"--ring-size K", "64K"},
		{"--max-connections 3", "64"},
		{"-4 -6", "-4 and -6"},
		{"stray", "stray"},
		{"--without tp_btf", "fentry, kprobe or iter"},
		{"--without fentry,", "comma"},
		{"--kernel-btf x", "--kernel-btf"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refusal(TF_COMMAND_LIVE, rows[i].line, rows[i].word);
	expect_refusal(TF_COMMAND_REPLAY, "", "tcpfate replay FILE");
	expect_refusal(TF_COMMAND_RECORD, "", "tcpfate record FILE");
	expect_refusal(TF_COMMAND_REPLAY, "a b", "b");
}

static void test_doctor_takes_attach_methods_and_another_kernel(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_DOCTOR, "--without fentry,iter --kernel-btf some/file");

	assert_int_equal(options.without, tf_hooks_kinds("fentry") | tf_hooks_kinds("iter"));
	assert_string_equal(options.kernel_btf, "some/file");
}

static void test_snapshot_takes_filters_and_a_recording_but_no_argument(void **state)
{
	struct tf_options options =
		good(TF_COMMAND_SNAPSHOT, "-v --sockets --from rec -p 7 -o out");

	assert_true(options.verbose && options.sockets && !options.json);
	assert_string_equal(options.from, "rec");
	assert_string_equal(options.output, "out");
	assert_int_equal(options.filter.pids[0], 7);
	assert_null(good(TF_COMMAND_SNAPSHOT, "").from);
	good(TF_COMMAND_SNAPSHOT, "--alert close_wait_pileup:count=9 --max-connections 100");
	expect_refusal(TF_COMMAND_SNAPSHOT, "file", "file");
}

static void test_options_of_other_commands_are_refused(void **state)
{
	expect_refusal(TF_COMMAND_REPLAY, "file --ring-size 1M", "--ring-size");
	expect_refusal(TF_COMMAND_REPLAY, "file --cgroup /", "--cgroup");
	expect_refusal(TF_COMMAND_DOCTOR, "-L 80", "-L");
	expect_refusal(TF_COMMAND_SNAPSHOT, "--states", "--states");
	expect_refusal(TF_COMMAND_LIVE, "--sockets", "--sockets");
	expect_refusal(TF_COMMAND_LIVE, "-v", "-v");
}

static void test_a_list_of_more_than_64_items_is_refused(void **state)
{
	char line[512] = "-p 1";

	for (int i = 0; i < TF_FILTER_LIST_MAX; i++)
		strcat(line, ",1");
	expect_refusal(TF_COMMAND_LIVE, line, "more than 64");
}

static void test_help_needs_no_file(void **state)
{
	assert_true(good(TF_COMMAND_REPLAY, "--help").help);
	assert_true(good(TF_COMMAND_RECORD, "-V").version);
}

static char *help_of(enum tf_command_bit command, bool all)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	tf_options_help(command, all, out);
	fclose(out);
	return text;
}

/* Each line is " -x, --name ARG help" of at most 80 columns, or goes on with the help of the one
 * above, or is a heading or empty. Returns the options. */
static int assert_help_lines(char *text)
{
	int options = 0;

	for (char *line, *rest = text; (line = strsep(&rest, "\n"));) {
		assert_in_range(strlen(line), 0, 80);
		if (!line[0] || line[strlen(line) - 1] == ':')
			continue;
		assert_int_equal(line[28], ' ');
		assert_true(line[29] > ' ');
		if (options && strspn(line, " ") == 29)
			continue;
		assert_true((line[1] == '-') == (line[3] == ','));
		assert_memory_equal(line + 5, "--", 2);
		options++;
	}
	free(text);
	return options;
}

static void test_help_has_lines_of_80_columns_for_each_option(void **state)
{
	assert_int_equal(assert_help_lines(help_of(TF_COMMAND_LIVE, true)), 33);
	assert_int_equal(assert_help_lines(help_of(TF_COMMAND_RECORD, true)), 32);
	assert_int_equal(assert_help_lines(help_of(TF_COMMAND_REPLAY, true)), 25);
	assert_int_equal(assert_help_lines(help_of(TF_COMMAND_SNAPSHOT, true)), 21);
	assert_int_equal(assert_help_lines(help_of(TF_COMMAND_DOCTOR, true)), 6);
}

/* The headings in @text, each with its colon, one after the other. */
static void assert_headings(char *text, const char *expected)
{
	char found[256] = "";

	for (char *line, *rest = text; (line = strsep(&rest, "\n"));)
		if (line[0] && line[strlen(line) - 1] == ':')
			strncat(found, line, sizeof(found) - strlen(found) - 1);
	assert_string_equal(found, expected);
	free(text);
}

static void test_help_is_in_groups_each_with_one_heading(void **state)
{
	assert_headings(help_of(TF_COMMAND_LIVE, true),
			"Filters:Output:Alerts:Recording:Advanced:Help:");
	assert_headings(help_of(TF_COMMAND_REPLAY, true), "Filters:Output:Alerts:Advanced:Help:");
	assert_headings(help_of(TF_COMMAND_DOCTOR, true), "Output:Advanced:Help:");
}

/* An option of which the short help does not even show the name is found by nobody. */
static void test_short_help_names_the_other_options_of_each_group(void **state)
{
	char *text = help_of(TF_COMMAND_LIVE, false);

	assert_non_null(strstr(text, "Output (also --count --states --stats-interval):\n"));
	assert_non_null(strstr(text, "\nAlerts: --alert --no-alerts\n"
				     "Recording: --record --force\n"
				     "Advanced: --scan-interval --ring-size --max-connections "
				     "--destroy-grace ...\n"));
	free(text);
	text = help_of(TF_COMMAND_DOCTOR, false);
	assert_string_equal(text,
			    "Output:\n"
			    " -j, --json                  write JSON Lines: one record a line\n"
			    "Advanced: --debug --without --kernel-btf\n");
	free(text);
}

static void test_short_help_begins_like_this(void **state)
{
	static const char begin[] =
		"Filters (also --host --ipv4 --ipv6 --netns --cgroup --class):\n"
		" -p, --pid PID,...           only connections that these processes own\n"
		"     --comm NAME             only processes with this name; repeatable\n";
	char *text = help_of(TF_COMMAND_LIVE, false);

	assert_memory_equal(text, begin, sizeof(begin) - 1);
	assert_non_null(strstr(text, "not clean, or killed\nOutput (also"));
	free(text);
}

static void test_help_lists_the_options_of_its_command_only(void **state)
{
	char *live = help_of(TF_COMMAND_LIVE, true), *replay = help_of(TF_COMMAND_REPLAY, true);

	assert_non_null(strstr(live, " -L, --local-port PORTS "));
	assert_non_null(strstr(live, "     --ring-size BYTES "));
	assert_null(strstr(replay, "--ring-size"));
	assert_non_null(strstr(replay, "--fate"));
	free(live);
	free(replay);
}

static void test_all_options_are_for_the_command_without_a_name(void **state)
{
	struct tf_options options = good(TF_COMMAND_LIVE, "--help-all");

	assert_true(options.help && options.help_all);
	assert_false(good(TF_COMMAND_LIVE, "--help").help_all);
	expect_refusal(TF_COMMAND_SNAPSHOT, "--help-all", "--help-all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_option_follows_everything),
		cmocka_unit_test(test_ports_are_lists_and_ranges_that_add_up),
		cmocka_unit_test(test_repeated_lists_add_up),
		cmocka_unit_test(test_fates_and_classes_are_sets),
		cmocka_unit_test(test_amounts_take_units),
		cmocka_unit_test(test_limits_of_alerts_replace_the_defaults_that_are_named),
		cmocka_unit_test(test_malformed_limits_of_alerts_are_refused),
		cmocka_unit_test(test_the_file_stands_anywhere_among_the_options),
		cmocka_unit_test(test_only_unambiguous_abbreviations_are_taken),
		cmocka_unit_test(test_refusals_name_the_fault_and_the_remedy),
		cmocka_unit_test(test_doctor_takes_attach_methods_and_another_kernel),
		cmocka_unit_test(test_snapshot_takes_filters_and_a_recording_but_no_argument),
		cmocka_unit_test(test_options_of_other_commands_are_refused),
		cmocka_unit_test(test_a_list_of_more_than_64_items_is_refused),
		cmocka_unit_test(test_help_needs_no_file),
		cmocka_unit_test(test_help_has_lines_of_80_columns_for_each_option),
		cmocka_unit_test(test_help_is_in_groups_each_with_one_heading),
		cmocka_unit_test(test_short_help_begins_like_this),
		cmocka_unit_test(test_short_help_names_the_other_options_of_each_group),
		cmocka_unit_test(test_all_options_are_for_the_command_without_a_name),
		cmocka_unit_test(test_help_lists_the_options_of_its_command_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
