# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
# First cut: enough to build every side. `make help` lists the targets.
.DELETE_ON_ERROR:
B := build
CLANG ?= clang
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool || echo bpftool)
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/; s/ppc64le/powerpc/; s/s390x/s390/; s/riscv64/riscv/')

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
KCFLAGS := -std=gnu17 $(WARN) -I. -Iuser -I$(B) -D_GNU_SOURCE
BPF_CFLAGS := -target bpf -D__TARGET_ARCH_$(ARCH) -O2 -g -mcpu=v3 -Wall -Werror -I. -Ivmlinux -I$(B)
LDLIBS := -lbpf -lelf -lz

MODS := base core kernel enrich sink cli
SRC := $(foreach m,$(MODS),$(wildcard user/$(m)/*.c))
OBJ := $(SRC:%.c=$(B)/%.o)
# maps.bpf.c first: the linker must meet the definition of a map before its declarations.
BPF_SRC := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c))
BPF_OBJ := $(BPF_SRC:%.c=$(B)/%.o)

.PHONY: all clean
all: $(B)/tcpfate

$(B)/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
	llvm-strip -g $@ 2>/dev/null || true

$(B)/tcpfate.bpf.o: $(BPF_OBJ)
	$(BPFTOOL) gen object $@ $^

$(B)/tcpfate.skel.h: $(B)/tcpfate.bpf.o
	$(BPFTOOL) gen skeleton $< name tcpfate_bpf > $@

$(B)/user/kernel/%.o: $(B)/tcpfate.skel.h
$(B)/user/%.o: user/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(KCFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/tcpfate: $(OBJ)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Unit tests: tests/unit/test_x.c, linked with base/ and core/ (and sink/ for its own).
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
PURE := $(filter $(B)/user/base/% $(B)/user/core/% $(B)/user/sink/%,$(OBJ))
$(B)/tests/unit/%: tests/unit/%.c $(PURE) Makefile
	@mkdir -p $(@D)
	$(CC) $(KCFLAGS) -Itests/unit $(CFLAGS) -MMD -MP -o $@ $< $(PURE) -lcmocka
.PHONY: unit
unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
