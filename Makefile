# SPDX-License-Identifier: GPL-2.0-or-later
#
# gpio-acl. `make help` lists the targets; V=1 shows the commands.
#
# Variables: PREFIX, DESTDIR; O (build folder); CROSS_COMPILE (the prefix of a cross compiler's name,
# as in aarch64-linux-gnu-); SYSROOT (a Debian root to build against); WERROR= (warnings are
# errors unless it is empty); GUEST (of the lab, for demo, shell, attack, and test, which without it
# takes all of them, and soak); TIME (of soak, for each guest: 30m, 8h); SECONDS (of each attack, of
# each fuzzer); CALLS, SEED (of ioctls).

VERSION := 0.1.0
PREFIX	?= /usr/local
O	?= build/$(or $(CROSS_COMPILE:-=),host)
WERROR	?= -Werror
GUEST	?= sim
CLANG	?= clang
BPFTOOL	?= PATH=$$PATH:/usr/sbin:/sbin bpftool
LLVM_STRIP ?= llvm-strip
LAB	:= tests/lab/lab

HOSTCC	:= cc
ifneq ($(CROSS_COMPILE),)
CC	:= $(CROSS_COMPILE)gcc
AR	:= $(CROSS_COMPILE)ar
endif

# The multiarch triplet of what is built here, empty as long as there is no compiler.
TRIPLET	:= $(shell $(CC) -print-multiarch 2>/dev/null)
ifdef SYSROOT
SYSFLAGS := --sysroot=$(SYSROOT) -B $(SYSROOT)/usr/lib/$(TRIPLET) -L $(SYSROOT)/usr/lib/$(TRIPLET)
endif

# libgpiod 2 dropped the context-less calls; one of them tells the generation of the header.
GPIOD	= $(if $(shell grep -s gpiod_ctxless_get_value $(SYSROOT)/usr/include/gpiod.h),1,2)

WARN	:= -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow $(WERROR)
CPPFLAGS += -D_GNU_SOURCE -I. -Iinclude -I$(O) -DGPIO_ACL_VERSION='"$(VERSION)"' \
	   -DLIBGPIOD_MAJOR=$(GPIOD)
CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 $(WARN) $(SYSFLAGS)
LDLIBS	:= -lbpf -lgpiod -lsmartcols -ljson-c -ludev -lacl
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# The kernel's side is one text for every architecture, built from this machine's headers whatever
# the command is built for.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -std=gnu11 -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	     -ffile-prefix-map=$(CURDIR)=. -I. -Iinclude \
	     -I/usr/include/$(shell $(HOSTCC) -print-multiarch 2>/dev/null)

