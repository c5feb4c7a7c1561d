/* nstui-init as the first process: it reaps, forwards, ends with its command, and ends with the
 * supervisor; what the published simple_init gets wrong it must not. */
#include <sys/mount.h>

#include "box.h"

static void orphans_are_adopted_and_collected(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmu", NULL,
             "for i in 1 2 3 4 5 6 7 8 9; do sh -c 'sleep 0.05 & echo $! >/dev/null'; done;"
             "sleep 0.5; ps -eo stat=,ppid= | grep -c '^Z'; sh -c '(sleep 5 & :)'; ps -o ppid= -C "
             "sleep");
    box_run(&spec, &result);
    assert_int_equal(strncmp(result.out.data, "0\n", 2), 0);
    assert_has(result.out.data, " 1\n");
}

static void collecting_is_told_when_verbose(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true, .verbose = true};
    _cleanup_box_ struct box_result result = {0};
    box_spec(&spec, "pmu", NULL, "sh -c '(sleep 0.1 & :)'; sleep 0.4; exit 3");
    box_run(&spec, &result);
    assert_has(result.error.data, "init: my pid is 1\n");
    assert_has(result.error.data, ", an orphan, status 0\n");
    assert_has(result.error.data, "init: collected pid 2, the command, status 3\n");
}

static void signals_are_forwarded_to_the_command(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    for (size_t at = 0; at < array_length(signals); at++) {
        _cleanup_spec_ struct spec spec = {.init = true};
        struct launched launched;
        struct text text = {0};
        box_spec(
            &spec, "pmu", NULL,
            test_path("trap 'exit 9' %d; echo ready; while :; do sleep 0.05; done", signals[at]));
        box_launch(&spec, &launched);
        assert_true(box_read(launched.output, &text, "ready"));
        assert_int_equal(syscall(SYS_pidfd_send_signal, launched.pidfd, signals[at], NULL, 0), 0);
        assert_int_equal(box_end(&launched, WAIT_MS), 9);
        text_free(&text);
        launched_close(&launched);
    }
}

static void signal_without_a_handler_ends_the_command(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    struct launched launched;
    box_spec(&spec, "pmu", NULL, "echo ready; exec sleep 60");
    box_launch(&spec, &launched);
    assert_int_equal(syscall(SYS_pidfd_send_signal, launched.pidfd, SIGTERM, NULL, 0), 0);
    assert_int_equal(box_end(&launched, WAIT_MS), 128 + SIGTERM);
    launched_close(&launched);
}

static void control_c_ends_the_command_of_the_foreground(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true, .terminal = true};
    struct launched launched;
    struct text text = {0};
    box_spec(&spec, "pmu", test_folder(), "echo ready; exec sleep 60");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.terminal, &text, "ready"));
    assert_int_equal(write(launched.terminal, "\003", 1), 1);
    assert_int_equal(box_end(&launched, WAIT_MS), 128 + SIGINT);
    text_free(&text);
    launched_close(&launched);
}

static void control_z_does_not_stop_a_command_that_no_shell_watches(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true, .terminal = true};
    struct launched launched;
    struct text text = {0};
    box_spec(&spec, "pmu", test_folder(), "echo ready; sleep 0.5; exit 4");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.terminal, &text, "ready"));
    assert_int_equal(write(launched.terminal, "\032", 1), 1);
    assert_int_equal(box_end(&launched, WAIT_MS), 4);
    text_free(&text);
    launched_close(&launched);
}

static void orphans_end_leaves_the_terminal_to_the_shell(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true, .terminal = true};
    struct launched launched;
    struct text text = {0};
    box_spec(&spec, "pmu", test_folder(), NULL);
    strings_add(&spec.argv, "bash");
    strings_add(&spec.argv, "--norc");
    box_launch(&spec, &launched);
    static const char keys[] = "(sleep 0.1 &)\nsleep 0.4; echo still-$((40+2))\n";
    assert_int_equal(write(launched.terminal, keys, strlen(keys)), strlen(keys));
    assert_true(box_read(launched.terminal, &text, "still-42"));
    assert_has_not(text.data, "job control");
    assert_int_equal(write(launched.terminal, "exit 6\n", 7), 7);
    assert_int_equal(box_end(&launched, WAIT_MS), 6);
    text_free(&text);
    launched_close(&launched);
}

