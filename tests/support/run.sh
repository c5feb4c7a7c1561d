#!/bin/sh
# make run: starts the dashboard as root. Without a terminal the program prints the list once and
# says so itself.
set -eu
build=$1
if [ "$(id -u)" = 0 ]; then
    exec "$build/nstui"
fi
if command -v sudo >/dev/null 2>&1; then
    exec sudo "$build/nstui"
fi
echo "make run: not root and no sudo here; what your user may see is shown" >&2
exec "$build/nstui"
