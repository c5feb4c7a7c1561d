/* The supervisor of a detached session, on the real engine: its clients, and deaths of every kind. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

static void what_is_typed_shows_in_the_grid_and_the_status_is_kept(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "-pmu", "--hostname", "inside", "--", "sh");
    struct client client;
    client_attach(&client, "sv", 80, 24);
    client_type(&client, "echo he''llo from $(hostname) $$\n");
    client_wait_text(&client, "hello from inside 1");
    client_type(&client, "exit 7\n");
    assert_int_equal(client_wait_exit(&client), 7);
    client_close(&client);
    _cleanup_session_state_ struct session_state session = {0};
    session_read("sv", &session); /* at once: who is told can rely on it */
    assert_int_equal(session.condition, SESSION_EXITED);
    assert_int_equal(session.exit_status, 7);
    assert_false(path_exists("/run/nstui/sv"));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "logs", "sv");
    assert_non_null(strstr(result.out, "hello from inside 1"));
    session_remove("sv");
    session_assert_gone("sv");
}

static void a_second_dashboard_sees_the_same_screen(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "--", "sh", "-c", "echo one screen; exec cat");
    struct client first, second;
    client_attach(&first, "sv", 80, 24);
    client_wait_text(&first, "one screen");
    client_close(&first); /* the line dropped */
    client_attach(&second, "sv", 80, 24);
    client_wait_text(&second, "one screen");
    assert_int_equal(control_stop(second.fd, 5000, NULL), 0);
    assert_true(client_wait_exit(&second) >= 128);
    client_close(&second);
    session_assert_gone("sv");
}

static void the_smaller_size_of_all_attached_wins(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "--", "sh");
    struct client wide, tall;
    client_attach(&wide, "sv", 100, 20);
    client_attach(&tall, "sv", 60, 40);
    client_wait_columns(&wide, 60);
    assert_int_equal(wide.rows, 20);
    client_type(&tall, "stty size\n");
    client_wait_text(&tall, "20 60");
    client_close(&tall);
    client_wait_columns(&wide, 100);
    client_type(&wide, "stty size\n");
    client_wait_text(&wide, "20 100");
    assert_int_equal(control_resize(wide.fd, 1, 1, NULL), 0); /* smaller than a terminal can be */
    client_wait_columns(&wide, GRID_COLUMNS_MIN);
    assert_int_equal(control_kill(wide.fd, SIGKILL, NULL), 0);
    assert_int_equal(client_wait_exit(&wide), 128 + SIGKILL);
    client_close(&wide);
}

static void a_dead_nstui_term_is_followed_by_another_and_the_container_lives(void **state)
{
    (void)state;
    need_root();
    static const int deaths[] = {SIGSEGV, SIGKILL, SIGTERM};
    session_run("--name", "sv", "--rm", "-p", "--", "sh");
    struct client client;
    client_attach(&client, "sv", 80, 24);
    client_type(&client, "echo be''fore $$\n");
    client_wait_text(&client, "before 1");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("sv", &session);
    for (int i = 0; i < (int)array_length(deaths); i++) {
        pid_t term = process_find_below(session.supervisor, "nstui-term");
        assert_true(term > 0);
        assert_int_equal(kill(term, deaths[i]), 0);
        client_wait_restarts(&client, i + 1);
        char keys[64], shown[64];
        (void)snprintf(keys, sizeof(keys), "echo a''live %d\n", i);
        (void)snprintf(shown, sizeof(shown), "alive %d", i);
        client_type(&client, keys);
        client_wait_text(&client, shown);
    }
    assert_true(process_is_alive(session.pid));
    client_type(&client, "exit 3\n");
    assert_int_equal(client_wait_exit(&client), 3);
    client_close(&client);
}

static void after_a_death_of_nstui_term_the_screen_is_there_again(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "--", "sh", "-c", "echo still here; exec cat");
    struct client client;
    client_attach(&client, "sv", 80, 24);
    client_wait_text(&client, "still here");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("sv", &session);
    assert_int_equal(kill(process_find_below(session.supervisor, "nstui-term"), SIGKILL), 0);
    client_wait_restarts(&client, 1);
    client_wait_text(&client, "still here");
    session_kill("sv");
    client_close(&client);
}

