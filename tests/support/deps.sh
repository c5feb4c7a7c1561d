#!/bin/sh
# make deps: installs by Debian package name what is missing, and asks apt for nothing else.
# Where there is no apt, it says in one sentence what to install.
set -eu

# To build, to test, to lint: the same names in Debian 12, 13 and Raspberry Pi OS.
packages="gcc make pkg-config libc6-dev musl-tools
libncurses-dev libproc2-dev libuv1-dev libtsm-dev libjson-c-dev libcap-dev libseccomp-dev
libnl-route-3-dev iproute2 iputils-ping crun runc
libcmocka-dev libvterm-dev util-linux procps vim-tiny uidmap mandoc
clang clang-format clang-tidy cppcheck shellcheck"

# The fast source of discovery: only where the kernel could run it.
[ ! -e /sys/kernel/btf/vmlinux ] || packages="$packages bpftool libbpf-dev"

missing=
if command -v dpkg-query >/dev/null 2>&1; then
    # shellcheck disable=SC2086 # the list is meant to be split
    for package in $packages; do
        # Docker's own package brings a runc, and Debian's would put it out.
        case $package in
        crun | runc) ! command -v "$package" >/dev/null 2>&1 || continue ;;
        esac
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$state" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
    if command -v cc >/dev/null 2>&1 &&
        pkg-config --exists ncursesw panelw libproc2 libuv libtsm json-c libcap libseccomp libnl-route-3.0 cmocka vterm 2>/dev/null; then
        exit 0
    fi
    echo "make deps: there is no apt here; install gcc, make, pkg-config and the development packages of" \
        "ncurses, libproc2 (procps-ng 4), libuv, libtsm, json-c, libcap, libseccomp, libnl-route-3, cmocka and libvterm." >&2
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "make deps: not root and no sudo here; as root, run: apt-get install$missing" >&2
        exit 1
    fi
    as_root="sudo"
fi
echo "make deps: installing$missing"
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive sh -c \
    "apt-get -q update >/dev/null && apt-get -q install -y --no-install-recommends $missing >/dev/null"
