# nstui: what to build and how. `make help` lists the words; README.md tells the rest.
#
# A room is a folder of src; its object files go into build/rooms/ROOM.a. A program links the rooms
# that the architecture lets it (doc/architecture.md) and the libraries named beside it here: what a
# program is not linked with, it cannot do.

PREFIX      ?= /usr/local
DESTDIR     ?=
bindir      := $(PREFIX)/bin
libexecdir  := $(PREFIX)/libexec
datadir     := $(PREFIX)/share
mandir      := $(datadir)/man/man1

B     := build
CC    ?= gcc
MUSL  := $(shell command -v musl-gcc 2>/dev/null)
SAN   ?= 0
V     ?= 0
Q     := $(if $(filter 0,$(V)),@)
say    = $(if $(filter 0,$(V)),@printf '  %-5s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$@))

# Text that is too long for its place on a screen is cut by design: no warning for that one.
WARN   := -Wall -Wextra -Wshadow -Wconversion -Werror $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
CFLAGS ?= -O2 -g
BASE   := -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude $(WARN) -MMD -MP -fno-strict-aliasing \
          -fstack-protector-strong
ifeq ($(SAN),1)
B      := build-san
BASE   += -fsanitize=address,undefined -fno-omit-frame-pointer
LDSAN  := -fsanitize=address,undefined
endif
LDFLAGS ?= -Wl,-z,relro,-z,now -Wl,--as-needed

# Set-up comes before libraries: a fresh machine has no pkg-config yet, and says so itself.
pkg = $(shell pkg-config --cflags $(1) 2>/dev/null)
lib = $(shell pkg-config --libs $(1) 2>/dev/null)

LIBS_nstui      := json-c libcap libseccomp
HEADERS_nstui   := libnl-route-3.0 # loaded when a bridge is asked for, or linked statically
LIBS_nstui-view := ncursesw panelw libproc2 libuv json-c
LIBS_nstui-term := libtsm libseccomp libcap

# ---- rooms ---------------------------------------------------------------------------------------
ROOMS_nstui      := nstui/command nstui/supervisor nstui/oci nstui/engine nstui/tracer nstui/calls protocol base
ROOMS_nstui-view := view/ui view/list view/look view/discovery view/model protocol base
ROOMS_nstui-term := term protocol/grid
ROOMS := $(sort $(ROOMS_nstui) $(ROOMS_nstui-view) $(ROOMS_nstui-term))

# The program that the kernel runs to find all namespaces fast: built where clang, bpftool and libbpf's
# headers are, with no library at run time. Without them nstui reads /proc.
BPFTOOL := $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool /usr/bin/bpftool))
CLANG   := $(shell command -v clang 2>/dev/null)
WITH_BPF := $(if $(CLANG),$(if $(BPFTOOL),$(wildcard /usr/include/bpf/skel_internal.h)))
BPF_HEADER := $(if $(WITH_BPF),$(B)/bpf/tasks.lskel.h)

room_sources = $(if $(filter protocol/grid,$(1)),src/protocol/grid.c,\
               $(filter-out %/main.c %/linked.c %.bpf.c,$(shell find src/$(1) -name '*.c' 2>/dev/null | sort)))
objects      = $(patsubst src/%.c,$(B)/objects/%.o,$(1))
archive      = $(B)/rooms/$(subst /,-,$(1)).a
archives     = $(foreach room,$(1),$(call archive,$(room)))

PROGRAMS := $(B)/nstui $(B)/nstui-view $(B)/nstui-term $(B)/nstui-init

all: $(PROGRAMS)

src_cflags = $(BASE) $(CFLAGS)
$(B)/objects/nstui/%.o:    PKG = $(call pkg,$(LIBS_nstui) $(HEADERS_nstui))
$(B)/objects/view/%.o:     PKG = $(call pkg,$(LIBS_nstui-view))
$(B)/objects/term/%.o:     PKG = $(call pkg,$(LIBS_nstui-term))
$(B)/objects/protocol/%.o: PKG = $(call pkg,json-c)
$(B)/objects/view/discovery/source_bpf.o: $(BPF_HEADER)
$(B)/objects/view/discovery/source_bpf.o: PKG += $(if $(WITH_BPF),-DWITH_BPF -isystem $(B)/bpf)
$(B)/bpf/%.lskel.h: src/view/discovery/bpf/%.bpf.c src/view/discovery/bpf/records.h
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) -O2 -g -target bpf -Wall -Werror -idirafter /usr/include/$(shell $(CC) -print-multiarch) \
	    -c -o $(B)/bpf/$*.o $<
	$(Q)$(BPFTOOL) gen skeleton -L $(B)/bpf/$*.o name $* >$@.new && mv $@.new $@

