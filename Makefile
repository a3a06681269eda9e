# SPDX-License-Identifier: Apache-2.0
# sdocker: make demo, make check; make help lists the rest.

VERSION  := 0.1
CC       ?= gcc
PREFIX   ?= /usr/local
DESTDIR  ?=
SAN      ?=
TESTS    ?=
V        ?=

# A line a step; V=1 shows the commands.
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-8s%s\n' $1 $2)

B        := $(if $(SAN),build-san,build)
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
            -Wformat=2 -Wvla -Wno-unused-parameter
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DSD_VERSION='"$(VERSION)"' -iquote lib \
            -isystem /usr/include/libnl3
# What tests/conform/binaries.bats looks for in the programs.
HARDEN   := $(if $(SAN),,-D_FORTIFY_SOURCE=3) -fstack-protector-strong -fstack-clash-protection \
            $(if $(filter x86_64 i%86,$(shell uname -m)),-fcf-protection)
, := ,
ASAN     := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
UBSAN    := $(if $(SAN),-fsanitize=undefined -fno-sanitize-recover=undefined)
ALL_CFLAGS = -std=gnu17 -fPIE $(CFLAGS) $(WARN) $(HARDEN) -ffunction-sections -fdata-sections
# Static programs start faster, and run inside a container without its libraries (design: budget, security).
LDFLAGS  += -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

# Run inside the container's root, where no library can be found: static even in a SAN=1 build,
# which AddressSanitizer cannot be.
INSIDE   := sd-confine sd-init sd-nsenter

# Position-independent, so that no address is known beforehand: those that read archives, hostile
# and by others' libraries.  For the rest, started by the dozen for each container, the 15 us that
# relocation costs each (3 per cent) would buy little.
PIE      := sd-image sd-layer

# What each program is linked with, beside libsd and jansson.
LIBS_sd-cgset   := -lm
# libnl could look up names, which a static program cannot: the linker warns of what nobody calls.
LIBS_sd-ipam    := -lnl-route-3 -lnl-3 -Wl,--no-warnings
LIBS_sd-bridge  := -lnl-route-3 -lnl-3 -Wl,--no-warnings
LIBS_sd-confine := -lseccomp
LIBS_sd-layer   := -larchive -lz -lzstd -llzma -lbz2 -lcrypto -lpthread
LIBS_sd-image   := -larchive -lz -lzstd -llzma -lbz2 -lcrypto -lpthread

