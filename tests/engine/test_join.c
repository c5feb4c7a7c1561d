/* Joins: the process is really in there, skips what is the same, brings nothing of the host's with
 * it, and tells a target that is gone. */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "joined.h"

static void join_sees_the_namespaces_of_the_target(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmuinC", ENTER_PIVOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "hostname; pwd; cat /proc/1/comm; ls -d /old-root /sys 2>/dev/null;"
                      "readlink /proc/self/ns/*; readlink /proc/$$/exe; echo $PPID");
    join_run(&join, &result);
    assert_has(result.out.data, "target\n/\nnstui-init\n");
    static const enum ns_type types[] = {NS_MNT, NS_UTS, NS_IPC, NS_PID, NS_NET, NS_CGROUP};
    for (size_t at = 0; at < array_length(types); at++) {
        char link[64];
        process_namespace(target.launched.pid, ns_types[types[at]].name, link);
        assert_has(result.out.data, link);
        assert_true(join.entered & NS_BIT(types[at]));
    }
    assert_has(result.out.data, "/usr/bin/dash\n0\n");
    assert_int_equal(result.status, 0);
    assert_string_equal(join.message, "");
    target_end(&target);
}

static void join_skips_namespaces_that_are_the_same(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "u", ENTER_NONE);
    _cleanup_join_ struct join all = {.pid = target.launched.pid},
                               some = {.pid = target.launched.pid,
                                       .types = NS_BIT(NS_UTS) | NS_BIT(NS_NET) | NS_BIT(NS_USER)},
                               none = {.pid = target.launched.pid, .types = NS_BIT(NS_IPC)};
    _cleanup_box_ struct box_result first = {0}, second = {0}, third = {0};
    join_begin(&all, "hostname");
    join_run(&all, &first);
    assert_int_equal(all.entered, NS_BIT(NS_UTS));
    assert_string_equal(first.out.data, "target\n");
    join_begin(&some, "hostname");
    join_run(&some, &second);
    assert_int_equal(some.entered, NS_BIT(NS_UTS));
    assert_string_equal(second.out.data, "target\n");
    join_begin(&none, "echo same");
    join_run(&none, &third);
    assert_int_equal(none.entered, 0);
    assert_has(none.message, "the same as here");
    assert_string_equal(third.out.data, "same\n");
    target_end(&target);
}

static void join_of_pid_really_is_in_there_and_warns_without_mnt(void **state)
{
    (void)state;
    struct target target;
    char link[64], theirs[64];
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .types = NS_BIT(NS_PID)};
    struct launched launched;
    struct err err = {0};
    join_begin(&join, "read line");
    assert_int_equal(engine_join(&join, &launched, &err), 0);
    process_namespace(target.launched.pid, "pid", link);
    process_namespace(launched.pid, "pid", theirs);
    assert_string_equal(theirs, link);
    assert_has(join.message, "pid is entered without mnt");
    box_kill(&launched);
    target_end(&target);
}

static void joined_process_is_a_child_of_the_caller(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid};
    struct launched launched;
    struct err err = {0};
    join_begin(&join, "exit 11");
    assert_int_equal(engine_join(&join, &launched, &err), 0);
    int status = 0;
    assert_int_equal(waitpid(launched.pid, &status, 0), launched.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 11);
    launched_close(&launched);
    target_end(&target);
}

static bool pid_is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

static void death_of_the_supervisor_ends_the_joined_process(void **state)
{
    (void)state;
    struct target target;
    int ends[2];
    pid_t joined = 0;
    target_start(&target, "pmu", ENTER_PIVOT);
    assert_int_equal(pipe(ends), 0);
    pid_t supervisor = fork();
    if (supervisor == 0) {
        struct join join = {.pid = target.launched.pid};
        struct launched launched;
        struct err err = {0};
        join_begin(&join, "exec sleep 3333");
        if (engine_join(&join, &launched, &err) < 0)
            _exit(1);
        (void)!write(ends[1], &launched.pid, sizeof(launched.pid));
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &joined, sizeof(joined)), sizeof(joined));
    assert_true(process_is_alive(joined));
    assert_int_equal(kill(supervisor, SIGKILL), 0);
    assert_int_equal(waitpid(supervisor, NULL, 0), supervisor);
    assert_true(wait_until(pid_is_gone, &joined, WAIT_MS));
    /* It came to us when the supervisor ended, and its pid namespace waits for it to be collected. */
    assert_int_equal(waitpid(joined, NULL, 0), joined);
    (void)close(ends[0]);
    (void)close(ends[1]);
    target_end(&target);
}