static void a_terminal_answers_the_program_that_asks(void **state)
{
    (void)state;
    need_root();
    session_run(
        "--name", "sv", "--rm", "--", "sh", "-c",
        "stty raw -echo; printf 'abc\\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -c; cat");
    struct client client;
    client_attach(&client, "sv", 80, 24);
    client_wait_text(&client, "033   [   1   ;   4   R");
    session_kill("sv");
    client_close(&client);
}

static void a_killed_supervisor_takes_its_container_along_and_the_next_command_cleans(void **state)
{
    (void)state;
    need_root();
    for (int init = 0; init < 2; init++) {
        if (init)
            session_run("--name", "sv", "-p", "--init", "--", "sleep", "1000");
        else
            session_run("--name", "sv", "-p", "--", "sleep", "1000");
        _cleanup_session_state_ struct session_state session = {0};
        session_read("sv", &session);
        assert_true(process_is_alive(session.pid));
        assert_int_equal(kill(session.supervisor, SIGKILL), 0);
        assert_true(wait_until(process_is_gone, &session.supervisor, WAIT_MS));
        assert_true(wait_until(process_is_gone, &session.pid, WAIT_MS));
        session_state_free(&session);
        session_read("sv", &session);
        assert_int_equal(session.condition, SESSION_LOST);
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "nstui", "ps");
        assert_false(path_exists("/run/nstui/sv"));
        session_state_free(&session);
        session_read("sv", &session);
        assert_int_equal(session.condition, SESSION_EXITED);
        assert_int_equal(session.exit_status, SESSION_STATUS_NONE);
        session_remove("sv");
        session_assert_gone("sv");
    }
}

static void what_ignores_term_is_killed_when_the_time_is_over(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--", "sh", "-c",
                "trap '' TERM HUP; echo deaf; while :; do sleep 1; done");
    struct client client;
    client_attach(&client, "sv", 80, 24);
    client_wait_text(&client, "deaf");
    int64_t begin_ms = clock_monotonic_ms();
    assert_int_equal(control_stop(client.fd, 700, NULL), 0);
    assert_int_equal(client_wait_exit(&client), 128 + SIGKILL);
    assert_true(clock_monotonic_ms() - begin_ms >= 700);
    client_close(&client);
    session_remove("sv");
    session_run("--name", "sv", "--", "sh", "-c",
                "trap 'exit 5' TERM; echo ears; while :; do sleep 0.1; done");
    client_attach(&client, "sv", 80, 24);
    client_wait_text(&client, "ears");
    assert_int_equal(control_stop(client.fd, 15000, NULL), 0);
    assert_int_equal(client_wait_exit(&client), 5);
    client_close(&client);
    session_remove("sv");
}

static void the_last_words_of_a_fast_end_are_kept(void **state)
{
    (void)state;
    need_root();
    for (int round = 0; round < 10; round++) {
        session_run("--name", "sv", "-p", "--", "sh", "-c",
                    "read line; seq 1 30000; echo the end; exit 4");
        struct client client;
        client_attach(&client, "sv", 80, 24);
        client_type(&client, "\n");
        assert_int_equal(client_wait_exit(&client), 4);
        assert_true(client_sees(&client, "30000"));
        assert_true(client_sees(&client, "the end"));
        client_close(&client);
        _cleanup_free_ char *data = NULL;
        size_t length;
        assert_int_equal(state_log_read("sv", &data, &length, NULL), 0);
        assert_true(length > 150000);
        assert_string_equal(data + length - 9, "the end\r\n");
        session_remove("sv");
    }
}

