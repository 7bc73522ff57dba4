// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * loader.c - see loader.h
 */
#include "kernel/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/units.h"
#include "kernel/hooks.h"
#include "kernel/maps.h"
#include "tcpfate.skel.h"

struct tf_loader {
	struct tcpfate_bpf *skel;
	uint32_t ring_bytes;
	struct tf_probe probe;
	struct bpf_link *link[TF_HOOK_MAX]; /* owned; NULL: not attached */
	struct bpf_link *rename;	    /* of on_rename(); likewise */
	/* Owned; NULL: none, or not attached. */
	struct bpf_link *stand_in[TF_HOOK_MAX][TF_HOOKS_STAND_INS];
	/* Descriptors, the skeleton's; -1: not loaded. */
	int program[TF_HOOK_MAX];
	int last[TF_HOOK_MAX]; /* the last stand-ins' */
};

/* What to load: one bit for each enum tf_hook. */
#define HOOK_BIT(hook) (1u << (hook))
#define ITERATORS (HOOK_BIT(TF_HOOK_SOCKETS) | HOOK_BIT(TF_HOOK_HOLDERS))

static void skel_freep(struct tcpfate_bpf **skel)
{
	tcpfate_bpf__destroy(*skel);
}

static void loader_freep(struct tf_loader **loader)
{
	tf_loader_free(*loader);
}

/* libbpf prints whole verifier logs: never on a user's screen unless asked for. */
static int print_debug(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static uint32_t ring_bytes(uint32_t wanted)
{
	uint32_t bytes = TF_LOADER_RING_MIN;

	if (!wanted)
		return TF_LOADER_RING_DEFAULT;
	while (bytes < wanted && bytes < TF_LOADER_RING_MAX)
		bytes *= 2;
	return bytes;
}

/* 1 / CONFIG_HZ: the resolution of the coarse clocks. */
static uint64_t tick_ns(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		return 4000000;
	return tick.tv_sec * NS_PER_S + tick.tv_nsec;
}

/* Sets the constants that the programs read, and the sizes of their maps, before they are
 * loaded. */
static void configure_skel(struct tcpfate_bpf *skel, const struct tf_loader_options *options,
			   const struct tf_probe *probe)
{
	uint32_t bytes = ring_bytes(options->ring_bytes);
	uint64_t key = (uintptr_t)skel;

	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) < 0)
		key ^= (uint64_t)time(NULL) << 20;
	skel->bss->tf_wake.scanner = (__u32)getpid(); /* iterators correct a pid namespace's */
	skel->rodata->tf_cfg.hash_key = key | 1;
	skel->rodata->tf_cfg.tick_ns = tick_ns();
	skel->rodata->tf_cfg.wake_bytes = bytes / 4;
	skel->rodata->tf_cfg.cookies = probe->cookies;
	if (options->filter)
		tf_maps_configure(options->filter, (struct tf_config *)&skel->rodata->tf_cfg);
	bpf_map__set_max_entries(skel->maps.ring, bytes);
	bpf_map__set_max_entries(skel->maps.cidr_set, TF_FILTER_LIST_MAX + 1); /* see maps.c */
}

/* Switches on the programs of the hooks in @hooks, and all others off. */
static void choose_programs(struct bpf_object *object, const struct tf_probe *probe, uint32_t hooks)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, object) {
		const char *name = bpf_program__name(prog);
		int hook = tf_hooks_of_program(name);
		bool on = hook >= 0 && (hooks & HOOK_BIT(hook)) &&
			  (!strcmp(probe->hook[hook].method->program, name) ||
			   tf_hooks_stand_in(name, probe->hook[hook].method->program) >= 0);

		bpf_program__set_autoload(prog, on);
	}
}

/* Loads the programs of @hooks, all or none. */
static int load_programs(const struct tf_loader_options *options, const struct tf_probe *probe,
			 uint32_t hooks, struct tcpfate_bpf **ret_skel)
{
	TF_CLEANUP(skel_freep) struct tcpfate_bpf *skel = tcpfate_bpf__open();
	int err;

	if (!skel)
		return errno ? -errno : -ENOMEM;
	configure_skel(skel, options, probe);
	choose_programs(skel->obj, probe, hooks);
	bpf_program__set_autoload(skel->progs.on_rename,
				  probe->cookies && (hooks & HOOK_BIT(TF_HOOK_STATE)));
	err = tcpfate_bpf__load(skel);
	if (err)
		return err;
	*ret_skel = TF_TAKE(skel);
	return 0;
}

/* Loads one hook's program alone, and another one where the kernel refuses it though it did not
 * refuse the trial. */
static int settle_hook(const struct tf_loader_options *options, struct tf_probe *probe,
		       enum tf_hook hook)
{
	int err = 0;

