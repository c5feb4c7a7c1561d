/* What the engine can do, by keys: namespaces alone, limits and rights in the form, init's small shell,
 * the calls of a launch, a container that starts again, a bundle. Each is looked at from outside too.
 */
#include "dashboard.h"

#include "nstui/cgroups.h"

#include <stdio.h>
#include <string.h>

static const struct screen_options wide = {.rows = 50, .columns = 160};

static void remove_session(const char *name)
{
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "rm", "-f", name);
}

static bool ps_has(const char *name, const char *word)
{
    char line[512], start[80];
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "ps");
    (void)snprintf(start, sizeof(start), "%s ", name);
    for (char *rest = NULL, *at = strtok_r(result.out, "\n", &rest); at;
         at = strtok_r(NULL, "\n", &rest)) {
        (void)snprintf(line, sizeof(line), "%s", at);
        if (strncmp(line, start, strlen(start)) == 0 && strstr(line, word))
            return true;
    }
    return false;
}

static void to_the_container(struct screen *screen, const char *name)
{
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, name, WAIT_MS);
    cursor_to(screen, name);
}

/* The form, from a preset, with a name of its own. */
static void form_open(struct screen *screen, const char *preset, const char *name)
{
    screen_type(screen, "C");
    screen_wait_text(screen, "Create a container", WAIT_MS);
    form_set(screen, "Name", name);
    form_to(screen, "Start from");
    for (int i = 0; i < 8 && screen_find_row(screen, preset, 0) == -1; i++) {
        screen_key(screen, SCREEN_RIGHT);
        screen_settle(screen);
    }
    screen_wait_text(screen, preset, WAIT_MS);
}

static void show_more(struct screen *screen)
{
    form_to(screen, "More");
    screen_type(screen, " ");
    screen_wait_text(screen, "Grade", WAIT_MS);
}

static void run_form(struct screen *screen)
{
    screen_settle(screen);
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "TYPING", WAIT_MS);
}

static void leave_the_pane(struct screen *screen)
{
    screen_type(screen, "\001q");
    screen_wait_text(screen, "[6 Panes]", WAIT_MS);
}

/* ---- the calls of a launch ----------------------------------------------------------------- */

static void trace_show(struct screen *screen, const char *name)
{
    to_the_container(screen, name);
    screen_type(screen, "s");
    screen_wait_text(screen, "[7 Trace]", WAIT_MS);
    screen_wait_text(screen, "clone3(", WAIT_MS);
}

static void the_calls_of_a_launch_stand_in_their_order(void **state)
{
    static const char *const order[] = {"clone3(",      "MS_REC|MS_PRIVATE",
                                        "mount points", "binds",
                                        "\"proc\"",     "pivot_root(\".\", \".\")",
                                        "umount2(",     "sethostname(",
                                        "execveat(",    "\"/bin/bash\""};
    need_root();
    (void)state;
    container_start("traced");
    struct screen *screen = dashboard_start_with(&wide);
    trace_show(screen, "traced");
    screen_wait_text(screen, "none failed", WAIT_MS);
    screen_settle(screen);
    int row = 0;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        int found = screen_find_row(screen, order[i], row);
        if (found == -1) {
            screen_dump(screen);
            fail_msg("not in its place: %s", order[i]);
        }
        row = found + 1;
    }
    screen_quit(screen);
    container_remove("traced");
}

static void folds_open_and_tabs_show_a_kind(void **state)
{
    need_root();
    (void)state;
    container_start("folded");
    struct screen *screen = dashboard_start_with(&wide);
    trace_show(screen, "folded");
    cursor_to(screen, "mount points");
    screen_type(screen, "l");
    screen_wait_text(screen, "mkdirat(", WAIT_MS);
    screen_wait_gone(screen, " mount points:", WAIT_MS);
    screen_type(screen, "h");
    screen_wait_text(screen, " mount points:", WAIT_MS);
    screen_type(screen, "]");
    screen_wait_text(screen, "[mounts]", WAIT_MS);
    screen_wait_gone(screen, "clone3(", WAIT_MS);
    screen_type(screen, "]");
    screen_wait_text(screen, "[ids]", WAIT_MS);
    screen_wait_text(screen, "clone3(", WAIT_MS);
    screen_wait_gone(screen, "pivot_root(", WAIT_MS);
    screen_type(screen, "]");
    screen_wait_text(screen, "[failed]", WAIT_MS);
    screen_wait_text(screen, "None of its calls", WAIT_MS);
    screen_quit(screen);
    container_remove("folded");
}

