/* A launch as the lab's last exercise has it: what the container sees, what the host still sees, how
 * it ends, and that a failure leaves nothing. */
#include <sched.h>
#include <sys/stat.h>

#include "box.h"

static void hostname_inside_is_new_and_outside_as_before(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.hostname = xstrdup("box"), .init = true};
    _cleanup_box_ struct box_result result = {0};
    char before[65], after[65];
    assert_int_equal(gethostname(before, sizeof(before)), 0);
    box_spec(&spec, "pmuin", test_folder(), "hostname; hostname again; hostname");
    box_run(&spec, &result);
    assert_int_equal(gethostname(after, sizeof(after)), 0);
    assert_string_equal(result.out.data, "box\nagain\n");
    assert_string_equal(result.error.data, "");
    assert_int_equal(result.status, 0);
    assert_string_equal(before, after);
}

static void command_is_pid_1_without_init(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmu", test_folder(), "echo $$; cat /proc/1/comm");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "1\nsh\n");
}

static void init_is_pid_1_and_its_program_is_no_file_of_the_host(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmu", test_folder(),
             "cat /proc/1/comm; readlink /proc/1/exe; tr '\\0' ' ' </proc/1/cmdline; echo;"
             "(echo x >/proc/1/exe) 2>/dev/null || echo refused; echo $$ $PPID");
    box_run(&spec, &result);
    assert_string_equal(result.out.data,
                        "nstui-init\n/memfd:nstui-init (deleted)\nnstui-init \nrefused\n2 1\n");
}

static void program_of_init_is_sealed(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    struct launched launched;
    box_spec(&spec, "pmu", NULL, "read line");
    box_launch(&spec, &launched);
    int program = open(test_path("/proc/%d/exe", launched.pid), O_RDONLY | O_CLOEXEC);
    assert_int_equal(fcntl(program, F_GET_SEALS),
                     F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    (void)close(program);
    box_kill(&launched);
}

static void old_root_is_gone_and_only_the_layout_is_mounted(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *root = test_folder();
    box_spec(&spec, "pmu", root,
             "test -e /old-root && echo there; cut -d' ' -f5 /proc/self/mountinfo");
    box_run(&spec, &result);
    assert_has_not(result.out.data, "old-root");
    assert_has_not(result.out.data, "there");
    assert_has_not(result.out.data, "/sys/fs");
    assert_has(result.out.data, "/\n/bin\n/sbin\n/lib\n");
    assert_has(result.out.data, "/dev/pts\n/proc\n/proc/sys\n");
    assert_false(path_exists(test_path("%s/old-root", root)));
}

static void host_sees_no_mount_while_it_runs(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    struct text text = {0};
    const char *root = test_folder();
    box_spec(&spec, "pmu", root, "echo ready; read line");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "ready"));
    assert_int_equal(mount_count(root), 0);
    text_free(&text);
    box_kill(&launched);
    assert_int_equal(mount_count(root), 0);
}

static void file_made_inside_is_seen_outside_and_the_users_files_stay(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    _cleanup_box_ struct box_result result = {0};
    const char *root = test_folder();
    assert_int_equal(mkdir(test_path("%s/home", root), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/etc", root), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/old-root", root), 0755), 0);
    file_put(test_path("%s/home/mine", root), "mine");
    file_put(test_path("%s/etc/own", root), "covered");
    file_put(test_path("%s/old-root/own", root), "kept");
    box_spec(&spec, "pmu", root,
             "cat /home/mine; echo new >/home/new; test -e /etc/own || echo no");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "mineno\n");
    assert_string_equal(file_get(test_path("%s/home/new", root)), "new\n");
    assert_string_equal(file_get(test_path("%s/home/mine", root)), "mine");
    assert_string_equal(file_get(test_path("%s/etc/own", root)), "covered");
    assert_string_equal(file_get(test_path("%s/old-root/own", root)), "kept");
}

