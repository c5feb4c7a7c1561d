/* Foreground sessions: pipes byte for byte, the caller's terminal given back, nothing left behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* A program whose execve(2) hangs: a lease on it is held, which opening it wants to break (fcntl(2),
 * F_SETLEASE). Ends when the descriptor is closed. */
static int hanging_program(const char **path)
{
    *path = test_path("%s/hangs", test_folder());
    file_put(*path, "");
    assert_int_equal(chmod(*path, 0755), 0);
    int fd = open(*path, O_RDONLY | O_CLOEXEC);
    (void)signal(SIGIO, SIG_IGN);
    if (fd < 0 || fcntl(fd, F_SETLEASE, F_WRLCK) < 0)
        skip_because("no lease can be taken here");
    return fd;
}

static bool hangs(void *data)
{
    (void)data;
    return process_find_below(0, "nstui-init") != 0;
}

static void a_launch_that_hangs_ends_by_a_signal(void **state)
{
    (void)state;
    need_root();
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const char *path;
    int lease = hanging_program(&path);
    for (size_t i = 0; i < array_length(numbers); i++) {
        pid_t pid = process_start_words("nstui", "run", "-pm", "--", path);
        int status;
        assert_true(wait_until(hangs, NULL, WAIT_MS));
        assert_int_equal(kill(pid, numbers[i]), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 128 + numbers[i]);
        assert_int_equal(rmdir("/run/nstui"), 0);
    }
    close(lease);
}

/* Stops the child of a launch while it is set up; 0 where it was too late. */
static pid_t setup_stop(pid_t supervisor)
{
    char comm[16] = "";
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    pid_t child = 0;
    while (!child && clock_monotonic_ms() < until_ms)
        child = process_find_below(supervisor, "nstui");
    if (child <= 0 || kill(child, SIGSTOP) < 0)
        return 0;
    _cleanup_close_ int fd = open(test_path("/proc/%d/comm", (int)child), O_RDONLY | O_CLOEXEC);
    return read(fd, comm, sizeof(comm)) > 0 && strncmp(comm, "nstui\n", 6) == 0 ? child : 0;
}

/* A copy of the lock would make a dead session look alive to the next command. */
static void what_is_set_up_holds_nothing_of_its_supervisor(void **state)
{
    (void)state;
    need_root();
    struct text lines = {0};
    const char *layout = test_path("%s/long.layout", test_folder());
    for (int i = 0; i < 990; i++)
        text_addf(&lines, "tmpfs /d%d\n", i);
    file_put(layout, lines.data);
    text_free(&lines);
    pid_t pid = 0, child = 0;
    for (int round = 0; round < 20 && !child; round++) {
        pid = process_start_words("nstui", "run", "--root", test_folder(), "--layout", layout, "--",
                                  "true");
        child = setup_stop(pid);
        if (!child)
            process_end(pid);
    }
    assert_true(child > 0);
    DIR *folder = opendir(test_path("/proc/%d/fd", (int)child));
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char target[512] = "";
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1) > 0 &&
            (strstr(target, "/run/nstui") || strstr(target, "epoll")))
            fail_msg("%s is open in it", target);
    }
    closedir(folder);
    process_end(pid);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps"); /* cleans */
    assert_int_equal(rmdir("/run/nstui"), 0);
}

static bool nothing_is_left(void *data)
{
    (void)data;
    return rmdir("/run/nstui") == 0 || errno == ENOENT;
}

static void a_detached_launch_ends_with_the_one_who_waits_for_it(void **state)
{
    (void)state;
    need_root();
    const char *path;
    int lease = hanging_program(&path);
    pid_t pid = process_start_words("nstui", "run", "-d", "--name", "hg", "-pm", "--", path);
    assert_true(wait_until(hangs, NULL, WAIT_MS));
    process_end(pid);
    assert_true(wait_until(nothing_is_left, NULL, WAIT_MS));
    assert_false(path_exists("/var/lib/nstui/hg"));
    close(lease);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(pipes_carry_every_byte_and_stderr_apart),
        machine_test(a_reader_that_goes_away_ends_the_writer_in_there),
        machine_test(a_signal_to_the_foreground_ends_all_and_leaves_nothing),
        machine_test(a_terminal_is_relayed_and_given_back),
        machine_test(a_terminal_is_given_back_after_a_signal_too),
        machine_test(a_launch_that_hangs_ends_by_a_signal),
        machine_test(what_is_set_up_holds_nothing_of_its_supervisor),
        machine_test(a_detached_launch_ends_with_the_one_who_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