static void the_log_is_bounded(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "-p", "--", "sh", "-c",
                "head -c 5000000 /dev/zero | tr '\\0' x; echo z");
    struct err err = {0};
    int fd = control_connect("sv", &err);
    int status = 0;
    if (fd >= 0)
        (void)control_wait(fd, WAIT_MS, &status, NULL);
    close(fd);
    _cleanup_free_ char *data = NULL;
    size_t length;
    assert_int_equal(state_log_read("sv", &data, &length, NULL), 0);
    assert_int_equal(length, SESSION_LOG_MAX);
    assert_string_equal(data + length - 4, "xz\r\n");
    struct stat one = {0}, other = {0};
    (void)stat("/var/lib/nstui/sv/log", &one);
    (void)stat("/var/lib/nstui/sv/log.1", &other);
    assert_true(one.st_size + other.st_size < 3 * (off_t)SESSION_LOG_MAX);
    session_remove("sv");
}

static void a_client_that_does_not_read_or_lies_holds_nobody_up(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "-p", "--", "sh", "-c",
                "read x; yes | head -c 5000000; echo flood over; cat");
    struct client silent, liar, good;
    client_attach(&silent, "sv", 80, 24);
    client_attach(&liar, "sv", 80, 24);
    for (int i = 0; i < 2000; i++)
        (void)send(liar.fd, "{\"v\":1,\"op\":\"exited\",\"status\":0}", 33,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
    for (int i = 0; i < 2000; i++)
        (void)control_resize(silent.fd, 40 + i % 2, 24, NULL);
    client_attach(&good, "sv", 80, 24); /* now: sizes that it does not read would end it, too */
    client_type(&good, "go\n");
    client_wait_text(&good, "flood over");
    assert_int_equal(control_kill(good.fd, SIGKILL, NULL), 0);
    assert_int_equal(client_wait_exit(&good), 128 + SIGKILL);
    client_close(&silent);
    client_close(&liar);
    client_close(&good);
}

static void a_program_that_does_not_read_holds_nobody_up(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "-p", "--", "sh", "-c",
                "stty raw -echo; echo deaf; sleep 1000");
    struct client typist, other;
    client_attach(&typist, "sv", 80, 24);
    client_wait_text(&typist, "deaf");
    char keys[4096];
    memset(keys, 'k', sizeof(keys));
    ssize_t taken = 0;
    for (int i = 0; i < 1000 && taken >= 0; i++)
        taken = control_input(typist.fd, keys, sizeof(keys), NULL);
    assert_int_equal(taken, 0); /* at the end nothing more */
    client_attach(&other, "sv", 80, 24);
    assert_int_equal(control_kill(other.fd, SIGKILL, NULL), 0);
    assert_int_equal(client_wait_exit(&other), 128 + SIGKILL);
    client_close(&typist);
    client_close(&other);
}

static unsigned long wakes_of(pid_t pid)
{
    const char *status = file_get(test_path("/proc/%d/status", (int)pid));
    const char *line = strstr(status, "\nvoluntary_ctxt_switches:");
    assert_non_null(line);
    return strtoul(line + 25, NULL, 10);
}

static void an_idle_supervisor_wakes_never(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "-p", "--", "sleep", "1000");
    struct client client;
    client_attach(&client, "sv", 80, 24);
    _cleanup_session_state_ struct session_state session = {0};
    session_read("sv", &session);
    pid_t term = process_find_below(session.supervisor, "nstui-term");
    wait_ms(900); /* its rest begins half a second after the last thing it did */
    unsigned long before = wakes_of(session.supervisor), term_before = wakes_of(term);
    wait_ms(1000);
    assert_int_equal(wakes_of(session.supervisor), before);
    assert_int_equal(wakes_of(term), term_before);
    session_kill("sv");
    client_close(&client);
}