static void join_enters_the_root_of_a_chroot(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_CHROOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid};
    _cleanup_box_ struct box_result result = {0};
    file_put(test_path("%s/tmp/mark", target.root), "in the chroot");
    join_begin(&join, "cat /tmp/mark; pwd; ls -d /sys");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "in the chroot/\n");
    target_end(&target);
}

static void join_of_a_user_namespace_becomes_its_root(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "Upmuin", ENTER_PIVOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .terminal = true};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "id -u; hostname; tty");
    join_run(&join, &result);
    assert_has(result.out.data, "0\r\ntarget\r\n/dev/pts/0\r\n");
    assert_true(join.entered & NS_BIT(NS_USER));
    target_end(&target);
}

static void joined_process_has_the_rights_of_the_target(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "grep CapBnd /proc/1/status /proc/self/status | cut -d: -f3 | uniq | wc -l;"
                      "grep -c CapEff:.$(sed -n 's/CapBnd:.//p' /proc/1/status) /proc/self/status");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "1\n1\n");
    target_end(&target);
}

static void joined_process_gets_three_descriptors_and_no_other(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    int leaked = open("/etc/passwd", O_RDONLY);
    for (int terminal = 0; terminal < 2; terminal++) {
        _cleanup_join_ struct join join = {.pid = target.launched.pid, .terminal = terminal};
        _cleanup_box_ struct box_result result = {0};
        join_begin(&join, OPEN_DESCRIPTORS);
        join_run(&join, &result);
        assert_string_equal(result.out.data, terminal ? "0\r\n1\r\n2\r\n" : "0\n1\n2\n");
    }
    (void)close(leaked);
    target_end(&target);
}

static void joined_terminal_is_the_containers_own(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {
        .pid = target.launched.pid, .terminal = true, .columns = 90, .rows = 20};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "tty; stty size; ps -o tty= -p $$; echo to >/dev/tty");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "/dev/pts/0\r\n20 90\r\npts/0\r\nto\r\n");
    target_end(&target);
}

static void shell_is_the_command_when_there_is_none(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .terminal = true};
    struct launched launched;
    struct err err = {0};
    struct text text = {0};
    join_begin(&join, NULL);
    assert_int_equal(engine_join(&join, &launched, &err), 0);
    static const char keys[] = "echo $0-$((40+2)); exit 5\n";
    assert_int_equal(write(launched.terminal, keys, strlen(keys)), strlen(keys));
    assert_true(box_read(launched.terminal, &text, "/bin/bash-42"));
    assert_has_not(text.data, "job control");
    assert_int_equal(box_end(&launched, WAIT_MS), 5);
    text_free(&text);
    launched_close(&launched);
    target_end(&target);
}

static void namespace_can_be_named_by_file_or_by_identity(void **state)
{
    (void)state;
    struct target target;
    char identity[64];
    target_start(&target, "u", ENTER_NONE);
    process_namespace(target.launched.pid, "uts", identity);
    const char *pinned = test_path("%s/pinned", test_folder());
    file_put(pinned, "");
    const char *file = test_path("/proc/%d/ns/uts", target.launched.pid);
    assert_int_equal(mount(file, pinned, NULL, MS_BIND, NULL), 0);
    const char *const ways[] = {file, identity, pinned};
    for (size_t at = 0; at < array_length(ways); at++) {
        _cleanup_join_ struct join join = {0};
        _cleanup_box_ struct box_result result = {0};
        struct err err = {0};
        assert_int_equal(join_target_parse(ways[at], &join, &err), 0);
        join_begin(&join, "hostname");
        join_run(&join, &result);
        assert_string_equal(result.out.data, "target\n");
        assert_int_equal(join.entered, NS_BIT(NS_UTS));
    }
    target_end(&target);
    /* No process is left in it: the bind mount alone keeps it. */
    _cleanup_join_ struct join join = {.path = xstrdup(identity)};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "hostname");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "target\n");
    assert_int_equal(umount2(pinned, MNT_DETACH), 0);
}

