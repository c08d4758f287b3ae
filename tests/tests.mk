# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests need, included by the Makefile. tests/README.md says what there is.
#
# Variables: GUEST (of the lab, for demo, shell, attack, and test, which without it takes all of them,
# and soak); TIME (of soak, for each guest: 30m, 8h); SECONDS (of each attack, of each fuzzer); CALLS,
# SEED (of ioctls).

GUEST	?= sim
LAB	:= tests/lab/lab

# Appended to CFLAGS, whoever gave those.
SANITIZE := -O1 -g -U_FORTIFY_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -fno-omit-frame-pointer

UNITS	:= $(patsubst %.c,$(O)/%,$(wildcard tests/unit/*/test_*.c))
ORACLE	:= $(O)/tests/oracle/judge
FUZZERS	:= policy image request published
REPLAYS	:= $(FUZZERS:%=$(O)/tests/fuzz/replay_%)
SOURCES	:= $(wildcard */*.c */*.h */*/*.c */*/*.h */*/*/*.c */*/*/*.h)

.PHONY: demo shell check test soak unit attack ioctls bench fuzz fuzzers coverage covered lint format

# ---- programs

$(UNITS): $(O)/%: $(O)/%.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) -lcmocka $(LDWRAP) -o $@

# Calls that tests make fail (tests/fault/fault.h).
FAULTS	:= malloc calloc realloc reallocarray strdup strndup open_memstream fdopen fopen opendir \
	   fdopendir vasprintf __vasprintf_chk realpath open openat read stat fstat mkdir mkdirat \
	   renameat unlink unlinkat rmdir fchmod flock fflush fclose bpf_obj_get bpf_map_get_fd_by_id bpf_map_create \
	   bpf_map_freeze bpf_map_lookup_elem bpf_map_update_elem bpf_map_update_batch \
	   bpf_map_delete_elem bpf_object__open_skeleton bpf_object__load_skeleton bpf_program__attach \
	   bpf_link__pin bpf_iter_create bpf_object__destroy_skeleton
FAULTY	:= $(FAULTS:%=-Wl,--wrap=%)

$(O)/tests/unit/loader/test_faults: LDWRAP := $(FAULTY) -Wl,--wrap=aggregates_prepare -Wl,--wrap=last_prepare
$(O)/tests/unit/loader/test_faults: $(O)/tests/fault/fault.o

# The command whose calls fail, for a guest.
$(O)/tests/system/gpio-acl-faults: $(O)/loader/main.o $(O)/tests/fault/fault.o $(O)/libloader.a $(O)/libpolicy.a
	mkdir -p $(@D)
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) $(FAULTY) -o $@

# The command whose defences can be left out, for a guest: its programs.o, with the object that has the
# switches, stands before that in the library.
$(O)/tests/attack/programs.o: loader/engine/programs.c $(O)/tests/attack/gpio_acl.skel.h
	mkdir -p $(@D)
	echo '  CC      $@'
	$(CC) -I$(O)/tests/attack $(ALL_CPPFLAGS) -DGPIO_ACL_TEST $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(O)/tests/attack/gpio-acl: $(O)/loader/main.o $(O)/tests/attack/programs.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) -o $@

# Reads another kernel's lists in place of this one's.
SYMBOLS	:= $(O)/tests/symbols/hooks
$(SYMBOLS:%=%.o): $(O)/gpio_acl.skel.h
$(SYMBOLS): %: %.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) -Wl,--wrap=btf__load_vmlinux_btf -o $@

$(ORACLE): $(O)/tests/oracle/judge.o $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ -o $@

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
READERS	:= $(O)/tests/attack/benign/readers
IOCTLS	:= $(O)/tests/ioctls/fuzz
BENCH	:= $(addprefix $(O)/tests/bench/,bench cost)
# Built for 32 bits as well.
TWICE	:= $(CLIENT) $(HOTPLUG) $(ATTACK) $(IOCTLS)

$(CLIENT) $(CLIENT)32: $(wildcard tests/system/client*.[ch] tests/system/memory.[ch]) tests/lib/gpio.h
$(HOTPLUG) $(HOTPLUG)32: tests/system/hotplug.c tests/lib/gpio.h
$(ATTACK) $(ATTACK)32: $(wildcard tests/attack/*.[ch]) tests/lib/gpio.h
$(READERS): tests/attack/benign/readers.c
$(IOCTLS) $(IOCTLS)32: $(wildcard tests/ioctls/*.[ch])
$(BENCH): $(O)/%: %.c

$(TWICE) $(READERS) $(BENCH): STATIC_CC = $(CC)
$(TWICE:%=%32): STATIC_CC = $(if $(ABI32),$(ABI32)-gcc)
$(TWICE) $(TWICE:%=%32) $(READERS) $(BENCH):
	mkdir -p $(@D)
	echo '  CC      $@'
	$(if $(STATIC_CC),$(STATIC_CC) $(STATIC) $(filter %.c,$^) -o,:>) $@

# Each fuzzer twice: to look for inputs, with clang, and to replay those that are kept.
$(O)/tests/fuzz/%_policy: LDWRAP := -Wl,--wrap=source_open,--wrap=source_glob
$(O)/tests/fuzz/%_published: LDWRAP := -Wl,--wrap=published_read

$(O)/tests/fuzz/fuzz_%: $(O)/tests/fuzz/%.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) -fsanitize=fuzzer $^ $(ALL_LDLIBS) $(LDWRAP) -o $@

$(O)/tests/fuzz/replay_%: $(O)/tests/fuzz/replay.o $(O)/tests/fuzz/%.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) $(LDWRAP) -o $@

# A guest's test program: reloads without the start of a command in between.
$(O)/tests/system/reload: $(O)/tests/system/reload.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) -o $@

# What takes types out of a kernel's BTF.
$(O)/tests/system/without: $(O)/tests/system/without.o
	echo '  LD      $@'
	$(LINK) $^ -lbpf -o $@

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
	$(LINK) $^ -lbpf -o $@


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
	tests/attack/benign/run $(GUEST) --requests 10000 --runs 500

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
# Skeletons are bpftool's text. The analyzer does not see that libbpf frees them.
LINTED_WITH_SKELETON = $(shell grep -l 'skel\.h"' $(LINTED))
SCRIPTS	= $(shell grep -rlIE '^\#!.*/(ba)?sh$$|^\# shellcheck shell=' .ci packaging tests)
lint: deps $(O)/gpio_acl.skel.h $(O)/floor.skel.h $(POLICY) ## check the sources, scripts and manual pages
	echo '  TIDY    C sources'
	printf '%s\n' $(filter-out $(LINTED_WITH_SKELETON),$(LINTED)) | \
		xargs -P $$(nproc) -I{} clang-tidy --quiet {} -- $(ALL_CPPFLAGS) -std=gnu11
	clang-tidy --quiet --checks=-clang-analyzer-unix.Malloc $(LINTED_WITH_SKELETON) -- $(ALL_CPPFLAGS) -std=gnu11
	echo '  TIDY    bpf'
	clang-tidy --quiet --checks=-misc-unused-parameters bpf/gpio_acl.bpf.c -- $(BPF_CFLAGS)
	echo '  CHECK   C sources'
	cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,style,performance,portability \
		'-DLIBBPF_OPTS(type, name, ...)=struct type name = {__VA_ARGS__}' \
		'-Dbpf_object__for_each_program(pos, object)=while ((pos = bpf_object__next_program(object, pos)))' \
		--suppressions-list=.cppcheck $(filter-out -I/usr/%,$(ALL_CPPFLAGS)) policy loader tests -itests/bench/floor.bpf.c
	echo '  GREP    names in quotes'
	! grep -nE '\\"%(\.[0-9*]+)?s' policy/*.c loader/*.c loader/*/*.c # text_quoted() quotes what others chose
	echo '  LAYERS  who includes and calls whom, length of files, words'
	tests/layers $(O)
	echo '  SHELL   scripts'
	shellcheck -x $(SCRIPTS)
	echo '  MAN     manual pages'
	mandoc -T lint -W warning $(MANS)

format: ## format the sources
	clang-format -i $(SOURCES)