static void missing_root_is_made(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    const char *root = test_path("%s/new", test_folder());
    mode_t before = umask(077);
    box_spec(&spec, "pmu", root, "umask; stat -c %a / /tmp /root /etc /dev");
    box_run(&spec, &result);
    (void)umask(before);
    assert_string_equal(result.out.data, "0022\n755\n1777\n700\n755\n755\n");
    assert_true(path_exists(root));
}

static void failed_launch_takes_back_the_root_that_it_made(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true}, broken = {0};
    struct err err = {0};
    const char *root = test_path("%s/new", test_folder());
    box_spec(&spec, "pmu", root, NULL);
    strings_add(&spec.argv, "nosuch");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_NOT_FOUND);
    assert_false(path_exists(root));
    box_spec(&broken, "pmu", root, "true");
    layout_free(&broken.layout);
    assert_int_equal(
        layout_parse("l", "[D] /etc *\n[F] /etc/nosuch/null -> /x\n", &broken.layout, &err), 0);
    assert_int_equal(box_fail(&broken, &err), ENGINE_STATUS_FAILED);
    assert_false(path_exists(root));
}

static void failed_launch_leaves_the_users_root(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    const char *root = test_folder();
    file_put(test_path("%s/mine", root), "mine");
    box_spec(&spec, "pmu", root, NULL);
    strings_add(&spec.argv, "nosuch");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_NOT_FOUND);
    assert_string_equal(file_get(test_path("%s/mine", root)), "mine");
    assert_int_equal(mount_count(root), 0);
}

static void end_of_the_command_is_the_end_of_the_container(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int status;
    } cases[] = {{"exit 0", 0}, {"exit 7", 7}, {"exit 255", 255}};
    for (int init = 0; init < 2; init++) {
        for (size_t at = 0; at < array_length(cases); at++) {
            _cleanup_spec_ struct spec spec = {.init = init};
            _cleanup_box_ struct box_result result = {0};
            box_spec(&spec, "pmu", NULL, cases[at].script);
            box_run(&spec, &result);
            assert_int_equal(result.status, cases[at].status);
        }
    }
}

static void killed_command_ends_with_128_and_the_signal(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true}, plain = {0};
    _cleanup_box_ struct box_result result = {0}, other = {0};
    box_spec(&spec, "pmu", NULL, "kill -TERM $$");
    box_run(&spec, &result);
    assert_int_equal(result.status, 128 + SIGTERM);
    box_spec(&plain, "mu", NULL, "kill -9 $$");
    box_run(&plain, &other);
    assert_int_equal(other.status, 128 + SIGKILL);
}