static void nothing_of_its_maker_is_in_a_detached_supervisor(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(setenv("NSTUI_TEST_SECRET", "secret", 1), 0);
    session_run("--name", "sv", "--rm", "-p", "--", "sleep", "1000");
    assert_int_equal(unsetenv("NSTUI_TEST_SECRET"), 0);
    _cleanup_session_state_ struct session_state session = {0};
    session_read("sv", &session);
    char target[256];
    ssize_t length =
        readlink(test_path("/proc/%d/cwd", (int)session.supervisor), target, sizeof(target) - 1);
    assert_true(length == 1 && target[0] == '/');
    for (int fd = 0; fd < 3; fd++) {
        length = readlink(test_path("/proc/%d/fd/%d", (int)session.supervisor, fd), target,
                          sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        assert_string_equal(target, "/dev/null");
    }
    assert_int_equal(getsid(session.supervisor), session.supervisor);
    _cleanup_free_ char *environment = NULL;
    assert_int_equal(file_read(AT_FDCWD, test_path("/proc/%d/environ", (int)session.supervisor),
                               100000, &environment, &(size_t){0}, NULL),
                     0);
    assert_null(strstr(environment, "SECRET"));
    int fd = control_connect("sv", NULL), status;
    assert_int_equal(control_kill(fd, SIGKILL, NULL), 0);
    assert_int_equal(control_wait(fd, WAIT_MS, &status, NULL), 1);
    close(fd);
}

static void a_joined_or_host_shell_dies_with_its_supervisor_and_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "target", "--rm", "-pmu", "--hostname", "inside", "--", "sleep", "1000");
    static const char *const starts[][8] = {
        {"nstui", "join", "target", "-d", "--name", "sv", NULL},
        {"nstui", "shell", "-d", "--name", "sv", NULL},
    };
    for (size_t i = 0; i < array_length(starts); i++) {
        session_start(starts[i]);
        struct client client;
        client_attach(&client, "sv", 80, 24);
        client_type(&client, "echo I am $(hostname)\n");
        client_wait_text(&client, i == 0 ? "I am inside" : "I am ");
        _cleanup_session_state_ struct session_state session = {0};
        session_read("sv", &session);
        assert_int_equal(session.kind, i == 0 ? SESSION_JOIN : SESSION_SHELL);
        assert_true(process_is_alive(session.pid));
        client_close(&client);
        assert_int_equal(kill(session.supervisor, SIGKILL), 0);
        assert_true(wait_until(process_is_gone, &session.pid, WAIT_MS));
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "nstui", "ps");
        session_assert_gone("sv");
    }
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "kill", "target", "KILL");
}

/* The programs in a folder of their own, with something else as nstui-term. */
static const char *programs_with_term(const char *script)
{
    const char *folder = test_folder();
    static const char *const names[] = {"nstui", "nstui-init"};
    for (size_t i = 0; i < array_length(names); i++) {
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "cp", program_of_ours(names[i]), folder);
    }
    const char *term = test_path("%s/nstui-term", folder);
    file_put(term, script);
    assert_int_equal(chmod(term, 0755), 0);
    return folder;
}

static size_t log_length(void)
{
    _cleanup_free_ char *data = NULL;
    size_t length = 0;
    assert_int_equal(state_log_read("sv", &data, &length, NULL), 0);
    return length;
}

static bool log_is_longer(void *data)
{
    return log_length() > *(size_t *)data;
}

static void a_nstui_term_that_always_dies_is_not_started_all_the_time(void **state)
{
    (void)state;
    need_root();
    const char *starts = test_path("%s/starts", test_folder());
    file_put(starts, "");
    const char *folder =
        programs_with_term(test_path("#!/bin/sh\necho started >>%s\nexit 1\n", starts));
    const char *const words[] = {test_path("%s/nstui", folder),
                                 "run",
                                 "-d",
                                 "--rm",
                                 "--name",
                                 "sv",
                                 "-p",
                                 "--",
                                 "sh",
                                 "-c",
                                 "while :; do echo lives; sleep 0.01; done",
                                 NULL};
    session_start(words);
    wait_ms(1500);
    size_t count = strlen(file_get(starts)) / strlen("started\n");
    assert_true(count >= 2 && count <= 5);
    size_t length = log_length();
    assert_true(wait_until(log_is_longer, &length, WAIT_MS)); /* nobody holds it up */
    session_kill("sv");
}

static bool session_has_ended(void *data)
{
    (void)data;
    return !path_exists("/run/nstui/sv");
}

