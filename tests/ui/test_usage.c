/* The figures of the Containers view: memory and limits of one that has a cgroup of its own, and in a
 * sentence why another has none. */
#include "dashboard.h"

#include "nstui/cgroups.h"

#include <stdio.h>
#include <string.h>

/* Starts a session with limits, where the machine can count memory. */
static void limited_start(const char *name, const char *script)
{
    struct cgroup_mounts mounts = {0};
    struct err err = {0};
    need_root();
    bool counted = cgroup_mounts_read(&mounts, NULL) == 0 &&
                   cgroup_mounts_find(&mounts, CGROUP_MEMORY) != NULL;
    cgroup_mounts_free(&mounts);
    if (!counted) {
        (void)cgroup_controller_missing(CGROUP_MEMORY, &err);
        skip_because("%s", err.text);
    }
    struct result result = {0};
    int status = run_words(&result, "nstui", "run", "-d", "--name", name, "-pm", "--memory", "64m",
                           "--pids-limit", "20", "--", "sh", "-c", script);
    bool refused = strstr(result.error, "cgroup") != NULL;
    result_free(&result);
    if (refused)
        skip_because("no cgroup can be made here");
    assert_int_equal(status, 0);
}

static void limited_end(const char *name)
{
    struct result result = {0};
    run_expect(0, &result, "nstui", "rm", "-f", name);
    result_free(&result);
}

static void memory_and_limits_of_a_container_are_shown(void **state)
{
    limited_start("eater", "a=$(head -c 9000000 /dev/zero | tr '\\0' x); sleep 1000; : $a");
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, " MEM ", WAIT_MS);
    screen_wait_text(screen, "of 64M memory, ", WAIT_MS);
    screen_wait_text(screen, "of 20 processes", WAIT_MS);
    int row = screen_find_row(screen, ">eater", 0);
    assert_true(row > 0 && strstr(screen_row(screen, row), "M ") != NULL);
    screen_quit(screen);
    limited_end("eater");
}

static void a_busy_one_shows_its_part_of_a_cpu_where_there_is_room(void **state)
{
    (void)state;
    limited_start("busy", "while :; do :; done");
    const struct screen_options wide = {.rows = 50, .columns = 160};
    struct screen *screen = dashboard_start_with(&wide);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, " CPU ", WAIT_MS);
    screen_wait_text(screen, "% ", WAIT_MS);
    screen_quit(screen);
    limited_end("busy");
}

static void one_without_a_cgroup_says_why_there_is_no_figure(void **state)
{
    need_root();
    container_start("plain");
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, "MEM is \"-\":", WAIT_MS);
    screen_quit(screen);
    container_remove("plain");
}

static void how_a_limit_ended_it_is_told(void **state)
{
    limited_start("gone", "exec timeout -s KILL 15 tail /dev/zero");
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, "the kernel ended it: it wanted more than 64 MiB", WAIT_MS);
    screen_quit(screen);
    limited_end("gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(memory_and_limits_of_a_container_are_shown),
        machine_test(a_busy_one_shows_its_part_of_a_cpu_where_there_is_room),
        machine_test(one_without_a_cgroup_says_why_there_is_no_figure),
        machine_test(how_a_limit_ended_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
