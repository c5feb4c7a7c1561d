/* Joins with more than namespaces: the target's variables, its cgroups, and the host's tools for what
 * has none. */
#include <sys/mount.h>
#include <sys/stat.h>

#include "joined.h"

/* ---- environment ----------------------------------------------------------------------------- */

static void variables_of_the_target_are_taken_on_request(void **state)
{
    (void)state;
    struct target target = {.spec = {.init = true}};
    struct text text = {0};
    target.root = test_folder();
    strings_add(&target.spec.env, "FOO=of the target");
    strings_add(&target.spec.env, "TERM=dumb");
    strings_add(&target.spec.env, "PATH=/usr/bin:/bin");
    box_spec(&target.spec, "pmu", target.root, "echo ready; exec sleep 3333");
    box_launch(&target.spec, &target.launched);
    assert_true(box_read(target.launched.output, &text, "ready"));
    text_free(&text);
    for (int with = 0; with < 2; with++) {
        _cleanup_join_ struct join join = {.pid = target.launched.pid, .environment = with};
        _cleanup_box_ struct box_result result = {0};
        join_begin(&join, "echo $FOO/$TERM/$PATH");
        join_run(&join, &result);
        assert_string_equal(result.out.data,
                            with ? "of the target/xterm-256color//usr/bin:/bin\n"
                                 : "/xterm-256color//usr/local/sbin:/usr/local/bin:/usr/sbin:"
                                   "/usr/bin:/sbin:/bin\n");
    }
    target_end(&target);
}

/* A process writes over its own variables: no line of its is a variable that it should not be, and
 * there is an end. */
static void hostile_variables_do_no_harm(void **state)
{
    (void)state;
    struct target target = {.spec = {.init = false}};
    struct text text = {0};
    target.root = test_folder();
    box_spec(&target.spec, "pmu", target.root, NULL);
    static const char script[] = "echo ready; exec env -i A=1 =nothing 'E=\033]0;x\007' "
                                 "\"X=$(head -c 100000 /dev/zero | tr '\\0' y)\" sleep 3333";
    strings_add(&target.spec.argv, "/bin/sh");
    strings_add(&target.spec.argv, "-c");
    strings_add(&target.spec.argv, script);
    box_launch(&target.spec, &target.launched);
    assert_true(box_read(target.launched.output, &text, "ready"));
    process_wait_comm(target.launched.pid, "sleep");
    text_free(&text);
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .environment = true};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "echo $A; tr '\\0' '\\n' </proc/$$/environ | grep -c nothing; env | grep "
                      "'^X=' | wc -c; echo $PATH");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "1\n0\n100003\n/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                                         "/usr/bin:/sbin:/bin\n");
    target_end(&target);
}

static void programs_of_the_host_do_not_take_variables_of_a_container(void **state)
{
    (void)state;
    struct target target;
    struct err err = {0};
    target_start(&target, "pmun", ENTER_PIVOT);
    _cleanup_join_ struct join join = {
        .pid = target.launched.pid, .types = NS_BIT(NS_NET), .environment = true};
    assert_int_equal(join_fail(&join, &err), 125);
    assert_has(err.text, "do not take the variables of pid");
    target_end(&target);
}

/* ---- cgroup ----------------------------------------------------------------------------------- */

static void join_goes_into_the_cgroup_of_the_target_on_request(void **state)
{
    (void)state;
    /* Whatever hierarchy lets us make one. */
    static const char *const places[] = {"/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified",
                                         "/sys/fs/cgroup"};
    const char *made = NULL;
    for (size_t at = 0; at < array_length(places) && !made; at++) {
        const char *place = test_path("%s/nstui-test-%d", places[at], getpid());
        if (path_exists(test_path("%s/cgroup.procs", places[at])) && mkdir(place, 0755) == 0)
            made = place;
    }
    if (!made)
        skip_because("no cgroup can be made here");
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    file_put(test_path("%s/cgroup.procs", made), test_path("%d", target.launched.pid));
    for (int with = 0; with < 2; with++) {
        _cleanup_join_ struct join join = {.pid = target.launched.pid, .cgroup = with};
        _cleanup_box_ struct box_result result = {0};
        join_begin(&join, "cat /proc/self/cgroup");
        join_run(&join, &result);
        if (with)
            assert_has(result.out.data, strrchr(made, '/'));
        else
            assert_has_not(result.out.data, strrchr(made, '/'));
    }
    target_end(&target);
    assert_int_equal(rmdir(made), 0);
}