$(B)/objects/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(src_cflags) $(PKG) -c -o $@ $<

define room_rule
$(call archive,$(1)): $(call objects,$(call room_sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call room_rule,$(room))))

# nstui is linked statically where that can be done: a tenth of a launch would be the loader's. Asked
# when it is linked, and not at every make.
static_libs   = $(shell pkg-config --static --libs $(LIBS_nstui) $(HEADERS_nstui) 2>/dev/null)
static_flags := -static-pie
static_can    = $(eval static_can := $(if $(filter 0,$(SAN)),$(shell echo 'int main(void){return 0;}' >$(B)/static.c; \
    $(CC) $(static_flags) -o $(B)/static $(B)/static.c $(static_libs) 2>/dev/null && echo yes; \
    rm -f $(B)/static $(B)/static.c)))$(static_can)
LINK_nstui    = $(if $(static_can),$(static_flags) $(B)/objects/nstui/engine/linked.o)
MORE_nstui    = $(if $(static_can),$(static_libs))
$(B)/nstui: $(B)/objects/nstui/engine/linked.o

define program_rule
$(B)/$(1): $(B)/objects/$(2)/main.o $(call archives,$(ROOMS_$(1)))
	$$(call say,LINK)
	$(Q)$$(CC) $$(LDFLAGS) $$(LDSAN) -o $$@ $$< $$(LINK_$(1)) $(call archives,$(filter-out term,$(ROOMS_$(1)))) \
	    $(if $(filter term,$(ROOMS_$(1))),$(call archive,term) $(call archives,$(filter-out term,$(ROOMS_$(1))))) $$(MORE_$(1)) $$(call lib,$$(LIBS_$(1))) \
	    2>$$@.said || { cat $$@.said; exit 1; } # of a static one the linker warns: dlopen, which it never calls
endef
$(eval $(call program_rule,nstui,nstui))
$(eval $(call program_rule,nstui-view,view))
$(eval $(call program_rule,nstui-term,term))