# A program is bin/NAME/*.c, tools/NAME.c or tools/NAME/*.c.
DRIVERS  := $(notdir $(wildcard bin/*))
TOOLS    := $(sort $(basename $(notdir $(wildcard tools/*.c))) $(notdir $(patsubst %/,%,$(wildcard tools/*/))))
PROGRAMS := $(addprefix $(B)/bin/,$(TOOLS) $(DRIVERS))
sources   = $(wildcard tools/$1.c tools/$1/*.c bin/$1/*.c)
LIB_SRC  := $(wildcard lib/*.c)
UNITS    := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/*.c))
HELPERS  := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/helper/*.c))
SHARE    := $(B)/share/sdocker

.PHONY: all
all: $(PROGRAMS) data completions ## build everything into build/

# ---- programs

.SECONDARY: # objects are kept

# Two trees of objects: obj, and inside for the programs of INSIDE, which differ with SAN=1 alone.
I        := $(if $(SAN),inside,obj)

$(B)/obj/%.o: %.c Makefile | need-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ASAN) -MMD -MP -c -o $@ $<

ifdef SAN
$(B)/inside/%.o: %.c Makefile | need-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(UBSAN) -MMD -MP -c -o $@ $<
endif

$(B)/%/libsd.a: $(LIB_SRC:%.c=$(B)/\%/%.o)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

# Copied, for the linker writes here and there: a file written from end to end lies in larger
# folios of the page cache, and starts 30 us faster (contrib/bench).
define program_rule
$(B)/bin/$1: $(patsubst %.c,$(B)/$2/%.o,$(call sources,$1)) $(B)/$2/libsd.a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $3 $(LDFLAGS) -o $(B)/$2/$1 $$^ $(LIBS_$1) -ljansson
	$(Q)cp $(B)/$2/$1 $$@.new && mv $$@.new $$@
endef
$(foreach p,$(filter-out $(INSIDE),$(TOOLS) $(DRIVERS)),$(eval \
	$(call program_rule,$p,obj,$(or $(ASAN),$(if $(filter $p,$(PIE)),-static-pie,-static)))))
$(foreach p,$(filter $(INSIDE),$(TOOLS)),$(eval $(call program_rule,$p,$I,-static $(UBSAN))))

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---- read-only data, laid out as it is installed, so that the toolkit runs in place

.PHONY: data
data: $(SHARE)/images/busybox.tar $(SHARE)/seccomp/default.json

# The image that needs no download.
$(SHARE)/images/busybox.tar: share/images/busybox $(wildcard /bin/busybox) | need-build
	@mkdir -p $(@D)
	$< $@

$(SHARE)/seccomp/%: share/seccomp/%
	@mkdir -p $(@D)
	cp -p $< $@

.PHONY: completions
completions: $(PROGRAMS)
	$(Q)share/completions/generate $(B)/share/bash-completion/completions $(PROGRAMS)

# ---- what Debian has to provide

PKG_build := gcc libc6-dev binutils libjansson-dev libseccomp-dev libarchive-dev \
             zlib1g-dev libzstd-dev liblzma-dev libbz2-dev libssl-dev libacl1-dev libnl-3-dev \
             libnl-route-3-dev busybox-static
PKG_run   := iptables iproute2 uidmap ca-certificates
PKG_test  := bats perl jq libcmocka-dev util-linux procps mandoc runc crun skopeo mmdebstrap \
             bzip2 xz-utils zstd python3 libcap2-bin musl-tools tmux \
             containernetworking-plugins
PKG_vm    := qemu-system-x86 e2fsprogs xz-utils debian-archive-keyring
PKG_fuzz  := clang libclang-rt-dev valgrind
PKG_bench := crun runc bubblewrap podman docker.io python3
PKG_lint  := clang-tidy clang-format cppcheck shellcheck mandoc

missing    = $(if $(shell command -v dpkg-query),$(filter-out $(shell dpkg-query -W \
	-f '$${Package} $${db:Status-Status}\n' $1 2>/dev/null | sed -n 's/ installed$$//p'),$1))
install    = $(if $(call missing,$1),apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends $(call missing,$1))
need       = $(if $(call missing,$1),$(error missing packages: $(call missing,$1) \
	(hint: 'make deps' as root, or apt-get install them)))

.PHONY: deps need-build need-lint
deps: ## install what is missing: packages to build, run, test, fuzz and lint
	$(call install,$(PKG_build) $(PKG_run) $(PKG_test) $(PKG_vm) $(PKG_fuzz) $(PKG_lint))
need-build:
	@$(call need,$(PKG_build))
need-lint:
	@$(call need,$(PKG_build) $(PKG_lint))

# ---- to try it, and to trust it

JOBS       = $(if $(findstring j,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: demo
demo: ## install what is missing, build, and run a container
	@$(call install,$(PKG_build) $(PKG_run))
	@$(MAKE) --no-print-directory $(JOBS) all
	@set -eu; dir=$$(mktemp -d /run/sdocker-demo-XXXXXX); \
	trap 'rm -rf "$$dir"; rmdir /sys/fs/cgroup/sdocker /sys/fs/cgroup/*/sdocker 2>/dev/null || :' EXIT; \
	export PATH="$(CURDIR)/$(B)/bin:$$PATH" SDOCKER_ROOT="$$dir/root" SDOCKER_RUN="$$dir/run"; \
	(set -x; sdocker run --rm --network none -m 100m busybox sh -c \
		'echo "process $$$$ of $$(hostname):"; ps; cat /proc/self/cgroup; df -h /'); \
	(set -x; sdocker run --explain --rm --network none -m 100m busybox true)

.PHONY: check units
check: ## install what is missing, build, and pass the tests (SAN=1: with sanitizers; TESTS=FILE...)
	@$(call install,$(PKG_build) $(PKG_run) $(PKG_test))
	@$(MAKE) --no-print-directory $(JOBS) all units build/tests/debian.tar
	@SD_BUILD=$(B) tests/run $(TESTS)

units: $(UNITS) $(HELPERS) $(B)/tests/hostile/inject

$(B)/tests/hostile/inject: tests/hostile/inject.c | need-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu17 $(CFLAGS) $(WARN) -o $@ $< -lseccomp

.PHONY: sweep
sweep: ## kill each process of each command, and fail each system call of it, one at a time
	@$(call install,$(PKG_build) $(PKG_run) $(PKG_test))
	@$(MAKE) --no-print-directory $(JOBS) all units
	@SD_BUILD=$(B) tests/hostile/sweep

# Run inside a container's root as well, so static, and without sanitizers.
$(B)/tests/helper/%: tests/helper/%.c | need-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu17 $(CFLAGS) $(WARN) -static -o $@ $<

# What the tests need inside: their packages without those that only build or check the sources.
KERNEL   ?= 6.1
PKG_guest = $(filter-out libcmocka-dev mandoc skopeo mmdebstrap,$(PKG_run) $(PKG_test)) busybox-static

.PHONY: check-vm
check-vm: ## the tests on another kernel in QEMU (KERNEL=6.1, 6.12: cgroup v2; 5.10: v1; TESTS=FILE...)
	@$(call install,$(PKG_build) $(PKG_run) $(PKG_test) $(PKG_vm))
	@$(MAKE) --no-print-directory $(JOBS) all
	@SD_BUILD=$(B) PACKAGES='$(PKG_guest)' tests/vm/run $(KERNEL) $(TESTS)

# A real root file system for the tests.  Its mounts stay in a namespace of its own.
build/tests/debian.tar:
	@mkdir -p $(@D)
	$(call say,TAR,$@)
	$(Q)unshare --mount mmdebstrap --quiet --format=tar --variant=minbase bookworm $@.part
	@mv $@.part $@

$(B)/tests/unit/%: tests/unit/%.c $(B)/obj/libsd.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ASAN) -MMD -MP -o $@ $< $(B)/obj/libsd.a -lcmocka -ljansson -lm \
		-lnl-route-3 -lnl-3