static void limit_of_the_cgroup_that_is_joined_is_told(void **state)
{
    (void)state;
    const char *made = test_path("/sys/fs/cgroup/pids/nstui-test-%d", getpid());
    if (mkdir(made, 0755) < 0)
        skip_because("there is no cgroup hierarchy of its own for pids here");
    struct target target;
    struct err err = {0};
    target_start(&target, "pmu", ENTER_PIVOT);
    file_put(test_path("%s/cgroup.procs", made), test_path("%d", target.launched.pid));
    file_put(test_path("%s/pids.max", made), "1");
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .cgroup = true};
    assert_int_equal(join_fail(&join, &err), 125);
    assert_has(err.text, "cannot start a process in there");
    assert_has(err.text, "(pids.max)");
    target_end(&target);
    assert_int_equal(rmdir(made), 0);
}

static void frozen_cgroup_is_not_entered(void **state)
{
    (void)state;
    const char *made = test_path("/sys/fs/cgroup/freezer/nstui-test-%d", getpid());
    if (mkdir(made, 0755) < 0)
        skip_because("there is no freezer of cgroup version 1 here");
    struct target target;
    struct err err = {0};
    target_start(&target, "pmu", ENTER_PIVOT);
    file_put(test_path("%s/cgroup.procs", made), test_path("%d", target.launched.pid));
    file_put(test_path("%s/freezer.state", made), "FROZEN");
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .cgroup = true};
    int status = join_fail(&join, &err);
    file_put(test_path("%s/freezer.state", made), "THAWED");
    assert_int_equal(status, 125);
    assert_has(err.text, "it is frozen (thaw it first");
    target_end(&target);
    assert_int_equal(rmdir(made), 0);
}

/* ---- tools ------------------------------------------------------------------------------------ */

static void tools_of_the_host_see_the_files_of_the_target(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmuinC", ENTER_PIVOT);
    file_put(test_path("%s/tmp/mark", target.root), "inside\n");
    _cleanup_join_ struct join join = {
        .pid = target.launched.pid, .tools = true, .name = xstrdup("box")};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "hostname; cat /run/nstui/box/target/tmp/mark; ls -d /sys;"
                      "cat /run/nstui/box/proc/1/comm; readlink /proc/self/ns/*;"
                      "echo written >/run/nstui/box/target/tmp/other");
    join_run(&join, &result);
    assert_string_equal(result.error.data, "");
    assert_has(result.out.data, "target\ninside\n/sys\nnstui-init\n");
    static const enum ns_type shared[] = {NS_UTS, NS_IPC, NS_NET, NS_CGROUP},
                              own[] = {NS_PID, NS_USER, NS_TIME};
    char link[64];
    for (size_t at = 0; at < array_length(shared); at++)
        assert_has(result.out.data,
                   process_namespace(target.launched.pid, ns_types[shared[at]].name, link));
    for (size_t at = 0; at < array_length(own); at++)
        assert_has(result.out.data, process_namespace(getpid(), ns_types[own[at]].name, link));
    assert_has_not(result.out.data, process_namespace(target.launched.pid, "mnt", link));
    assert_has_not(result.out.data, process_namespace(getpid(), "mnt", link));
    assert_string_equal(file_get(test_path("%s/tmp/other", target.root)), "written\n");
    assert_has(join.message, "its files are at /run/nstui/box/target");
    assert_int_equal(mount_count("/run/nstui"), 0);
    assert_false(path_exists("/run/nstui/box"));
    target_end(&target);
}

