/* What changes the machine, by keys: the create form and its mistakes, join, kill, stop. Each shows
 * the line that it runs; a harmful one asks once and starts on Cancel. */
#include "dashboard.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void open_form(struct screen *screen)
{
    screen_type(screen, "C");
    screen_wait_text(screen, "Create a container", WAIT_MS);
}

static void leave_form(struct screen *screen)
{
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
}

/* ---- the form ---------------------------------------------------------------------------- */

static void the_form_shows_the_line_that_it_will_run(void **state)
{
    struct screen *screen = dashboard_start(*state);
    open_form(screen);
    form_set(screen, "Name", "shown");
    form_set(screen, "Hostname", "shown-host");
    screen_wait_text(screen, "--name shown", WAIT_MS);
    screen_wait_text(screen, "--hostname shown-host", WAIT_MS);
    screen_wait_text(screen, "pivot_root", WAIT_MS);
    leave_form(screen);
    screen_quit(screen);
}

static void a_draft_is_kept(void **state)
{
    struct screen *screen = dashboard_start(*state);
    open_form(screen);
    form_set(screen, "Name", "draftname");
    leave_form(screen);
    open_form(screen);
    screen_wait_text(screen, "draftname", WAIT_MS);
    leave_form(screen);
    screen_quit(screen);
}

static void a_name_or_hostname_that_cannot_be_is_told_beside_its_field(void **state)
{
    struct screen *screen = dashboard_start(*state);
    open_form(screen);
    form_set(screen, "Hostname", "my_box");
    screen_wait_text(screen, "! ", WAIT_MS);
    screen_key(screen, SCREEN_F2); /* refused: the form stays */
    wait_ms(500);
    screen_wait_text(screen, "Create a container", WAIT_MS);
    form_set(screen, "Hostname", "my-box");
    screen_wait_gone(screen, "! ", WAIT_MS);
    form_set(screen, "Name", "../etc");
    screen_wait_text(screen, "! ", WAIT_MS);
    leave_form(screen);
    screen_quit(screen);
}

/* A root that is refused is told where it stands, whether before Run or by what Run answers. */
static void root_is_refused(struct screen *screen, const char *root)
{
    open_form(screen);
    form_set(screen, "Name", "refused");
    form_set(screen, "Root", root);
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "! ", WAIT_MS);
    screen_assert(screen, !path_exists("/run/nstui/refused"));
    screen_assert(screen, screen_find_row(screen, "TYPING", 0) == -1);
    leave_form(screen);
}

static void a_root_that_cannot_be_one_is_refused(void **state)
{
    need_root();
    struct screen *screen = dashboard_start(*state);
    const char *file = test_path("%s/file", test_folder());
    file_put(file, "I am a file\n");
    root_is_refused(screen, file);
    root_is_refused(screen, "/");
    root_is_refused(screen, test_path("%s/no/such/parent", test_folder()));
    screen_quit(screen);
}

static void a_command_that_does_not_exist_is_told_and_ends_nothing(void **state)
{
    need_root();
    struct screen *screen = dashboard_start(*state);
    open_form(screen);
    form_set(screen, "Name", "nocommand");
    form_set(screen, "Root", test_path("%s/root", test_folder()));
    form_set(screen, "Command", "/no/such/program");
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "/no/such/program", WAIT_MS);
    screen_wait_text(screen, "No such file", WAIT_MS);
    screen_type(screen, "\033");
    wait_ms(600);
    screen_end(screen);
}

/* ---- join -------------------------------------------------------------------------------- */

enum join_from { JOIN_FROM_PROCESS, JOIN_FROM_NAMESPACE, JOIN_FROM_CONTAINERS };

