/* nstui doctor --repair, on a host that stands in for the machine: a mount namespace of its own whose
 * mounts are shared among themselves, as systemd makes those of a host. Never on the machine's own. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

/* What the lab's own script does, with R as the root: binds of the host's directories. */
static const char prelude[] =
    "set -u\n"
    "mount --make-rprivate / && mount --make-rshared / || exit 90\n"
    "n() { wc -l </proc/self/mountinfo; }\n"
    "lay() { for d in usr etc bin sbin lib lib64; do [ -e /$d ] || continue\n"
    "          mkdir -p $R/$d; mount --bind /$d $R/$d; done\n"
    "        mkdir -p $R/proc $R/dev; touch $R/dev/null\n"
    "        mount --bind /dev/null $R/dev/null; mount -t proc proc $R/proc; }\n"
    "repair() { nstui doctor --repair --yes; }\n"
    "before=$(n)\n";

/* Runs a script of sh on such a host; $R is a folder of its own. */
static int host_run(struct result *result, const char *script)
{
    const char *folder = test_folder();
    const char *text =
        test_path("R=%s/containerfs; PATH=%s:$PATH\n%s%s", folder, BUILD_DIR, prelude, script);
    const char *const words[] = {"unshare", "--mount", "--propagation", "private", "sh", "-c",
                                 text,      NULL};
    return run_program(words, NULL, 0, WAIT_MS, result);
}

#define host_expect(script)                                                                        \
    do {                                                                                           \
        _cleanup_result_ struct result result_ = {0};                                              \
        int status_ = host_run(&result_, (script));                                                \
        if (status_ != 0)                                                                          \
            fail_msg("status %d\n%s\n%s", status_, result_.out, result_.error);                    \
    } while (0)

static void binds_of_a_root_and_what_came_back_of_them_are_taken_off(void **state)
{
    (void)state;
    need_root();
    host_expect("lay; lay; lay\n"
                "[ $(n) -gt $((before + 40)) ] || exit 10\n"
                "grep -q ' /etc /etc ' /proc/self/mountinfo || exit 11\n" /* on the host's own */
                "repair >$R.out || { cat $R.out; exit 12; }\n"
                "[ $(n) = $before ] || { cat /proc/self/mountinfo; exit 13; }\n"
                "grep -q 'The host is as it was' $R.out || exit 14\n"
                "[ -e $R/usr ] && [ -e /etc/passwd ] || exit 15\n");
}

static void it_shows_what_it_would_do_and_does_nothing_unasked(void **state)
{
    (void)state;
    need_root();
    host_expect("lay\n"
                "laid=$(n)\n"
                "nstui doctor >$R.plain\n"
                "grep -q \"the root of a container is left on $R\" $R.plain || exit 10\n"
                "grep -q \"umount $R/usr\" $R.plain || exit 11\n"
                "nstui doctor --repair >$R.out 2>$R.err </dev/null && exit 12\n"
                "grep -q \"umount $R/usr\" $R.out || exit 13\n"
                "grep -q 'add --yes' $R.err || exit 14\n"
                "[ $(n) = $laid ] || exit 15\n"
                "repair >/dev/null || exit 16\n"
                "nstui doctor --repair | grep -q 'nothing to repair' || exit 17\n");
}

static void it_asks_on_a_terminal_and_takes_only_a_yes(void **state)
{
    (void)state;
    need_root();
    const char *text = test_path("R=%s/containerfs; PATH=%s:$PATH\n%slay; laid=$(n)\n"
                                 "nstui doctor --repair; echo first $? $(($(n) - laid)).\n"
                                 "nstui doctor --repair; echo second $? $(($(n) - before)).\n",
                                 test_folder(), BUILD_DIR, prelude);
    const char *const words[] = {"unshare", "--mount", "--propagation", "private", "sh", "-c",
                                 text,      NULL};
    struct screen *screen =
        screen_start(&(struct screen_options){.argv = words, .rows = 60, .columns = 120});
    screen_wait_text(screen, "Do this? [y/N]", WAIT_MS);
    screen_type(screen, "\r");
    screen_wait_text(screen, "first 1 0.", WAIT_MS);
    screen_assert(screen, screen_find_row(screen, "Nothing was done.", 0) >= 0);
    int row = screen_find_row(screen, "first 1 0.", 0);
    while (screen_find_row(screen, "Do this?", row) < 0)
        wait_ms(5);
    screen_type(screen, "y\r");
    screen_wait_text(screen, "second 0 0.", WAIT_MS);
    screen_wait_end(screen);
}

static void a_bind_that_is_busy_is_detached_and_that_is_told(void **state)
{
    (void)state;
    need_root();
    host_expect("lay\n"
                "sh -c \"cd $R/etc && exec sleep 1000\" & pid=$!\n"
                "until [ \"$(readlink /proc/$pid/cwd)\" = $R/etc ]; do sleep 0.01; done\n"
                "repair >$R.out; status=$?\n"
                "kill $pid\n"
                "[ $status = 0 ] || { cat $R.out; exit 10; }\n"
                "grep -q \"umount $R/etc: busy, so it was detached\" $R.out || exit 11\n"
                "[ $(n) = $before ] || exit 12\n");
}

static void a_root_that_somebody_lives_in_is_left(void **state)
{
    (void)state;
    need_root();
    host_expect("lay; laid=$(n)\n"
                "chroot $R /bin/sleep 1000 & pid=$!\n"
                "until [ \"$(readlink /proc/$pid/root)\" = $R ]; do sleep 0.01; done\n"
                "repair >$R.out; status=$?\n"
                "kill $pid; wait $pid 2>/dev/null\n"
                "[ $status = 1 ] && [ $(n) = $laid ] || exit 10\n"
                "grep -q \"process $pid lives in it\" $R.out || exit 11\n"
                "repair >/dev/null && [ $(n) = $before ] || exit 12\n");
}

static void a_container_of_nstui_that_lives_in_the_root_keeps_it(void **state)
{
    (void)state;
    need_root();
    host_expect("lay; laid=$(n)\n"
                "nstui run -d --rm --name used -pm --root $R -- sleep 1000 >/dev/null || exit 9\n"
                "repair >$R.out; status=$?\n"
                "nstui kill used KILL\n"
                "[ $status = 1 ] && [ $(n) = $laid ] || exit 10\n"
                "grep -q 'lives in it' $R.out || exit 11\n"
                "while nstui ps | grep -q used; do sleep 0.05; done\n"
                "repair >/dev/null && [ $(n) = $before ] || exit 12\n");
}

static void what_is_no_leftover_is_left(void **state)
{
    (void)state;
    need_root();
    host_expect(
        /* A folder on itself, a disk in the root, a single bind, a chroot for builds. */
        "mkdir -p $R/data $R.build/proc $R.build/dev $R.one $R.self\n"
        "mount --bind $R.self $R.self\n"
        "mount --bind /etc $R.one\n"
        "mount -t proc proc $R.build/proc; mount --bind /dev $R.build/dev\n"
        "nstui doctor --repair | grep -q 'nothing to repair' || exit 9\n"
        "kept=$(n)\n"
        "lay\n"
        "mount -t tmpfs disk $R/data; echo x >$R/data/precious\n"
        "repair >$R.out; status=$?\n"
        "[ $status = 0 ] || { cat $R.out; exit 10; }\n"
        "grep -q \"not touched: $R/data\" $R.out || exit 11\n"
        "[ -e $R/data/precious ] || exit 12\n"
        "[ $(n) = $((kept + 1)) ] || { cat /proc/self/mountinfo; exit 13; }\n");
}

static void what_fstab_wants_is_left(void **state)
{
    (void)state;
    need_root();
    host_expect("lay; laid=$(n)\n"
                "echo \"/etc $R/etc none bind 0 0\" >$R.fstab\n"
                "touch /etc/fstab 2>/dev/null; [ -e /etc/fstab ] || exit 0\n"
                "umount $R/etc; mount --bind $R.fstab /etc/fstab; mount --bind /etc $R/etc\n"
                "repair >$R.out; status=$?\n"
                "[ $status = 0 ] || { cat $R.out; exit 10; }\n"
                "grep -q \"$R/etc is wanted by /etc/fstab\" $R.out || { cat $R.out; exit 11; }\n"
                "grep -q \" $R/etc \" /proc/self/mountinfo || exit 12\n"
                "grep -q \" $R/usr \" /proc/self/mountinfo && exit 13\n"
                "exit 0\n");
}

/* ---- /proc ------------------------------------------------------------------------------- */

static void the_proc_of_a_dead_namespace_is_taken_off(void **state)
{
    (void)state;
    need_root();
    host_expect("for i in 1 2 3; do unshare --pid --fork sh -c 'mount -t proc proc /proc'; done\n"
                "[ -e /proc/self/stat ] && exit 10\n"
                "nstui doctor >$R.plain && exit 11\n"
                "grep -q 'umount /proc  (3 times)' $R.plain || exit 12\n"
                "repair >$R.out || { cat $R.out; exit 13; }\n"
                "[ -e /proc/self/stat ] && [ $(n) = $before ] || exit 14\n");
}

static void the_proc_of_a_living_namespace_is_left_and_its_process_named(void **state)
{
    (void)state;
    need_root();
    host_expect(
        "unshare --pid --fork sh -c 'mount -t proc proc /proc; exec sleep 1000' & outer=$!\n"
        "while [ -e /proc/self/stat ]; do sleep 0.01; done\n"
        "repair >$R.out; status=$?\n"
        "pid=$(sed -n 's/.*still run (\\([0-9]*\\)).*/\\1/p' $R.out)\n"
        "[ $status = 1 ] && [ -n \"$pid\" ] || { cat $R.out; kill $outer; exit 10; }\n"
        "kill -KILL $pid; wait $outer\n"
        "repair >$R.out || { cat $R.out; exit 11; }\n"
        "[ -e /proc/self/stat ] && [ $(n) = $before ] || exit 12\n");
}

static void a_proc_that_is_gone_is_mounted_and_another_thing_on_it_is_left(void **state)
{
    (void)state;
    need_root();
    host_expect("umount -l /proc\n"
                "[ -e /proc/self ] && exit 9\n"
                "nstui doctor | grep -q 'mount -t proc proc /proc' || exit 10\n"
                "repair >$R.out || { cat $R.out; exit 11; }\n"
                "[ -e /proc/self/stat ] || exit 12\n"
                "mount -t tmpfs cover /proc\n"
                "repair >$R.out && exit 13\n"
                "grep -q 'of the type tmpfs' $R.out || { cat $R.out; exit 14; }\n"
                "umount /proc && [ $(n) = $before ] || exit 15\n");
}

static void what_was_made_private_under_systemd_is_shared_again(void **state)
{
    (void)state;
    need_root();
    host_expect("mount -t tmpfs run /run && mkdir -p /run/systemd/system\n"
                "mount --make-private /proc\n"
                "nstui doctor | grep -q 'mount --make-shared /proc' || exit 10\n"
                "repair >$R.out || { cat $R.out; exit 11; }\n"
                "grep ' /proc ' /proc/self/mountinfo | grep -q shared: || exit 12\n"
                "rmdir /run/systemd/system\n"
                "mount --make-private /proc\n"
                "nstui doctor --repair | grep -q 'nothing to repair' || exit 13\n");
}

static void without_root_it_says_that_it_needs_root(void **state)
{
    (void)state;
    need_root();
    host_expect("lay; laid=$(n)\n"
                "setpriv --reuid 65534 --regid 65534 --clear-groups nstui doctor --repair --yes "
                ">$R.out 2>$R.err </dev/null && exit 10\n"
                "grep -q 'needs root' $R.err || { cat $R.out $R.err; exit 11; }\n"
                "[ $(n) = $laid ] || exit 12\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(binds_of_a_root_and_what_came_back_of_them_are_taken_off),
        machine_test(it_shows_what_it_would_do_and_does_nothing_unasked),
        machine_test(it_asks_on_a_terminal_and_takes_only_a_yes),
        machine_test(a_bind_that_is_busy_is_detached_and_that_is_told),
        machine_test(a_root_that_somebody_lives_in_is_left),
        machine_test(a_container_of_nstui_that_lives_in_the_root_keeps_it),
        machine_test(what_is_no_leftover_is_left),
        machine_test(what_fstab_wants_is_left),
        machine_test(the_proc_of_a_dead_namespace_is_taken_off),
        machine_test(the_proc_of_a_living_namespace_is_left_and_its_process_named),
        machine_test(a_proc_that_is_gone_is_mounted_and_another_thing_on_it_is_left),
        machine_test(what_was_made_private_under_systemd_is_shared_again),
        machine_test(without_root_it_says_that_it_needs_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
