/* Foreground sessions: pipes byte for byte, the caller's terminal given back, nothing left behind. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

static void pipes_carry_every_byte_and_stderr_apart(void **state)
{
    (void)state;
    need_root();
    size_t size = 3u * 1024 * 1024;
    _cleanup_free_ char *bytes = xmalloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 31 + i / 251);
    static const char *const words[] = {
        "nstui", "run", "-p", "--", "sh", "-c", "cat; echo oops >&2; exit 9", NULL};
    _cleanup_result_ struct result result = {0};
    assert_int_equal(run_program(words, bytes, size, WAIT_MS, &result), 9);
    assert_int_equal(result.out_length, size);
    assert_memory_equal(result.out, bytes, size);
    assert_string_equal(result.error, "oops\n");
    assert_false(result.held_open);
}

static void a_reader_that_goes_away_ends_the_writer_in_there(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result result = {0};
    const char *line = test_path("%s run -- yes | head -n 2", program_of_ours("nstui"));
    run_expect(0, &result, "sh", "-c", line);
    assert_string_equal(result.out, "y\ny\n");
    _cleanup_result_ struct result second = {0};
    line = test_path("head -c 9000000 /dev/zero | %s run -- true", program_of_ours("nstui"));
    run_expect(0, &second, "sh", "-c", line);
}

static void a_signal_to_the_foreground_ends_all_and_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    static const int numbers[] = {SIGTERM, SIGHUP, SIGINT};
    for (size_t i = 0; i < array_length(numbers); i++) {
        pid_t pid = process_start_words("nstui", "run", "--name", "fg", "-pm", "--init", "--",
                                        "sleep", "1000");
        struct session_state session;
        int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
        while (state_find("fg", &session, NULL) < 0 && clock_monotonic_ms() < until_ms)
            wait_ms(10);
        session_state_free(&session);
        session_read("fg", &session);
        pid_t inside = session.pid;
        session_state_free(&session);
        assert_false(path_exists("/var/lib/nstui/fg"));
        struct err err = {0};
        int grid_fd, fd = control_connect("fg", &err);
        assert_int_equal(control_attach(fd, 80, 24, &grid_fd, &err), -1);
        assert_non_null(strstr(err.text, "foreground"));
        close(fd);
        assert_int_equal(kill(pid, numbers[i]), 0);
        assert_true(wait_until(process_is_gone, &pid, WAIT_MS));
        assert_true(wait_until(process_is_gone, &inside, WAIT_MS));
        process_end(pid);
        session_assert_gone("fg");
    }
}

static void a_terminal_is_relayed_and_given_back(void **state)
{
    (void)state;
    need_root();
    static const char *const words[] = {"nstui",  "run", "-pu", "--hostname",
                                        "inside", "--",  "sh",  NULL};
    struct screen *screen = screen_start(&(struct screen_options){.argv = words});
    screen_wait_text(screen, "#", WAIT_MS);
    screen_type(screen, "echo $(hostname) $$; stty size\n");
    screen_wait_text(screen, "inside 1", WAIT_MS);
    screen_wait_text(screen, "24 80", WAIT_MS);
    screen_resize(screen, 30, 100);
    screen_type(screen, "sleep 0.3; stty size\n");
    screen_wait_text(screen, "30 100", WAIT_MS);
    screen_type(screen, "exit 6\n");
    assert_int_equal(screen_wait_end(screen), 6);
    screen_assert_restored(screen);
}

static void a_terminal_is_given_back_after_a_signal_too(void **state)
{
    (void)state;
    need_root();
    static const char *const words[] = {
        "nstui", "run", "-p", "--init", "--", "sh", "-c", "echo ready; sleep 1000", NULL};
    static const int numbers[] = {SIGTERM, SIGHUP, SIGSEGV, SIGABRT};
    for (size_t i = 0; i < array_length(numbers); i++) {
        struct screen *screen = screen_start(&(struct screen_options){.argv = words});
        screen_wait_text(screen, "ready", WAIT_MS);
        assert_int_equal(kill(screen_pid(screen), numbers[i]), 0);
        (void)screen_wait_end(screen);
        screen_assert_restored(screen);
    }
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps"); /* cleans after those that crashed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(pipes_carry_every_byte_and_stderr_apart),
        machine_test(a_reader_that_goes_away_ends_the_writer_in_there),
        machine_test(a_signal_to_the_foreground_ends_all_and_leaves_nothing),
        machine_test(a_terminal_is_relayed_and_given_back),
        machine_test(a_terminal_is_given_back_after_a_signal_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