static void joined(void **state, const char *name, enum join_from from)
{
    need_root();
    (void)container_start(name);
    struct screen *screen = dashboard_start(*state);
    if (from == JOIN_FROM_CONTAINERS) {
        dashboard_view(screen, 4, "Containers");
        screen_wait_text(screen, name, WAIT_MS);
        cursor_to(screen, name);
        screen_type(screen, "J");
    } else {
        filter_set(screen, name);
        cursor_to(screen, name);
        if (from == JOIN_FROM_PROCESS) {
            screen_type(screen, "l"); /* its members */
            cursor_to(screen, "pid 1 ");
        }
        screen_key(screen, SCREEN_F5);
    }
    screen_wait_text(screen, "Join", WAIT_MS);
    screen_wait_text(screen, "nstui join", WAIT_MS);
    screen_wait_text(screen, "[ Join ]", WAIT_MS);
    form_to(screen, "[ Join ]");
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_type(screen, "clear; echo name=$(hostname) two=$((1 + 1))\r");
    screen_wait_text(screen, test_path("name=%s-host two=2", name), WAIT_MS);
    screen_type(screen, "ps -e -o pid= -o comm=\r");
    screen_wait_text(screen, "1 nstui-init", WAIT_MS);
    screen_type(screen, "exit\r");
    screen_wait_text(screen, "exited, status 0", WAIT_MS);
    screen_assert(screen, session_pid(name) != 0); /* the container itself goes on */
    screen_quit(screen);
    container_remove(name);
}

static void join_by_f5_gives_a_shell_in_a_pane(void **state)
{
    joined(state, "joinf5", JOIN_FROM_PROCESS);
}

/* All that is ticked is joined, not the namespace under the cursor alone. */
static void join_of_a_containers_namespace_enters_all_that_is_ticked(void **state)
{
    joined(state, "joinns", JOIN_FROM_NAMESPACE);
}

static void join_by_letter_from_containers_gives_a_shell_in_a_pane(void **state)
{
    joined(state, "joinj", JOIN_FROM_CONTAINERS);
}

/* The cursor on a namespace with one member, a sleep of the test's. */
static struct screen *at_own_process(const struct terminal_case *terminal, pid_t *pid)
{
    char link[64], inode[64] = "";
    *pid = process_start_words("unshare", "--uts", "sleep", "600");
    process_wait_comm(*pid, "sleep");
    (void)sscanf(process_namespace(*pid, "uts", link), "uts:[%63[0-9]", inode);
    struct screen *screen = dashboard_start(terminal);
    filter_set(screen, inode);
    cursor_to(screen, inode);
    return screen;
}

static void join_of_a_process_that_has_just_ended_is_a_sentence(void **state)
{
    need_root();
    pid_t pid;
    struct screen *screen = at_own_process(*state, &pid);
    screen_type(screen, "J");
    screen_wait_text(screen, "[ Join ]", WAIT_MS);
    process_end(pid);
    form_to(screen, "[ Join ]");
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "! ", WAIT_MS);
    screen_type(screen, "\033");
    wait_ms(600);
    screen_end(screen);
}

/* ---- kill and stop ------------------------------------------------------------------------- */

static struct screen *at_container(const struct terminal_case *terminal, const char *name)
{
    need_root();
    (void)container_start(name);
    struct screen *screen = dashboard_start(terminal);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, name, WAIT_MS);
    cursor_to(screen, name);
    return screen;
}

static void kill_asks_and_starts_on_cancel(void **state)
{
    struct screen *screen = at_container(*state, "spared");
    pid_t init = session_pid("spared");
    screen_key(screen, SCREEN_F8);
    screen_wait_text(screen, ">[ Cancel ]", WAIT_MS);
    screen_wait_text(screen, "nstui kill spared", WAIT_MS);
    screen_key(screen, SCREEN_ENTER); /* one stray Enter never kills */
    screen_wait_gone(screen, "[ Cancel ]", WAIT_MS);
    screen_assert(screen, session_pid("spared") == init);
    screen_type(screen, "K");
    screen_wait_text(screen, ">[ Cancel ]", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "[ Cancel ]", WAIT_MS);
    screen_assert(screen, session_pid("spared") == init);
    screen_quit(screen);
    container_remove("spared");
}

