/* Limits by a cgroup of its own: what they hold in there, what the host keeps, what is told, and that
 * nothing is left, whatever was killed. What eats is inside of a limit and has a time limit. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "../../src/nstui/engine/cgroup.h"
#include "box.h"

#define HOG  "tail /dev/zero" /* keeps all that it has read since the last end of line */
#define BOMB "f() { while :; do f & done; }; f & exec sleep 60"

/* ---- what a test needs of the machine -------------------------------------------------------- */

static void need_controller(enum cgroup_controller controller)
{
    struct err err = {0};
    struct spec spec = {.limits.memory_bytes = controller == CGROUP_MEMORY ? 64u << 20 : 0,
                        .limits.processes = controller == CGROUP_PIDS ? 20 : 0,
                        .limits.cpu_weight = controller == CGROUP_CPU ? 100 : 0};
    struct cgroup cgroup = {0};
    need_root();
    if (limits_check(&spec, &err) < 0)
        skip_because("%s", err.text);
    int made = cgroup_make(&(struct kernel){0}, NULL, "test-0000beef", CGROUP_BIT(controller), 0,
                           &cgroup, &err);
    cgroup_close(&cgroup);
    assert_int_equal(cgroup_remove("0000beef", NULL), 0);
    if (made < 0)
        skip_because("%s", err.text);
}

/* A spec with a tag, so that the test can clean up. */
static void limited_spec(struct spec *spec, const char *letters, const char *script)
{
    box_spec(spec, letters, NULL, script);
    spec->name = xstrdup("limited");
    engine_tag_make(spec->tag);
}

/* How many cgroups of a tag are there. */
static size_t cgroups_left(const char *tag)
{
    struct cgroup cgroup = {0};
    cgroup_search(tag, &cgroup);
    size_t count = cgroup.count;
    cgroup_close(&cgroup);
    return count;
}

static void clean(const struct spec *spec)
{
    struct err err = {0};
    if (engine_outside_clean(spec->name, spec->tag, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(cgroups_left(spec->tag), 0);
}

/* Runs it to its end, gives what the cgroup tells, cleans. */
static void limited_run(struct spec *spec, struct box_result *result, char **story)
{
    box_run(spec, result);
    assert_true(cgroups_left(spec->tag) > 0);
    *story = engine_outside_story(spec->tag);
    clean(spec);
}

/* ---- what holds in there ----------------------------------------------------------------------- */

static void one_process_too_many_is_refused_in_there(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits.processes = 5};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_free_ char *story = NULL;
    limited_spec(&spec, "p",
                 "for i in 1 2 3 4 5 6 7 8; do sleep 0.3 & echo $i; done; echo not reached");
    limited_run(&spec, &result, &story);
    assert_has(result.out.data, "4\n");
    assert_has_not(result.out.data, "not reached");
    assert_has(result.error.data, "fork");
    assert_non_null(story);
    assert_has(story, "it was refused a new process 1 time: it may have 5");
}

static void who_wants_more_memory_is_ended_and_it_is_told(void **state)
{
    (void)state;
    need_controller(CGROUP_MEMORY);
    _cleanup_spec_ struct spec spec = {.limits.memory_bytes = 32u << 20};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_free_ char *story = NULL;
    limited_spec(&spec, "p", "timeout 15 " HOG "; echo $?; exec timeout -s KILL 15 " HOG);
    limited_run(&spec, &result, &story);
    assert_string_equal(result.out.data, "137\n");
    assert_int_equal(result.status, 137);
    assert_non_null(story);
    assert_string_equal(story, "the kernel ended 2 processes in it: they wanted more than 32 MiB");
}

static void one_that_is_ended_for_memory_is_told_with_its_limit(void **state)
{
    (void)state;
    need_controller(CGROUP_MEMORY);
    _cleanup_spec_ struct spec spec = {.limits.memory_bytes = 64u << 20, .init = true};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_free_ char *story = NULL;
    limited_spec(&spec, "pm", "exec " HOG);
    limited_run(&spec, &result, &story);
    assert_int_equal(result.status, 137);
    assert_string_equal(story, "the kernel ended it: it wanted more than 64 MiB");
}

static void who_keeps_to_its_limits_is_told_nothing(void **state)
{
    (void)state;
    need_controller(CGROUP_MEMORY);
    _cleanup_spec_ struct spec spec = {.limits = {.memory_bytes = 64u << 20, .processes = 30}};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_free_ char *story = NULL;
    limited_spec(&spec, "pmu", "echo fine");
    limited_run(&spec, &result, &story);
    assert_string_equal(result.out.data, "fine\n");
    assert_null(story);
}

static void cpu_time_keeps_to_its_quota(void **state)
{
    (void)state;
    need_controller(CGROUP_CPU);
    _cleanup_spec_ struct spec spec = {.limits.cpu_quota_us = 20000};
    struct launched launched;
    struct cgroup_usage before, after;
    limited_spec(&spec, "p", "while :; do :; done");
    box_launch(&spec, &launched);
    int64_t start_ms = clock_monotonic_ms();
    cgroup_usage_read(launched.pid, &before);
    wait_ms(1500);
    cgroup_usage_read(launched.pid, &after);
    int64_t elapsed_us = (clock_monotonic_ms() - start_ms) * 1000;
    box_kill(&launched);
    clean(&spec);
    assert_true(before.own && before.cpu_us >= 0);
    int64_t used_us = after.cpu_us - before.cpu_us;
    if (used_us > elapsed_us * 30 / 100 || used_us < elapsed_us * 5 / 100)
        fail_msg("%lld us of %lld at 0.2 cpus", (long long)used_us, (long long)elapsed_us);
}

static void its_cgroup_namespace_begins_at_its_own_cgroup(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits.processes = 20};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_free_ char *story = NULL;
    limited_spec(&spec, "pmC", "cat /proc/self/cgroup");
    limited_run(&spec, &result, &story);
    assert_has_not(result.out.data, "nstui");
}

