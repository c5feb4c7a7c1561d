#!/usr/bin/env bash
# Runs one test program inside the mount namespace that tests/run made for it, and looks afterwards
# whether anything is left: a mount, a process of ours, a state folder, a link.
# Usage: alone.sh BUILD PROGRAM
set -u
build=$1
program=$2
mount -t tmpfs -o mode=755 tmpfs /run || exit 99
mount -t tmpfs -o mode=755 tmpfs /var/lib/nstui || exit 99

# What a shell of this machine's root reads at its start is no part of a test: it may take its time.
for file in .bashrc .profile .bash_profile .bash_login; do
    [ ! -f "$HOME/$file" ] || mount --bind /dev/null "$HOME/$file" || exit 99
done

mounts() { sort /proc/self/mountinfo; }
links() { ls /sys/class/net; }
# What belongs to everybody here, whatever mount namespace a test has: devtmpfs is one for all.
host() {
    find /dev -maxdepth 1 -printf '%y %m %p %l\n' | sort
    hostname
}
# Programs of this build folder, and copies of nstui-init in memory whose supervisor is one of them or
# has gone. A container that somebody else runs meanwhile is none of our business.
processes() {
    local exe pid parent
    for exe in /proc/[0-9]*/exe; do
        pid=${exe#/proc/} pid=${pid%/exe}
        case $(readlink "$exe" 2>/dev/null) in
        "$build"/nstui*) echo "$pid" ;;
        *memfd:nstui*)
            parent=$(sed -n 's/^PPid:\t//p' "/proc/$pid/status" 2>/dev/null)
            case $parent:$(readlink "/proc/$parent/exe" 2>/dev/null) in
            1:* | *:"$build"/nstui*) echo "$pid" ;;
            esac
            ;;
        esac
    done
}

mounts_before=$(mounts)
links_before=$(links)
host_before=$(host)
processes_before=$(processes)
cd / || exit 99
timeout -k 10 240 "$program"
status=$?
[ "$status" != 124 ] || echo "it ran out of time (240 s)"

left=
for _ in 1 2 3 4 5 6 7 8 9 10; do # a process that was just killed may take a moment to go
    left=$(comm -13 <(echo "$processes_before" | sort) <(processes | sort))
    [ -n "$left" ] || break
    sleep 0.2
done
for pid in $left; do
    echo "left behind: process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
    kill -KILL "$pid" # of a program of this build folder, started by this test
    status=98
done
[ "$(mounts)" = "$mounts_before" ] || {
    echo "left behind: mounts:"
    diff <(echo "$mounts_before") <(mounts)
    status=98
}
[ "$(links)" = "$links_before" ] || {
    echo "left behind: network links"
    status=98
}
[ "$(host)" = "$host_before" ] || {
    echo "changed: /dev or the hostname of the host:"
    diff <(echo "$host_before") <(host)
    status=98
}
for state in /run/nstui/* /var/lib/nstui/*; do
    [ -e "$state" ] || continue
    echo "left behind: $state"
    status=98
done
exit "$status"