static void a_call_is_explained_and_shown_whole(void **state)
{
    need_root();
    (void)state;
    container_start("told");
    struct screen *screen = dashboard_start(NULL);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, ">told", WAIT_MS);
    screen_type(screen, "s");
    screen_wait_text(screen, "clone3(", WAIT_MS);
    cursor_to(screen, "pivot_root(");
    screen_wait_text(screen, "From here on \"/\" is the new root", WAIT_MS);
    screen_type(screen, "e");
    screen_wait_text(screen, "The columns of the list", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "The columns of the list", WAIT_MS);
    screen_type(screen, "\r");
    screen_wait_text(screen, "More: man 2 pivot_root", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "More: man 2", WAIT_MS);
    screen_type(screen, "y");
    screen_wait_text(screen, "nstui trace told", WAIT_MS);
    screen_quit(screen);
    container_remove("told");
}

/* ---- namespaces alone ------------------------------------------------------------------------ */

static void unshare_makes_namespaces_that_somebody_holds(void **state)
{
    need_root();
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "U");
    screen_wait_text(screen, "New namespaces, and nothing else", WAIT_MS);
    form_set(screen, "Name", "alone");
    form_set(screen, "Hostname", "quiet");
    screen_wait_text(screen, "nstui unshare -d -u --name alone --hostname quiet", WAIT_MS);
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, ">alone", WAIT_MS);
    screen_assert(screen, dashboard_view_is(screen, 4, "Containers"));
    assert_true(ps_has("alone", "running"));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "join", "alone", "-u", "--", "hostname");
    assert_string_equal(result.out, "quiet\n");
    screen_quit(screen);
    remove_session("alone");
}

static void a_pinned_namespace_needs_no_process(void **state)
{
    need_root();
    const char *pins = test_path("%s/pins", test_folder());
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "U");
    screen_wait_text(screen, "New namespaces, and nothing else", WAIT_MS);
    form_set(screen, "Hostname", "pinned");
    form_set(screen, "Pin in", pins);
    screen_wait_text(screen, "holds each of them until nstui unpin", WAIT_MS);
    screen_key(screen, SCREEN_F2);
    screen_wait_gone(screen, "New namespaces, and nothing else", WAIT_MS);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "join", test_path("%s/uts", pins), "--", "hostname");
    assert_string_equal(result.out, "pinned\n");
    result_free(&result);
    run_expect(0, &result, "nstui", "unpin", pins);
    screen_quit(screen);
}

static void what_cannot_be_made_leaves_the_dialog_open(void **state)
{
    need_root();
    struct screen *screen = dashboard_start(*state);
    container_start("taken");
    screen_type(screen, "U");
    screen_wait_text(screen, "New namespaces, and nothing else", WAIT_MS);
    form_set(screen, "Name", "taken");
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "! ", WAIT_MS);
    screen_wait_text(screen, "New namespaces, and nothing else", WAIT_MS);
    screen_wait_text(screen, "--name taken", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "New namespaces, and nothing else", WAIT_MS);
    screen_quit(screen);
    container_remove("taken");
}

/* ---- again, and elsewhere -------------------------------------------------------------------- */

static bool runs(void *data)
{
    return session_pid(data) != 0;
}

static void one_that_has_ended_starts_again(void **state)
{
    need_root();
    static char name[] = "twice";
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "run", "-d", "-mpu", "--name", name, "--hostname", "again-host",
               "--init", "--", "sh", "-c", "echo once; sleep 1000");
    result_free(&result);
    run_expect(0, &result, "nstui", "stop", "-t", "5", name);
    struct screen *screen = dashboard_start(*state);
    to_the_container(screen, name);
    screen_wait_text(screen, "R start again", WAIT_MS);
    screen_type(screen, "R");
    assert_true(wait_until(runs, name, WAIT_MS));
    screen_wait_text(screen, "running", WAIT_MS);
    screen_wait_text(screen, "hostname again-host", WAIT_MS);
    screen_wait_text(screen, "nstui run -d -mpu --name twice --hostname again-host", WAIT_MS);
    screen_quit(screen);
    remove_session(name);
}

static bool is_there(void *data)
{
    return path_exists(data);
}