# PID 1 of a container is tied to nothing of the rest: static, with musl where it is there.
INIT_SOURCES := $(shell find src/init -name '*.c' 2>/dev/null | sort)
$(B)/nstui-init: $(INIT_SOURCES) $(wildcard src/init/*.h)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(or $(MUSL),$(CC)) -std=gnu17 -D_GNU_SOURCE $(WARN) -Os -static -s -Wl,--gc-sections \
	    -ffunction-sections -o $@ $(INIT_SOURCES)

# ---- tests ---------------------------------------------------------------------------------------
# tests/PROGRAM/NAME.c becomes build/tests/PROGRAM-NAME; it may call the rooms of that program.
# unit/nstui unit/view unit/term: one room by itself; engine, cli, ui: the programs, on the real kernel.
TEST_LIBS    := cmocka vterm
TEST_SUPPORT := $(call objects,)$(patsubst tests/%.c,$(B)/objects/tests/%.o,$(wildcard tests/support/*.c))
TEST_SOURCES := $(wildcard tests/unit/nstui/*.c tests/unit/view/*.c tests/unit/term/*.c \
                           tests/engine/*.c tests/cli/*.c tests/ui/*.c)
TESTS        := $(foreach source,$(TEST_SOURCES),$(B)/tests/$(subst /,-,$(patsubst tests/%.c,%,$(source))))

$(B)/objects/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(src_cflags) -Itests/support -DBUILD_DIR='"$(abspath $(B))"' -DSOURCE_DIR='"$(abspath .)"' \
	    $(call pkg,$(TEST_LIBS) $(LIBS_nstui) $(LIBS_nstui-view) libtsm) -c -o $@ $<

test_rooms = $(if $(filter tests/unit/view/% tests/ui/%,$(1)),nstui-view,$(if $(filter tests/unit/term/%,$(1)),nstui-term,nstui))
define test_rule
$(B)/tests/$(subst /,-,$(patsubst tests/%.c,%,$(1))): $(patsubst tests/%.c,$(B)/objects/tests/%.o,$(1)) $(TEST_SUPPORT) \
    $(call archives,$(ROOMS_$(call test_rooms,$(1))) protocol base)
	@mkdir -p $$(@D)
	$$(call say,LINK)
	$(Q)$$(CC) $$(LDFLAGS) $$(LDSAN) -o $$@ $$< $(TEST_SUPPORT) -Wl,--start-group $(call archives,$(ROOMS_$(call test_rooms,$(1))) protocol base) \
	    -Wl,--end-group $$(call lib,$$(TEST_LIBS) $$(LIBS_$(call test_rooms,$(1))) json-c)
endef
$(foreach source,$(TEST_SOURCES),$(eval $(call test_rule,$(source))))

tests: all $(TESTS)

test: deps
	@$(MAKE) --no-print-directory tests
	@tests/run $(abspath $(B))

# ---- benches ------------------------------------------------------------------------------------
# tests/bench/*.c are one program, nstui-bench, which make test does not build or run.
BENCH_OBJECTS := $(patsubst tests/%.c,$(B)/objects/tests/%.o,$(wildcard tests/bench/*.c))
$(B)/nstui-bench: $(BENCH_OBJECTS) $(call archives,protocol base)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $(LDSAN) -o $@ $^ $(call lib,json-c)

bench: deps
	@$(MAKE) --no-print-directory all $(B)/nstui-bench
	@BUILD=$(abspath $(B)) tests/bench/run $(BENCH)

# ---- the words -----------------------------------------------------------------------------------
help:
	@printf '%s\n' \
	    'make run        what is missing is installed, all is built, the dashboard starts' \
	    'make test       the same, and every test runs (as root, through sudo where needed)' \
	    'make            build into build/; SAN=1: with sanitizers, into build-san/' \
	    'make bench      what ours takes beside its peers; BENCH="-n 500 launch": one of them' \
	    'make lint       layout, static analysis, the arrows between the rooms' \
	    'make check      lint and test' \
	    'make deps       install what is missing (Debian, Raspberry Pi OS)' \
	    'make install    PREFIX=$(PREFIX), DESTDIR; uninstall takes it away again' \
	    'make clean      remove build/'

deps:
	@tests/support/deps.sh

run: deps
	@$(MAKE) --no-print-directory all
	@tests/support/run.sh $(abspath $(B))

lint: deps
	@tests/lint/run

check: lint test

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir)/nstui $(DESTDIR)$(mandir) \
	    $(DESTDIR)$(datadir)/nstui/layouts $(DESTDIR)$(datadir)/nstui/seccomp $(DESTDIR)$(datadir)/bash-completion/completions \
	    $(DESTDIR)$(datadir)/zsh/site-functions $(DESTDIR)$(datadir)/fish/vendor_completions.d
	install -m 755 $(B)/nstui $(DESTDIR)$(bindir)/nstui
	install -m 755 $(B)/nstui-view $(B)/nstui-term $(B)/nstui-init $(DESTDIR)$(libexecdir)/nstui/
	install -m 644 assets/layouts/*.layout $(DESTDIR)$(datadir)/nstui/layouts/
	install -m 644 assets/seccomp/*.json $(DESTDIR)$(datadir)/nstui/seccomp/
	install -m 644 doc/nstui.1 $(DESTDIR)$(mandir)/nstui.1
	install -m 644 assets/completions/nstui.bash $(DESTDIR)$(datadir)/bash-completion/completions/nstui
	install -m 644 assets/completions/nstui.zsh $(DESTDIR)$(datadir)/zsh/site-functions/_nstui
	install -m 644 assets/completions/nstui.fish $(DESTDIR)$(datadir)/fish/vendor_completions.d/nstui.fish

uninstall:
	rm -f $(DESTDIR)$(bindir)/nstui $(DESTDIR)$(mandir)/nstui.1 \
	    $(DESTDIR)$(datadir)/bash-completion/completions/nstui \
	    $(DESTDIR)$(datadir)/zsh/site-functions/_nstui \
	    $(DESTDIR)$(datadir)/fish/vendor_completions.d/nstui.fish
	rm -rf $(DESTDIR)$(libexecdir)/nstui $(DESTDIR)$(datadir)/nstui

clean:
	rm -rf build build-san

.PHONY: all tests test bench help deps run lint check install uninstall clean
.SECONDARY:
-include $(shell find $(B)/objects -name '*.d' 2>/dev/null)