static void command_that_cannot_run_is_told_in_a_sentence(void **state)
{
    (void)state;
    const char *root = test_folder();
    file_put(test_path("%s/lost", root), "#!/nosuch/sh\n");
    file_put(test_path("%s/text", root), "no program\n");
    assert_int_equal(chmod(test_path("%s/lost", root), 0755), 0);
    assert_int_equal(chmod(test_path("%s/text", root), 0755), 0);
    static const struct {
        const char *command;
        int status;
        const char *wanted;
    } cases[] = {
        {"nosuch", 127, ": No such file or directory (there is no such command in there)"},
        {"/bin/nosuch", 127, ": No such file or directory"},
        {"/etc/passwd", 126, ": Permission denied"},
        {"/etc", 126, ": Permission denied (it is a directory"},
        {"/lost", 126, "the loader or interpreter that it names is not"},
        {"/text", 126, "it is no program of this machine"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        for (int init = 0; init < 2; init++) {
            _cleanup_spec_ struct spec spec = {.init = init, .terminal = at & 1};
            struct err err = {0};
            box_spec(&spec, "pmu", root, NULL);
            strings_add(&spec.argv, cases[at].command);
            assert_int_equal(box_fail(&spec, &err), cases[at].status);
            assert_has(err.text, test_path("cannot run %s in %s", cases[at].command, root));
            assert_has(err.text, cases[at].wanted);
        }
    }
}

static void container_gets_three_descriptors_and_no_other(void **state)
{
    (void)state;
    int leaked = open("/etc/passwd", O_RDONLY); /* not close-on-exec, as a careless caller's */
    for (int init = 0; init < 2; init++) {
        for (int terminal = 0; terminal < 2; terminal++) {
            _cleanup_spec_ struct spec spec = {.init = init, .terminal = terminal};
            _cleanup_box_ struct box_result result = {0};
            box_spec(&spec, "pmu", test_folder(), OPEN_DESCRIPTORS);
            box_run(&spec, &result);
            assert_string_equal(result.out.data, terminal ? "0\r\n1\r\n2\r\n" : "0\n1\n2\n");
        }
    }
    (void)close(leaked);
}

static void init_holds_only_what_it_watches(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    _cleanup_box_ struct box_result result = {0};
    int leaked = open("/etc/passwd", O_RDONLY);
    box_spec(&spec, "pmu", test_folder(), "sleep 0.2; for f in /proc/1/fd/*; do readlink $f; done");
    box_run(&spec, &result);
    (void)close(leaked);
    int lines = 0;
    for (const char *at = result.out.data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 2);
    assert_has(result.out.data, "anon_inode:[signalfd]");
    assert_has(result.out.data, "socket:[");
}

static void command_starts_with_plain_signals_and_umask(void **state)
{
    (void)state;
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
    void (*pipe_before)(int) = signal(SIGPIPE, SIG_IGN);
    /* One that the C library keeps to itself; a careless caller may ignore it by the kernel's call. */
    unsigned long ignore[8] = {(unsigned long)SIG_IGN}, kept_before[8];
    assert_int_equal(syscall(SYS_rt_sigaction, 33, ignore, kept_before, 8), 0);
    for (int init = 0; init < 2; init++) {
        _cleanup_spec_ struct spec spec = {.init = init};
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, "pmu", test_folder(), NULL);
        strings_add(&spec.argv, "sed");
        strings_add(&spec.argv, "-nE");
        strings_add(&spec.argv, "/Sig(Blk|Ign|Cgt)|Umask/p");
        strings_add(&spec.argv, "/proc/self/status");
        box_run(&spec, &result);
        assert_string_equal(result.out.data, "Umask:\t0022\nSigBlk:\t0000000000000000\n"
                                             "SigIgn:\t0000000000000000\n"
                                             "SigCgt:\t0000000000000000\n");
    }
    (void)signal(SIGPIPE, pipe_before);
    (void)syscall(SYS_rt_sigaction, 33, kept_before, NULL, 8);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

static void environment_is_ours_and_not_the_callers(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    _cleanup_box_ struct box_result result = {0};
    setenv("NSTUI_TEST_SECRET", "1", 1);
    unsetenv("LANG");
    box_spec(&spec, "pmu", test_folder(), NULL);
    strings_add(&spec.argv, "env");
    strings_add(&spec.env, "MINE=a b");
    box_run(&spec, &result);
    assert_string_equal(result.out.data,
                        "TERM=xterm-256color\n"
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                        "HOME=/root\nLANG=C.UTF-8\nMINE=a b\n");
}

static void working_directory_is_entered_in_there(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.cwd = xstrdup("/tmp")}, wrong = {.cwd = xstrdup("/nosuch")};
    _cleanup_box_ struct box_result result = {0};
    struct err err = {0};
    box_spec(&spec, "pmu", test_folder(), "pwd");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "/tmp\n");
    box_spec(&wrong, "pmu", test_folder(), "pwd");
    assert_int_equal(box_fail(&wrong, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "cannot enter the working directory");
}

static void pipes_pass_bytes_as_they_are(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    struct launched launched;
    struct text text = {0}, error = {0};
    box_spec(&spec, "pmu", test_folder(), "cat; echo oops >&2");
    box_launch(&spec, &launched);
    assert_int_equal(launched.terminal, -1);
    assert_int_equal(write(launched.input, "a\0\r\n\xff", 5), 5);
    (void)close(launched.input);
    launched.input = -1;
    assert_true(box_read(launched.output, &text, NULL));
    assert_true(box_read(launched.error, &error, NULL));
    assert_int_equal(text.length, 5);
    assert_memory_equal(text.data, "a\0\r\n\xff", 5);
    assert_string_equal(error.data, "oops\n");
    assert_int_equal(box_end(&launched, WAIT_MS), 0);
    launched_close(&launched);
    text_free(&text);
    text_free(&error);
}

