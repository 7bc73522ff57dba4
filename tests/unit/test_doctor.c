// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_doctor.c - the whole text and the whole JSON object of doctor, for kernels that lack
 * something
 *
 * The loader and the probe, which need a kernel, are replaced by functions that give what a test
 * has set.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/doctor_json.h"
#include "cli/doctor_text.h"
#include "cli/version.h"

static struct tf_probe found; /* what the host or the file has */
static struct tf_run_info attached;
static int probe_err, open_err;
static char printed[32 * 1024];

int tf_probe_run(struct tf_probe *ret, uint32_t without, struct tf_trouble *trouble)
{
	*ret = found;
	if (probe_err)
		tf_trouble_set(trouble, "rights are missing; run it as root");
	return probe_err;
}

int tf_probe_file(struct tf_probe *ret, const char *path, uint32_t without,
		  struct tf_trouble *trouble)
{
	return tf_probe_run(ret, without, trouble);
}

void tf_probe_info(const struct tf_probe *probe, struct tf_run_info *ret)
{
	*ret = attached;
}

int tf_loader_open(const struct tf_loader_options *options, struct tf_run_info *ret_info,
		   struct tf_loader **ret_loader, struct tf_trouble *trouble)
{
	*ret_info = attached;
	return open_err;
}

void tf_loader_free(struct tf_loader *loader)
{
}

const struct tf_probe *tf_loader_probe(const struct tf_loader *loader)
{
	return &found;
}

static void attach(enum tf_hook hook, const char *method)
{
	snprintf(attached.hook[hook].method, sizeof(attached.hook[hook].method), "%s", method);
}

/* The attach methods of @hook that were tried: each with its error. */
static void try_methods(enum tf_hook hook, int args, const int *errs, unsigned int n)
{
	struct tf_probe_hook *row = &found.hook[hook];
	const struct tf_hooks_method *method = NULL;

	row->n_tried = n;
	for (unsigned int i = 0; i < n; i++) {
		method = tf_hooks_next(hook, args, 0, method);
		row->tried[i] = (struct tf_probe_try){method, errs[i]};
	}
	row->err = errs[n - 1] ? errs[0] : 0;
}

/* Linux 5.10: no socket cookies, no reasons of resets, fexit is refused, one iterator is
 * missing. */
static int set_old_kernel(void **state)
{
	static const int refused[] = {-EPERM, 0}, none[] = {-EPERM, -ENOSYS};

	memset(&found, 0, sizeof(found));
	memset(&attached, 0, sizeof(attached));
	probe_err = open_err = 0;
	found.host = (struct tf_host){.name = "old\033host", .kernel = "5.10.0", .btf = true};
	found.host.cap_bpf = found.host.cap_perfmon = true;
	attach(TF_HOOK_STATE, "tp_btf");
	attach(TF_HOOK_RST_SENT, "tp_btf");
	attach(TF_HOOK_RST_RECEIVED, "tp_btf");
	attach(TF_HOOK_DESTROY, "tp_btf");
	attach(TF_HOOK_SYNACK, "tp_btf");
	attach(TF_HOOK_ACCEPT, "kretprobe");
	attach(TF_HOOK_SOCKETS, "iter");
	try_methods(TF_HOOK_ACCEPT, 4, refused, 2);
	try_methods(TF_HOOK_BARE4, 2, none, 2);
	found.hook[TF_HOOK_HOLDERS].err = -ENOENT;
	found.hook[TF_HOOK_BARE6].err = -ENODATA;
	return 0;
}