static void export_writes_a_bundle(void **state)
{
    need_root();
    const char *bundle = test_path("%s/bundle", test_folder());
    const char *root = container_start("packed");
    struct screen *screen = dashboard_start(*state);
    to_the_container(screen, "packed");
    screen_type(screen, "E");
    screen_wait_text(screen, "Export an OCI bundle to", WAIT_MS);
    screen_type(screen, "\025");
    screen_type(screen, bundle);
    screen_type(screen, "\r");
    screen_wait_gone(screen, "Export an OCI bundle to", WAIT_MS);
    screen_wait_text(screen, "nstui export packed", WAIT_MS);
    const char *path = test_path("%s/config.json", bundle);
    assert_true(wait_until(is_there, (void *)(uintptr_t)path, WAIT_MS));
    const char *config = file_get(path);
    assert_non_null(strstr(config, "packed-host"));
    assert_non_null(strstr(config, root));
    screen_quit(screen);
    container_remove("packed");
}

/* ---- the form -------------------------------------------------------------------------------- */

static bool memory_is_counted(void)
{
    struct cgroup_mounts mounts = {0};
    bool counted = cgroup_mounts_read(&mounts, NULL) == 0 &&
                   cgroup_mounts_find(&mounts, CGROUP_MEMORY) != NULL;
    cgroup_mounts_free(&mounts);
    return counted;
}

static void a_memory_limit_of_the_form_is_really_set(void **state)
{
    need_root();
    (void)state;
    if (!memory_is_counted())
        skip_because("no memory controller is mounted here");
    struct screen *screen = dashboard_start_with(&wide);
    form_open(screen, "exercise 5", "small");
    show_more(screen);
    form_set(screen, "Memory", "64m");
    form_set(screen, "Processes", "20");
    screen_wait_text(screen, "--memory 64m --pids-limit 20 -- /bin/bash", WAIT_MS);
    run_form(screen);
    struct cgroup_usage usage = {0};
    cgroup_usage_read(session_pid("small"), &usage);
    assert_true(usage.own);
    assert_true(usage.memory_limit_bytes == 64 << 20);
    assert_true(usage.process_limit == 20);
    leave_the_pane(screen);
    screen_quit(screen);
    remove_session("small");
}

static void what_the_more_fields_hold_becomes_true_in_there(void **state)
{
    need_root();
    (void)state;
    struct screen *screen = dashboard_start_with(&wide);
    form_open(screen, "exercise 8", "other");
    form_set(screen, "Root", test_path("%s/root", test_folder()));
    show_more(screen);
    form_set(screen, "User", "65534:65533");
    form_set(screen, "Ulimits", "nofile=77");
    form_set(screen, "Variables", "ONE=1 'TWO=a b'");
    form_set(screen, "Starts in", "/usr");
    run_form(screen);
    screen_type(screen, "echo $(id -u):$(id -g) $(ulimit -n) $ONE-$TWO. $PWD\r");
    screen_wait_text(screen, "65534:65533 77 1-a b. /usr", WAIT_MS);
    leave_the_pane(screen);
    to_the_container(screen, "other");
    screen_wait_text(screen, "more     user 65534:65533", WAIT_MS);
    screen_quit(screen);
    remove_session("other");
}

static void an_error_in_a_hidden_field_is_shown_and_gone_to(void **state)
{
    struct screen *screen = dashboard_start(*state);
    form_open(screen, "exercise 5", "wrong");
    show_more(screen);
    form_set(screen, "Network", "moon");
    screen_wait_text(screen, "! \"moon\" is no network", WAIT_MS);
    form_to(screen, "More");
    screen_type(screen, " ");
    screen_wait_gone(screen, "Network     [", WAIT_MS);
    screen_wait_text(screen, "Network: \"moon\" is no network", WAIT_MS);
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "! not run: Network: \"moon\"", WAIT_MS);
    screen_wait_text(screen, "> Network     [moon", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_assert(screen, !path_exists("/run/nstui/wrong"));
    screen_quit(screen);
}

