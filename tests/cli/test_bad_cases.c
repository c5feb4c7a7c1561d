/* Cases in which something is short, or somebody exaggerates: a disk that is full, a factory of zombies,
 * output that nobody reads, memory, a host without /dev/null, terminals that hang up. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"

#define REST_KB 3072 /* of private memory: supervisor, init and nstui-term together */

/* A sanitizer keeps memory of its own for each allocation. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_COUNTS false
#else
#define MEMORY_COUNTS true
#endif

static long number_of(const char *text, const char *key)
{
    const char *line = strstr(text, key);
    assert_non_null(line);
    return strtol(line + strlen(key), NULL, 10);
}

static long memory_kb(pid_t pid)
{
    const char *text = file_get(test_path("/proc/%d/smaps_rollup", (int)pid));
    return number_of(text, "Private_Dirty:") + number_of(text, "Private_Clean:");
}

/* The supervisor, its nstui-term, and init where there is one. */
static long rest_kb(const struct session_state *session)
{
    pid_t term = process_find_below(session->supervisor, "nstui-term");
    assert_true(term > 0);
    return memory_kb(session->supervisor) + memory_kb(term) +
           (session->init ? memory_kb(session->pid) : 0);
}

/* ---- memory ------------------------------------------------------------------------------ */

static void a_container_that_rests_costs_little(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "bad", "--rm", "-pmuin", "--root", test_path("%s/root", test_folder()),
                "--init", "--", "sh", "-c", "seq 1 300; echo all; exec sleep 1000");
    struct client client;
    client_attach(&client, "bad", 80, 24);
    client_wait_text(&client, "all");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("bad", &session);
    wait_ms(800); /* it gives back what its start needed */
    long kb = rest_kb(&session);
    print_message("a container that rests: %ld KB of private memory\n", kb);
    assert_true(kb > 100);
    assert_true(!MEMORY_COUNTS || kb <= REST_KB);
    client_close(&client);
    session_kill("bad");
}

static bool has_ended(void *data)
{
    return !path_exists(test_path("/run/nstui/%s", (const char *)data));
}

static void much_output_that_nobody_reads_is_kept_in_bounds(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "bad", "-p", "--init", "--", "sh", "-c",
                "head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo over; sleep 1000");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("bad", &session);
    struct client client;
    client_attach(&client, "bad", 80, 24);
    long most_kb = 0;
    for (int round = 0; round < 2000 && !client_sees(&client, "over"); round++) {
        long kb = rest_kb(&session);
        most_kb = kb > most_kb ? kb : most_kb;
        wait_ms(20);
        if (round == 5) { /* from here on nobody looks */
            client_close(&client);
            client_attach(&client, "bad", 80, 24);
            (void)control_send(client.fd, &(struct control_message){.op = CONTROL_DETACH, .fd = -1},
                               NULL);
        }
    }
    client_wait_text(&client, "over");
    client_close(&client);
    struct stat one = {0}, other = {0};
    (void)stat("/var/lib/nstui/bad/log", &one);
    (void)stat("/var/lib/nstui/bad/log.1", &other);
    print_message("100 MB of output: %ld KB of private memory at most\n", most_kb);
    assert_true(!MEMORY_COUNTS ||
                most_kb <= 4 * REST_KB); /* with a thousand lines on their way into the grid */
    assert_true(one.st_size + other.st_size <= 3 * (off_t)SESSION_LOG_MAX);
    session_kill("bad");
    assert_true(wait_until(has_ended, (void *)(uintptr_t) "bad", WAIT_MS));
    session_remove("bad");
}

/* ---- zombies ----------------------------------------------------------------------------- */

static void a_factory_of_zombies_leaves_none(void **state)
{
    (void)state;
    need_root();
    /* Each child of the inner shell that is left alone becomes init's. */
    session_run("--name", "bad", "--rm", "-p", "--init", "--", "sh", "-c",
                "i=0; while [ $i -lt 10000 ]; do ( : & ); i=$((i+1)); done; echo done; "
                "exec sleep 1000");
    struct client client;
    client_attach(&client, "bad", 80, 24);
    client_wait_text(&client, "done");
    _cleanup_session_state_ struct session_state session = {0};
    session_read("bad", &session);
    wait_ms(50);
    const char *children =
        file_get(test_path("/proc/%d/task/%d/children", (int)session.pid, (int)session.pid));
    assert_int_equal(strspn(children, "0123456789 "), strlen(children));
    const char *first = strchr(children, ' ');
    assert_true(first && first[1] == '\0'); /* the command alone */
    assert_true(!MEMORY_COUNTS || memory_kb(session.pid) < 256);
    client_close(&client);
    session_kill("bad");
}

/* ---- what is short ----------------------------------------------------------------------- */

