/* What only looks: explain, palette, the screen as a command and as a file, find, freeze, the log of a
 * container, panes beside each other, both sides of a comparison; and what a hostile container writes. */
#include "dashboard.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void explain_tells_of_the_thing_under_the_cursor(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "e");
    screen_wait_text(screen, "Explain", WAIT_MS);
    screen_wait_text(screen, "mounts",
                     WAIT_MS); /* the first row is the mnt namespace of the host */
    screen_type(screen, "q");
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_quit(screen);
}

static void the_palette_does_an_action_by_its_name(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, ":");
    screen_wait_text(screen, "Do what?", WAIT_MS);
    screen_type(screen, "create");
    screen_wait_text(screen, "> create", WAIT_MS);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "Create a container", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_quit(screen);
}

static void a_screen_tells_the_command_that_shows_the_same(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "y");
    screen_wait_text(screen, "nstui ls", WAIT_MS);
    screen_quit(screen);
}

static void a_screen_is_written_to_a_file_that_is_new(void **state)
{
    (void)state;
    const char *folder = test_folder();
    struct screen_options options = {.cwd = folder};
    struct screen *screen = dashboard_start_with(&options);
    screen_type(screen, "w");
    screen_wait_text(screen, "Write the screen to", WAIT_MS);
    screen_type(screen, "\025saved.txt\r");
    screen_wait_text(screen, "the screen is in saved.txt", WAIT_MS);
    const char *written = file_get(test_path("%s/saved.txt", folder));
    assert_non_null(strstr(written, "IDENTITY"));
    assert_non_null(strstr(written, "(host)"));

    file_put(test_path("%s/mine.txt", folder), "mine\n");
    screen_type(screen, "w");
    screen_wait_text(screen, "Write the screen to", WAIT_MS);
    screen_type(screen, "\025mine.txt\r");
    screen_wait_text(screen, "! ", WAIT_MS);
    assert_string_equal(file_get(test_path("%s/mine.txt", folder)), "mine\n");
    screen_quit(screen);
}

static void find_moves_the_cursor_and_hides_nothing(void **state)
{
    need_root();
    char link[64], inode[64] = "";
    pid_t pid = process_start_words("unshare", "--uts", "sleep", "600");
    process_wait_comm(pid, "sleep");
    (void)sscanf(process_namespace(pid, "uts", link), "uts:[%63[0-9]", inode);
    struct screen_options options = {.rows = 150, .columns = 80};
    struct screen *screen = dashboard_start_with(&options);
    (void)state;
    screen_type(screen, "f");
    screen_wait_text(screen, "Find", WAIT_MS);
    screen_type(screen, inode);
    screen_type(screen, "\r");
    screen_settle(screen);
    cursor_to(screen, inode);
    screen_assert(screen, screen_find_row(screen, "ipc ", 2) != -1);
    screen_quit(screen);
}

static void freeze_stops_the_updates_and_says_so(void **state)
{
    need_root();
    struct screen_options options = {.rows = 150, .columns = 80};
    struct screen *screen = dashboard_start_with(&options);
    (void)state;
    screen_type(screen, "z");
    screen_wait_text(screen, "FROZEN", WAIT_MS);
    char link[64], inode[64] = "";
    pid_t pid = process_start_words("unshare", "--uts", "sleep", "600");
    process_wait_comm(pid, "sleep");
    (void)sscanf(process_namespace(pid, "uts", link), "uts:[%63[0-9]", inode);
    wait_ms(3000); /* longer than a refresh */
    screen_assert(screen, screen_find_row(screen, test_path(" %d ", (int)pid), 2) == -1);
    screen_type(screen, "z");
    screen_wait_gone(screen, "FROZEN", WAIT_MS);
    screen_wait_text(screen, inode, WAIT_MS);
    screen_quit(screen);
}

/* ---- with a container ---------------------------------------------------------------------- */

static struct screen *at_container(const char *name)
{
    need_root();
    (void)container_start(name);
    struct screen *screen = dashboard_start(NULL);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, name, WAIT_MS);
    cursor_to(screen, name);
    return screen;
}

static void type_into(struct screen *screen)
{
    screen_type(screen, "a");
    screen_wait_text(screen, "watching", WAIT_MS);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "TYPING", WAIT_MS);
}