/* Each is an error that spec_check() or the command line knows, at the field it belongs to. */
static void each_error_stands_beside_its_field(void **state)
{
    static const struct {
        const char *field, *wrong, *error;
    } rows[] = {
        {"Memory", "1", "! a memory limit of"},
        {"Processes", "none", "! \"none\" is no number of processes"},
        {"Cpus", "fast", "! \"fast\" is no number of cpus"},
        {"Address", "10.1.2.3/24", "! an address needs a network"},
        {"Share", "net", "! \"net\" names nothing to share"},
        {"Without", "init", "! there is no step init"},
        {"User map", "x", "! \"x\" is no map of ids"},
        {"Group map", "y", "! \"y\" is no map of ids"},
        {"Rights +", "FLY", "! there is no capability FLY"},
        {"Rights -", "FALL", "! there is no capability FALL"},
        {"Seccomp", "/nosuch", "! cannot read the seccomp profile"},
        {"Ulimits", "nofile=5:3", "! the limit nofile"},
        {"Uptime +", "9", "! a clock can only be set"},
        {"Variables", "lonely", "! \"lonely\" is no variable"},
        {"Starts in", "here", "! the working directory"},
        {"Bundle", "/nosuch", "! cannot use the bundle"},
        {"Other", "--nosuch", "! run has no option --nosuch"},
    };
    (void)state;
    struct screen *screen = dashboard_start_with(&wide);
    form_open(screen, "exercise 4", "errors");
    show_more(screen);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        form_set(screen, rows[i].field, rows[i].wrong);
        screen_wait_text(screen, rows[i].error, WAIT_MS);
        int row = screen_find_row(screen, rows[i].error, 0);
        screen_assert(screen, strstr(screen_row(screen, row), rows[i].field) != NULL);
        screen_type(screen, "\025");
        screen_wait_gone(screen, rows[i].error, WAIT_MS);
    }
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_quit(screen);
}

static void f1_tells_of_the_field_and_the_keys(void **state)
{
    struct screen *screen = dashboard_start(*state);
    form_open(screen, "exercise 8", "helped");
    form_to(screen, "Layout");
    screen_key(screen, SCREEN_F1);
    screen_wait_text(screen, "Help: Layout", WAIT_MS);
    screen_wait_text(screen, "What is mounted in the root.", WAIT_MS);
    screen_wait_text(screen, "Ctrl-U", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_text(screen, "> Layout", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_quit(screen);
}

/* ---- what the exercises make ----------------------------------------------------------------- */

static void the_small_shell_of_init_works_in_a_pane(void **state)
{
    need_root();
    (void)state;
    struct screen *screen = dashboard_start_with(&wide);
    form_open(screen, "exercise 6", "shell6");
    screen_wait_text(screen, "--init=shell -v", WAIT_MS);
    run_form(screen);
    screen_wait_text(screen, "init$", WAIT_MS);
    screen_type(screen, "ps -e -o pid= -o comm=\r");
    screen_wait_text(screen, "1 nstui-init", WAIT_MS);
    screen_wait_text(screen, "init: collected pid 2, the command, status 0", WAIT_MS);
    screen_type(screen, "sh -c '(sleep 0.2 &)'\r");
    screen_wait_text(screen, "an orphan", WAIT_MS);
    screen_type(screen, "exit\r");
    screen_wait_text(screen, "exited", WAIT_MS);
    screen_quit(screen);
    remove_session("shell6");
}

static void the_other_exercises_run_as_their_presets_say(void **state)
{
    static const struct {
        const char *preset, *name, *line, *answer;
        bool root;
    } rows[] = {
        {"exercise 2", "ex2", "echo name=$(hostname).", "name=mycontainer.", false},
        {"exercise 4", "ex4", "echo pid=$$ $(test -e /proc/2/comm && echo host).", "pid=1 host.",
         false},
        {"exercise 5", "ex5", "echo pid=$$ $(ps -e -o comm= | head -1).", "pid=1 bash.", false},
        {"exercise 7", "ex7", "echo pid=$(($$ > 1)) $(ls -d /root /usr 2>&1 | tail -1).",
         "pid=1 /usr.", true},
    };
    need_root();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct screen *screen = dashboard_start_with(&wide);
        form_open(screen, rows[i].preset, rows[i].name);
        if (rows[i].root)
            form_set(screen, "Root", test_path("%s/root", test_folder()));
        run_form(screen);
        screen_wait_text(screen, "#", WAIT_MS);
        screen_type(screen, rows[i].line);
        screen_type(screen, "\r");
        screen_wait_text(screen, rows[i].answer, WAIT_MS);
        leave_the_pane(screen);
        screen_quit(screen);
        remove_session(rows[i].name);
    }
}

/* ---- what it says of them -------------------------------------------------------------------- */

static void a_walled_container_says_so(void **state)
{
    need_root();
    (void)state;
    struct screen *screen = dashboard_start_with(&wide);
    form_open(screen, "exercise 5", "wall");
    show_more(screen);
    form_to(screen, "Grade");
    screen_type(screen, " ");
    screen_wait_text(screen, "(walled", WAIT_MS);
    run_form(screen);
    screen_type(screen,
                "grep -E 'NoNewPrivs|Seccomp:' /proc/self/status | tr -d '\\n\\t'; echo .\r");
    screen_wait_text(screen, "NoNewPrivs:1Seccomp:2.", WAIT_MS);
    leave_the_pane(screen);
    to_the_container(screen, "wall");
    screen_wait_text(screen, "rights: walled, a wall", WAIT_MS);
    screen_type(screen, "e");
    screen_wait_text(screen, "It is walled: ", WAIT_MS);
    screen_type(screen, "q");
    screen_quit(screen);
    remove_session("wall");
}

static void the_line_that_makes_it_again_has_every_option(void **state)
{
    need_root();
    (void)state;
    const char *root = test_path("%s/root", test_folder());
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "mkdir", root);
    result_free(&result);
    run_expect(0, &result, "nstui", "run", "-d", "-mpT", "--name", "lines", "--root", root,
               "--throw-away", "--setuid=0:0", "--boottime", "3600", "--cap-drop", "NET_RAW",
               "--env", "A=b c", "--", "sleep", "1000");
    struct screen *screen = dashboard_start_with(&wide);
    to_the_container(screen, "lines");
    screen_wait_text(screen, "what it writes to its root is thrown away; user 0:0;", WAIT_MS);
    screen_type(screen, "\r");
    screen_wait_text(screen, "the line that makes it again", WAIT_MS);
    screen_wait_text(screen, "--throw-away --setuid=0:0 --boottime 3600", WAIT_MS);
    screen_wait_text(screen, "--cap-drop NET_RAW --env 'A=b c' -- sleep 1000", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "the line that makes it again", WAIT_MS);
    screen_quit(screen);
    remove_session("lines");
}