static void terminal_is_one_of_its_own_devpts(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true, .terminal = true, .columns = 100, .rows = 30};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmu", test_folder(), "tty; stty size; ps -o tty= -p 1; echo to >/dev/tty");
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "/dev/pts/0\r\n30 100\r\npts/0\r\nto\r\n");
}

static void terminal_of_the_host_serves_a_root_without_devpts(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.terminal = true};
    _cleanup_box_ struct box_result result = {0};
    struct err err = {0};
    box_spec(&spec, "pmu", test_folder(), "test -t 0 && echo terminal");
    layout_free(&spec.layout);
    assert_int_equal(layout_parse("l",
                                  "[D] /bin *\n[D] /lib *\n[D] /lib64 * ?\n[D] /usr *\n[D] /proc\n",
                                  &spec.layout, &err),
                     0);
    box_run(&spec, &result);
    assert_string_equal(result.out.data, "terminal\r\n");
}

static void tools_work_in_there_without_a_warning(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "bash -c 'ls / && ps && hostname && id -un && echo >/dev/null'",
        "bash -c 'cat <(echo substituted)'",
        "bash -ic 'jobs; whoami'",
        "script -qc true /dev/null",
        "vi -c q",
        "top -b -n 1",
    };
    for (int enter = 0; enter < 2; enter++) {
        for (size_t at = 0; at < array_length(commands); at++) {
            _cleanup_spec_ struct spec spec = {
                .enter = enter ? ENTER_CHROOT : ENTER_PIVOT,
                .init = true,
                .terminal = true,
            };
            _cleanup_box_ struct box_result result = {0};
            const char *name = commands[at] + strcspn(commands[at], " ");
            (void)name;
            if (strncmp(commands[at], "vi", 2) == 0 && !program_is_there("vi"))
                continue;
            box_spec(&spec, "pmu", test_folder(), commands[at]);
            box_run(&spec, &result);
            if (result.status != 0)
                fail_msg("%s ended with %d:\n%s", commands[at], result.status, result.out.data);
            static const char *const complaints[] = {"job control", "no name", "annot", "not found",
                                                     "denied",      "rror",    "arning"};
            for (size_t word = 0; word < array_length(complaints); word++)
                assert_has_not(result.out.data, complaints[word]);
        }
    }
}

static void user_namespace_maps_root_to_the_caller(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.hostname = xstrdup("own"), .init = true, .terminal = true};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "Upmuin", test_folder(), "id -u; hostname; tty; cat /proc/self/uid_map");
    box_run(&spec, &result);
    assert_has(result.out.data, "0\r\nown\r\n/dev/pts/0\r\n");
    assert_has(result.out.data, " 0          0          1\r\n");
    assert_int_equal(result.status, 0);
}

static void every_type_can_be_new(void **state)
{
    (void)state;
    static const char letters[] = "imnpuUCT";
    for (size_t at = 0; letters[at]; at++) {
        _cleanup_spec_ struct spec spec = {0};
        struct launched launched;
        char letter[2] = {letters[at], '\0'}, theirs[64], ours[64];
        enum ns_type type;
        assert_true(ns_type_by_letter(letters[at], &type));
        if (process_namespace(getpid(), ns_types[type].name, ours)[0] == '\0')
            continue; /* this kernel lacks it */
        box_spec(&spec, letter, NULL, "read line");
        box_launch(&spec, &launched);
        process_namespace(launched.pid, ns_types[type].name, theirs);
        assert_string_not_equal(theirs, ours);
        assert_string_not_equal(theirs, "");
        box_kill(&launched);
    }
}

static void loopback_of_a_new_network_is_up(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmn", test_folder(),
             "cat /proc/net/dev | grep -c :; cat /proc/net/if_inet6;"
             "cat /proc/net/fib_trie | grep -m1 127.0.0.1");
    box_run(&spec, &result);
    assert_has(result.out.data, "127.0.0.1");
}