/* The log makes room for the one thing that cannot be had again. */
static void a_disk_that_its_log_fills_keeps_its_status(void **state)
{
    (void)state;
    need_root();
    const char *folder = "/var/lib/nstui";
    assert_int_equal(mount("tmpfs", folder, "tmpfs", 0, "size=160k,mode=0700"), 0);
    session_run("--name", "sv", "-p", "--", "sh", "-c", "yes | head -c 700000; exit 7");
    bool ended = wait_until(session_has_ended, NULL, WAIT_MS);
    _cleanup_session_state_ struct session_state session = {0};
    int found = state_find("sv", &session, NULL);
    if (!ended)
        session_kill("sv");
    session_remove("sv");
    assert_int_equal(umount2(folder, MNT_DETACH), 0);
    assert_true(ended);
    assert_int_equal(found, 0);
    assert_int_equal(session.exit_status, 7);
}

/* It has given its rights up, and with that asked to end with its supervisor. */
static bool is_settled(void *data)
{
    return strstr(file_get(test_path("/proc/%d/status", *(pid_t *)data)), "NoNewPrivs:\t1");
}

static void nstui_term_ends_with_its_supervisor_also_where_it_hangs(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "sv", "--rm", "-p", "--", "sleep", "1000");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("sv", &session);
    pid_t term = process_find_below(session.supervisor, "nstui-term");
    assert_true(term > 0);
    assert_true(wait_until(is_settled, &term, WAIT_MS));
    assert_int_equal(kill(term, SIGSTOP), 0);
    assert_int_equal(kill(session.supervisor, SIGKILL), 0);
    assert_true(wait_until(process_is_gone, &term, WAIT_MS));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps"); /* cleans */
}

static void a_detached_session_keeps_no_directory_of_its_maker_busy(void **state)
{
    (void)state;
    need_root();
    const char *folder = test_folder();
    assert_int_equal(mount("tmpfs", folder, "tmpfs", 0, NULL), 0);
    static const char *const words[] = {"nstui",     "run", "-d", "--name", "sv",   "--rm", "-pm",
                                        "--workdir", "/",   "--", "sleep",  "1000", NULL};
    _cleanup_result_ struct result result = {0};
    const struct run_options options = {.argv = words, .cwd = folder};
    assert_int_equal(run_program_with(&options, &result), 0);
    int unmounted = umount2(folder, 0), reason = errno;
    (void)umount2(folder, MNT_DETACH);
    session_kill("sv");
    assert_int_equal(unmounted < 0 ? reason : 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(what_is_typed_shows_in_the_grid_and_the_status_is_kept),
        machine_test(a_second_dashboard_sees_the_same_screen),
        machine_test(the_smaller_size_of_all_attached_wins),
        machine_test(a_dead_nstui_term_is_followed_by_another_and_the_container_lives),
        machine_test(after_a_death_of_nstui_term_the_screen_is_there_again),
        machine_test(a_terminal_answers_the_program_that_asks),
        machine_test(a_killed_supervisor_takes_its_container_along_and_the_next_command_cleans),
        machine_test(what_ignores_term_is_killed_when_the_time_is_over),
        machine_test(the_last_words_of_a_fast_end_are_kept),
        machine_test(the_log_is_bounded),
        machine_test(a_client_that_does_not_read_or_lies_holds_nobody_up),
        machine_test(a_program_that_does_not_read_holds_nobody_up),
        machine_test(an_idle_supervisor_wakes_never),
        machine_test(nothing_of_its_maker_is_in_a_detached_supervisor),
        machine_test(a_joined_or_host_shell_dies_with_its_supervisor_and_leaves_nothing),
        machine_test(a_nstui_term_that_always_dies_is_not_started_all_the_time),
        machine_test(a_disk_that_its_log_fills_keeps_its_status),
        machine_test(nstui_term_ends_with_its_supervisor_also_where_it_hangs),
        machine_test(a_detached_session_keeps_no_directory_of_its_maker_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