static void a_full_disk_below_the_state_folders_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    need_root();
    static const char *const folders[] = {"/run/nstui", "/var/lib/nstui"};
    (void)mkdir("/run/nstui", 0700);
    for (size_t i = 0; i < array_length(folders); i++) {
        assert_int_equal(mount("tmpfs", folders[i], "tmpfs", 0, "size=8k,mode=0700"), 0);
        _cleanup_free_ char *fill =
            xasprintf("dd if=/dev/zero of=%s/fill bs=4k 2>/dev/null; true", folders[i]);
        _cleanup_result_ struct result filled = {0}, result = {0}, plain = {0};
        run_expect(0, &filled, "sh", "-c", fill);
        int detached = run_words(&result, "nstui", "run", "-d", "--name", "bad", "-p", "true");
        bool left = path_exists("/run/nstui/bad") || path_exists("/var/lib/nstui/bad");
        /* In the foreground nothing is kept: only /run counts. */
        int foreground = run_words(&plain, "nstui", "run", "--name", "bad", "-p", "true");
        bool left_too = path_exists("/run/nstui/bad");
        assert_int_equal(umount2(folders[i], MNT_DETACH), 0);
        assert_int_equal(detached, 125);
        assert_non_null(strstr(result.error, "No space left"));
        assert_false(left);
        assert_int_equal(foreground, i == 0 ? 125 : 0);
        assert_false(left_too);
    }
}

static void a_host_without_dev_null_is_told_what_is_missing(void **state)
{
    (void)state;
    need_root();
    static const char *const scripts[] = {
        /* None at all, and what `> /dev/null` makes of that. */
        "mount -t tmpfs none /dev",
        "mount -t tmpfs none /dev && echo x >/dev/null",
    };
    for (size_t i = 0; i < array_length(scripts); i++) {
        const char *script =
            test_path("%s && exec %s run -d -p true", scripts[i], program_of_ours("nstui"));
        const char *const words[] = {"unshare", "--mount", "--propagation", "private",
                                     "sh",      "-c",      script,          NULL};
        _cleanup_result_ struct result result = {0};
        assert_int_equal(run_program(words, NULL, 0, WAIT_MS, &result), 125);
        assert_non_null(strstr(result.error, "it needs /dev/null"));
        assert_non_null(strstr(result.error, "mknod"));
    }
}

static void a_name_that_exists_is_told_with_what_helps(void **state)
{
    (void)state;
    need_root();
    _cleanup_result_ struct result running = {0}, ended = {0};
    session_run("--name", "bad", "-p", "--", "sleep", "1000");
    run_expect(125, &running, "nstui", "run", "-d", "--name", "bad", "-p", "true");
    assert_non_null(strstr(running.error, "the name bad is in use"));
    session_kill("bad");
    assert_true(wait_until(has_ended, (void *)(uintptr_t) "bad", WAIT_MS));
    run_expect(125, &ended, "nstui", "run", "--name", "bad", "-p", "true");
    assert_non_null(strstr(ended.error, "nstui rm bad"));
    session_remove("bad");
}

static void stop_of_who_ignores_term_kills_when_the_time_is_over(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "bad", "--rm", "-p", "--init", "--", "sh", "-c",
                "trap '' TERM HUP INT; echo deaf; while :; do sleep 0.1; done");
    struct client client;
    client_attach(&client, "bad", 80, 24);
    client_wait_text(&client, "deaf");
    int64_t begin_ms = clock_monotonic_ms();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "stop", "-t", "1", "bad");
    int64_t took_ms = clock_monotonic_ms() - begin_ms;
    assert_true(took_ms >= 900 && took_ms < 6000);
    assert_false(path_exists("/run/nstui/bad"));
    client_close(&client);
}

/* ---- the line drops ---------------------------------------------------------------------- */

static void a_hang_up_of_who_looks_leaves_the_container(void **state)
{
    (void)state;
    need_root();
    session_run("--name", "bad", "--rm", "-p", "--", "sh", "-c", "echo still here; exec cat");
    static const char *const attach[] = {"nstui", "attach", "bad", NULL};
    for (int round = 0; round < 2; round++) { /* by SIGHUP, and by SIGKILL */
        struct screen *screen = screen_start(&(struct screen_options){.argv = attach});
        screen_wait_text(screen, "still here", WAIT_MS);
        if (round)
            assert_int_equal(kill(screen_pid(screen), SIGKILL), 0);
        screen_hang_up(screen);
    }
    struct client client;
    client_attach(&client, "bad", 80, 24); /* of the size that is now asked for, of nobody else's */
    client_wait_text(&client, "still here");
    client_close(&client);
    session_kill("bad");
}

static void a_hang_up_of_a_foreground_run_ends_its_container(void **state)
{
    (void)state;
    need_root();
    const char *const words[] = {"nstui", "run", "--name",
                                 "bad",   "-p",  "--",
                                 "sh",    "-c",  "trap '' HUP TERM; echo up; sleep 1000",
                                 NULL};
    struct screen *screen = screen_start(&(struct screen_options){.argv = words});
    screen_wait_text(screen, "up", WAIT_MS);
    _cleanup_session_state_ struct session_state session = {0};
    session_read("bad", &session);
    screen_hang_up(screen); /* waits for its end: it insists after two seconds */
    assert_true(wait_until(process_is_gone, &session.pid, WAIT_MS));
    session_assert_gone("bad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_container_that_rests_costs_little),
        machine_test(much_output_that_nobody_reads_is_kept_in_bounds),
        machine_test(a_factory_of_zombies_leaves_none),
        machine_test(a_full_disk_below_the_state_folders_is_told_and_leaves_nothing),
        machine_test(a_host_without_dev_null_is_told_what_is_missing),
        machine_test(a_name_that_exists_is_told_with_what_helps),
        machine_test(stop_of_who_ignores_term_kills_when_the_time_is_over),
        machine_test(a_hang_up_of_who_looks_leaves_the_container),
        machine_test(a_hang_up_of_a_foreground_run_ends_its_container),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