static void the_log_shows_what_was_written(void **state)
{
    (void)state;
    struct screen *screen = at_container("logged");
    type_into(screen);
    screen_type(screen, "echo first=$((3 * 4))\r");
    screen_wait_text(screen, "first=12", WAIT_MS);
    screen_type(screen, "\001q");
    screen_wait_text(screen, "watching", WAIT_MS);
    dashboard_view(screen, 4, "Containers");
    cursor_to(screen, "logged");
    screen_type(screen, "m");
    screen_wait_text(screen, "first=12", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_text(screen, "ENGINE", WAIT_MS);
    screen_quit(screen);
    container_remove("logged");
}

/* Out of a pane that is typed into, and out of the dashboard. */
static void quit_from_pane(struct screen *screen)
{
    screen_type(screen, "\001q");
    screen_wait_gone(screen, "TYPING", WAIT_MS);
    screen_quit(screen);
}

/* Removes every session that is left but this one. */
static void remove_others_than(const char *name)
{
    _cleanup_result_ struct result listed = {0}, removed = {0};
    run_expect(0, &listed, "nstui", "ps");
    char *rest = NULL;
    (void)strtok_r(listed.out, "\n", &rest); /* the heading */
    for (char *line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line[strcspn(line, " ")] = '\0';
        if (strcmp(line, name) != 0)
            run_expect(0, &removed, "nstui", "rm", "-f", line);
    }
}

static void two_panes_show_in_there_and_out_here(void **state)
{
    (void)state;
    struct screen *screen = at_container("beside");
    char host[65] = "";
    (void)gethostname(host, sizeof(host) - 1);
    type_into(screen);
    screen_type(screen, "PS1='> '; clear; echo in-there=$(hostname).\r");
    screen_wait_text(screen, "in-there=beside-host.", WAIT_MS);
    screen_type(screen, "\001c"); /* a shell of the host below */
    screen_wait_text(screen, "2 host:", WAIT_MS);
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_type(screen, "clear; echo out-here=$(hostname).\r");
    screen_wait_text(screen, test_path("out-here=%s.", host), WAIT_MS);
    screen_assert(screen, screen_find_row(screen, "in-there=beside-host.", 0) != -1);

    screen_type(screen, "\001z"); /* this one alone */
    screen_wait_gone(screen, "in-there=beside-host.", WAIT_MS);
    screen_type(screen, "\001z");
    screen_wait_text(screen, "in-there=beside-host.", WAIT_MS);

    screen_type(screen, "\001o"); /* keys go to the other one */
    screen_settle(screen);
    screen_type(screen, "echo again=$(hostname).\r");
    screen_wait_text(screen, "again=beside-host.", WAIT_MS);

    screen_type(screen, "\001x"); /* closes the picture only */
    screen_wait_gone(screen, "again=beside-host.", WAIT_MS);
    screen_assert(screen, session_pid("beside") != 0);
    quit_from_pane(screen);
    remove_others_than("beside");
    container_remove("beside");
}

static void a_hostile_program_cannot_write_to_the_terminal(void **state)
{
    (void)state;
    struct screen *screen = at_container("hostile");
    type_into(screen);
    screen_type(screen, "clear; echo ready=$((6 * 7))\r");
    screen_wait_text(screen, "ready=42", WAIT_MS);
    screen_output_forget(screen);
    /* A title, the clipboard, a device's answer, C1 bytes, text that runs backwards, a beep. */
    screen_type(screen, "printf '\\033]0;evil\\007\\033]52;c;ZXZpbA==\\007\\033P+q544e\\033\\\\"
                        "\\302\\233c\\342\\200\\256back\\007\\n'; echo done=$((5 * 5))\r");
    screen_wait_text(screen, "done=25", WAIT_MS);
    size_t length;
    const char *output = screen_output(screen, &length);
    screen_assert(screen, strstr(output, "\033]") == NULL);
    screen_assert(screen, strstr(output, "\033P") == NULL);
    screen_assert(screen, strstr(output, "\302\233") == NULL);
    screen_assert(screen, strstr(output, "\342\200\256") == NULL);
    quit_from_pane(screen);
    container_remove("hostile");
}

static void attach_to_nothing_is_a_sentence(void **state)
{
    (void)state;
    const char *const argv[] = {"nstui", "attach", "nosuchsession", NULL};
    struct screen_options options = {.argv = argv};
    struct screen *screen = screen_start(&options);
    screen_assert(screen, screen_wait_end(screen) == 1);
    screen_assert(screen, screen_find_row(screen, "nosuchsession", 0) != -1);
    size_t length;
    screen_assert(screen, strchr(screen_output(screen, &length), '\033') == NULL);
    screen_end(screen);
}

static bool sides_are_swapped(struct screen *screen, void *data)
{
    int row = screen_find_row(screen, "hostname ", 3);
    if (row == -1)
        return false;
    const char *text = screen_row(screen, row);
    const char *inside = strstr(text, "sides-host"), *differs = strstr(text, "!=");
    return inside != NULL && differs != NULL && (inside < differs) == *(bool *)data;
}

static void the_sides_of_a_comparison_can_be_swapped(void **state)
{
    (void)state;
    struct screen *screen = at_container("sides");
    bool left = false;
    screen_type(screen, "c");
    screen_wait(screen, sides_are_swapped, &left);
    left = true;
    screen_type(screen, "v");
    screen_wait(screen, sides_are_swapped, &left);
    screen_quit(screen);
    container_remove("sides");
}

int main(void)
{
    static const struct terminal_test tests[] = {
        terminal_test(explain_tells_of_the_thing_under_the_cursor),
    };
    const struct CMUnitTest once[] = {
        machine_test(the_palette_does_an_action_by_its_name),
        machine_test(a_screen_tells_the_command_that_shows_the_same),
        machine_test(a_screen_is_written_to_a_file_that_is_new),
        machine_test(find_moves_the_cursor_and_hides_nothing),
        machine_test(freeze_stops_the_updates_and_says_so),
        machine_test(the_log_shows_what_was_written),
        machine_test(two_panes_show_in_there_and_out_here),
        machine_test(a_hostile_program_cannot_write_to_the_terminal),
        machine_test(attach_to_nothing_is_a_sentence),
        machine_test(the_sides_of_a_comparison_can_be_swapped),
    };
    int failed = run_terminal_tests("looking", tests, sizeof(tests) / sizeof(tests[0]));
    return failed + cmocka_run_group_tests_name("looking, once", once, NULL, NULL);
}