static void target_that_is_gone_is_told(void **state)
{
    (void)state;
    pid_t ended = fork();
    if (ended == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)ended, &info, WEXITED | WNOWAIT), 0);
    _cleanup_join_ struct join zombie = {.pid = ended}, gone = {.pid = ended},
                               other = {.pid = getpid(), .start_time = 1},
                               no_namespace = {.path = xstrdup("/etc/passwd")},
                               nowhere = {.path = xstrdup("uts:[7]")};
    struct err err = {0};
    assert_int_equal(join_fail(&zombie, &err), 125);
    assert_has(err.text, "(a zombie)");
    assert_int_equal(waitpid(ended, NULL, 0), ended);
    assert_int_equal(join_fail(&gone, &err), 125);
    assert_has(err.text, test_path("pid %d is gone", ended));
    assert_int_equal(err.errnum, ESRCH);
    assert_int_equal(join_fail(&other, &err), 125);
    assert_has(err.text, "is gone");
    assert_int_equal(join_fail(&no_namespace, &err), 125);
    assert_has(err.text, "/etc/passwd is no namespace");
    assert_int_equal(join_fail(&nowhere, &err), 125);
    assert_has(err.text, "cannot find uts:[7]");
}

static void command_that_cannot_run_in_there_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        int status;
    } cases[] = {{"nosuch", 127}, {"/etc/passwd", 126}};
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    for (size_t at = 0; at < array_length(cases); at++) {
        for (int terminal = 0; terminal < 2; terminal++) {
            _cleanup_join_ struct join join = {.pid = target.launched.pid, .terminal = terminal};
            struct err err = {0};
            strings_add(&join.argv, cases[at].command);
            assert_int_equal(join_fail(&join, &err), cases[at].status);
            assert_has(err.text, test_path("cannot run %s in pid %d", cases[at].command,
                                           target.launched.pid));
        }
    }
    target_end(&target);
}

static void word_that_is_no_target_is_told(void **state)
{
    (void)state;
    static const char *const words[] = {"foo", "0", "-3", "net:[x]", "nosuch:[1]", "net:[1]x", ""};
    for (size_t at = 0; at < array_length(words); at++) {
        _cleanup_join_ struct join join = {0};
        struct err err = {0};
        assert_int_equal(join_target_parse(words[at], &join, &err), -1);
        assert_has(err.text, "is nothing to join");
    }
}

/* ---- who else holds a namespace --------------------------------------------------------------- */

static void join_by_identity(const char *identity, const char *expected)
{
    _cleanup_join_ struct join join = {.path = xstrdup(identity)};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "hostname");
    join_run(&join, &result);
    assert_string_equal(result.out.data, expected);
}

/* No process is in it any more: those that init had started end a moment after it. */
static bool nobody_is_in(void *identity)
{
    _cleanup_dir_ DIR *proc = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(proc));) {
        char link[64];
        int pid = atoi(entry->d_name);
        if (pid > 0 && strcmp(process_namespace(pid, "uts", link), identity) == 0)
            return false;
    }
    return true;
}

static void namespace_is_found_by_a_descriptor_that_holds_it(void **state)
{
    (void)state;
    struct target target;
    char identity[64];
    target_start(&target, "u", ENTER_NONE);
    process_namespace(target.launched.pid, "uts", identity);
    /* Another process holds it, and we do not. */
    const char *script = test_path("exec sleep 3333 7</proc/%d/ns/uts", target.launched.pid);
    pid_t holder = process_start_words("sh", "-c", script);
    process_wait_comm(holder, "sleep");
    target_end(&target);
    assert_true(wait_until(nobody_is_in, identity, WAIT_MS));
    join_by_identity(identity, "target\n");
    process_end(holder);
    _cleanup_join_ struct join gone = {.path = xstrdup(identity)};
    struct err err = {0};
    assert_int_equal(join_fail(&gone, &err), 125);
    assert_has(err.text, "nothing that can be seen holds it");
}

