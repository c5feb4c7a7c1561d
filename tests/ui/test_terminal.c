/* The dashboard and its terminal: sizes, colours, letters, signals, the background, the lost line,
 * and no terminal at all. */
#include "dashboard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- sizes ------------------------------------------------------------------------------- */

static void a_terminal_that_is_too_small_asks_for_room_and_comes_back(void **state)
{
    (void)state;
    struct screen *screen = dashboard_start(NULL);
    screen_resize(screen, 5, 20);
    screen_wait_text(screen, "nstui needs", WAIT_MS);
    screen_resize(screen, 24, 80);
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_wait_text(screen, "Quit", WAIT_MS);
    screen_assert(screen, dashboard_view_is(screen, 1, "Namespaces"));
    screen_quit(screen);
}

static void one_that_starts_too_small_starts_all_the_same(void **state)
{
    (void)state;
    struct screen_options options = {.rows = 5, .columns = 20};
    struct screen *screen = screen_start(&options);
    screen_wait_text(screen, "nstui needs", WAIT_MS);
    screen_resize(screen, 1, 1);
    wait_ms(300);
    screen_resize(screen, 50, 160);
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_quit(screen);
}

static bool bar_is_the_last_row(struct screen *screen, void *data)
{
    (void)data;
    return strstr(screen_row(screen, screen_rows(screen) - 1), "Help") != NULL;
}

static void a_size_between_shows_what_fits(void **state)
{
    (void)state;
    static const int sizes[][2] = {{16, 40}, {12, 40}, {24, 60}, {30, 120}, {80, 300}, {24, 80}};
    struct screen *screen = dashboard_start(NULL);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        screen_resize(screen, sizes[i][0], sizes[i][1]);
        screen_wait_text(screen, "IDENTITY", WAIT_MS);
        screen_wait_text(screen, "(host)", WAIT_MS);
        screen_wait(screen, bar_is_the_last_row, NULL);
    }
    screen_quit(screen);
}

static void leaving_is_possible_while_it_is_too_small(void **state)
{
    (void)state;
    struct screen *screen = dashboard_start(NULL);
    screen_resize(screen, 5, 20);
    screen_wait_text(screen, "nstui needs", WAIT_MS);
    screen_type(screen, "q");
    assert_int_equal(screen_wait_end(screen), 0);
    screen_end(screen);
}

/* ---- colours and letters ------------------------------------------------------------------ */

/* True where a CSI .. m sequence of the output asks for a colour. */
static bool output_has_color(struct screen *screen)
{
    size_t length;
    const char *output = screen_output(screen, &length);
    for (const char *at = output; (at = strstr(at, "\033[")) != NULL; at += 2) {
        const char *end = at + 2 + strspn(at + 2, "0123456789;:");
        if (*end != 'm')
            continue;
        for (const char *number = at + 2; number < end; number++) {
            long value = strtol(number, (char **)(uintptr_t)&number, 10);
            if ((value >= 30 && value <= 38) || (value >= 40 && value <= 48) ||
                (value >= 90 && value <= 107))
                return true;
        }
    }
    return false;
}

static void walk_through_the_views(struct screen *screen)
{
    dashboard_view(screen, 4, "Containers");
    dashboard_view(screen, 5, "Compare");
    dashboard_view(screen, 6, "Panes");
    dashboard_view(screen, 1, "Namespaces");
    screen_type(screen, "C");
    screen_wait_text(screen, "Create a container", WAIT_MS);
    screen_key(screen, SCREEN_ESC);
    screen_wait_gone(screen, "Create a container", WAIT_MS);
    screen_type(screen, "?");
    screen_wait_text(screen, "CAPITALS ACT", WAIT_MS);
    screen_type(screen, "q");
    screen_wait_gone(screen, "CAPITALS ACT", WAIT_MS);
}

static void types_have_colours_where_there_are_colours(void **state)
{
    (void)state;
    struct screen *screen = dashboard_start(NULL);
    int row, column;
    screen_assert(screen, screen_find(screen, "uts", &row, &column));
    screen_assert(screen, output_has_color(screen));
    screen_assert(screen, screen_cell(screen, row, column).foreground != SCREEN_DEFAULT_COLOR);
    screen_quit(screen);
}

static void no_color_means_no_colour(void **state)
{
    (void)state;
    static const char *const env[] = {"NO_COLOR=1", NULL};
    struct screen_options options = {.env = env};
    struct screen *screen = dashboard_start_with(&options);
    walk_through_the_views(screen);
    screen_assert(screen, !output_has_color(screen));
    screen_quit(screen);
}

static void an_empty_no_color_changes_nothing(void **state)
{
    (void)state;
    static const char *const env[] = {"NO_COLOR=", NULL};
    struct screen_options options = {.env = env};
    struct screen *screen = dashboard_start_with(&options);
    screen_assert(screen, output_has_color(screen));
    screen_quit(screen);
}

static void a_terminal_without_colour_gets_none(void **state)
{
    (void)state;
    struct screen_options options = {.term = "vt100"};
    struct screen *screen = dashboard_start_with(&options);
    walk_through_the_views(screen);
    screen_assert(screen, !output_has_color(screen));
    screen_quit(screen);
}

static void only_ascii(struct screen *screen)
{
    size_t length;
    const char *output = screen_output(screen, &length);
    for (size_t i = 0; i < length; i++)
        screen_assert(screen, (unsigned char)output[i] < 0x80);
}

static void a_locale_without_utf8_gets_ascii_only(void **state)
{
    (void)state;
    static const char *const langs[] = {"C", "", "POSIX"};
    for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++) {
        struct screen_options options = {.lang = langs[i], .rows = 50, .columns = 160};
        struct screen *screen = dashboard_start_with(&options);
        screen_wait_text(screen, "-- mnt:[", WAIT_MS); /* a rule, of letters that there are */
        walk_through_the_views(screen);
        only_ascii(screen);
        screen_quit(screen);
    }
}

static void lc_all_wins_over_lang(void **state)
{
    (void)state;
    static const char *const env[] = {"LC_ALL=C", NULL};
    struct screen_options options = {.env = env, .rows = 50, .columns = 160};
    struct screen *screen = dashboard_start_with(&options);
    walk_through_the_views(screen);
    only_ascii(screen);
    screen_quit(screen);
}

static void a_process_name_cannot_write_to_the_terminal(void **state)
{
    (void)state;
    need_root();
    /* A name of control bytes: clear the screen, ring, C1. The judge would obey them. */
    const char *program = test_path("%s/a\033[2J\a\233b", test_folder());
    _cleanup_result_ struct result copied = {0};
    run_expect(0, &copied, "cp", "/bin/sleep", program);
    pid_t pid = process_start_words("unshare", "--uts", program, "600");
    struct screen *screen = dashboard_start(NULL);
    filter_set(screen, test_path("%d", (int)pid));
    screen_wait_text(screen, "a?[2J", WAIT_MS);
    size_t length;
    const char *output = screen_output(screen, &length);
    screen_assert(screen, memchr(output, '\233', length) == NULL);
    screen_assert(screen, strstr(output, "a\033[2J") == NULL);
    screen_quit(screen);
}

/* ---- signals ----------------------------------------------------------------------------- */

static void ends_by(int signal_number)
{
    struct screen *screen = dashboard_start(NULL);
    assert_int_equal(kill(screen_pid(screen), signal_number), 0);
    assert_int_equal(screen_wait_end(screen), 128 + signal_number);
    screen_assert_restored(screen);
    screen_end(screen);
}

static void a_signal_that_ends_it_restores_the_terminal(void **state)
{
    (void)state;
    ends_by(SIGTERM);
    ends_by(SIGHUP);
}

static void a_crash_restores_the_terminal(void **state)
{
    (void)state;
    ends_by(SIGSEGV);
    ends_by(SIGABRT);
    ends_by(SIGBUS);
}

static void interrupt_does_not_end_it_at_once(void **state)
{
    (void)state;
    struct screen *screen = dashboard_start(NULL);
    screen_type(screen, "\003");
    wait_ms(600);
    screen_type(screen, "\003");
    screen_wait_text(screen, "leaves nstui", WAIT_MS);
    screen_assert(screen, process_is_alive(screen_pid(screen)));
    screen_quit(screen);
}

static void it_goes_to_the_background_and_comes_back(void **state)
{
    (void)state;
    static const char *const argv[] = {"bash", "--norc", "-i", NULL};
    static const char *const env[] = {"PS1=shell> ", NULL};
    struct screen_options options = {.argv = argv, .env = env};
    struct screen *screen = screen_start(&options);
    screen_wait_text(screen, "shell>", WAIT_MS);
    screen_type(screen, test_path("%s\r", program_of_ours("nstui")));
    screen_wait_text(screen, "(host)", WAIT_MS);
    screen_type(screen, "\032"); /* Ctrl-Z */
    screen_wait_text(screen, "Stopped", WAIT_MS);
    screen_type(screen, "echo in-the-shell=$((6 * 7))\r");
    screen_wait_text(screen, "in-the-shell=42", WAIT_MS);
    screen_type(screen, "fg\r");
    screen_wait_text(screen, "(host)", WAIT_MS);
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_type(screen, "Q");
    screen_wait_gone(screen, "IDENTITY", WAIT_MS);
    screen_type(screen, "echo after=$?; exit\r");
    screen_wait_text(screen, "after=0", WAIT_MS);
    (void)screen_wait_end(screen);
    screen_end(screen);
}

static void a_lost_line_ends_it(void **state)
{
    (void)state;
    struct screen *screen = dashboard_start(NULL);
    screen_hang_up(screen); /* fails where it goes on without a terminal */
}

/* ---- no terminal, a strange one, no rights -------------------------------------------------- */

static void without_a_terminal_the_list_is_printed_once(void **state)
{
    (void)state;
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nstui");
    assert_non_null(strstr(result.out, "uts"));
    assert_non_null(strstr(result.out, "4026531837")); /* the user namespace of the host */
    assert_null(strchr(result.out, '\033'));
    assert_non_null(strstr(result.error, "terminal"));
}

static void an_unknown_terminal_is_a_sentence(void **state)
{
    (void)state;
    static const char *const terms[] = {"nosuch-terminal", "dumb"};
    for (size_t i = 0; i < 2; i++) {
        struct screen_options options = {.term = terms[i]};
        struct screen *screen = screen_start(&options);
        int status = screen_wait_end(screen);
        screen_assert(screen, status == 1);
        screen_assert(screen, screen_find_row(screen, "nstui", 0) != -1);
        screen_assert_restored(screen);
        screen_end(screen);
    }
}

/* Copies the programs to where everybody may execute them: the build folder may lie in a home. */
static const char *programs_for_everyone(void)
{
    static const char *const programs[] = {"nstui", "nstui-view", "nstui-term", "nstui-init"};
    const char *folder = test_path("%s/bin", test_folder());
    assert_int_equal(mkdir(folder, 0755), 0);
    for (size_t i = 0; i < 4; i++) {
        _cleanup_result_ struct result result = {0};
        run_expect(0, &result, "install", "-m", "755", program_of_ours(programs[i]), folder);
    }
    return folder;
}

static void without_root_it_shows_what_one_may_see(void **state)
{
    (void)state;
    need_root();
    const char *argv[] = {test_path("%s/nstui", programs_for_everyone()), NULL};
    struct screen_options options = {.argv = argv, .uid = 65534, .cwd = "/"};
    struct screen *screen = screen_start(&options);
    screen_wait_text(screen, "no root", WAIT_MS);
    screen_wait_text(screen, "sudo", WAIT_MS); /* says what would help */
    screen_key(screen, SCREEN_ENTER);
    screen_wait_text(screen, "IDENTITY", WAIT_MS);
    screen_wait_text(screen, "user ", WAIT_MS);
    screen_quit(screen);
}

static void without_proc_it_does_not_start_and_says_how_to_mend_it(void **state)
{
    (void)state;
    need_root();
    const char *argv[] = {"unshare",
                          "-m",
                          "--propagation",
                          "private",
                          "sh",
                          "-c",
                          "mount -t tmpfs none /proc && exec \"$0\"",
                          program_of_ours("nstui"),
                          NULL};
    struct screen_options options = {.argv = argv};
    struct screen *screen = screen_start(&options);
    assert_int_equal(screen_wait_end(screen), 1);
    screen_assert(screen, screen_find_row(screen, "/proc is not mounted", 0) != -1);
    screen_assert(screen, screen_find_row(screen, "proc proc /proc", 0) != -1);
    screen_end(screen);
}

static void a_proc_that_goes_away_ends_nothing(void **state)
{
    (void)state;
    need_root();
    const char *argv[] = {"unshare", "-m", "--propagation", "private", program_of_ours("nstui"),
                          NULL};
    struct screen_options options = {.argv = argv};
    struct screen *screen = dashboard_start_with(&options);
    const char *pid = test_path("%d", (int)screen_pid(screen));
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "nsenter", "-m", "-t", pid, "mount", "-t", "tmpfs", "none", "/proc");
    screen_wait_text(screen, "/proc is not", WAIT_MS);
    run_expect(0, &result, "nsenter", "-m", "-t", pid, "umount", "/proc");
    screen_wait_gone(screen, "/proc is not", WAIT_MS);
    screen_wait_text(screen, "(host)", WAIT_MS);
    screen_quit(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_terminal_that_is_too_small_asks_for_room_and_comes_back),
        machine_test(one_that_starts_too_small_starts_all_the_same),
        machine_test(a_size_between_shows_what_fits),
        machine_test(leaving_is_possible_while_it_is_too_small),
        machine_test(types_have_colours_where_there_are_colours),
        machine_test(no_color_means_no_colour),
        machine_test(an_empty_no_color_changes_nothing),
        machine_test(a_terminal_without_colour_gets_none),
        machine_test(a_locale_without_utf8_gets_ascii_only),
        machine_test(lc_all_wins_over_lang),
        machine_test(a_process_name_cannot_write_to_the_terminal),
        machine_test(a_signal_that_ends_it_restores_the_terminal),
        machine_test(a_crash_restores_the_terminal),
        machine_test(interrupt_does_not_end_it_at_once),
        machine_test(it_goes_to_the_background_and_comes_back),
        machine_test(a_lost_line_ends_it),
        machine_test(without_a_terminal_the_list_is_printed_once),
        machine_test(an_unknown_terminal_is_a_sentence),
        machine_test(without_root_it_shows_what_one_may_see),
        machine_test(without_proc_it_does_not_start_and_says_how_to_mend_it),
        machine_test(a_proc_that_goes_away_ends_nothing),
    };
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
