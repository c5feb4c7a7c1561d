/* The whole of the lab's exercise 8 by keys alone, on each terminal: create a container, see its
 * hostname and its pid 1, make a file in there and find it out here, compare both sides, come back
 * to the same screen, stop it, remove it, and leave nothing behind. */
#include "dashboard.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME     "exercise8"
#define HOSTNAME "inside8"

static void fill_in_and_run(struct screen *screen, const char *root)
{
    if (screen_has_key(screen, SCREEN_F2))
        screen_key(screen, SCREEN_F2);
    else
        screen_type(screen, "C");
    screen_wait_text(screen, "Create a container", WAIT_MS);
    form_set(screen, "Name", NAME);
    form_set(screen, "Hostname", HOSTNAME);
    form_set(screen, "Root", root);
    form_set(screen, "Command", "/bin/bash");
    screen_wait_text(screen, "studio", WAIT_MS);
    screen_wait_text(screen, "nstui run -d", WAIT_MS); /* the line that a script would use */
    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "TYPING", WAIT_MS);
}

/* In the pane: $((..)) so that what is waited for is the answer and not the echo of the question.
 */
static void look_around_inside(struct screen *screen)
{
    screen_wait_text(screen, "#", WAIT_MS); /* the prompt of root */
    screen_type(screen, "clear; echo name=$(hostname) sum=$((40 + 2))\r");
    screen_wait_text(screen, "name=" HOSTNAME " sum=42", WAIT_MS);
    screen_type(screen, "echo shell=$$.\r");
    screen_wait_text(screen, "shell=2.", WAIT_MS); /* pid 1 is the init */
    screen_type(screen, "ps -e -o pid= -o comm=\r");
    screen_wait_text(screen, "1 nstui-init", WAIT_MS);
    screen_wait_text(screen, "2 bash", WAIT_MS);
    screen_type(screen, "mkdir -p /home; echo made-in-there >/home/file; echo made=$?.\r");
    screen_wait_text(screen, "made=0.", WAIT_MS);
}

static void look_from_outside(const char *root, const char *host_before)
{
    char host[65] = "";
    assert_string_equal(file_get(test_path("%s/home/file", root)), "made-in-there\n");
    assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
    assert_string_equal(host, host_before);
    assert_int_equal(mount_count(root), 0); /* its mounts are its own */
}

static void leave_the_pane(struct screen *screen)
{
    screen_type(screen, "\001"); /* Ctrl-A */
    screen_type(screen, "q");
    screen_wait_text(screen, "watching", WAIT_MS);
}

static void to_the_container(struct screen *screen)
{
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, NAME, WAIT_MS);
    cursor_to(screen, NAME);
}

static void compare_both_sides(struct screen *screen, const char *host)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "%.12s", host);
    screen_type(screen, "c");
    screen_wait_text(screen, "/etc/hostname", WAIT_MS); /* the hostname tab */
    screen_wait_text(screen, HOSTNAME, WAIT_MS);
    screen_wait_text(screen, name, WAIT_MS);
    screen_wait_text(screen, "!=", WAIT_MS);
    if (screen_find_row(screen, "nstui-init", 0) == -1)
        screen_type(screen, "]"); /* where the screen is wide both are on one */
    screen_type(screen, "=");     /* only what differs: else the host's processes fill the screen */
    screen_wait_text(screen, "nstui-init", WAIT_MS);
    int row = screen_find_row(screen, "nstui-init", 0);
    screen_assert(screen, strstr(screen_row(screen, row), "!=") != NULL);
    screen_assert(screen, strstr(screen_row(screen, row), " 1 ") != NULL);
    screen_type(screen, "=");
}

static void come_back_to_the_same_screen(struct screen *screen)
{
    to_the_container(screen);
    screen_type(screen, "a");
    screen_wait_text(screen, "name=" HOSTNAME " sum=42", WAIT_MS);
    screen_wait_text(screen, "made=0.", WAIT_MS);
}

static void stop_and_remove(struct screen *screen)
{
    to_the_container(screen);
    screen_type(screen, "S");
    screen_wait_text(screen, "Cancel", WAIT_MS);
    screen_type(screen, "S");
    screen_wait_gone(screen, "Cancel", WAIT_MS);
    screen_wait_text(screen, "exited", WAIT_MS);
    cursor_to(screen, NAME);
    screen_type(screen, "D");
    screen_wait_text(screen, "Cancel", WAIT_MS);
    screen_type(screen, "D");
    screen_wait_gone(screen, "Cancel", WAIT_MS);
}

static bool no_state_is_left(void *data)
{
    (void)data;
    return !path_exists("/run/nstui/" NAME) && !path_exists("/var/lib/nstui/" NAME);
}

static void exercise_8_by_keys(void **state)
{
    need_root();
    char host[65] = "";
    assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
    const char *root = test_path("%s/root", test_folder()); /* not there yet: it is made */

    struct screen *screen = dashboard_start(*state);
    fill_in_and_run(screen, root);
    look_around_inside(screen);
    look_from_outside(root, host);
    leave_the_pane(screen);
    to_the_container(screen);
    compare_both_sides(screen, host);
    screen_quit(screen);

    screen = dashboard_start(*state); /* it lived on without us */
    come_back_to_the_same_screen(screen);
    stop_and_remove(screen);
    assert_true(wait_until(no_state_is_left, NULL, WAIT_MS));
    screen_quit(screen);

    assert_true(path_exists(test_path("%s/home/file", root))); /* the user's files stay */
    assert_int_equal(mount_count(root), 0);
}

static void leaving_names_the_containers_that_go_on(void **state)
{
    need_root();
    (void)container_start("goeson");
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "Q");
    assert_int_equal(screen_wait_end(screen), 0);
    screen_assert(screen, screen_find_row(screen, "goeson", 0) != -1); /* on the main screen */
    screen_end(screen);
    container_remove("goeson");
}

static void a_dropped_line_does_not_end_the_container(void **state)
{
    need_root();
    (void)container_start("staysup");
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, "staysup", WAIT_MS);
    cursor_to(screen, "staysup");
    screen_type(screen, "a");
    screen_wait_text(screen, "watching", WAIT_MS);
    screen_hang_up(screen);
    assert_int_not_equal(session_pid("staysup"), 0);
    container_remove("staysup");
}

int main(void)
{
    static const struct terminal_test tests[] = {terminal_test(exercise_8_by_keys)};
    const struct CMUnitTest once[] = {
        machine_test(leaving_names_the_containers_that_go_on),
        machine_test(a_dropped_line_does_not_end_the_container),
    };
    int failed = run_terminal_tests("exercise 8", tests, sizeof(tests) / sizeof(tests[0]));
    return failed + cmocka_run_group_tests_name("around exercise 8", once, NULL, NULL);
}
