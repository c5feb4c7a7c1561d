/* A container's terminal in a pane: line editing, full-screen programs, colours, UTF-8, scrollback,
 * sizes, the prefix key; and nstui-term killed while it is looked at. */
#include "dashboard.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define NAME "pane"

static struct screen *pane_open(const struct terminal_case *terminal)
{
    need_root();
    (void)container_start(NAME);
    struct screen *screen = dashboard_start(terminal);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, NAME, WAIT_MS);
    cursor_to(screen, NAME);
    screen_type(screen, "a");
    screen_wait_text(screen, "watching", WAIT_MS);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_type(screen, "PS1='> '; clear; echo ready=$((6 * 7))\r");
    screen_wait_text(screen, "ready=42", WAIT_MS);
    return screen;
}

static void pane_close(struct screen *screen)
{
    screen_type(screen, "\001q");
    screen_wait_text(screen, "watching", WAIT_MS);
    screen_quit(screen);
    container_remove(NAME);
}

static void every_key_goes_to_the_program_but_the_prefix(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "echo 1Q?q/:=$((1 + 1))\r"); /* all of them mean something to nstui */
    screen_wait_text(screen, "1Q?q/:=2", WAIT_MS);
    screen_type(screen, "echo lost\003"); /* Ctrl-C to bash, not to nstui */
    screen_wait_text(screen, "^C", WAIT_MS);
    screen_type(screen, "sh -c 'echo starts=$((6 * 6)); exec sleep 600'\r");
    screen_wait_text(screen, "starts=36", WAIT_MS);
    screen_type(screen, "\032"); /* Ctrl-Z stops the sleep, not nstui */
    screen_wait_text(screen, "Stopped", WAIT_MS);
    screen_type(screen, "kill -9 %1; wait; echo gone=$((3 * 3))\r");
    screen_wait_text(screen, "gone=9", WAIT_MS);
    pane_close(screen);
}

static void a_line_can_be_edited(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "cho edited=$((2 * 4))");
    screen_type(screen, "\001a"); /* a real Ctrl-A: to the beginning of the line */
    screen_type(screen, "e\r");
    screen_wait_text(screen, "edited=8", WAIT_MS);
    screen_type(screen, "clear\r");
    screen_wait_gone(screen, "edited=8", WAIT_MS);
    screen_key(screen, SCREEN_UP);
    screen_key(screen, SCREEN_UP);
    screen_wait_text(screen, "echo edited=", WAIT_MS); /* bash's history */
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "edited=8", WAIT_MS);
    screen_type(screen, "echo wrongg=$((2 * 5))");
    for (int i = 0; i < 11; i++)
        screen_key(screen, SCREEN_LEFT);
    screen_key(screen, SCREEN_BACKSPACE);
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "wrong=10", WAIT_MS);
    pane_close(screen);
}

static void vi_edits_a_file(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "vi /letter\r");
    screen_wait_text(screen, "~", WAIT_MS);
    screen_type(screen, "ihello from vi\033");
    screen_wait_text(screen, "hello from vi", WAIT_MS);
    wait_ms(700); /* vi, too, waits after Esc whether a key follows */
    screen_type(screen, ":wq\r");
    screen_wait_text(screen, "ready=42", WAIT_MS); /* the screen from before vi is back */
    screen_type(screen, "clear; cat /letter\r");
    screen_wait_text(screen, "hello from vi", WAIT_MS);
    pane_close(screen);
}

/* The prompt alone in a row, and the cursor behind it. */
static bool prompt_waits(struct screen *screen, void *data)
{
    (void)data;
    int row, column;
    screen_cursor(screen, &row, &column, NULL);
    return column == 2 && strcmp(screen_row(screen, row), ">") == 0;
}

static void top_refreshes_and_ends(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "top\r");
    screen_wait_text(screen, "load average", WAIT_MS);
    screen_wait_text(screen, "nstui-i", WAIT_MS); /* cut by top */
    screen_type(screen, "q");
    screen_wait(screen, prompt_waits, NULL); /* top throws away what is typed before its end */
    screen_type(screen, "echo over=$((5 * 5))\r");
    screen_wait_text(screen, "over=25", WAIT_MS);
    pane_close(screen);
}

static void colours_and_attributes_arrive(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen,
                "clear; printf '\\033[1;31mre%s\\033[0m \\033[7minv%s\\033[0m\\n' d erse\r");
    int row, column;
    screen_wait_text(screen, "red inverse", WAIT_MS);
    screen_assert(screen, screen_find(screen, "red inverse", &row, &column));
    struct screen_cell red = screen_cell(screen, row, column);
    struct screen_cell inverse = screen_cell(screen, row, column + 4);
    screen_assert(screen, red.bold);
    screen_assert(screen, red.foreground == 1 || red.foreground == 9);
    screen_assert(screen, inverse.reverse);
    pane_close(screen);
}

static void utf8_and_wide_characters_arrive(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "clear; printf 'caf\\303\\251 \\344\\275\\240\\345\\245\\275 |\\n'\r");
    screen_wait_text(screen, "café 你好 |", WAIT_MS);
    int row, column, bar;
    screen_assert(screen, screen_find(screen, "café 你好 |", &row, &column));
    for (bar = column; strcmp(screen_cell(screen, row, bar).text, "|") != 0; bar++)
        ;
    screen_assert(screen, bar - column == 10); /* 5 + 2 * 2 + 1 columns */
    pane_close(screen);
}