POLICY	:= $(patsubst %.c,$(O)/%.o,$(wildcard policy/*.c))
LOADER	:= $(patsubst %.c,$(O)/%.o,$(wildcard loader/*.c loader/*/*.c))
UNITS	:= $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*/test_*.c))
ORACLE	:= $(O)/tests/oracle/judge
FUZZERS	:= policy image request published
REPLAYS	:= $(FUZZERS:%=$(O)/tests/fuzz/replay_%)
MANS	:= $(wildcard man/*.[1-8])
SERVICES := $(wildcard packaging/systemd/*.service)
SOURCES	:= $(wildcard */*.c */*.h */*/*.c */*/*.h */*/*/*.c */*/*/*.h)

ifndef V
.SILENT:
endif
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps demo shell check test soak unit attack ioctls bench fuzz fuzzers coverage covered lint install clean format

all: $(O)/gpio-acl ## build the command

help: ## list the targets
	sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

# ---- build

# Twice: the object of the command, and one with switches that leave defences out (bpf/lib/test.h).
BPF_OBJECTS := $(O)/gpio_acl.bpf.o $(O)/tests/attack/gpio_acl.bpf.o
$(O)/tests/attack/gpio_acl.bpf.o: BPF_CFLAGS += -DGPIO_ACL_TEST
$(BPF_OBJECTS): $(wildcard bpf/*.c bpf/*/*.h include/gpio-acl/*.h) Makefile
	mkdir -p $(@D)
	echo '  CLANG   $@'
	$(CLANG) $(BPF_CFLAGS) -c bpf/gpio_acl.bpf.c -o $@
	$(LLVM_STRIP) -g $@ # DWARF, which names folders; BTF stays

$(BPF_OBJECTS:.bpf.o=.skel.h): %.skel.h: %.bpf.o
	echo '  SKEL    $@'
	$(BPFTOOL) gen skeleton $< name gpio_acl_bpf > $@

$(O)/loader/engine/programs.o $(O)/loader/engine/state.o: $(O)/gpio_acl.skel.h

$(O)/%.o: %.c Makefile
	mkdir -p $(@D)
	echo '  CC      $@'
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(O)/libpolicy.a: $(POLICY)
$(O)/libloader.a: $(filter-out %/main.o,$(LOADER))
$(O)/lib%.a:
	echo '  AR      $@'
	rm -f $@
	$(AR) rcs $@ $^

$(O)/gpio-acl: $(O)/loader/main.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

$(UNITS): $(O)/%: $(O)/%.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) -lcmocka $(LDWRAP) -o $@

# Calls that tests make fail (tests/fault/fault.h).
FAULTS	:= malloc calloc realloc reallocarray strdup strndup open_memstream fdopen fopen opendir \
	   fdopendir vasprintf realpath open openat read stat fstat mkdir mkdirat renameat unlink \
	   unlinkat rmdir fchmod flock fflush fclose bpf_obj_get bpf_map_get_fd_by_id bpf_map_create \
	   bpf_map_freeze bpf_map_lookup_elem bpf_map_update_elem bpf_map_update_batch \
	   bpf_map_delete_elem bpf_object__open_skeleton bpf_object__load_skeleton bpf_program__attach \
	   bpf_link__pin bpf_iter_create bpf_object__destroy_skeleton
FAULTY	:= $(FAULTS:%=-Wl,--wrap=%)

$(O)/tests/unit/loader/test_faults: LDWRAP := $(FAULTY) -Wl,--wrap=aggregates_prepare -Wl,--wrap=last_prepare
$(O)/tests/unit/loader/test_faults: $(O)/tests/fault/fault.o

# The command whose calls fail, for a guest.
$(O)/tests/system/gpio-acl-faults: $(O)/loader/main.o $(O)/tests/fault/fault.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) $(FAULTY) -o $@

# The command whose defences can be left out, for a guest: its programs.o, with the object that has the
# switches, stands before that in the library.
$(O)/tests/attack/programs.o: loader/engine/programs.c $(O)/tests/attack/gpio_acl.skel.h
	mkdir -p $(@D)
	echo '  CC      $@'
	$(CC) -I$(O)/tests/attack $(CPPFLAGS) -DGPIO_ACL_TEST $(CFLAGS) -MMD -MP -c $< -o $@

$(O)/tests/attack/gpio-acl: $(O)/loader/main.o $(O)/tests/attack/programs.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# Reads another kernel's lists in place of this one's.
SYMBOLS	:= $(O)/tests/symbols/hooks
$(SYMBOLS:%=%.o): $(O)/gpio_acl.skel.h
$(SYMBOLS): %: %.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) -Wl,--wrap=btf__load_vmlinux_btf -o $@

$(ORACLE): $(O)/tests/oracle/judge.o $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ -o $@

# What tests put into a guest: static, with the compiler's own C library, so that it needs nothing
# there (and a linker of Debian 12 does not read riscv64's libc.a of Debian 13); 32-bit programs by
# their own compiler. Where a kernel runs none (riscv64), an empty file stands for each, and tests
# leave it alone (the lab's word compat).
ABI32_x86_64 := i686-linux-gnu
ABI32_aarch64 := arm-linux-gnueabihf
ABI32	:= $(ABI32_$(firstword $(subst -, ,$(TRIPLET))))
STATIC	:= -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra $(WERROR) -static -pthread
CLIENT	:= $(O)/tests/system/client
HOTPLUG	:= $(O)/tests/system/hotplug
ATTACK	:= $(O)/tests/attack/attack
READERS	:= $(O)/tests/attack/calm/readers
IOCTLS	:= $(O)/tests/ioctls/fuzz
BENCH	:= $(addprefix $(O)/tests/bench/,bench cost)
# Built for 32 bits as well.
TWICE	:= $(CLIENT) $(HOTPLUG) $(ATTACK) $(IOCTLS)

$(CLIENT) $(CLIENT)32: tests/system/client.c tests/system/memory.c tests/system/memory.h
$(HOTPLUG) $(HOTPLUG)32: tests/system/hotplug.c
$(ATTACK) $(ATTACK)32: $(wildcard tests/attack/*.[ch])
$(READERS): tests/attack/calm/readers.c
$(IOCTLS) $(IOCTLS)32: $(wildcard tests/ioctls/*.[ch])
$(BENCH): $(O)/%: %.c

$(TWICE) $(READERS) $(BENCH): COMPILE = $(CC)
$(TWICE:%=%32): COMPILE = $(if $(ABI32),$(ABI32)-gcc)
$(TWICE) $(TWICE:%=%32) $(READERS) $(BENCH):
	mkdir -p $(@D)
	echo '  CC      $@'
	$(if $(COMPILE),$(COMPILE) $(STATIC) $(filter %.c,$^) -o,:>) $@

# Each fuzzer twice: to look for inputs, with clang, and to replay those that are kept.
$(O)/tests/fuzz/%_policy: LDWRAP := -Wl,--wrap=source_open,--wrap=source_glob
$(O)/tests/fuzz/%_published: LDWRAP := -Wl,--wrap=published_read

$(O)/tests/fuzz/fuzz_%: $(O)/tests/fuzz/%.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) -fsanitize=fuzzer $^ $(LDLIBS) $(LDWRAP) -o $@

$(O)/tests/fuzz/replay_%: $(O)/tests/fuzz/replay.o $(O)/tests/fuzz/%.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) $(LDWRAP) -o $@

# A guest's test program: reloads without the start of a command in between.
$(O)/tests/system/reload: $(O)/tests/system/reload.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# What takes types out of a kernel's BTF.
$(O)/tests/system/without: $(O)/tests/system/without.o
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ -lbpf -o $@

# The benchmark's empty programs, and what attaches them.
$(O)/tests/bench/floor.bpf.o: tests/bench/floor.bpf.c Makefile
	mkdir -p $(@D)
	echo '  CLANG   $@'
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(O)/floor.skel.h: $(O)/tests/bench/floor.bpf.o
	echo '  SKEL    $@'
	$(BPFTOOL) gen skeleton $< name floor_bpf > $@

$(O)/tests/bench/floor.o: $(O)/floor.skel.h

$(O)/tests/bench/floor: $(O)/tests/bench/floor.o
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ -lbpf -o $@

-include $(shell find $(O) -name '*.d' 2>/dev/null)

install: $(O)/gpio-acl ## install into DESTDIR/PREFIX
	install -D -m 0755 $(O)/gpio-acl $(DESTDIR)$(PREFIX)/bin/gpio-acl
	install -d -m 0755 $(DESTDIR)/etc/gpio-acl $(DESTDIR)/etc/gpio-acl/policy.d
	for man in $(MANS); do \
		install -D -m 0644 $$man $(DESTDIR)$(PREFIX)/share/man/man$${man##*.}/$${man##*/}; \
	done
	install -D -m 0644 packaging/completion/gpio-acl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/gpio-acl
	install -d -m 0755 $(DESTDIR)$(PREFIX)/lib/systemd/system
	for service in $(SERVICES); do \
		sed 's|@BINDIR@|$(PREFIX)/bin|g' $$service \
			> $(DESTDIR)$(PREFIX)/lib/systemd/system/$${service##*/}; \
	done
	install -d -m 0755 $(DESTDIR)$(PREFIX)/share/doc/gpio-acl/docs
	install -m 0644 README.md CHANGELOG.md SECURITY.md packaging/example.conf \
		packaging/raspberry-pi.conf $(DESTDIR)$(PREFIX)/share/doc/gpio-acl
	install -m 0644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/gpio-acl/docs

# ---- what a fresh Debian machine lacks

deps: ## install the Debian packages that are missing
	packaging/install-missing packaging/packages

# ---- the lab

demo: deps ## show it at work on an emulated machine
	$(LAB) run $(GUEST) --file packaging/example.conf --file tests/demo.sh -- /lab/demo.sh

shell: deps ## a root shell on an emulated machine
	$(LAB) shell $(GUEST) --file packaging/example.conf

# ---- tests

GUESTS	= $(if $(filter-out file,$(origin GUEST)),$(GUEST))

check: deps ## run the tests that need neither root nor an emulated machine, in a minute
	tests/run --check

test: deps ## run the tests on all guests, or on GUEST; ends with "N passed, N failed"
	tests/run $(GUESTS)

TIME	?= 30m
soak: deps ## run every test in its long form on all guests, or on GUEST, for TIME on each
	tests/run --soak $(TIME) $(GUESTS)

# What tests/run runs on this machine, built with sanitizers: make unit O=build/test
unit: override CFLAGS += $(SANITIZE)
unit: $(UNITS) $(ORACLE) $(REPLAYS) $(SYMBOLS) $(O)/gpio-acl

SECONDS	?= 60
attack: deps ## race the defences, SECONDS for each attack
	tests/attack/run $(GUEST) --seconds $(SECONDS)
	tests/attack/calm/run $(GUEST) --requests 10000 --runs 500

CALLS	?= 1000000
SEED	?= $(shell date +%s)
ioctls: deps ## random ioctls against the oracle: CALLS by each of 4 programs
	tests/ioctls/run $(GUEST) $(SEED) 100 $(CALLS)

bench: deps ## measure what it costs; table here, JSON and chart in build/bench
	tests/bench/run $(GUEST)

fuzz: deps ## look for inputs that break something, SECONDS with each fuzzer
	tests/fuzz/run $(SECONDS)

# What tests/fuzz/run runs: make fuzzers O=build/fuzz CC=clang
fuzzers: override CFLAGS += $(SANITIZE) -fsanitize=fuzzer-no-link
fuzzers: $(FUZZERS:%=$(O)/tests/fuzz/fuzz_%)

coverage: deps ## how much of the user-space part the tests execute
	tests/coverage $(GUEST)

# What tests/coverage runs on this machine: make covered O=build/coverage CC=clang CFLAGS=...
covered: $(UNITS) $(REPLAYS)

LINTED	:= $(filter-out %.bpf.c,$(filter %.c,$(SOURCES)))
SCRIPTS	= $(shell grep -rlIE '^\#!.*/(ba)?sh$$|^\# shellcheck shell=' .ci packaging tests)
lint: deps $(O)/gpio_acl.skel.h $(O)/floor.skel.h ## check the sources, scripts and manual pages
	echo '  TIDY    C sources'
	printf '%s\n' $(LINTED) | xargs -P $$(nproc) -I{} clang-tidy --quiet {} -- $(CPPFLAGS) -std=gnu11
	echo '  TIDY    bpf'
	clang-tidy --quiet --checks=-misc-unused-parameters bpf/gpio_acl.bpf.c -- $(BPF_CFLAGS)
	echo '  CHECK   C sources'
	cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,style,performance,portability \
		--suppressions-list=.cppcheck $(CPPFLAGS) policy loader tests -itests/bench/floor.bpf.c
	echo '  GREP    names in quotes'
	! grep -nE '\\"%(\.[0-9*]+)?s' policy/*.c loader/*.c loader/*/*.c # text_quoted() quotes what others chose
	echo '  SHELL   scripts'
	shellcheck -x $(SCRIPTS)
	echo '  MAN     manual pages'
	mandoc -T lint -W warning $(MANS)

format: ## format the sources
	clang-format -i $(SOURCES)

clean: ## remove what was built; the lab's downloads stay
	find build -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +
