/* The grade walled: docker's set of capabilities, a seccomp filter, covered paths, no_new_privs. That
 * it stands is tried call by call; that ordinary programs work in it, program by program. */
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "box.h"

static void walled_spec(struct spec *spec, const char *root, const char *script)
{
    spec->grade = GRADE_WALLED;
    spec->seccomp = xstrdup(file_get(SOURCE_DIR "/assets/seccomp/walled.json"));
    box_spec(spec, "pmui", root, script);
}

static void walled_has_few_rights_and_gains_none(void **state)
{
    (void)state;
    for (int init = 0; init < 2; init++) {
        _cleanup_spec_ struct spec spec = {.init = init};
        _cleanup_box_ struct box_result result = {0};
        walled_spec(&spec, test_folder(),
                    "grep -E '^(Cap|NoNew|Seccomp:)' /proc/1/status /proc/self/status | "
                    "cut -d: -f2- | sort -u");
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "CapAmb:\t0000000000000000\n"
                                             "CapBnd:\t00000000a00425fb\n"
                                             "CapEff:\t00000000a00425fb\n"
                                             "CapInh:\t0000000000000000\n"
                                             "CapPrm:\t00000000a00425fb\n"
                                             "NoNewPrivs:\t1\n"
                                             "Seccomp:\t2\n");
    }
}

static void paths_of_the_kernel_are_covered_or_read_only(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    walled_spec(&spec, test_folder(),
                "cd /proc; for f in acpi asound scsi; do ls -A $f 2>/dev/null; done;"
                "for f in interrupts kcore keys sched_debug timer_list latency_stats; do "
                "test ! -e $f || test $(stat -c %t:%T $f) = 1:3 || echo $f is open; done;"
                "for f in sys/kernel/printk irq/default_smp_affinity sysrq-trigger; do "
                "test ! -e $f || (: >>$f) 2>&1 | grep -q 'Read-only' || echo $f; done;"
                "umount /proc/keys 2>/dev/null && echo uncovered;"
                "mount -o remount,rw,bind /proc/sys 2>/dev/null && echo writable; test -c keys");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "");
    assert_int_equal(result.status, 0);
}

static void proc_of_the_host_is_covered_too(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *script =
        "stat -c %t:%T /proc/keys; (: >>/proc/sys/kernel/printk) 2>&1 | grep "
        "-o Read-only; ls /sys/firmware 2>&1 | wc -l; test -c /dev/null && echo null";
    walled_spec(&spec, NULL, script);
    spec.namespaces = NS_BIT(NS_MNT);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "1:3\nRead-only\n0\nnull\n");
}

static void devices_cannot_be_made_nor_used(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0}, more = {.capabilities_added = 1ULL << CAP_MKNOD};
    _cleanup_box_ struct box_result result = {0}, second = {0};
    const char *root = test_folder();
    if (mknod(test_path("%s/zero", root), S_IFCHR | 0666, makedev(1, 5)) < 0)
        skip_because("no device can be made here: %s", strerror(errno));
    walled_spec(&spec, root, "head -c1 /zero; mknod /tmp/z c 1 5; mknod /tmp/fifo p && echo fifo");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "fifo\n");
    assert_has(result.error.data, "/zero' for reading: Permission denied");
    assert_has(result.error.data, "/tmp/z: Operation not permitted");
    walled_spec(&more, root, "mknod /tmp/z c 1 5 && head -c1 /tmp/z; rm /tmp/z");
    box_run(&more, &second);
    assert_string_equal(second.out.data, "");
    assert_has(second.error.data, "/tmp/z' for reading: Permission denied");
}

/* ---- the filter -------------------------------------------------------------------------------- */

/* One call with what the filter says to it. The arguments make no sense to the call itself, and every
 * capability is given: what refuses is the filter, and where it does not, nothing happens. */
static const struct {
    const char *name;
    long number;
    const char *arguments;
    int errnum;
} calls[] = {
    {"mount", SYS_mount, "$x, $x, $x, 0, 0", EPERM},
    {"umount2", SYS_umount2, "$x, 0", EPERM},
    {"pivot_root", SYS_pivot_root, "$x, $x", EPERM},
    {"open_tree", SYS_open_tree, "-100, $x, 0", EPERM},
    {"move_mount", SYS_move_mount, "-1, $x, -1, $x, 0", EPERM},
    {"fsopen", SYS_fsopen, "$x, 0", EPERM},
    {"mount_setattr", SYS_mount_setattr, "-1, $x, 0, 0, 0", EPERM},
    {"setns", SYS_setns, "-1, 0", EPERM},
    {"unshare user", SYS_unshare, "0x10000000", EPERM},
    {"unshare mnt and files", SYS_unshare, "0x20400", EPERM},
    {"unshare time", SYS_unshare, "0x80", EPERM},
    {"unshare files", SYS_unshare, "0x400", 0},
    {"clone user", SYS_clone, "0x10000011, 0, 0, 0, 0", EPERM},
    {"clone net, with bits beyond 32", SYS_clone, "0x140000011, 0, 0, 0, 0", EPERM},
    {"clone3", SYS_clone3, "0, 0", ENOSYS},
    {"open_by_handle_at", SYS_open_by_handle_at, "-1, 0, 0", EPERM},
    {"keyctl", SYS_keyctl, "0, -3, 0", EPERM},
    {"add_key", SYS_add_key, "$x, $x, 0, 0, 0", EPERM},
    {"bpf", SYS_bpf, "0, 0, 0", EPERM},
    {"perf_event_open", SYS_perf_event_open, "0, 0, 0, 0, 0", EPERM},
    {"userfaultfd", SYS_userfaultfd, "-1", EPERM},
    {"io_uring_setup", SYS_io_uring_setup, "0, 0", EPERM},
    {"init_module", SYS_init_module, "0, 0, $x", EPERM},
    {"finit_module", SYS_finit_module, "-1, $x, 0", EPERM},
    {"delete_module", SYS_delete_module, "$x, 0", EPERM},
    {"kexec_load", SYS_kexec_load, "0, 99999, 0, 0", EPERM},
    {"reboot", SYS_reboot, "0, 0, 0, 0", EPERM},
    {"swapon", SYS_swapon, "$x, 0", EPERM},
    {"acct", SYS_acct, "$x", EPERM},
    {"settimeofday", SYS_settimeofday, "0, 0", EPERM},
    {"clock_settime", SYS_clock_settime, "-1, 0", EPERM},
    {"sethostname", SYS_sethostname, "0, 9999", EPERM},
    {"syslog", SYS_syslog, "-1, 0, 0", EPERM},
    {"a call that nobody knows", 4000, "0", ENOSYS},
    {"personality without random addresses", SYS_personality, "0x40000", ENOSYS},
    {"personality, asked for", SYS_personality, "0xffffffff", 0},
    {"vsock", SYS_socket, "40, 1, 0", ENOSYS},
    {"vsock, with bits beyond 32", SYS_socket, "0x100000028, 1, 0", ENOSYS},
    {"alg", SYS_socket, "38, 5, 0", ENOSYS},
    {"an inet socket", SYS_socket, "2, 1, 0", 0},
    {"a packet socket", SYS_socket, "17, 3, 0", 0},
    {"TIOCSTI", SYS_ioctl, "0, 0x5412, $x", ENOSYS},
    {"TIOCSTI, with bits beyond 32", SYS_ioctl, "0, 0x100005412, $x", ENOSYS},
    {"TIOCLINUX", SYS_ioctl, "0, 0x541c, $x", ENOSYS},
    {"another ioctl", SYS_ioctl, "0, 0x5413, $x", ENOTTY},
    {"a third one", SYS_ioctl, "0, 0x541d, $x", ENOTTY},
    {"a large one", SYS_ioctl, "0, 0xc0de5412, $x", ENOTTY},
#ifdef __x86_64__
    {"a call of x32", 0x40000000 + SYS_getpid, "0", ENOSYS},
    {"modify_ldt", SYS_modify_ldt, "0, 0, 0", EPERM},
    {"iopl", SYS_iopl, "0", EPERM},
#endif
};

static void filter_refuses_what_acts_on_the_host(void **state)
{
    (void)state;
    if (!program_is_there("perl"))
        skip_because("there is no perl to make the calls with");
    _cleanup_spec_ struct spec spec = {.capabilities_added = UINT64_MAX};
    _cleanup_box_ struct box_result result = {0};
    struct text script = {0};
    text_add(&script, "$x = '/nosuch'; sub try { my ($name, @call) = @_; $! = 0; "
                      "my $r = syscall($call[0], @call[1 .. $#call]); "
                      "if ($r == 0 && $name =~ /^clone/) { exit 0 } "
                      "print \"$name: \", ($r == -1 ? $!+0 : 0), \"\\n\"; }\n");
    for (size_t at = 0; at < array_length(calls); at++)
        text_addf(&script, "try('%s', %ld, %s);\n", calls[at].name, calls[at].number,
                  calls[at].arguments);
    walled_spec(&spec, test_folder(), NULL);
    strings_add(&spec.argv, "perl");
    strings_add(&spec.argv, "-e");
    strings_add(&spec.argv, script.data);
    text_free(&script);
    box_run(&spec, &result);
    assert_string_equal(result.error.data, "");
    for (size_t at = 0; at < array_length(calls); at++)
        assert_has(result.out.data, test_path("%s: %d\n", calls[at].name, calls[at].errnum));
}

/* A file whose whole filter is known by more than its letter: loaded by other engines, too. */
static void filter_stays_without_no_new_privs_and_for_users(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {
        .identity = {.given = true, .uid = 1815, .gid = 1816},
        .seccomp = xstrdup(file_get(SOURCE_DIR "/assets/seccomp/walled.json")),
    };
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmui", NULL,
             "sed -n 's/^Seccomp:.//p' /proc/self/status; unshare -U true 2>&1");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "2\nunshare: unshare failed: Operation not permitted\n");
}

/* ---- programs ------------------------------------------------------------------------------------ */

static void ordinary_programs_work(void **state)
{
    (void)state;
    static const struct {
        const char *needs, *script;
    } cases[] = {
        {"bash", "bash -ic 'jobs; cat <(echo fine); sleep 0.01 & wait; ulimit -n' >/dev/null"},
        {"ps", "ps aux | grep -q ps && top -bn1 >/dev/null"},
        {"perl", "perl -e 'if (fork) { wait; exit $? } exec \"true\"'"},
        {"python3", "python3 -c 'import threading, subprocess, socket, tempfile, os, asyncio\n"
                    "t = threading.Thread(target=lambda: None); t.start(); t.join()\n"
                    "subprocess.run([\"true\"], check=True); s = socket.socketpair()\n"
                    "tempfile.TemporaryFile(); os.urandom(9); os.sched_getaffinity(0)\n"
                    "asyncio.run(asyncio.sleep(0))'"},
        {"gcc",
         "echo 'int main(void) { return 0; }' >/tmp/a.c && gcc -o /tmp/a /tmp/a.c && /tmp/a"},
        {"apt-get", "apt-config dump >/dev/null && apt-cache --version >/dev/null"},
        {"ping", "ping -c1 -W2 127.0.0.1 >/dev/null"},
        {"tmux", "tmux -S /tmp/s new -d 'sleep 9' && tmux -S /tmp/s ls >/dev/null && "
                 "tmux -S /tmp/s kill-server"},
        {"script", "script -qc 'tty' /dev/null | grep -q /dev/pts"},
        {"strace", "strace -o /dev/null true"},
        {"setpriv", "test $(setpriv --reuid 9 --regid 9 --clear-groups id -u) = 9"},
        {"chroot", "mkdir -p /tmp/x; chroot / true && rm -r /tmp/x"},
        {"flock", "flock /tmp/lock true && mkfifo /tmp/f && rm /tmp/f && ln /tmp/lock /tmp/two"},
        {"tar", "cd /tmp && echo a >b && chown 7:8 b && tar cf c.tar b && tar xf c.tar && rm b"},
    };
    const char *root = test_folder();
    for (size_t at = 0; at < array_length(cases); at++) {
        if (!program_is_there(cases[at].needs))
            continue;
        _cleanup_spec_ struct spec spec = {.init = true, .terminal = at & 1};
        _cleanup_box_ struct box_result result = {0};
        walled_spec(&spec, root, cases[at].script);
        spec.namespaces |= NS_BIT(NS_NET);
        box_run(&spec, &result);
        if (result.status != 0 || strstr(result.out.data, "not permitted") ||
            strstr(result.out.data, "not implemented"))
            fail_msg("%s: %d\n%s%s", cases[at].script, result.status, result.out.data,
                     result.error.data);
    }
}

static void walled_hides_what_only_root_may_read_of_the_hosts_etc(void **state)
{
    (void)state;
    need_root();
    _cleanup_spec_ struct spec spec = {0}, lab = {0};
    _cleanup_box_ struct box_result result = {0}, open = {0};
    const char *script = "test -r /etc/passwd && cat /etc/shadow | wc -c";
    box_spec(&lab, "mp", test_folder(), script);
    box_run(&lab, &open);
    assert_string_not_equal(open.out.data, "0\n");
    walled_spec(&spec, test_folder(), script);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "0\n");
}

static void walled_needs_mounts_of_its_own(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    walled_spec(&spec, NULL, "true");
    spec.namespaces = NS_BIT(NS_PID);
    assert_int_equal(spec_check(&spec, NULL, &err), -1);
    assert_has(err.text, "needs a mount namespace of its own (add -m)");
}

/* With a user namespace as well: both walls, and the paths are covered by somebody who is root in
 * there alone. */
static void walled_works_in_a_user_namespace(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    _cleanup_box_ struct box_result result = {0};
    walled_spec(&spec, test_folder(),
                "id -u; stat -c %t:%T /proc/keys; sed -n 's/^CapEff:.//p' /proc/self/status;"
                "(: >>/proc/sys/kernel/printk) 2>&1 | grep -o Read-only");
    spec.namespaces |= NS_BIT(NS_USER);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "0\n1:3\n00000000a00425fb\nRead-only\n");
}

static void who_joins_is_behind_the_same_wall(void **state)
{
    (void)state;
    static const char script[] = "sed -n 's/^CapBnd:.//p;s/^NoNewPrivs:.//p;s/^Seccomp:.//p' "
                                 "/proc/self/status";
    _cleanup_spec_ struct spec spec = {.init = true};
    struct launched launched;
    struct err err = {0};
    walled_spec(&spec, test_folder(), "read line");
    box_launch(&spec, &launched);
    for (int filtered = 0; filtered < 2; filtered++) {
        _cleanup_join_ struct join join = {.pid = launched.pid};
        _cleanup_box_ struct box_result result = {0};
        struct launched joined;
        join.init_program = xstrdup(program_of_ours("nstui-init"));
        join.seccomp = filtered ? xstrdup(spec.seccomp) : NULL;
        strings_add(&join.argv, "/bin/sh");
        strings_add(&join.argv, "-c");
        strings_add(&join.argv, script);
        if (engine_join(&join, &joined, &err) < 0)
            fail_msg("%s", err.text);
        box_collect(&joined, &result);
        assert_string_equal(result.out.data,
                            filtered ? "00000000a00425fb\n1\n2\n" : "00000000a00425fb\n1\n0\n");
        assert_int_equal(filtered, join.message[0] == '\0');
        if (!filtered)
            assert_has(join.message, "a seccomp filter holds the processes of pid ");
    }
    box_kill(&launched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(walled_has_few_rights_and_gains_none),
        machine_test(paths_of_the_kernel_are_covered_or_read_only),
        machine_test(proc_of_the_host_is_covered_too),
        machine_test(devices_cannot_be_made_nor_used),
        machine_test(filter_refuses_what_acts_on_the_host),
        machine_test(filter_stays_without_no_new_privs_and_for_users),
        machine_test(ordinary_programs_work),
        machine_test(walled_hides_what_only_root_may_read_of_the_hosts_etc),
        machine_test(walled_needs_mounts_of_its_own),
        machine_test(walled_works_in_a_user_namespace),
        machine_test(who_joins_is_behind_the_same_wall),
    };
    return cmocka_run_group_tests_name("walled", tests, NULL, NULL);
}