	while (probe->hook[hook].method) {
		TF_CLEANUP(skel_freep) struct tcpfate_bpf *skel = NULL;

		err = load_programs(options, probe, HOOK_BIT(hook), &skel);
		if (!err)
			return 0;
		tf_probe_next(probe, hook, err);
	}
	return err;
}

/* One of @hooks' programs is refused: finds out which, and loads what can be. */
static int load_what_can_be(const struct tf_loader_options *options, struct tf_probe *probe,
			    uint32_t hooks, struct tcpfate_bpf **ret_skel)
{
	for (int i = 0; i < TF_HOOK_MAX; i++) {
		int err = hooks & HOOK_BIT(i) ? settle_hook(options, probe, i) : 0;

		if (err && i == TF_HOOK_STATE)
			return err;
		if (err)
			hooks &= ~HOOK_BIT(i);
	}
	return load_programs(options, probe, hooks, ret_skel);
}

/* Reports why the programs could not be loaded. Returns @err. */
static int load_trouble(const struct tf_loader_options *options, const struct tf_probe *probe,
			int err, struct tf_trouble *trouble)
{
	uint32_t bytes = ring_bytes(options->ring_bytes);

	if (err == -ENOMEM || (err == -EPERM && !probe->host.cap_sys_resource))
		tf_trouble_set(trouble,
			       "cannot create a ring buffer of %u KiB: %s; give a smaller "
			       "--ring-size or raise the limit of locked memory (ulimit -l)",
			       bytes >> 10, strerror(-err));
	else
		tf_trouble_set(trouble,
			       "the kernel refused the BPF programs: %s; run with --debug and "
			       "report what it says (kernel %s)",
			       strerror(-err), probe->host.kernel);
	return err;
}

static void detach_hook(struct tf_loader *loader, int hook)
{
	bpf_link__destroy(loader->link[hook]);
	loader->link[hook] = NULL;
	for (int i = 0; i < TF_HOOKS_STAND_INS; i++) {
		bpf_link__destroy(loader->stand_in[hook][i]);
		loader->stand_in[hook][i] = NULL;
	}
}

static void attach_program(struct tf_loader *loader, struct bpf_program *prog, int hook,
			   int stand_in)
{
	struct bpf_link *link = bpf_program__attach(prog);

	if (!link)
		loader->probe.hook[hook].err = -errno;
	if (stand_in < 0) {
		loader->link[hook] = link;
		loader->program[hook] = bpf_program__fd(prog);
	} else {
		loader->stand_in[hook][stand_in] = link;
	}
	if (stand_in == TF_HOOKS_LAST)
		loader->last[hook] = bpf_program__fd(prog);
}

/* Attaches the hooks' first programs (-1), or their stand-ins of that number. */
static void attach_programs(struct tf_loader *loader, int stand_in)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, loader->skel->obj) {
		const char *name = bpf_program__name(prog);
		int hook = tf_hooks_of_program(name);

		if (bpf_program__autoload(prog) && hook >= 0 &&
		    tf_hooks_stand_in(name, loader->probe.hook[hook].method->program) == stand_in)
			attach_program(loader, prog, hook, stand_in);
	}
}

/* Programs are called in the order in which they were attached (func_add() of kernel/tracepoint.c),
 * which bpf/programs.bpf.h relies on. */
static int attach_all(struct tf_loader *loader, bool scan_only, struct tf_trouble *trouble)
{
	attach_programs(loader, -1);
	if (loader->probe.preemptible)
		for (int i = 0; i < TF_HOOKS_LAST; i++)
			attach_programs(loader, i);
	attach_programs(loader, TF_HOOKS_LAST);
	if (bpf_program__autoload(loader->skel->progs.on_rename)) /* a name less without it */
		loader->rename = bpf_program__attach(loader->skel->progs.on_rename);
	for (int i = 0; i < TF_HOOK_MAX; i++)
		if (loader->probe.hook[i].err) /* what only some of them see is no hook */
			detach_hook(loader, i);
	if (loader->link[TF_HOOK_STATE] || scan_only)
		return 0;
	tf_trouble_set(trouble,
		       "cannot attach to tracepoint inet_sock_set_state: %s; run with --debug "
		       "and report what it says",
		       strerror(-loader->probe.hook[TF_HOOK_STATE].err));
	return loader->probe.hook[TF_HOOK_STATE].err;
}

static void fill_info(const struct tf_loader *loader, struct tf_run_info *info)
{
	const struct tf_probe *probe = &loader->probe;

	snprintf(info->host, sizeof(info->host), "%s", probe->host.name);
	snprintf(info->kernel, sizeof(info->kernel), "%s", probe->host.kernel);
	tf_probe_info(probe, info);
	for (int i = 0; i < TF_HOOK_MAX; i++)
		if (!loader->link[i])
			memset(&info->hook[i], 0, sizeof(info->hook[i]));
	info->utc_offset_ns = tf_clock_utc_offset();
	info->start_ns = tf_clock_boot_ns();
	info->hash_key = tf_random_key();
}

