# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# One Makefile, not recursive; `make help` lists what it can do. Everything built is below build/.
# Sources are found by wildcard: a new .c file needs no line here. Header dependencies come from
# the compilers (-MMD), on the BPF side too: touch bpf/abi.h and both sides are rebuilt.
#
# Variables: PREFIX, DESTDIR, ARGS (for `run`), V (1: show commands), CC, CLANG, BPFTOOL, PYTHON,
# CFLAGS, LDFLAGS, FUZZ_SECONDS, KERNELS, SOAK, LONG_FUZZ_SECONDS, LONG_SOAK, BENCH_ARGS.
# ARCH=arm64, on the command line, builds for arm64 on another host, below build/arm64.

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

PREFIX ?= /usr/local
ARGS ?=
FUZZ_SECONDS ?= 5
SOAK ?= 30m
LONG_FUZZ_SECONDS ?= 900
LONG_SOAK ?= 2h
BENCH_ARGS ?=
PYTHON ?= /usr/bin/python3
CLANG ?= clang
ifeq ($(origin CC),default)
CC := gcc
endif

# Distributions put bpftool where ordinary users do not look, or behind a wrapper that wants the
# running kernel's own copy.
ifndef BPFTOOL
BPFTOOL := $(firstword $(shell for tool in bpftool /usr/sbin/bpftool /sbin/bpftool \
	/usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool; do \
	if $$tool version >/dev/null 2>/dev/null; then echo $$tool; fi; done) bpftool)
endif
LIBBPF_CFLAGS := $(shell pkg-config --cflags libbpf 2>/dev/null)
LIBBPF_LIBS := $(or $(shell pkg-config --libs libbpf 2>/dev/null),-lbpf) -lelf -lz
LIBS_CFLAGS := $(LIBBPF_CFLAGS)

# --- for whom ---------------------------------------------------------------------------------

# Files in a clone belong to its owner, whoever runs make: no leftovers of root's.
AS_OWNER := tools/as-owner.sh
HOST_ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/; s/ppc64le/powerpc/; \
	s/s390x/s390/; s/riscv64/riscv/')
# Who builds kernels has an ARCH in the environment that means something else.
ifneq ($(origin ARCH),command line)
ARCH := $(HOST_ARCH)
endif
override ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(patsubst amd64,x86,$(ARCH))))

ifeq ($(ARCH),$(HOST_ARCH))
CROSS :=
B := build
else
ifneq ($(ARCH),arm64)
$(error ARCH=$(ARCH): on this host tcpfate is built for $(HOST_ARCH), which needs no ARCH, \
	and for arm64)
endif
NOT_HERE := $(filter run test unit-asan fuzz e2e soak bench bench-quick test-static kernels check \
	build-tests build-fuzz,$(MAKECMDGOALS))
ifneq ($(NOT_HERE),)
$(error make $(NOT_HERE): not with ARCH=$(ARCH), this host cannot run it; \
	there are all, static, unit and install)
endif
CROSS := aarch64-linux-gnu
B := build/$(ARCH)
# The compiler and its C library are the distribution's, the other libraries tools/sysroot's.
SYSROOT := $(shell $(AS_OWNER) tools/sysroot --path $(ARCH))
ifneq ($(origin CC),command line)
CC := $(CROSS)-gcc
endif
AR := $(CROSS)-ar
LIBS_CFLAGS := -isystem $(SYSROOT)/usr/include -isystem $(SYSROOT)/usr/include/$(CROSS)
SYSROOT_LIBS := $(foreach lib,usr/lib lib,-L$(SYSROOT)/$(lib)/$(CROSS) \
	-Wl,-rpath-link,$(SYSROOT)/$(lib)/$(CROSS))
LIBBPF_LIBS := $(SYSROOT_LIBS) -lbpf -lelf -lz
# A dynamic program finds its own libraries under the emulator, too.
RUNNER := qemu-aarch64-static -L /usr/$(CROSS) \
	-E LD_LIBRARY_PATH=$(SYSROOT)/usr/lib/$(CROSS):$(SYSROOT)/lib/$(CROSS)