static void limits_are_in_the_files_of_its_cgroup(void **state)
{
    (void)state;
    need_controller(CGROUP_MEMORY);
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits = {.memory_bytes = 48u << 20, .processes = 33}};
    struct launched launched;
    struct cgroup_usage usage;
    limited_spec(&spec, "p", "read line");
    box_launch(&spec, &launched);
    cgroup_usage_read(launched.pid, &usage);
    box_kill(&launched);
    clean(&spec);
    assert_true(usage.own);
    assert_int_equal(usage.memory_limit_bytes, 48u << 20);
    assert_int_equal(usage.process_limit, 33);
    assert_int_equal(usage.processes, 1);
    assert_true(usage.memory_bytes > 0 && usage.memory_bytes <= 48u << 20);
}

static void weight_and_swap_are_written_too(void **state)
{
    (void)state;
    need_controller(CGROUP_CPU);
    need_controller(CGROUP_MEMORY);
    _cleanup_spec_ struct spec spec = {
        .limits = {.memory_bytes = 48u << 20, .swap_bytes = UINT64_MAX, .cpu_weight = 50}};
    struct launched launched;
    struct cgroup cgroup = {0};
    limited_spec(&spec, "p", "read line");
    box_launch(&spec, &launched);
    cgroup_search(spec.tag, &cgroup);
    const struct cgroup_place *place = cgroup_find(&cgroup, CGROUP_CPU);
    assert_non_null(place);
    int64_t weight = cgroup_number(place->fd, place->v2 ? "cpu.weight" : "cpu.shares", NULL);
    bool v2 = place->v2;
    cgroup_close(&cgroup);
    box_kill(&launched);
    clean(&spec);
    assert_int_equal(weight, v2 ? 50 : 512);
}

/* ---- the host survives ------------------------------------------------------------------------- */

static void bomb(const char *letters)
{
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits = {.processes = 40, .cpu_quota_us = 20000}};
    struct launched launched;
    struct cgroup_usage usage = {0};
    _cleanup_result_ struct result result = {0};
    limited_spec(&spec, letters, BOMB);
    box_launch(&spec, &launched);
    for (int at = 0; at < 1000 && usage.processes < 30; at++) {
        wait_ms(20);
        cgroup_usage_read(launched.pid, &usage);
    }
    run_expect(0, &result, "sh", "-c", "true | true");
    int64_t start_ms = clock_monotonic_ms();
    box_kill(&launched);
    clean(&spec);
    assert_true(clock_monotonic_ms() - start_ms < 5000);
    assert_true(usage.processes >= 30);
}