static void namespace_is_found_in_another_mount_namespace(void **state)
{
    (void)state;
    struct target target;
    char identity[64];
    const char *folder = test_folder();
    target_start(&target, "u", ENTER_NONE);
    process_namespace(target.launched.pid, "uts", identity);
    file_put(test_path("%s/a pin", folder), "");
    const char *script = test_path("mount --bind /proc/%d/ns/uts '%s/a pin' && exec sleep 3333",
                                   target.launched.pid, folder);
    pid_t holder =
        process_start_words("unshare", "-m", "--propagation", "private", "sh", "-c", script);
    process_wait_comm(holder, "sleep");
    target_end(&target);
    assert_true(wait_until(nobody_is_in, identity, WAIT_MS));
    assert_int_equal(mount_count(folder), 0);
    join_by_identity(identity, "target\n");
    process_end(holder);
}

static void pid_namespace_without_its_init_is_told(void **state)
{
    (void)state;
    struct target target;
    struct err err = {0};
    target_start(&target, "p", ENTER_NONE);
    const char *pinned = test_path("%s/pid", test_folder());
    file_put(pinned, "");
    const char *file = test_path("/proc/%d/ns/pid", target.launched.pid);
    assert_int_equal(mount(file, pinned, NULL, MS_BIND, NULL), 0);
    target_end(&target);
    _cleanup_join_ struct join join = {.path = xstrdup(pinned)};
    assert_int_equal(join_fail(&join, &err), 125);
    assert_has(err.text, "Cannot allocate memory (its first process has ended");
    assert_int_equal(umount2(pinned, MNT_DETACH), 0);
}

/* The lab's slip: the pid of sudo, or of the shell in front. */
static void process_that_differs_in_nothing_names_the_one_below(void **state)
{
    (void)state;
    pid_t front = process_start_words("sh", "-c", "unshare -u sleep 3333; true");
    pid_t meant = 0;
    int64_t end_ms = clock_monotonic_ms() + WAIT_MS;
    while (!(meant = process_find_below(front, "sleep")) && clock_monotonic_ms() < end_ms)
        wait_ms(5);
    assert_true(meant > 0);
    _cleanup_join_ struct join all = {.pid = front}, uts = {.pid = front, .types = NS_BIT(NS_UTS)},
                               net = {.pid = front, .types = NS_BIT(NS_NET)};
    _cleanup_box_ struct box_result first = {0}, second = {0}, third = {0};
    join_begin(&all, "true");
    join_run(&all, &first);
    assert_int_equal(all.entered, 0);
    assert_has(all.message,
               test_path("Below it sleep, pid %d, is in others: nstui join %d", meant, meant));
    join_begin(&uts, "true");
    join_run(&uts, &second);
    assert_has(uts.message, test_path("nstui join %d -u", meant));
    join_begin(&net, "true");
    join_run(&net, &third);
    assert_has_not(net.message, "Below");
    process_end(front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(join_sees_the_namespaces_of_the_target),
        machine_test(join_skips_namespaces_that_are_the_same),
        machine_test(join_of_pid_really_is_in_there_and_warns_without_mnt),
        machine_test(joined_process_is_a_child_of_the_caller),
        machine_test(death_of_the_supervisor_ends_the_joined_process),
        machine_test(join_enters_the_root_of_a_chroot),
        machine_test(join_of_a_user_namespace_becomes_its_root),
        machine_test(joined_process_has_the_rights_of_the_target),
        machine_test(joined_process_gets_three_descriptors_and_no_other),
        machine_test(joined_terminal_is_the_containers_own),
        machine_test(shell_is_the_command_when_there_is_none),
        machine_test(namespace_can_be_named_by_file_or_by_identity),
        machine_test(target_that_is_gone_is_told),
        machine_test(command_that_cannot_run_in_there_is_told),
        machine_test(word_that_is_no_target_is_told),
        machine_test(namespace_is_found_by_a_descriptor_that_holds_it),
        machine_test(namespace_is_found_in_another_mount_namespace),
        machine_test(pid_namespace_without_its_init_is_told),
        machine_test(process_that_differs_in_nothing_names_the_one_below),
    };
    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