# A target is tests/fuzz/NAME.c, in which main() is libFuzzer's (clang), with its own objects of lib.
FUZZ_TIME ?= 60
FUZZ     := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZ_CC   = clang $(CPPFLAGS) -std=gnu17 -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined \
	-Wall -Wextra -Wno-unused-parameter -MMD -MP
FUZZ_LIBS_seccomp := -lseccomp
FUZZ_LIBS_cni     := -lnl-route-3 -lnl-3
FUZZ_LIBS_leases  := -lnl-route-3 -lnl-3
FUZZ_OBJ_cni      := $(filter-out %/main.c,$(wildcard tools/sd-ipam/*.c))
FUZZ_OBJ_leases   := $(FUZZ_OBJ_cni)
FUZZ_OBJ_options  := $(filter-out %/main.c,$(wildcard tools/sd-spec/*.c))
FUZZ_OBJ_seccomp  := $(filter-out %/main.c,$(wildcard tools/sd-confine/*.c))

build/fuzz/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

build/fuzz/libsd.a: $(LIB_SRC:%.c=build/fuzz/obj/%.o)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

define fuzz_rule
build/fuzz/$1: tests/fuzz/$1.c $(FUZZ_OBJ_$1:%.c=build/fuzz/obj/%.o) build/fuzz/libsd.a
	$$(call say,FUZZ,$$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$< $$(filter %.o %.a,$$^) $(FUZZ_LIBS_$1) -ljansson -lm
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(notdir $f))))

.PHONY: fuzz
fuzz: ## fuzz each parser for a minute (FUZZ_TIME=60, TESTS=NAME...)
	@$(call install,$(PKG_build) $(PKG_fuzz))
	@$(MAKE) --no-print-directory $(JOBS) $(FUZZ)
	@FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run build/fuzz $(TESTS)

# Those that are left out use what valgrind 3.19 lacks: openat2 (path, userdb), pidfd_open (proc),
# floating-point numbers of 80 bits (str).
NO_VALGRIND := path userdb proc str

.PHONY: memcheck
memcheck: ## the unit tests under valgrind
	@$(call install,$(PKG_build) $(PKG_test) $(PKG_fuzz))
	@$(MAKE) --no-print-directory $(JOBS) units
	@for unit in $(filter-out $(NO_VALGRIND:%=$(B)/tests/unit/%),$(UNITS)); do \
		echo "  MEMCHECK $$unit"; valgrind -q --error-exitcode=9 --leak-check=full $$unit \
			>build/memcheck.log 2>&1 || { cat build/memcheck.log; exit 1; }; done

.PHONY: lint
lint: need-lint ## compilers, analysers and formatters; long files and functions
	@CC='$(CC)' FLAGS='$(subst ',,$(CPPFLAGS)) -std=gnu17 $(WARN)' tests/lint

# ---- how fast it is, beside others

.PHONY: bench bench-deps profile
bench-deps: ## install what make bench compares with
	$(call install,$(PKG_bench))

bench: all $(B)/bench/floor $(B)/bench/once build/tests/debian.tar ## compare with crun, runc, podman, docker and the kernel (ARGS=--help)
	@SD_BUILD=$(B) contrib/bench/bench $(ARGS)

profile: all ## where the time of one run goes, process by process
	@SD_BUILD=$(B) contrib/bench/profile $(ARGS)

$(B)/bench/%: contrib/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -static -o $@ $<

# ---- to keep it, and to be rid of it

BINS      = $(DESTDIR)$(PREFIX)/bin
COMPDIR   = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
MANDIR    = $(DESTDIR)$(PREFIX)/share/man
UNITDIR   = $(DESTDIR)$(PREFIX)/lib/systemd/system

.PHONY: install uninstall clean help
install: all ## install below DESTDIR and PREFIX (/usr/local)
	install -d $(BINS) $(COMPDIR) $(DESTDIR)$(PREFIX)/share/sdocker
	install -m 755 $(PROGRAMS) $(BINS)
	cp -R $(SHARE)/. $(DESTDIR)$(PREFIX)/share/sdocker
	install -m 644 $(B)/share/bash-completion/completions/* $(COMPDIR)
	for page in share/man/*.[1-8]; do \
		install -D -m 644 -t $(MANDIR)/man$${page##*.} $$page || exit; done
	install -d $(UNITDIR)
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' contrib/systemd/sdocker.service >$(UNITDIR)/sdocker.service

uninstall: ## remove what install put there
	cd $(BINS) && rm -f $(TOOLS) $(DRIVERS)
	cd $(COMPDIR) && rm -f $(TOOLS) $(DRIVERS)
	for page in share/man/*.[1-8]; do rm -f $(MANDIR)/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(PREFIX)/share/sdocker $(UNITDIR)/sdocker.service

clean: ## remove what was built
	rm -rf build build-san

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 18