static void a_container_without_a_shell_is_joined_with_the_hosts(void **state)
{
    need_root();
    const char *root = test_path("%s/root", test_folder());
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "mkdir", root);
    result_free(&result);
    file_put(test_path("%s/only-file", root), "1");
    run_expect(0, &result, "nstui", "run", "-d", "-mpu", "--name", "bare", "--hostname",
               "bare-host", "--root", root, "--layout", "none", "--init=shell");
    struct screen *screen = dashboard_start(*state);
    to_the_container(screen, "bare");
    screen_type(screen, "J");
    screen_wait_text(screen, "Join bare", WAIT_MS);
    form_to(screen, "Programs");
    screen_type(screen, " ");
    screen_wait_text(screen, "not entered with the host's programs", WAIT_MS);
    screen_wait_text(screen, "nstui join bare -d -u --tools", WAIT_MS);
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_wait_text(screen, "#", WAIT_MS);
    screen_type(screen, "clear; echo $(hostname) $(ls /run/nstui/bare/target).\r");
    screen_wait_text(screen, "bare-host", WAIT_MS);
    screen_wait_text(screen, "only-file", WAIT_MS);
    screen_type(screen, "exit\r");
    screen_wait_text(screen, "exited", WAIT_MS);
    screen_quit(screen);
    remove_session("bare");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(the_calls_of_a_launch_stand_in_their_order),
        machine_test(folds_open_and_tabs_show_a_kind),
        machine_test(a_call_is_explained_and_shown_whole),
        machine_test(unshare_makes_namespaces_that_somebody_holds),
        machine_test(a_pinned_namespace_needs_no_process),
        machine_test(what_cannot_be_made_leaves_the_dialog_open),
        machine_test(one_that_has_ended_starts_again),
        machine_test(export_writes_a_bundle),
        machine_test(a_memory_limit_of_the_form_is_really_set),
        machine_test(what_the_more_fields_hold_becomes_true_in_there),
        machine_test(an_error_in_a_hidden_field_is_shown_and_gone_to),
        machine_test(each_error_stands_beside_its_field),
        machine_test(f1_tells_of_the_field_and_the_keys),
        machine_test(the_small_shell_of_init_works_in_a_pane),
        machine_test(the_other_exercises_run_as_their_presets_say),
        machine_test(a_walled_container_says_so),
        machine_test(the_line_that_makes_it_again_has_every_option),
        machine_test(a_container_without_a_shell_is_joined_with_the_hosts),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
