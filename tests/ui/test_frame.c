/* The frame that every view has, on each terminal of the table: title, tabs, rule, function bar;
 * help from the keymap; F-keys, their letters, and Esc with a digit; a terminal left as it was
 * found. */
#include "dashboard.h"

#include <string.h>
#include <unistd.h>

#define BAR_ROW(screen) (screen_rows(screen) - 1)

static void title_tabs_and_function_bar_stand_where_they_are_drawn(void **state)
{
    struct screen *screen = dashboard_start(*state);
    char host[65] = "";
    (void)gethostname(host, sizeof(host) - 1);
    host[20] = '\0'; /* a long name may be cut */

    screen_assert(screen, strncmp(screen_row(screen, 0), " nstui ", 7) == 0);
    screen_assert(screen, strstr(screen_row(screen, 0), host) != NULL);
    screen_assert(screen, strstr(screen_row(screen, 0), "procs") != NULL);
    screen_assert(screen, strstr(screen_row(screen, 0), "namespaces") != NULL);
    screen_assert(screen, dashboard_view_is(screen, 1, "Namespaces"));
    screen_assert(screen, strstr(screen_row(screen, 1), "Containers") != NULL);
    screen_assert(screen, strstr(screen_row(screen, 1), "Compare") != NULL);
    screen_assert(screen, strstr(screen_row(screen, 1), "Panes") != NULL);
    screen_assert(screen, strstr(screen_row(screen, 2), "TYPE") != NULL);
    screen_assert(screen, strstr(screen_row(screen, 2), "IDENTITY") != NULL);
    screen_assert(screen, cursor_row(screen) == 3);
    screen_assert(screen, strstr(screen_row(screen, BAR_ROW(screen)), "Help") != NULL);
    screen_assert(screen, strstr(screen_row(screen, BAR_ROW(screen)), "Create") != NULL);
    screen_assert(screen, strstr(screen_row(screen, BAR_ROW(screen)), "Quit") != NULL);
    screen_quit(screen);
}

static void each_view_opens_by_its_digit(void **state)
{
    struct screen *screen = dashboard_start(*state);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, "ENGINE", WAIT_MS);
    dashboard_view(screen, 5, "Compare");
    dashboard_view(screen, 6, "Panes");
    dashboard_view(screen, 1, "Namespaces");
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_quit(screen);
}

static void help_lists_the_keys_in_force(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_type(screen, "?");
    screen_wait_text(screen, "Help", WAIT_MS);
    screen_wait_text(screen, "fold, unfold", WAIT_MS);
    screen_wait_text(screen, "CAPITALS ACT", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "CAPITALS ACT", WAIT_MS);
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_quit(screen);
}

static void a_function_key_a_letter_and_escape_with_a_digit_do_the_same(void **state)
{
    struct screen *screen = dashboard_start(*state);

    screen_key(screen, SCREEN_F1);
    screen_wait_text(screen, "CAPITALS ACT", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "CAPITALS ACT", WAIT_MS);

    screen_type(screen, "\0331");
    screen_wait_text(screen, "CAPITALS ACT", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "CAPITALS ACT", WAIT_MS);

    screen_key(screen, SCREEN_F2);
    screen_wait_text(screen, "Create a container", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);

    screen_type(screen, "C");
    screen_wait_text(screen, "Create a container", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);

    screen_key(screen, SCREEN_F4);
    screen_wait_text(screen, "Filter:", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Filter:", WAIT_MS);
    screen_quit(screen);
}

static void arrows_and_letters_move_the_cursor(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_assert(screen, cursor_row(screen) == 3);
    screen_key(screen, SCREEN_DOWN);
    screen_wait_text(screen, ">", WAIT_MS);
    struct screen *at = screen;
    int wanted = 4;
    for (int i = 0; i < 200 && cursor_row(at) != wanted; i++)
        wait_ms(20);
    screen_assert(screen, cursor_row(screen) == 4);
    screen_key(screen, SCREEN_UP);
    for (int i = 0; i < 200 && cursor_row(at) != 3; i++)
        wait_ms(20);
    screen_assert(screen, cursor_row(screen) == 3);
    screen_quit(screen);
}

static void f10_leaves_and_restores_the_terminal(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_key(screen, SCREEN_F10);
    assert_int_equal(screen_wait_end(screen), 0);
    screen_assert_restored(screen);
    screen_end(screen);
}

static void escape_never_leaves_and_q_does(void **state)
{
    struct screen *screen = dashboard_start(*state);
    screen_key(screen, SCREEN_ESC);
    screen_type(screen, "\033\033");
    wait_ms(900); /* longer than an Esc waits for its digit */
    screen_assert(screen, dashboard_view_is(screen, 1, "Namespaces"));
    screen_type(screen, "q");
    assert_int_equal(screen_wait_end(screen), 0);
    screen_end(screen);
}

int main(void)
{
    static const struct terminal_test tests[] = {
        terminal_test(title_tabs_and_function_bar_stand_where_they_are_drawn),
        terminal_test(each_view_opens_by_its_digit),
        terminal_test(help_lists_the_keys_in_force),
        terminal_test(a_function_key_a_letter_and_escape_with_a_digit_do_the_same),
        terminal_test(arrows_and_letters_move_the_cursor),
        terminal_test(f10_leaves_and_restores_the_terminal),
        terminal_test(escape_never_leaves_and_q_does),
    };
    return run_terminal_tests("frame", tests, sizeof(tests) / sizeof(tests[0]));
}