/* The hooks that the probe could attach to, of those that are asked for. */
static uint32_t choose_hooks(const struct tf_probe *probe, const struct tf_loader_options *options)
{
	uint32_t hooks = 0;

	for (int i = 0; i < TF_HOOK_MAX; i++)
		if (!probe->hook[i].err)
			hooks |= HOOK_BIT(i);
	if (options->scan_only)
		hooks &= ITERATORS;
	return hooks;
}

static bool has_iterator(const struct tf_probe *probe)
{
	return !probe->hook[TF_HOOK_SOCKETS].err || !probe->hook[TF_HOOK_HOLDERS].err;
}

static int load_and_attach(struct tf_loader *loader, const struct tf_loader_options *options,
			   struct tf_trouble *trouble)
{
	uint32_t hooks = choose_hooks(&loader->probe, options);
	int err = load_programs(options, &loader->probe, hooks, &loader->skel);

	if (err && err != -ENOMEM)
		err = load_what_can_be(options, &loader->probe, hooks, &loader->skel);
	if (!err && options->filter)
		err = tf_maps_fill(loader->skel->obj, options->filter,
				   (const struct tf_config *)&loader->skel->rodata->tf_cfg);
	if (err)
		return load_trouble(options, &loader->probe, err, trouble);
	loader->ring_bytes = ring_bytes(options->ring_bytes);
	return attach_all(loader, options->scan_only, trouble);
}

int tf_loader_open(const struct tf_loader_options *options, struct tf_run_info *ret_info,
		   struct tf_loader **ret_loader, struct tf_trouble *trouble)
{
	TF_CLEANUP(loader_freep) struct tf_loader *loader = calloc(1, sizeof(*loader));
	int err;

	for (int i = 0; loader && i < TF_HOOK_MAX; i++)
		loader->program[i] = loader->last[i] = -1;
	libbpf_set_print(options->debug ? print_debug : print_nothing);
	if (!loader) {
		tf_trouble_set(trouble, "out of memory; give it more");
		return -ENOMEM;
	}
	err = tf_probe_run(&loader->probe, options->without, trouble);
	if (err && options->scan_only && has_iterator(&loader->probe))
		err = 0; /* a tracepoint is missing: not wanted */
	if (!err)
		err = load_and_attach(loader, options, trouble);
	if (err)
		return err;
	fill_info(loader, ret_info);
	*ret_loader = TF_TAKE(loader);
	return 0;
}

void tf_loader_detach(struct tf_loader *loader)
{
	bpf_link__destroy(loader->rename);
	loader->rename = NULL;
	for (int i = 0; i < TF_HOOK_MAX; i++)
		detach_hook(loader, i);
}

void tf_loader_free(struct tf_loader *loader)
{
	if (!loader)
		return;
	tf_loader_detach(loader);
	tcpfate_bpf__destroy(loader->skel);
	free(loader);
}

const struct tf_probe *tf_loader_probe(const struct tf_loader *loader)
{
	return &loader->probe;
}

int tf_loader_ring_fd(const struct tf_loader *loader)
{
	return bpf_map__fd(loader->skel->maps.ring);
}

struct tf_wake *tf_loader_wake(const struct tf_loader *loader)
{
	return (struct tf_wake *)&loader->skel->bss->tf_wake;
}

int tf_loader_cpus(void)
{
	return libbpf_num_possible_cpus();
}

int tf_loader_read_counting(const struct tf_loader *loader, uint32_t entry,
			    struct tf_counting *ret_cpus)
{
	int fd = bpf_map__fd(loader->skel->maps.counters);

	return bpf_map_lookup_elem(fd, &entry, ret_cpus) ? -errno : 0;
}

uint32_t tf_loader_ring_bytes(const struct tf_loader *loader)
{
	return loader->ring_bytes;
}

bool tf_loader_has(const struct tf_loader *loader, enum tf_hook hook)
{
	return loader->link[hook];
}

int tf_loader_iterate(const struct tf_loader *loader, enum tf_hook hook)
{
	int fd;

	if (!loader->link[hook])
		return -ENOENT;
	fd = bpf_iter_create(bpf_link__fd(loader->link[hook]));
	return fd < 0 ? -errno : fd;
}

static uint64_t read_misses(int program)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (program < 0 || bpf_obj_get_info_by_fd(program, &info, &size))
		return 0;
	return info.recursion_misses;
}

bool tf_loader_has_stand_in(const struct tf_loader *loader, enum tf_hook hook)
{
	return loader->last[hook] >= 0; /* after they are detached, too */
}

uint64_t tf_loader_skipped(const struct tf_loader *loader, enum tf_hook hook)
{
	return read_misses(tf_loader_has_stand_in(loader, hook) ? loader->last[hook] :
								  loader->program[hook]);
}
