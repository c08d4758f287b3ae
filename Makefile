# SPDX-License-Identifier: GPL-2.0-or-later
#
# gpio-acl: `make help` lists the targets.
#
# Variables: O (build folder), ARCH (amd64), SYSROOT (a Debian root to build against), PREFIX,
# DESTDIR, WERROR= (warnings are errors unless it is set empty).

VERSION := 0.1.0
O	?= build/host
PREFIX	?= /usr/local
WERROR	?= -Werror
TRIPLET	:= $(shell gcc -print-multiarch)

CLANG	?= clang
BPFTOOL	?= $(firstword $(shell PATH=$$PATH:/usr/sbin:/sbin which bpftool) bpftool)

ifdef SYSROOT
SYSFLAGS := --sysroot=$(SYSROOT) -B $(SYSROOT)/usr/lib/$(TRIPLET) -L $(SYSROOT)/usr/lib/$(TRIPLET)
endif

WARN	:= -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow $(WERROR)
GPIOD_H	:= $(SYSROOT)/usr/include/gpiod.h
# libgpiod 2 dropped the context-less calls; one of them tells the header's generation.
GPIOD	= $(if $(shell grep -s gpiod_ctxless_get_value $(GPIOD_H)),1,2)
CPPFLAGS = -D_GNU_SOURCE -I. -Iinclude -I$(O) -DGPIO_ACL_VERSION='"$(VERSION)"' \
	   -DLIBGPIOD_MAJOR=$(GPIOD)
CFLAGS	?= -O2 -g
override CFLAGS += -std=gnu11 $(WARN) $(SYSFLAGS)
LDLIBS	:= -lbpf -lgpiod -lsmartcols -ljson-c -ludev

BPF_FLAGS := -g -O2 -target bpf -std=gnu11 -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	     -I. -Iinclude -I/usr/include/$(TRIPLET)

POLICY	:= $(patsubst %.c,$(O)/%.o,$(wildcard policy/*.c))
LOADER	:= $(patsubst %.c,$(O)/%.o,$(wildcard loader/*.c))
MANS	:= $(wildcard man/*.[1-8])

# V=1 shows the commands.
ifndef V
.SILENT:
endif

.DELETE_ON_ERROR:
.SECONDARY:

all: $(O)/gpio-acl ## build the command

$(O)/gpio_acl.bpf.o: $(wildcard bpf/*.h bpf/*.c include/gpio-acl/*.h) Makefile
	@mkdir -p $(@D)
	echo '  CLANG   $@'
	$(CLANG) $(BPF_FLAGS) -D__TARGET_ARCH_x86 -c bpf/gpio_acl.bpf.c -o $@

$(O)/gpio_acl.skel.h: $(O)/gpio_acl.bpf.o
	echo '  SKEL    $@'
	$(BPFTOOL) gen skeleton $< name gpio_acl_bpf > $@

$(O)/loader/engine.o: $(O)/gpio_acl.skel.h

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	echo '  CC      $@'
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(O)/libpolicy.a: $(POLICY)
	echo '  AR      $@'
	rm -f $@
	$(AR) rcs $@ $^

$(O)/gpio-acl: $(LOADER) $(O)/libpolicy.a
	echo '  LD      $@'
	$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

-include $(POLICY:.o=.d) $(LOADER:.o=.d)

install: $(O)/gpio-acl ## install into DESTDIR/PREFIX
	install -D -m 0755 $(O)/gpio-acl $(DESTDIR)$(PREFIX)/bin/gpio-acl
	install -d -m 0755 $(DESTDIR)/etc/gpio-acl $(DESTDIR)/etc/gpio-acl/policy.d
	for man in $(MANS); do \
		install -D -m 0644 $$man $(DESTDIR)$(PREFIX)/share/man/man$${man##*.}/$${man##*/}; \
	done
	install -D -m 0644 packaging/completion/gpio-acl.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/gpio-acl

clean: ## remove what was built (downloads of the lab stay)
	rm -rf build/host build/test build/guest

.PHONY: all install clean