/* In there a process could take what it finds in /proc/N of one that has the host's files. */
static void tools_stay_out_of_the_pid_namespace(void **state)
{
    (void)state;
    struct target target;
    struct launched launched;
    struct err err = {0};
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join refused = {
        .pid = target.launched.pid, .tools = true, .types = NS_BIT(NS_PID) | NS_BIT(NS_UTS)};
    assert_int_equal(join_fail(&refused, &err), 125);
    assert_has(err.text, "do not go along with -p");
    _cleanup_join_ struct join join = {.pid = target.launched.pid, .tools = true},
                               seen = {.pid = target.launched.pid};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "read line");
    assert_int_equal(engine_join(&join, &launched, &err), 0);
    join_begin(&seen, "ls -d /proc/[0-9]* | wc -l; cat /proc/[0-9]*/comm | sort -u");
    join_run(&seen, &result);
    assert_has(result.out.data, "nstui-init\n");
    assert_has(result.out.data, "sleep\n");
    const char *numbers = strstr(file_get(test_path("/proc/%d/status", launched.pid)), "NSpid:");
    assert_non_null(numbers);
    pid_t first = 0, second = 0;
    assert_int_equal(sscanf(numbers, "NSpid: %d %d", &first, &second), 1); /* one number, ours */
    assert_int_equal(first, launched.pid);
    box_kill(&launched);
    target_end(&target);
}

/* What the tools mount or take off there is not the target's business, and its devices and set-uid
 * programs are none here. */
static void files_of_the_target_are_a_view_that_does_not_reach_back(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {
        .pid = target.launched.pid, .tools = true, .name = xstrdup("box")};
    _cleanup_box_ struct box_result result = {0}, after = {0};
    join_begin(&join, "cd /run/nstui/box/target && umount usr && mount -t tmpfs none tmp &&"
                      "grep -c ' /run/nstui/box/target ..*nosuid,nodev' /proc/self/mountinfo");
    join_run(&join, &result);
    assert_string_equal(result.out.data, "1\n");
    _cleanup_join_ struct join look = {.pid = target.launched.pid};
    join_begin(&look,
               "grep -c ' /usr ' /proc/self/mountinfo; grep -c ' /tmp ' /proc/self/mountinfo");
    join_run(&look, &after);
    assert_string_equal(after.out.data, "1\n0\n");
    target_end(&target);
}

static void tools_that_make_no_sense_are_told(void **state)
{
    (void)state;
    struct target target;
    struct err err = {0};
    char identity[64];
    target_start(&target, "pmu", ENTER_PIVOT);
    process_namespace(target.launched.pid, "uts", identity);
    _cleanup_join_ struct join same = {.pid = getpid(), .tools = true},
                               file = {.path = xstrdup(identity), .tools = true},
                               variables = {
                                   .pid = target.launched.pid, .tools = true, .environment = true};
    assert_int_equal(join_fail(&same, &err), 125);
    assert_has(err.text, "the tools are there already");
    assert_int_equal(join_fail(&file, &err), 125);
    assert_has(err.text, "has no files to look at");
    assert_int_equal(join_fail(&variables, &err), 125);
    assert_has(err.text, "LD_PRELOAD");
    target_end(&target);
}

static void terminal_of_a_tools_shell_begins_with_where_the_files_are(void **state)
{
    (void)state;
    struct target target;
    target_start(&target, "pmu", ENTER_PIVOT);
    _cleanup_join_ struct join join = {
        .pid = target.launched.pid, .tools = true, .terminal = true, .name = xstrdup("box")};
    _cleanup_box_ struct box_result result = {0};
    join_begin(&join, "tty");
    join_run(&join, &result);
    assert_has(result.out.data, "its files are at /run/nstui/box/target, its processes at "
                                "/run/nstui/box/proc; all else is the host's\r\n/dev/pts/");
    target_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(variables_of_the_target_are_taken_on_request),
        machine_test(hostile_variables_do_no_harm),
        machine_test(programs_of_the_host_do_not_take_variables_of_a_container),
        machine_test(join_goes_into_the_cgroup_of_the_target_on_request),
        machine_test(limit_of_the_cgroup_that_is_joined_is_told),
        machine_test(frozen_cgroup_is_not_entered),
        machine_test(tools_of_the_host_see_the_files_of_the_target),
        machine_test(tools_stay_out_of_the_pid_namespace),
        machine_test(files_of_the_target_are_a_view_that_does_not_reach_back),
        machine_test(tools_that_make_no_sense_are_told),
        machine_test(terminal_of_a_tools_shell_begins_with_where_the_files_are),
    };
    return cmocka_run_group_tests_name("tools", tests, NULL, NULL);
}