# QEMU's user emulation has neither NETLINK_SOCK_DIAG nor NS_GET_NSTYPE.
UNIT_SKIP := test_diag test_resolve
export PKG_CONFIG_LIBDIR := $(SYSROOT)/usr/lib/$(CROSS)/pkgconfig
READY := cross-ready
endif

# Asked at the link: a sysroot may not be there before. What libelf needs differs between releases.
STATIC_LIBS = $(SYSROOT_LIBS) -Wl,--start-group -lbpf -lelf -lz \
	$(filter -l%,$(shell pkg-config --static --libs libelf 2>/dev/null)) -Wl,--end-group
STATIC_LIMIT := 3000000 # bytes

# --- flags ------------------------------------------------------------------------------------

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
BASE_CFLAGS := -std=gnu17 -pthread -D_GNU_SOURCE $(WARN) -I. -Iuser -I$(B) $(LIBS_CFLAGS)
BPF_CFLAGS := -target bpf -D__TARGET_ARCH_$(ARCH) -mcpu=v3 -O2 -g -Wall -Werror \
	-I. -Ivmlinux $(LIBBPF_CFLAGS)

# The same sources once more for the sanitizers and for the fuzzer.
plain_CC = $(CC)
plain_CFLAGS = $(CFLAGS)
asan_CC = $(CC)
asan_CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_CC = $(CLANG)
fuzz_CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link \
	-fno-sanitize-recover=all

# What a rule does, in a word; V=1 shows the commands.
ifeq ($(V),1)
quiet =
else
quiet = @printf '  %-8s%s\n' $(1) $@;
endif

# --- what there is ----------------------------------------------------------------------------

