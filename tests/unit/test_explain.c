// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_explain.c - the command as it is run: standard output into a file, the status, the wrapping
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cmd/explain.h"
#include "cli/text.h"
#include "cli/glossary/glossary.h"

#define WIDTH 80

static char printed[256 * 1024]; /* what the command wrote to standard output */
static char complaint[4096];	 /* and to standard error */

static int redirect(int fd, const char *path)
{
	int saved = dup(fd), file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(saved >= 0 && file >= 0);
	assert_int_equal(dup2(file, fd), fd);
	close(file);
	return saved;
}

static void read_back(int fd, int saved, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	assert_int_equal(dup2(saved, fd), fd);
	close(saved);
}

/* Runs `explain` with @words, up to a NULL. */
static int run(const char *const *words)
{
	char out_path[] = "/tmp/test_explain_outXXXXXX", err_path[] = "/tmp/test_explain_errXXXXXX";
	char *argv[8] = {(char *)"explain"};
	int argc = 1, status, saved_out, saved_err;

	close(mkstemp(out_path));
	close(mkstemp(err_path));
	while (*words)
		argv[argc++] = (char *)*words++;
	fflush(NULL);
	saved_out = redirect(STDOUT_FILENO, out_path);
	saved_err = redirect(STDERR_FILENO, err_path);
	status = tf_explain_main(argc, argv);
	read_back(STDERR_FILENO, saved_err, complaint, sizeof(complaint));
	read_back(STDOUT_FILENO, saved_out, printed, sizeof(printed));
	unlink(out_path);
	unlink(err_path);
	return status;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_printed(const char *text)
{
	if (!strstr(printed, text))
		fail_msg("'%s' is not in:\n%s", text, printed);
}

static void test_a_fate_is_shown_with_all_its_parts(void **state)
{
	assert_int_equal(RUN("reset_after_remote_fin"), 0);
	assert_printed(
		"reset_after_remote_fin: reset after the peer's FIN\nA fate of class reset.\n");
	assert_printed("\nWhat happened\n    The peer closed first: its FIN came");
	assert_printed("\n    - with bytes_unacked and bytes_unsent 0: All data of ours");
	assert_printed("\nThis host's application sees\n    EPIPE");
	assert_printed("\nThe other end's application sees\n    nothing\n");
	assert_printed("\nWhat to do\n    When read() returns 0");
	assert_printed("\n    - with bytes_unacked and bytes_unsent 0: Harmless");
	assert_printed("\nSee also\n    EPIPE");
	assert_string_equal(complaint, "");
}

static void test_an_alert_is_shown_with_its_limits(void **state)
{
	assert_int_equal(RUN("close_wait_pileup"), 0);
	assert_printed("close_wait_pileup: sockets in CLOSE_WAIT\nAn alert (warning).\n");
	assert_printed("\nWhat it means\n    The peers have closed");
	assert_printed("\nWhat to do\n    Find the path");
	assert_printed("\nDefault limits\n"
		       "    --alert close_wait_pileup:count=50,age=60s\n");
	assert_printed("\nSee also\n    CLOSE_WAIT ");
	assert_int_equal(RUN("time_wait_exhaustion"), 0);
	assert_printed("An alert (critical).\n");
	assert_printed("    --alert time_wait_exhaustion:percent=80\n");
	assert_int_equal(RUN("reset_storm"), 0);
	assert_printed("    --alert reset_storm:age=30s,rate=60\n");
}

static void test_a_kind_lists_its_words(void **state)
{
	static const char last[] = "\n    unknown                  not decided\n";

	assert_int_equal(RUN("fates"), 0);
	assert_ptr_equal(strstr(printed, "Fates\n    closed_by_local          closed here first\n"),
			 printed);
	assert_string_equal(strstr(printed, last), last);
	assert_int_equal(RUN("alerts"), 0);
	assert_ptr_equal(strstr(printed,
				"Alerts\n    close_wait_pileup        sockets in CLOSE_WAIT\n"),
			 printed);
	assert_printed("\n    reconnect_flap           short-lived connections\n");
	assert_null(strstr(printed, "closed_by_local"));
	assert_int_equal(RUN("tcp", "states"), 0);
	assert_printed("TCP states\n    LISTEN ");
	assert_int_equal(RUN("evidence"), 0);
	assert_printed("Evidence\n    no_error ");
}

static void test_an_errno_is_told_apart_by_call(void **state)
{
	assert_int_equal(RUN("104"), 0);
	assert_printed("ECONNRESET (104): Connection reset by peer\n");
	assert_printed("\nFrom accept()\n");
	assert_printed("\nFrom read(), recv()\n");
	assert_printed("\nFrom write(), send()\n");
	assert_printed("\nOn Windows\n    WSAECONNRESET (10054): ");
}

static void test_a_windows_error_names_its_linux_one(void **state)
{
	assert_int_equal(RUN("10053"), 0);
	assert_printed("WSAECONNABORTED (10053)\n");
	assert_printed("RST after the\n    peer's FIN");
	assert_printed("\nSame name on Linux\n    ECONNABORTED (103)\n");
}

static void test_a_state_says_what_many_of_it_mean(void **state)
{
	assert_int_equal(RUN("fin-wait-1"), 0);
	assert_printed("FIN_WAIT1: ");
	assert_printed("\nMany of them\n");
}

static void test_a_sysctl_is_shown_with_its_value_here(void **state)
{
	char expected[128];
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned int low, high;

	if (!file)
		skip();
	assert_int_equal(fscanf(file, "%u %u", &low, &high), 2);
	fclose(file);
	snprintf(expected, sizeof(expected), "\nOn this host now\n    %u %u\n", low, high);
	assert_int_equal(RUN("net.ipv4.ip_local_port_range"), 0);
	assert_printed(expected);
	assert_int_equal(RUN("tcp_tw_recycle"), 0);
	assert_null(strstr(printed, "On this host now"));
}

static void test_several_words_are_one_text_or_several_entries(void **state)
{
	assert_int_equal(RUN("broken", "pipe"), 0);
	assert_printed("EPIPE (32): Broken pipe\n");
	assert_int_equal(RUN("EPIPE", "CLOSE_WAIT"), 0);
	assert_printed("EPIPE (32): Broken pipe\n");
	assert_printed("\nCLOSE_WAIT: ");
}

static void test_a_name_of_two_kinds_shows_both(void **state)
{
	assert_int_equal(RUN("fin_received"), 0);
	assert_printed("In the evidence it means\n");
	assert_printed("In a conn record\n");
	assert_int_equal(RUN("established"), 0);
	assert_printed("ESTABLISHED: open");
	assert_printed("\nestablished\n");
}

static void test_without_a_word_everything_is_listed(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	assert_int_equal(RUN(), 0);
	for (size_t i = 0; i < count; i++)
		assert_printed(all[i].name);
}

static void test_an_unknown_word_is_one_line_with_the_nearest(void **state)
{
	assert_int_equal(RUN("reset_by_remot"), 2);
	assert_string_equal(printed, "");
	assert_string_equal(complaint, "tcpfate: explain: 'reset_by_remot' is unknown; "
				       "did you mean 'reset_by_remote'?\n");
	assert_int_equal(RUN("qqqqqqqqqq"), 2);
	assert_string_equal(complaint, "tcpfate: explain: 'qqqqqqqqqq' is unknown; "
				       "tcpfate explain lists all words\n");
	assert_int_equal(RUN("brokn", "pipe"), 2);
	assert_non_null(strstr(complaint, "did you mean 'Broken pipe'?\n"));
	assert_int_equal(RUN("EPIPE", "EPIP"), 2);
	assert_string_equal(printed, "");
}

static void test_hostile_words_stay_one_harmless_line(void **state)
{
	assert_int_equal(RUN("\033[2J\nx"), 2);
	assert_null(strchr(complaint, '\033'));
	assert_ptr_equal(strchr(complaint, '\n'), complaint + strlen(complaint) - 1);
}

static void test_options_are_refused_and_help_is_given(void **state)
{
	assert_int_equal(RUN("--josn"), 2);
	assert_int_equal(RUN("--help"), 0);
	assert_printed("Usage: tcpfate explain");
	assert_int_equal(RUN("--", "EPIPE"), 0);
}

static void test_output_to_a_file_is_plain_and_fits_80_columns(void **state)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	for (size_t i = 0; i < count; i++) {
		assert_int_equal(RUN(all[i].name), 0);
		assert_null(strchr(printed, '\033'));
		for (char *line = printed; *line; line += strcspn(line, "\n") + 1)
			assert_in_range(strcspn(line, "\n"), 0, WIDTH);
	}
}