static void fork_bomb_stays_in_its_limit_and_goes(void **state)
{
    (void)state;
    bomb("pmu");
}

static void fork_bomb_without_a_pid_namespace_goes_too(void **state)
{
    (void)state;
    bomb("m");
}

/* ---- the end ------------------------------------------------------------------------------------- */

static void processes_left_behind_are_ended(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits.processes = 20};
    struct launched launched;
    struct text text = {0};
    limited_spec(&spec, "m", "setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $! ended");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "ended"));
    pid_t left = (pid_t)strtol(text.data, NULL, 10);
    text_free(&text);
    assert_int_equal(box_end(&launched, WAIT_MS), 0);
    launched_close(&launched);
    assert_true(process_is_alive(left));
    clean(&spec);
    assert_false(process_is_alive(left));
}

static void cgroups_made_in_it_go_as_well(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits.processes = 20};
    struct launched launched;
    struct text text = {0};
    struct cgroup cgroup = {0};
    limited_spec(&spec, "p", "echo ready; sleep 300");
    box_launch(&spec, &launched);
    assert_true(box_read(launched.output, &text, "ready"));
    text_free(&text);
    cgroup_search(spec.tag, &cgroup);
    assert_true(cgroup.count > 0);
    const char *below = test_path("%s/below", cgroup.places[0].path);
    assert_int_equal(mkdir(below, 0755), 0);
    assert_int_equal(mkdir(test_path("%s/deeper", below), 0755), 0);
    file_put(test_path("%s/deeper/cgroup.procs", below), test_path("%d\n", launched.pid));
    cgroup_close(&cgroup);
    clean(&spec);
    assert_int_equal(box_end(&launched, WAIT_MS), 137);
    launched_close(&launched);
}

static void another_container_stays_and_what_bears_no_mark_too(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec one = {.limits.processes = 20}, other = {.limits.processes = 20};
    struct launched first, second;
    struct cgroup cgroup = {0};
    limited_spec(&one, "p", "read line");
    limited_spec(&other, "p", "read line");
    box_launch(&one, &first);
    box_launch(&other, &second);
    /* Of somebody else, with a name that looks like ours, in a place of his own. */
    cgroup_search(one.tag, &cgroup);
    const char *root = test_path("%s", cgroup.places[0].path);
    *strrchr((char *)(uintptr_t)root, '/') = '\0';
    *strrchr((char *)(uintptr_t)root, '/') = '\0';
    const char *foreign = test_path("%s/theirs-%s", root, one.tag);
    cgroup_close(&cgroup);
    assert_int_equal(mkdir(foreign, 0755), 0);
    clean(&one);
    bool stays = rmdir(foreign) == 0;
    assert_true(process_is_alive(second.pid));
    assert_int_equal(box_end(&first, WAIT_MS), 137);
    launched_close(&first);
    box_kill(&second);
    clean(&other);
    assert_true(stays);
}

static void a_cgroup_below_another_is_found_again(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits.processes = 20, .cgroup = xstrdup("nstui-test-a/b")};
    struct launched launched;
    limited_spec(&spec, "p", "read line");
    box_launch(&spec, &launched);
    assert_has(file_get(test_path("/proc/%d/cgroup", launched.pid)),
               test_path("/nstui-test-a/b/limited-%s", spec.tag));
    struct cgroup cgroup = {0};
    cgroup_search(spec.tag, &cgroup);
    assert_true(cgroup.count > 0);
    char *base = strstr(cgroup.places[0].path, "/b/limited");
    assert_non_null(base);
    const char *path =
        test_path("%.*s", (int)(base - cgroup.places[0].path), cgroup.places[0].path);
    cgroup_close(&cgroup);
    box_kill(&launched);
    clean(&spec);
    assert_false(path_exists(path));
}

static void a_launch_that_fails_leaves_no_cgroup(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    _cleanup_spec_ struct spec spec = {.limits.processes = 20};
    struct err err = {0};
    limited_spec(&spec, "pmu", NULL);
    strings_add(&spec.argv, "no-such-command");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_NOT_FOUND);
    assert_int_equal(cgroups_left(spec.tag), 0);
}