SRC := $(sort $(wildcard user/*/*.c user/*/*/*.c))
# What sees libbpf or the skeleton, and so needs both to be built.
NEEDS_LIBBPF := $(shell grep -lE '^.include (<bpf/|"tcpfate\.skel\.h")' $(SRC))
# All the rest can be linked into tests, as one archive: a test takes only what it calls.
TESTABLE := $(filter-out $(NEEDS_LIBBPF) %/main.c,$(SRC))

# maps.bpf.c first: the linker must meet a map's definition before its declarations.
BPF_SRC := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c))
BPF_OBJ := $(BPF_SRC:%.c=$(B)/%.o)
SKEL := $(B)/tcpfate.skel.h
MAN := tcpfate.8 tcpfate-fates.7 tcpfate-json.5

.PHONY: all
all: $(B)/tcpfate ## builds build/tcpfate; ARCH=arm64: build/arm64/tcpfate

.PHONY: cross-ready
cross-ready:
	@tools/install-deps.sh cross-$(ARCH)
	@$(AS_OWNER) tools/sysroot $(ARCH) >/dev/null

# Before anything is compiled: one line that names what is missing here, instead of a compiler's
# errors. Tested once, and again when a tool or a header comes or goes.
ifndef CROSS
TOOLS_READY := $(B)/toolchain
READY := $(TOOLS_READY)
endif
LIBBPF_FOLDERS := $(patsubst -I%,%,$(filter -I%,$(LIBBPF_CFLAGS)))
HEADERS := $(wildcard $(foreach folder,/usr/include /usr/local/include $(LIBBPF_FOLDERS),\
	$(addprefix $(folder)/,bpf/libbpf.h libelf.h zlib.h)))
TOOLCHAIN := $(shell for tool in '$(CC)' '$(CLANG)' '$(BPFTOOL)' pkg-config; do \
	echo "$$tool: $$(command -v $${tool%% *});"; done) $(HEADERS)

$(B)/toolchain: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(TOOLCHAIN)' | cmp -s - $@ || { \
		CC='$(CC)' CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' CPPFLAGS='$(LIBBPF_CFLAGS)' \
			tools/install-deps.sh --check build && printf '%s\n' '$(TOOLCHAIN)' >$@; }

# --- the kernel side --------------------------------------------------------------------------

# A file that changes when, and only when, the command line does.
.PHONY: force
force:
define stamp
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(1))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(1))' >$@
endef
$(B)/bpf/flags: force
	$(call stamp,$(CLANG) $(BPF_CFLAGS))

$(B)/bpf/sources: force
	$(call stamp,$(BPFTOOL) $(BPF_OBJ))

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/bpf/flags | $(TOOLS_READY)
	$(call quiet,BPF)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

# Links, and drops the debug information but not the BTF.
$(B)/tcpfate.bpf.o: $(BPF_OBJ) $(B)/bpf/sources
	$(call quiet,LINKBPF)$(BPFTOOL) gen object $@ $(BPF_OBJ)

$(SKEL): $(B)/tcpfate.bpf.o
	$(call quiet,SKEL)$(BPFTOOL) gen skeleton $< name tcpfate_bpf >$@

# --- the user side, in its variants -----------------------------------------------------------

# $(1) variant, $(2) where its objects are
define variant
$(2)/flags: force
	$$(call stamp,$$($(1)_CC) $$(BASE_CFLAGS) $$($(1)_CFLAGS))

$(2)/%.o: %.c $(2)/flags | $(READY)
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$($(1)_CC) $$(BASE_CFLAGS) -Itests/unit $$($(1)_CFLAGS) -MMD -MP -c $$< \
		-o $$@

$(2)/testable.a: $(TESTABLE:%.c=$(2)/%.o) $(B)/sources
	$$(call quiet,AR)rm -f $$@; $$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(B)/sources: force
	$(call stamp,$(SRC))

$(eval $(call variant,plain,$(B)/plain))
$(eval $(call variant,asan,$(B)/asan))
$(eval $(call variant,fuzz,$(B)/fuzz))

# The skeleton must be there before the first compile; later the .d files say who reads it.
$(NEEDS_LIBBPF:%.c=$(B)/plain/%.o): | $(SKEL)

$(B)/tcpfate: $(SRC:%.c=$(B)/plain/%.o) $(B)/sources
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.o,$^) $(LIBBPF_LIBS)

# The same under the sanitizers, for `make soak`: what leaks is said at its end.
$(NEEDS_LIBBPF:%.c=$(B)/asan/%.o): | $(SKEL)
$(B)/asan/tcpfate: $(SRC:%.c=$(B)/asan/%.o) $(B)/sources
	$(call quiet,LINK)$(CC) $(asan_CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.o,$^) \
		$(LIBBPF_LIBS)

# The linker warns of what would load the C library's modules at run time (names of users and
# hosts): they would be those of the host that it is copied to, if it has any.
$(B)/tcpfate-static: $(SRC:%.c=$(B)/plain/%.o) $(B)/sources
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -static -s -Wl,--fatal-warnings \
		-o $@ $(filter %.o,$^) $(STATIC_LIBS)
	@size=$$(stat -c %s $@); [ "$$size" -le $(STATIC_LIMIT) ] || { \
		echo "$@ has $$size bytes; $(STATIC_LIMIT) are the limit" >&2; exit 1; }

.PHONY: static
static: ## builds build/tcpfate-static, one file that needs no libraries, and prints its size
	tools/install-deps.sh build $(if $(CROSS),cross-$(ARCH),static)
	+@$(BUILD) $(B)/tcpfate-static
	@stat -c '%n: %s bytes' $(B)/tcpfate-static
# --- tests ------------------------------------------------------------------------------------

UNIT := $(patsubst %.c,%,$(wildcard tests/unit/test_*.c))
FUZZ := $(patsubst %.c,%,$(wildcard tests/fuzz/fuzz_*.c))
UNIT_HELPERS := $(patsubst %.c,%,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))

# $(1) variant, $(2) its folder
define unit_rules
$(UNIT:%=$(2)/%): $(2)/%: $(2)/%.o $(UNIT_HELPERS:%=$(2)/%.o) $(2)/testable.a
	$$(call quiet,LINK)$$($(1)_CC) $$($(1)_CFLAGS) $$(LDFLAGS) -pthread -o $$@ \
		$$(filter %.o %.a,$$^) $$(SYSROOT_LIBS) -lcmocka -lm
endef
$(eval $(call unit_rules,plain,$(B)/plain))
$(eval $(call unit_rules,asan,$(B)/asan))

$(FUZZ:%=$(B)/fuzz/%): $(B)/fuzz/%: $(B)/fuzz/%.o $(B)/fuzz/testable.a
	$(call quiet,LINK)$(CLANG) $(subst fuzzer-no-link,fuzzer,$(fuzz_CFLAGS)) -pthread -o $@ \
		$(filter %.o %.a,$^)

# Connections of every kind, for this host and for the machines of tests/kernels: one file, static.
$(B)/scenarios: $(patsubst %.c,$(B)/plain/%.o,$(wildcard tests/scenarios/*.c))
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^
# A random mix of them, written down: what tcpfate reports of it is compared with it.
$(B)/witness: $(patsubst %.c,$(B)/plain/%.o,$(wildcard tests/witness/*.c))
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^
# What else those machines run.
MACHINE := bpf_objects netns_gone
$(MACHINE:%=$(B)/kernels/%): $(B)/kernels/%: $(B)/plain/tests/kernels/%.o
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^

BENCH := $(patsubst %.c,%,$(wildcard tests/bench/*.c))
$(BENCH:%=$(B)/plain/%): $(B)/plain/%: $(B)/plain/%.o $(B)/plain/testable.a
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.o %.a,$^) -lm

.PHONY: build-unit build-unit-asan build-fuzz build-tests build-bench
build-bench: $(BENCH:%=$(B)/plain/%)
build-unit: $(UNIT:%=$(B)/plain/%)
build-unit-asan: $(UNIT:%=$(B)/asan/%)
build-fuzz: $(FUZZ:%=$(B)/fuzz/%)
build-tests: all machines build-unit build-unit-asan build-fuzz build-bench $(B)/witness

RUN_TESTS = B=$(B) RUNNER="$(RUNNER)" UNIT_SKIP="$(UNIT_SKIP)" PYTHON=$(PYTHON) \
	FUZZ_SECONDS=$(FUZZ_SECONDS) tools/run-tests.sh
BUILD = $(AS_OWNER) $(MAKE) --no-print-directory
# For what compiles for minutes; whoever gave -j has decided.
ALL_CPUS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: run test test-long unit unit-asan fuzz e2e soak bench bench-quick test-static test-kernels
.PHONY: check deps
run: ## installs what is missing, builds, and traces this host until Ctrl-C (ARGS="-j ...")
	tools/install-deps.sh build
	+$(BUILD) all
	tools/as-root.sh $(B)/tcpfate $(ARGS)

test: ## installs what is missing, builds, and runs every test
	tools/install-deps.sh build static test
	@tools/install-deps.sh kernels || echo "without these, netns_gone is skipped"
	+$(BUILD) $(ALL_CPUS) build-tests
	$(RUN_TESTS) unit unit-asan fuzz e2e

test-long: ## hours of tests, run by hand: LONG_FUZZ_SECONDS (900), LONG_SOAK (2h)
	+tools/run-steps.sh "$(MAKE) test" "$(MAKE) fuzz FUZZ_SECONDS=$(LONG_FUZZ_SECONDS)" \
		"$(MAKE) test-kernels KERNELS=all" "$(MAKE) test-static" "$(MAKE) bench-quick" \
		"$(MAKE) soak SOAK=$(LONG_SOAK)" "$(MAKE) check"; status=$$?; \
		echo "test-long: $$(date -u +%F) $$($(AS_OWNER) git describe --always --dirty)," \
			"exit status $$status"; exit $$status

unit: build-unit ## unit tests (ARCH=arm64: in QEMU's user emulation)
	$(if $(CROSS),tools/install-deps.sh emulation)
	$(RUN_TESTS) unit

unit-asan: build-unit-asan ## unit tests under the address and undefined behaviour sanitizers
	$(RUN_TESTS) unit-asan

fuzz: build-fuzz ## each fuzz target for FUZZ_SECONDS (5)
	$(RUN_TESTS) fuzz

e2e: ## end-to-end tests with real sockets (needs root)
e2e: all $(B)/tcpfate-static $(B)/scenarios $(B)/witness
	$(RUN_TESTS) e2e

soak: ## SOAK (30m) of all kinds of connections under churn and faults
	tools/install-deps.sh build test
	+$(BUILD) all build-bench $(B)/asan/tcpfate $(B)/witness
	tools/as-root.sh tests/soak/run --time 60s --tcpfate $(B)/asan/tcpfate
	tools/as-root.sh tests/witness/run
	tools/as-root.sh tests/soak/run --time $(SOAK)

bench: ## benchmarks: build/bench/result.json, plot.svg (BENCH_ARGS)
bench-quick: ## the most important of them in less than a minute
bench-quick: QUICK := --quick
bench bench-quick:
	tools/install-deps.sh build bench
	+$(BUILD) all build-bench
	tools/as-root.sh tests/bench/run $(QUICK) $(BENCH_ARGS); status=$$?; \
		$(AS_OWNER) true; exit $$status

test-static: ## build/tcpfate-static in Debian 11, Debian 12 and Alpine (needs root)
	tools/install-deps.sh build static roots
	+$(BUILD) all $(B)/tcpfate-static
	tests/static/roots; status=$$?; $(AS_OWNER) true; exit $$status

KERNELS ?= all
test-kernels: ## tests on other kernels, in QEMU (KERNELS="5.10 6.1/arm64 newest")
	tools/install-deps.sh build static kernels
	+$(BUILD) machines
ifneq ($(filter all %/arm64,$(KERNELS)),)
	tools/install-deps.sh cross-arm64 kernels-arm64
	+$(BUILD) ARCH=arm64 machines
endif
	$(AS_OWNER) tests/kernels/run $(if $(filter all,$(KERNELS)),--markdown) $(KERNELS)

.PHONY: machines
machines: $(B)/tcpfate-static $(B)/scenarios $(MACHINE:%=$(B)/kernels/%)

compile_commands.json: force ## how each file is compiled, for editors: user, bpf and tests
	@$(AS_OWNER) sh -c '$(MAKE) --no-print-directory -n -B V=1 all machines build-unit \
		build-fuzz build-bench | tools/gen-compile-commands >$@.new && mv $@.new $@'

check: ## static checks: format, layering, purity, sizes, analysis, fresh generated files
	tools/install-deps.sh build check
	+@$(BUILD) all build-unit build-bench build-fuzz >/dev/null
	$(AS_OWNER) env B=$(B) tools/check.sh

deps: ## installs what building, tests and checks need
	tools/install-deps.sh build static test check

# --- installing -------------------------------------------------------------------------------

MAN_FOLDER = $(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(page)))

.PHONY: install uninstall clean help
install: all ## installs all below DESTDIR and PREFIX (/usr/local)
	install -D -m 755 $(B)/tcpfate $(DESTDIR)$(PREFIX)/bin/tcpfate
	$(foreach page,$(MAN),install -D -m 644 $(page) $(MAN_FOLDER)/$(page) && )true
	install -D -m 644 user/sink/json/record.schema.json \
		$(DESTDIR)$(PREFIX)/share/tcpfate/record.schema.json

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/tcpfate $(DESTDIR)$(PREFIX)/share/tcpfate/record.schema.json \
		$(foreach page,$(MAN),$(MAN_FOLDER)/$(page))
	@rmdir $(DESTDIR)$(PREFIX)/share/tcpfate 2>/dev/null || true

clean: ## removes build/
	rm -rf $(B)

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z0-9._-]+:.*## / { printf "  %-21s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)

# Not those of another architecture; and roots of distributions have folders of such names.
-include $(shell find $(B) \( -path '$(B)/arm64' -o -path '$(B)/static' \) -prune -o \
	-type f -name '*.d' -print 2>/dev/null)