static void the_same_capital_again_kills(void **state)
{
    struct screen *screen = at_container(*state, "killed");
    pid_t init = session_pid("killed");
    screen_type(screen, "K");
    screen_wait_text(screen, ">[ Cancel ]", WAIT_MS);
    screen_type(screen, "K");
    screen_wait_gone(screen, "[ Cancel ]", WAIT_MS);
    screen_wait_text(screen, "exited", WAIT_MS);
    screen_assert(screen, !process_is_alive(init));
    screen_quit(screen);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "rm", "killed");
}

static bool process_is_gone(void *data)
{
    return !process_is_alive(*(pid_t *)data);
}

static void a_process_can_be_killed_by_a_signal_that_is_chosen(void **state)
{
    need_root();
    pid_t pid;
    struct screen *screen = at_own_process(*state, &pid);
    screen_type(screen, "K");
    screen_wait_text(screen, "Cancel", WAIT_MS);
    screen_wait_text(screen, test_path("nstui kill %d", (int)pid), WAIT_MS);
    screen_type(screen, "K");
    assert_true(wait_until(process_is_gone, &pid, WAIT_MS));
    screen_quit(screen);
}

static void stop_asks_first(void **state)
{
    struct screen *screen = at_container(*state, "stopped");
    pid_t init = session_pid("stopped");
    screen_type(screen, "S");
    screen_wait_text(screen, "[ Cancel ]", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "[ Cancel ]", WAIT_MS);
    screen_assert(screen, session_pid("stopped") == init);
    screen_quit(screen);
    container_remove("stopped");
}

static void what_cannot_be_done_now_says_why(void **state)
{
    struct screen *screen = at_container(*state, "running");
    screen_type(screen, "D");
    screen_wait_text(screen, "running", WAIT_MS);
    screen_assert(screen, screen_find_row(screen, "[ Cancel ]", 0) == -1);
    screen_type(screen, "x");
    screen_wait_text(screen, "Remove", WAIT_MS);
    screen_wait_text(screen, "not now", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "not now", WAIT_MS);
    screen_quit(screen);
    container_remove("running");
}

/* ---- compare ------------------------------------------------------------------------------- */

static void compare_is_live(void **state)
{
    struct screen *screen = at_container(*state, "livecmp");
    screen_type(screen, "c");
    screen_wait_text(screen, "livecmp-host", WAIT_MS);
    screen_wait_text(screen, "!=", WAIT_MS);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nsenter", "--uts", "--target",
               test_path("%d", (int)session_pid("livecmp")), "hostname", "renamed");
    screen_wait_text(screen, "renamed", WAIT_MS);
    screen_quit(screen);
    container_remove("livecmp");
}

int main(void)
{
    static const struct terminal_test tests[] = {
        terminal_test(the_form_shows_the_line_that_it_will_run),
        terminal_test(kill_asks_and_starts_on_cancel),
    };
    const struct CMUnitTest once[] = {
        machine_test(a_draft_is_kept),
        machine_test(a_name_or_hostname_that_cannot_be_is_told_beside_its_field),
        machine_test(a_root_that_cannot_be_one_is_refused),
        machine_test(a_command_that_does_not_exist_is_told_and_ends_nothing),
        machine_test(join_by_f5_gives_a_shell_in_a_pane),
        machine_test(join_of_a_containers_namespace_enters_all_that_is_ticked),
        machine_test(join_by_letter_from_containers_gives_a_shell_in_a_pane),
        machine_test(join_of_a_process_that_has_just_ended_is_a_sentence),
        machine_test(the_same_capital_again_kills),
        machine_test(a_process_can_be_killed_by_a_signal_that_is_chosen),
        machine_test(stop_asks_first),
        machine_test(what_cannot_be_done_now_says_why),
        machine_test(compare_is_live),
    };
    int failed = run_terminal_tests("acts", tests, sizeof(tests) / sizeof(tests[0]));
    return failed + cmocka_run_group_tests_name("acts, once", once, NULL, NULL);
}