static void a_tag_that_is_none_finds_nothing(void **state)
{
    (void)state;
    static const char *const tags[] = {"", "x", "../../../", "0000000", "000000000", "DEADBEEF"};
    for (size_t at = 0; at < array_length(tags); at++)
        assert_int_equal(engine_outside_clean("box", tags[at], NULL), 0);
}

/* ---- refusals -------------------------------------------------------------------------------------- */

static void what_cannot_be_is_refused_with_its_field(void **state)
{
    (void)state;
    static const struct {
        struct limits limits;
        bool init;
        const char *cgroup, *says;
    } cases[] = {
        {{.swap_bytes = 1 << 20}, false, NULL, "a limit of swap needs one of memory"},
        {{.memory_bytes = 1000}, false, NULL, "too small to start anything"},
        {{.processes = 1}, true, NULL, "nstui-init is one by itself"},
        {{.cpu_quota_us = 10}, false, NULL, "the share of cpu time is too small"},
        {{.cpu_quota_us = 5000, .cpu_period_us = 5}, false, NULL, "a cpu period of 5"},
        {{.cpu_weight = 10001}, false, NULL, "a cpu weight is between 1 and 10000"},
        {{.processes = 5}, false, "a/../b", ". and .. cannot be in its path"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {.limits = cases[at].limits, .init = cases[at].init};
        struct err err = {0};
        const char *field = "";
        spec.cgroup = cases[at].cgroup ? xstrdup(cases[at].cgroup) : NULL;
        strings_add(&spec.argv, "true");
        assert_int_equal(spec_check(&spec, &field, &err), -1);
        assert_string_equal(field, "limits");
        assert_has(err.text, cases[at].says);
    }
}

/* In a mount namespace of its own, after `change`: what a launch with limits says. */
static const char *refusal_after(void (*change)(const char *point), const char *point)
{
    int ends[2];
    char text[ERR_TEXT_SIZE] = "";
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct spec spec = {.limits.processes = 20};
        struct launched launched;
        if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0)
            _exit(1);
        change(point);
        limited_spec(&spec, "p", "true");
        if (spec_check(&spec, NULL, &err) == 0)
            (void)engine_launch(&spec, &launched, &err);
        (void)!write(ends[1], err.text, strlen(err.text) + 1);
        _exit(0);
    }
    (void)close(ends[1]);
    ssize_t length = read(ends[0], text, sizeof(text) - 1);
    (void)close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(length > 0);
    return test_path("%s", text);
}