/* What @print writes to standard output. */
static const char *capture(void (*print)(const struct tf_doctor *), const struct tf_doctor *doctor)
{
	char path[] = "/tmp/test_doctorXXXXXX";
	int saved = dup(STDOUT_FILENO), file = mkstemp(path);
	ssize_t n;

	fflush(NULL);
	assert_int_equal(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
	print(doctor);
	fflush(stdout);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	n = pread(file, printed, sizeof(printed) - 1, 0);
	printed[n > 0 ? n : 0] = '\0';
	close(file);
	close(saved);
	unlink(path);
	return printed;
}

static struct tf_doctor examine(const char *kernel_btf)
{
	struct tf_options options = {.kernel_btf = kernel_btf};
	struct tf_doctor doctor = {0};

	if (kernel_btf)
		tf_doctor_examine_file(&options, &doctor);
	else
		tf_doctor_examine_host(&options, &doctor);
	return doctor;
}

static const char *loss_of(enum tf_hook hook)
{
	return tf_run_info_hook_row(hook)->without;
}

static void test_text_names_attach_methods_and_degraded_fates(void **state)
{
	const struct tf_doctor doctor = examine(NULL);
	char expected[8192];

	snprintf(expected, sizeof(expected),
		 "tcpfate " TF_VERSION " on old\\x1bhost\n"
		 "\n"
		 "  kernel                 5.10.0\n"
		 "  BTF                    /sys/kernel/btf/vmlinux\n"
		 "  rights                 CAP_BPF, CAP_PERFMON\n"
		 "  lockdown               unknown: securityfs is not mounted\n"
		 "  identity of sockets    hash of the address (before Linux 5.12)\n"
		 "\n"
		 "hooks and their attach methods:\n"
		 "  inet_sock_set_state    tp_btf\n"
		 "  tcp_send_reset         tp_btf\n"
		 "                         %s\n"
		 "  tcp_receive_reset      tp_btf\n"
		 "  tcp_destroy_sock       tp_btf\n"
		 "  tcp_retransmit_synack  tp_btf\n"
		 "  inet_csk_accept        kretprobe (fexit: Operation not permitted)\n"
		 "                         %s\n"
		 "  iter/tcp               iter\n"
		 "  iter/task_file         not attached: this kernel does not have this hook\n"
		 "                         without it: %s\n"
		 "  tcp_v4_send_reset      not attached: fentry: Operation not permitted; "
		 "kprobe: Function not implemented\n"
		 "                         without it: %s\n"
		 "  tcp_v6_send_reset      not attached: left out by --without\n"
		 "                         without it: %s\n"
		 "\n"
		 "fates that are degraded here:\n"
		 "  aborted_late_data      degraded to closed_by_local after the hand-off to a "
		 "TIME_WAIT minisock\n"
		 "                         missing capability: rst_bare\n"
		 "\n"
		 "tcpfate works here.\n",
		 tf_run_info_hook_weaker(&attached, TF_HOOK_RST_SENT),
		 tf_run_info_hook_weaker(&attached, TF_HOOK_ACCEPT), loss_of(TF_HOOK_HOLDERS),
		 loss_of(TF_HOOK_BARE4), loss_of(TF_HOOK_BARE6));
	assert_string_equal(capture(tf_doctor_text_print, &doctor), expected);
	assert_true(doctor.works);
}

static void test_text_without_rights_names_the_remedy(void **state)
{
	struct tf_doctor doctor;

	found.host.cap_perfmon = false;
	probe_err = -EPERM;
	doctor = examine(NULL);
	assert_string_equal(capture(tf_doctor_text_print, &doctor),
			    "tcpfate " TF_VERSION " on old\\x1bhost\n"
			    "\n"
			    "  kernel                 5.10.0\n"
			    "  BTF                    /sys/kernel/btf/vmlinux\n"
			    "  rights                 CAP_BPF only, not CAP_PERFMON\n"
			    "  lockdown               unknown: securityfs is not mounted\n"
			    "\n"
			    "hooks: not tried, rights are missing\n"
			    "\n"
			    "tcpfate cannot work here: rights are missing; run it as root\n");
	assert_false(doctor.works);
}

/* Where tcp_send_reset passes the reason, the two hooks that stand in for it are not needed. */
static void test_hooks_that_are_not_needed_are_not_missed(void **state)
{
	struct tf_doctor doctor;

	attached.hook[TF_HOOK_RST_SENT].reason = true;
	doctor = examine(NULL);
	capture(tf_doctor_text_print, &doctor);
	assert_non_null(strstr(printed, "\n  tcp_v6_send_reset      not needed: tcp_send_reset "
					"reports these resets\n"
					"\ntcpfate works here.\n"));
	assert_null(strstr(printed, "degraded"));
}

static void test_another_kernel_is_judged_by_its_btf(void **state)
{
	struct tf_doctor doctor;

	found.hook[TF_HOOK_ACCEPT].method = tf_hooks_next(TF_HOOK_ACCEPT, 4, 0, NULL);
	found.hook[TF_HOOK_ACCEPT].args = 4;
	found.hook[TF_HOOK_ACCEPT].n_tried = 0;
	for (int i = 0; i < TF_HOOK_MAX; i++)
		if (i != TF_HOOK_ACCEPT && attached.hook[i].method[0])
			found.hook[i].method =
				tf_hooks_next(i, i == TF_HOOK_RST_SENT ? 2 : 0, 0, NULL);
	attach(TF_HOOK_ACCEPT, "fexit");
	doctor = examine("vm\nlinux");
	capture(tf_doctor_text_print, &doctor);
	assert_memory_equal(printed, "tcpfate " TF_VERSION " and the kernel of vm\\x0alinux\n\n",
			    sizeof("tcpfate " TF_VERSION " and the kernel of vm\\x0alinux\n\n") -
				    1);
	assert_non_null(strstr(printed,
			       "\nhooks and their attach methods, by BTF alone (a host may "
			       "forbid some):\n"));
	assert_non_null(strstr(printed, "\n  inet_csk_accept        fexit, else kretprobe\n"));
	assert_non_null(strstr(printed, "\ntcpfate works with this kernel.\n"));
}

static void assert_json(const char *part)
{
	if (!strstr(printed, part))
		fail_msg("%s is not in %s", part, printed);
}

static void test_json_has_the_same_facts(void **state)
{
	const struct tf_doctor doctor = examine(NULL);

	capture(tf_doctor_json_print, &doctor);
	assert_json(
		"{\"v\":1,\"type\":\"doctor\",\"works\":true,\"trouble\":null,"
		"\"version\":\"" TF_VERSION
		"\",\"kernel_btf\":null,\"host\":\"old\\u001bhost\",\"kernel\":\"5.10.0\","
		"\"btf\":true,"
		"\"cap_bpf\":true,\"cap_perfmon\":true,\"cap_sys_admin\":false,\"lockdown\":null,"
		"\"identity\":\"address\",\"hooks\":[{\"name\":\"inet_sock_set_state\",");
	assert_json("{\"name\":\"inet_csk_accept\",\"required\":false,\"needed\":true,"
		    "\"attach_method\":\"kretprobe\",\"attach_methods\":["
		    "{\"attach_method\":\"fexit\",\"errno\":\"EPERM\"},"
		    "{\"attach_method\":\"kretprobe\",\"errno\":null}],"
		    "\"errno\":null,\"why_not\":null,");
	assert_json("\"attach_method\":null,\"attach_methods\":["
		    "{\"attach_method\":\"fentry\",\"errno\":\"EPERM\"},"
		    "{\"attach_method\":\"kprobe\",\"errno\":\"ENOSYS\"}],\"errno\":\"EPERM\","
		    "\"why_not\":\"Operation not permitted\",");
	assert_json("{\"fate\":\"aborted_late_data\",\"when\":\"after the hand-off to a TIME_WAIT "
		    "minisock\",\"capability\":\"rst_bare\",\"degraded_to\":\"closed_by_local\","
		    "\"here\":false}");
	assert_json("\"here\":true}]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_text_names_attach_methods_and_degraded_fates,
				       set_old_kernel),
		cmocka_unit_test_setup(test_text_without_rights_names_the_remedy, set_old_kernel),
		cmocka_unit_test_setup(test_hooks_that_are_not_needed_are_not_missed,
				       set_old_kernel),
		cmocka_unit_test_setup(test_another_kernel_is_judged_by_its_btf, set_old_kernel),
		cmocka_unit_test_setup(test_json_has_the_same_facts, set_old_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