static void grade_lab_drops_what_could_harm_the_host(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec lab = {.init = true},
                               privileged = {.init = true, .grade = GRADE_PRIVILEGED};
    _cleanup_box_ struct box_result mine = {0}, other = {0};
    const char *script =
        "sed -n 's/CapEff:.//p' /proc/self/status; mknod /tmp/null c 1 3 && echo made;"
        "(echo 0 >/proc/sys/kernel/printk) 2>&1 | grep -o 'Read-only'; rm -f /tmp/null";
    box_spec(&lab, "pmu", test_folder(), script);
    box_run(&lab, &mine);
    box_spec(&privileged, "pmu", test_folder(),
             "sed -n 's/CapEff:.//p' /proc/self/status;"
             "mknod /tmp/null c 1 3 && echo made; rm -f /tmp/null;"
             "grep -c '/proc/sys ' /proc/self/mountinfo");
    box_run(&privileged, &other);
    unsigned long long dropped = strtoull(mine.out.data, NULL, 16),
                       all = strtoull(other.out.data, NULL, 16);
    const unsigned long long gone = 1ULL << 27 | 1ULL << 16 | 1ULL << 17 | 1ULL << 22 | 1ULL << 25 |
                                    1ULL << 33 | 1ULL << 32 | 1ULL << 34;
    assert_int_equal(dropped & gone, 0);
    assert_int_equal(dropped | (all & gone), all);
    assert_has(mine.out.data, "Read-only");
    assert_has_not(mine.out.data, "made");
    assert_has(other.out.data, "made\n0\n");
}

/* In a uts namespace of its own, so that a guard that is broken renames no machine. */
static int rename_and_look(enum grade grade)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = {0};
        struct launched launched;
        struct spec spec = {.grade = grade};
        box_spec(&spec, "m", NULL,
                 "hostname nstui-oops 2>/dev/null; test \"$(hostname)\" = before");
        if (unshare(CLONE_NEWUTS) < 0 || sethostname("before", 6) < 0 ||
            spec_check(&spec, NULL, &err) < 0 || engine_launch(&spec, &launched, &err) < 0)
            _exit(99);
        _exit(box_end(&launched, WAIT_MS));
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void without_a_uts_namespace_grade_lab_cannot_rename_the_host(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(rename_and_look(GRADE_LAB), 0);
    assert_int_equal(rename_and_look(GRADE_PRIVILEGED), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(hostname_inside_is_new_and_outside_as_before),
        machine_test(command_is_pid_1_without_init),
        machine_test(init_is_pid_1_and_its_program_is_no_file_of_the_host),
        machine_test(program_of_init_is_sealed),
        machine_test(old_root_is_gone_and_only_the_layout_is_mounted),
        machine_test(host_sees_no_mount_while_it_runs),
        machine_test(file_made_inside_is_seen_outside_and_the_users_files_stay),
        machine_test(missing_root_is_made),
        machine_test(failed_launch_takes_back_the_root_that_it_made),
        machine_test(failed_launch_leaves_the_users_root),
        machine_test(end_of_the_command_is_the_end_of_the_container),
        machine_test(killed_command_ends_with_128_and_the_signal),
        machine_test(command_that_cannot_run_is_told_in_a_sentence),
        machine_test(container_gets_three_descriptors_and_no_other),
        machine_test(init_holds_only_what_it_watches),
        machine_test(command_starts_with_plain_signals_and_umask),
        machine_test(environment_is_ours_and_not_the_callers),
        machine_test(working_directory_is_entered_in_there),
        machine_test(pipes_pass_bytes_as_they_are),
        machine_test(terminal_is_one_of_its_own_devpts),
        machine_test(terminal_of_the_host_serves_a_root_without_devpts),
        machine_test(tools_work_in_there_without_a_warning),
        machine_test(user_namespace_maps_root_to_the_caller),
        machine_test(every_type_can_be_new),
        machine_test(loopback_of_a_new_network_is_up),
        machine_test(grade_lab_drops_what_could_harm_the_host),
        machine_test(without_a_uts_namespace_grade_lab_cannot_rename_the_host),
    };
    return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