static void make_read_only(const char *point)
{
    (void)mount(NULL, point, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static void unmount(const char *point)
{
    (void)umount2(point, MNT_DETACH);
}

static const char *pids_point(void)
{
    struct cgroup_mounts mounts = {0};
    assert_int_equal(cgroup_mounts_read(&mounts, NULL), 0);
    const struct cgroup_mount *mount = cgroup_mounts_find(&mounts, CGROUP_PIDS);
    assert_non_null(mount);
    const char *point = test_path("%s", mount->point);
    cgroup_mounts_free(&mounts);
    return point;
}

static void a_read_only_hierarchy_is_told(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    const char *text = refusal_after(make_read_only, pids_point());
    assert_has(text, "Read-only file system (the hierarchy is mounted read-only here");
}

static void a_hierarchy_that_is_not_mounted_is_told(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    const char *text = refusal_after(unmount, pids_point());
    assert_has(text, "no cgroup hierarchy with pids is mounted here (");
    assert_has(text, "mount -t cgroup");
}

/* What a kernel says that has memory off, as Raspberry Pi OS has it. */
static void cover_cgroups(const char *point)
{
    static const char off[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t9\t0\n"
                              "pids\t0\t9\t0\n";
    char path[] = "/tmp/nstui-cgroups-XXXXXX";
    int fd = mkstemp(path);
    (void)!write(fd, off, sizeof(off) - 1);
    (void)close(fd);
    (void)mount(path, "/proc/cgroups", NULL, MS_BIND, NULL);
    (void)unlink(path);
    unmount(point);
}

static void a_controller_that_is_off_is_told_with_the_cure(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    const char *text = refusal_after(cover_cgroups, pids_point());
    assert_has(text, "the pids controller of this kernel is off (add cgroup_enable=pids to ");
    assert_has(text, "and reboot)");
}

/* ---- v2 ------------------------------------------------------------------------------------------ */

/* Between mkdir(2) and the move of its process a cgroup is empty, and somebody else may clean then. */
static void an_empty_one_of_another_stays(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    struct cgroup other = {0};
    struct kernel kernel = {.recorder = NULL};
    struct err err = {0};
    if (cgroup_make(&kernel, "nstui", "other-0000beef", CGROUP_BIT(CGROUP_PIDS), 0, &other, &err) <
        0)
        fail_msg("%s", err.text);
    assert_int_equal(engine_outside_clean("box", "0000feed", &err), 0);
    bool stays = path_exists(other.places[0].path);
    cgroup_close(&other);
    assert_int_equal(cgroup_remove("0000beef", &err), 0);
    assert_true(stays);
}

/* Mounts v2 where it is not mounted; what it has is what v1 has left. */
static void v2_kills_a_whole_cgroup_by_its_tag(void **state)
{
    (void)state;
    need_root();
    const char *point = test_folder();
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
            mount("none", point, "cgroup2", 0, NULL) < 0)
            _exit(3);
        const char *base = test_path("%s/nstui", point);
        const char *own = test_path("%s/box-%s", base, "0000feed");
        (void)mkdir(base, 0755);
        if (mkdir(own, 0755) < 0)
            _exit(4);
        pid_t sleeper = fork();
        if (sleeper == 0)
            for (;;)
                (void)pause();
        file_put(test_path("%s/cgroup.procs", own), test_path("%d\n", sleeper));
        if (engine_outside_clean("box", "0000feed", NULL) < 0 || path_exists(own))
            _exit(5);
        _exit(waitpid(sleeper, &status, 0) == sleeper && WIFSIGNALED(status) ? 0 : 6);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
        skip_because("cgroup2 cannot be mounted here");
    assert_int_equal(status, 0);
}

static void v2_has_the_limits(void **state)
{
    (void)state;
    need_controller(CGROUP_PIDS);
    struct cgroup_mounts mounts = {0};
    assert_int_equal(cgroup_mounts_read(&mounts, NULL), 0);
    bool v2 = cgroup_mounts_find(&mounts, CGROUP_PIDS)->v2;
    cgroup_mounts_free(&mounts);
    if (!v2)
        skip_because("memory, pids and cpu are bound to v1 on this machine: v2 has none of them");
    _cleanup_spec_ struct spec spec = {
        .limits = {.memory_bytes = 48u << 20, .processes = 20, .cpu_quota_us = 50000}};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_free_ char *story = NULL;
    limited_spec(&spec, "pm",
                 "cd /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup) && "
                 "cat memory.max memory.swap.max pids.max cpu.max");
    limited_run(&spec, &result, &story);
    assert_has(result.out.data, "50331648\n");
    assert_has(result.out.data, "20\n50000 100000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(one_process_too_many_is_refused_in_there),
        machine_test(who_wants_more_memory_is_ended_and_it_is_told),
        machine_test(one_that_is_ended_for_memory_is_told_with_its_limit),
        machine_test(who_keeps_to_its_limits_is_told_nothing),
        machine_test(cpu_time_keeps_to_its_quota),
        machine_test(its_cgroup_namespace_begins_at_its_own_cgroup),
        machine_test(limits_are_in_the_files_of_its_cgroup),
        machine_test(weight_and_swap_are_written_too),
        machine_test(fork_bomb_stays_in_its_limit_and_goes),
        machine_test(fork_bomb_without_a_pid_namespace_goes_too),
        machine_test(processes_left_behind_are_ended),
        machine_test(cgroups_made_in_it_go_as_well),
        machine_test(another_container_stays_and_what_bears_no_mark_too),
        machine_test(an_empty_one_of_another_stays),
        machine_test(a_cgroup_below_another_is_found_again),
        machine_test(a_launch_that_fails_leaves_no_cgroup),
        machine_test(a_tag_that_is_none_finds_nothing),
        machine_test(what_cannot_be_is_refused_with_its_field),
        machine_test(a_read_only_hierarchy_is_told),
        machine_test(a_hierarchy_that_is_not_mounted_is_told),
        machine_test(a_controller_that_is_off_is_told_with_the_cure),
        machine_test(v2_kills_a_whole_cgroup_by_its_tag),
        machine_test(v2_has_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