static void end_of_the_command_ends_everything_in_there(void **state)
{
    (void)state;
    for (int pids = 0; pids < 2; pids++) {
        _cleanup_spec_ struct spec spec = {.init = true};
        _cleanup_box_ struct box_result result = {0};
        box_spec(&spec, pids ? "pmu" : "mu", NULL,
                 "sleep 3333 >/dev/null 2>&1 & setsid sleep 3333 >/dev/null 2>&1 & sleep 0.2");
        box_run(&spec, &result);
        assert_int_equal(process_find_below(0, "sleep"), 0);
    }
}

static void closed_alive_ends_the_container(void **state)
{
    (void)state;
    _cleanup_spec_ struct spec spec = {.init = true};
    struct launched launched;
    box_spec(&spec, "pmu", NULL, "trap '' TERM HUP INT; while :; do sleep 1; done");
    box_launch(&spec, &launched);
    (void)close(launched.alive);
    launched.alive = -1;
    assert_int_equal(box_end(&launched, WAIT_MS), 128 + SIGKILL);
    launched_close(&launched);
}

static bool pid_is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

static void death_of_the_supervisor_ends_the_container(void **state)
{
    (void)state;
    static const char *const letters[] = {"pmu", "u"};
    for (int kind = 0; kind < 4; kind++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t supervisor = fork();
        if (supervisor == 0) {
            _cleanup_spec_ struct spec spec = {.init = kind & 1};
            struct launched launched;
            box_spec(&spec, letters[kind / 2], NULL, "exec sleep 3333");
            box_launch(&spec, &launched);
            (void)!write(ends[1], &launched.pid, sizeof(launched.pid));
            (void)pause();
            _exit(0);
        }
        pid_t container = 0;
        assert_int_equal(read(ends[0], &container, sizeof(container)), sizeof(container));
        assert_true(process_is_alive(container));
        assert_int_equal(kill(supervisor, SIGKILL), 0);
        assert_int_equal(waitpid(supervisor, NULL, 0), supervisor);
        assert_true(wait_until(pid_is_gone, &container, WAIT_MS));
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
}

static void started_by_hand_it_says_who_starts_it(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(125, &result, "nstui-init");
    assert_has(result.error, "nstui starts it");
}

/* As a descriptor that somebody has forgotten would lead to: a mount that is not below our root. */
static void working_directory_that_is_not_below_the_root_is_refused(void **state)
{
    (void)state;
    const char *place = test_folder();
    assert_int_equal(mount("tmpfs", place, "tmpfs", 0, NULL), 0);
    int elsewhere = open(place, O_PATH | O_DIRECTORY);
    assert_int_equal(umount2(place, MNT_DETACH), 0);
    _cleanup_result_ struct result result = {0}, fine = {0};
    run_expect(125, &result, "nstui-init", "--exec", "--chdir",
               test_path("/proc/self/fd/%d", elsewhere), "--", "pwd");
    assert_string_equal(result.out, "");
    run_expect(0, &fine, "nstui-init", "--exec", "--chdir", "/tmp", "--", "pwd");
    assert_string_equal(fine.out, "/tmp\n");
    (void)close(elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(orphans_are_adopted_and_collected),
        machine_test(collecting_is_told_when_verbose),
        machine_test(signals_are_forwarded_to_the_command),
        machine_test(signal_without_a_handler_ends_the_command),
        machine_test(control_c_ends_the_command_of_the_foreground),
        machine_test(control_z_does_not_stop_a_command_that_no_shell_watches),
        machine_test(orphans_end_leaves_the_terminal_to_the_shell),
        machine_test(end_of_the_command_ends_everything_in_there),
        machine_test(closed_alive_ends_the_container),
        machine_test(death_of_the_supervisor_ends_the_container),
        machine_test(working_directory_that_is_not_below_the_root_is_refused),
        machine_test(started_by_hand_it_says_who_starts_it),
    };
    return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
