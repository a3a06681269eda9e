# SPDX-License-Identifier: Apache-2.0
# sdocker: make demo, make check; make help lists the rest.

VERSION  := 0.1
CC       ?= gcc
PREFIX   ?= /usr/local
SAN      ?=

B        := $(if $(SAN),build-san,build)
CFLAGS   ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
            -Wformat=2 -Wvla -Wno-unused-parameter
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DSD_VERSION='"$(VERSION)"' -Ilib
HARDEN   := $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong
SANFLAGS := $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
, := ,
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(WARN) $(HARDEN) $(SANFLAGS) -ffunction-sections -fdata-sections
# Static programs start faster, and run inside a container without its libraries (design: budget, security).
LINK      = $(CC) $(SANFLAGS) $(if $(SAN),,-static) -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -o $@

# What each program is linked with, beside libsd and jansson.
LIBS_sd-confine := -lseccomp -lcap-ng
LIBS_sd-layer   := -larchive -lz -lzstd -llzma -lbz2 -lcrypto -lpthread
LIBS_sd-image   := -larchive -lz -lzstd -llzma -lbz2 -lcrypto -lpthread

# A program is bin/NAME/*.c, tools/NAME.c or tools/NAME/*.c.
DRIVERS  := $(notdir $(wildcard bin/*))
TOOLS    := $(sort $(basename $(notdir $(wildcard tools/*.c))) $(notdir $(patsubst %/,%,$(wildcard tools/*/))))
PROGRAMS := $(addprefix $(B)/bin/,$(TOOLS) $(DRIVERS))
sources   = $(wildcard tools/$1.c tools/$1/*.c bin/$1/*.c)
objects   = $(patsubst %.c,$(B)/obj/%.o,$(call sources,$1))

LIB_OBJ  := $(patsubst %.c,$(B)/obj/%.o,$(wildcard lib/*.c))
SHARE    := $(B)/share/sdocker

.PHONY: all
all: $(PROGRAMS) data

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libsd.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

define program_rule
$(B)/bin/$1: $(call objects,$1) $(B)/libsd.a
	@mkdir -p $$(@D)
	$$(LINK) $(call objects,$1) $(B)/libsd.a $(LIBS_$1) -ljansson
endef
$(foreach p,$(TOOLS) $(DRIVERS),$(eval $(call program_rule,$p)))

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# Read-only data, laid out as it is installed, so that the toolkit runs in place.
.PHONY: data
data:
