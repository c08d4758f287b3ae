# SPDX-License-Identifier: GPL-2.0-or-later
#
# gpio-acl. `make help` lists the targets; V=1 shows the commands. Targets of tests: tests/tests.mk.
#
# Variables: PREFIX, DESTDIR and the folders below; O (build folder); CC, CPPFLAGS, CFLAGS, LDFLAGS,
# LDLIBS, PKG_CONFIG as usual; WERROR=-Werror (warnings are errors); CROSS_COMPILE (the prefix of a
# cross compiler's name, as in aarch64-linux-gnu-); SYSROOT (a Debian root to build against).

VERSION := 0.1.0

PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
DOCDIR	?= $(PREFIX)/share/doc/gpio-acl
UNITDIR	?= $(PREFIX)/lib/systemd/system
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

O	?= build/$(or $(CROSS_COMPILE:-=),host)
CLANG	?= clang
BPFTOOL	?= PATH=$$PATH:/usr/sbin:/sbin bpftool
LLVM_STRIP ?= llvm-strip
PKG_CONFIG ?= pkg-config
HOSTCC	:= cc
ifneq ($(CROSS_COMPILE),)
CC	:= $(CROSS_COMPILE)gcc
AR	:= $(CROSS_COMPILE)ar
endif

# The multiarch triplet of what is built here, empty as long as there is no compiler.
TRIPLET	:= $(shell $(CC) -print-multiarch 2>/dev/null)
ifdef SYSROOT
SYSLIB	:= $(SYSROOT)/usr/lib/$(TRIPLET)
SYSFLAGS := --sysroot=$(SYSROOT) -B $(SYSLIB) -L $(SYSLIB)
override PKG_CONFIG := PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSLIB)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig $(PKG_CONFIG)
endif

# pkg-config is asked once, when something is compiled: `make deps` may have installed it by then.
LIBS	:= libbpf libgpiod smartcols json-c libudev libacl
LIB_CFLAGS = $(eval LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS)) \
	-DLIBGPIOD_MAJOR=$(firstword $(subst ., ,$(shell $(PKG_CONFIG) --modversion libgpiod))))$(LIB_CFLAGS)
LIB_LDLIBS = $(eval LIB_LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS)))$(LIB_LDLIBS)

# The caller's flags come last, so a distribution's win. Fortified is only what is optimized.
CFLAGS	?= -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
WARN	:= -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow $(WERROR)
ALL_CPPFLAGS = -D_GNU_SOURCE -I. -Iinclude -I$(O) -DGPIO_ACL_VERSION='"$(VERSION)"' $(LIB_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 -fPIE -fvisibility=hidden -fstack-protector-strong $(WARN) $(SYSFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LDFLAGS)
COMPILE	= $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP
LINK	= $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
ALL_LDLIBS = $(LIB_LDLIBS) $(LDLIBS)

# The kernel's side is one text for every architecture, built from this machine's headers whatever
# the command is built for.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -std=gnu11 -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	     -ffile-prefix-map=$(CURDIR)=. -I. -Iinclude \
	     -I/usr/include/$(shell $(HOSTCC) -print-multiarch 2>/dev/null)

POLICY	:= $(patsubst %.c,$(O)/%.o,$(wildcard policy/*.c))
LOADER	:= $(patsubst %.c,$(O)/%.o,$(wildcard loader/*.c loader/*/*.c))
MANS	:= $(wildcard man/*.[1-8])
SERVICES := $(wildcard packaging/systemd/*.service)

ifndef V
.SILENT:
endif
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps install clean

all: $(O)/gpio-acl ## build the command

help: ## list the targets
	sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile tests/tests.mk | expand -t 12

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
	$(COMPILE) -c $< -o $@

$(O)/libpolicy.a: $(POLICY)
$(O)/libloader.a: $(filter-out %/main.o,$(LOADER))
$(O)/lib%.a:
	echo '  AR      $@'
	rm -f $@
	$(AR) rcs $@ $^

$(O)/gpio-acl: $(O)/loader/main.o $(O)/libloader.a $(O)/libpolicy.a
	echo '  LD      $@'
	$(LINK) $^ $(ALL_LDLIBS) -o $@

-include $(shell find $(O) -name '*.d' 2>/dev/null)

install: $(O)/gpio-acl ## install into DESTDIR/PREFIX
	install -D -m 0755 $(O)/gpio-acl $(DESTDIR)$(BINDIR)/gpio-acl
	install -d -m 0755 $(DESTDIR)/etc/gpio-acl $(DESTDIR)/etc/gpio-acl/policy.d
	for man in $(MANS); do \
		install -D -m 0644 $$man $(DESTDIR)$(MANDIR)/man$${man##*.}/$${man##*/}; \
	done
	install -D -m 0644 packaging/completion/gpio-acl.bash $(DESTDIR)$(COMPLETIONDIR)/gpio-acl
	install -d -m 0755 $(DESTDIR)$(UNITDIR)
	for service in $(SERVICES); do \
		sed 's|@BINDIR@|$(BINDIR)|g' $$service > $(DESTDIR)$(UNITDIR)/$${service##*/}; \
	done
	install -d -m 0755 $(DESTDIR)$(DOCDIR)/docs
	install -m 0644 README.md CHANGELOG.md SECURITY.md packaging/example.conf \
		packaging/raspberry-pi.conf $(DESTDIR)$(DOCDIR)
	install -m 0644 docs/*.md $(DESTDIR)$(DOCDIR)/docs

deps: ## install the Debian packages that are missing
	packaging/install-missing packaging/packages

clean: ## remove what was built; the lab's downloads stay
	find build -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +

include tests/tests.mk
