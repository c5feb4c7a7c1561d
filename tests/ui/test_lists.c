/* The lists and panes, as one who looks closely finds them: the cursor stays on its thing, counts tell
 * the truth, no key is silent, the name of a namespace is the one it has now. */
#include "dashboard.h"

#include <stdio.h>
#include <string.h>

static void the_hostname_told_is_the_one_it_has_now(void **state)
{
    need_root();
    container_start("named");
    struct screen *screen = dashboard_start(*state);
    filter_set(screen, "uts named");
    cursor_to(screen, "named");
    screen_wait_text(screen, "Hostname in here: named-host.", WAIT_MS);
    struct result result = {0};
    run_expect(0, &result, "nstui", "join", "named", "-u", "--", "hostname", "moved");
    result_free(&result);
    screen_wait_text(screen, "Hostname in here: moved. The host keeps:", WAIT_MS);
    screen_quit(screen);
    container_remove("named");
}

static void the_order_is_chosen_and_reversed(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "o");
    screen_wait_text(screen, "Order by", WAIT_MS);
    screen_key(screen, SCREEN_DOWN);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, ", by PROCS --", WAIT_MS);
    screen_type(screen, "o");
    screen_wait_text(screen, "fewest first", WAIT_MS);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "by PROCS reversed", WAIT_MS);
    screen_quit(screen);
}

static void the_cursor_in_containers_stays_when_a_newer_one_comes(void **state)
{
    need_root();
    container_start("aged");
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, ">aged", WAIT_MS);
    container_start("young");
    screen_wait_text(screen, " young", WAIT_MS);
    screen_settle(screen);
    screen_wait_text(screen, ">aged", WAIT_MS);
    screen_wait_text(screen, "2 containers", WAIT_MS);
    screen_quit(screen);
    container_remove("aged");
    container_remove("young");
}

static void a_shell_is_no_container_in_any_count(void **state)
{
    need_root();
    struct result result = {0};
    run_expect(0, &result, "nstui", "shell", "-d", "--name", "plain");
    result_free(&result);
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, ">plain", WAIT_MS);
    screen_wait_text(screen, "0 containers, 1 shell", WAIT_MS);
    screen_type(screen, "=");
    screen_wait_gone(screen, ">plain", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_text(screen, ">plain", WAIT_MS);
    screen_quit(screen);
    run_expect(0, &result, "nstui", "rm", "-f", "plain");
    result_free(&result);
}

static void a_key_without_a_use_here_says_so(void **state)
{
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_type(screen, "l");
    screen_wait_text(screen, "nothing to do for that in Containers", WAIT_MS);
    screen_quit(screen);
}

static void a_pane_with_room_beside_it_says_why(void **state)
{
    need_root();
    (void)state;
    container_start("shared");
    struct screen *large =
        dashboard_start_with(&(struct screen_options){.rows = 50, .columns = 160});
    screen_type(large, "6");
    screen_wait_text(large, "watching", WAIT_MS);
    screen_assert(large, screen_find_row(large, "smaller dashboard", 0) == -1);
    struct screen *small = dashboard_start(NULL);
    screen_type(small, "6");
    screen_wait_text(small, "watching", WAIT_MS);
    screen_wait_text(large, "80x19, a smaller dashboard shows it too", WAIT_MS);
    screen_quit(small);
    screen_wait_gone(large, "smaller dashboard", WAIT_MS);
    screen_quit(large);
    container_remove("shared");
}

static void behind_the_prefix_the_palette_and_the_menu_know_all_acts(void **state)
{
    need_root();
    container_start("acted");
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 6, "Panes");
    screen_wait_text(screen, "acted", WAIT_MS);
    screen_type(screen, "x");
    screen_wait_text(screen, "Stop acted..", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "Stop acted..", WAIT_MS);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_type(screen, "\001:");
    screen_wait_text(screen, "Do what?", WAIT_MS);
    screen_type(screen, "creat");
    screen_wait_text(screen, "> create", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Do what?", WAIT_MS);
    screen_type(screen, "\001q");
    screen_wait_gone(screen, "TYPING", WAIT_MS);
    screen_quit(screen);
    container_remove("acted");
}

static void killing_the_command_of_a_container_says_that_it_ends_with_it(void **state)
{
    need_root();
    container_start("killed");
    struct screen *screen = dashboard_start(*state);
    filter_set(screen, "uts killed");
    cursor_to(screen, "nstui-init");
    screen_type(screen, "l");
    screen_wait_text(screen, "pid 2", WAIT_MS);
    cursor_to(screen, "pid 2");
    screen_type(screen, "K");
    screen_wait_text(screen, "It is the command of killed: all of the container", WAIT_MS);
    screen_wait_text(screen, ">[ Cancel ]", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "[ Cancel ]", WAIT_MS);
    screen_quit(screen);
    container_remove("killed");
}

static void attach_says_how_the_session_ended(void **state)
{
    need_root();
    (void)state;
    container_start("left");
    static const char *const argv[] = {"nstui", "attach", "left", NULL};
    struct screen *screen = screen_start(&(struct screen_options){.argv = argv});
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_type(screen, "exit 7\r");
    (void)screen_wait_end(screen);
    screen_wait_text(screen, "left: exited, status 7", WAIT_MS);
    screen_end(screen);
    container_remove("left");
}

int main(void)
{
    static const struct terminal_case ascii = {
        .name = "vt100", .term = "vt100", .lang = "C", .rows = 24, .columns = 80};
    const struct CMUnitTest tests[] = {
        machine_test(the_hostname_told_is_the_one_it_has_now),
        machine_test_with(the_order_is_chosen_and_reversed, (void *)&ascii),
        machine_test(the_cursor_in_containers_stays_when_a_newer_one_comes),
        machine_test(killing_the_command_of_a_container_says_that_it_ends_with_it),
        machine_test(attach_says_how_the_session_ended),
        machine_test(a_shell_is_no_container_in_any_count),
        machine_test(a_key_without_a_use_here_says_so),
        machine_test(a_pane_with_room_beside_it_says_why),
        machine_test(behind_the_prefix_the_palette_and_the_menu_know_all_acts),
    };
    return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