static void without_utf8_a_strange_letter_is_a_question_mark(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_output_forget(screen);
    screen_type(screen, "clear; printf 'caf\\303\\251-end\\n'\r");
    screen_wait_text(screen, "caf?-end", WAIT_MS);
    size_t length;
    const char *output = screen_output(screen, &length);
    for (size_t i = 0; i < length; i++)
        screen_assert(screen, (unsigned char)output[i] < 0x80);
    pane_close(screen);
}

static void the_program_is_told_when_the_size_changes(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_resize(screen, 40, 100);
    screen_wait_text(screen, "ready=42", WAIT_MS);
    screen_type(screen,
                "clear; until [ $(tput cols) = 100 ]; do :; done; echo columns=$(tput cols).\r");
    screen_wait_text(screen, "columns=100.", WAIT_MS);
    screen_resize(screen, 5, 20);
    screen_wait_text(screen, "nstui needs", WAIT_MS);
    screen_resize(screen, 24, 80);
    screen_wait_text(screen, "TYPING", WAIT_MS);
    screen_type(screen,
                "clear; until [ $(tput cols) = 80 ]; do :; done; echo columns=$(tput cols).\r");
    screen_wait_text(screen, "columns=80.", WAIT_MS);
    pane_close(screen);
}

static void what_scrolled_away_can_be_read_again(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "clear; seq -f line-%g. 1 200\r");
    screen_wait_text(screen, "line-200.", WAIT_MS);
    screen_type(screen, "\001q");
    screen_wait_text(screen, "watching", WAIT_MS);
    screen_type(screen, "uuuuuu");
    screen_wait_gone(screen, "line-200.", WAIT_MS);
    screen_type(screen, "G");
    screen_wait_text(screen, "line-200.", WAIT_MS);
    screen_type(screen, "g");
    screen_wait_text(screen, "line-1.", WAIT_MS);
    screen_type(screen, "G");
    screen_wait_text(screen, "line-200.", WAIT_MS);
    screen_quit(screen);
    container_remove(NAME);
}

static void a_killed_terminal_leaves_pane_and_container_alive(void **state)
{
    struct screen *screen = pane_open(*state);
    pid_t init = session_pid(NAME);
    pid_t terminal = process_find_below(0, "nstui-term");
    assert_int_not_equal(init, 0);
    assert_int_not_equal(terminal, 0);
    assert_int_equal(kill(terminal, SIGKILL), 0);

    screen_type(screen, "echo lives=$((8 * 8))\r");
    screen_wait_text(screen, "lives=64", WAIT_MS);
    screen_assert(screen, session_pid(NAME) == init);
    pid_t successor = process_find_below(0, "nstui-term");
    screen_assert(screen, successor != 0 && successor != terminal);
    pane_close(screen);
}

static void two_dashboards_show_the_same_pane(void **state)
{
    struct screen *first = pane_open(*state);
    const char *const argv[] = {"nstui", "attach", NAME, NULL};
    struct screen_options options = {.argv = argv};
    struct screen *second = screen_start(&options);
    screen_wait_text(second, "ready=42", WAIT_MS);
    screen_type(first, "echo both=$((7 * 7))\r");
    screen_wait_text(first, "both=49", WAIT_MS);
    screen_wait_text(second, "both=49", WAIT_MS);
    screen_end(second);
    screen_type(first, "echo alone=$((9 * 9))\r");
    screen_wait_text(first, "alone=81", WAIT_MS);
    pane_close(first);
}

static void a_shell_that_ends_is_told_in_its_pane(void **state)
{
    struct screen *screen = pane_open(*state);
    screen_type(screen, "exit 3\r");
    screen_wait_text(screen, "exited, status 3", WAIT_MS);
    dashboard_view(screen, 4, "Containers");
    screen_wait_text(screen, "exited", WAIT_MS);
    screen_quit(screen);
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui", "rm", NAME);
}

int main(void)
{
    static const struct terminal_test tests[] = {
        terminal_test(a_line_can_be_edited),
    };
    const struct CMUnitTest once[] = {
        machine_test(every_key_goes_to_the_program_but_the_prefix),
        machine_test(vi_edits_a_file),
        machine_test(top_refreshes_and_ends),
        machine_test(colours_and_attributes_arrive),
        machine_test(utf8_and_wide_characters_arrive),
        machine_test_with(without_utf8_a_strange_letter_is_a_question_mark,
                          (void *)(uintptr_t)&terminal_cases[6]),
        machine_test(the_program_is_told_when_the_size_changes),
        machine_test(what_scrolled_away_can_be_read_again),
        machine_test(a_killed_terminal_leaves_pane_and_container_alive),
        machine_test(two_dashboards_show_the_same_pane),
        machine_test(a_shell_that_ends_is_told_in_its_pane),
    };
    int failed = run_terminal_tests("panes", tests, sizeof(tests) / sizeof(tests[0]));
    return failed + cmocka_run_group_tests_name("panes, once", once, NULL, NULL);
}