static void test_a_full_disk_is_status_1(void **state)
{
	char *argv[] = {(char *)"explain", (char *)"EPIPE", NULL};
	char err_path[] = "/tmp/test_explain_errXXXXXX";
	int saved_out, saved_err, status;

	close(mkstemp(err_path));
	fflush(NULL);
	saved_out = redirect(STDOUT_FILENO, "/dev/full");
	saved_err = redirect(STDERR_FILENO, err_path);
	status = tf_explain_main(2, argv);
	read_back(STDERR_FILENO, saved_err, complaint, sizeof(complaint));
	assert_int_equal(dup2(saved_out, STDOUT_FILENO), STDOUT_FILENO);
	close(saved_out);
	clearerr(stdout);
	unlink(err_path);
	assert_int_equal(status, 1);
	assert_non_null(strstr(complaint, "No space left on device"));
}

static void assert_wrapped(unsigned int width, unsigned int indent, const char *paragraph,
			   const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct tf_text to = {.out = out, .width = width};

	tf_text_paragraph(&to, indent, paragraph);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void test_paragraphs_wrap_at_blanks(void **state)
{
	assert_wrapped(9, 2, "one two three", "  one two\n  three\n");
	assert_wrapped(8, 2, "one two three", "  one\n  two\n  three\n");
	assert_wrapped(6, 0, "incompressible x", "incompressible\nx\n");
	assert_wrapped(10, 4, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fate_is_shown_with_all_its_parts),
		cmocka_unit_test(test_an_alert_is_shown_with_its_limits),
		cmocka_unit_test(test_a_kind_lists_its_words),
		cmocka_unit_test(test_an_errno_is_told_apart_by_call),
		cmocka_unit_test(test_a_windows_error_names_its_linux_one),
		cmocka_unit_test(test_a_state_says_what_many_of_it_mean),
		cmocka_unit_test(test_a_sysctl_is_shown_with_its_value_here),
		cmocka_unit_test(test_several_words_are_one_text_or_several_entries),
		cmocka_unit_test(test_a_name_of_two_kinds_shows_both),
		cmocka_unit_test(test_without_a_word_everything_is_listed),
		cmocka_unit_test(test_an_unknown_word_is_one_line_with_the_nearest),
		cmocka_unit_test(test_hostile_words_stay_one_harmless_line),
		cmocka_unit_test(test_options_are_refused_and_help_is_given),
		cmocka_unit_test(test_output_to_a_file_is_plain_and_fits_80_columns),
		cmocka_unit_test(test_a_full_disk_is_status_1),
		cmocka_unit_test(test_paragraphs_wrap_at_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
