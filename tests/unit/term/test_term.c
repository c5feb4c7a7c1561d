/* nstui-term as it runs: what programs write, as cells; sizes, scrollback, publishing. */
#include "running.h"

/* ---- what is drawn ---------------------------------------------------------------------- */

static void text_stands_where_it_was_written(void **state)
{
    (void)state;
    struct term *term = term_after(20, 5, "one\r\ntwo\x1b[4;3Hfour");
    expect_rows(term, (const char *[]){"one", "two", "", "  four", ""}, 5);
    assert_int_equal(term->state.columns, 20);
    assert_int_equal(term->state.rows, 5);
    assert_int_equal(term->state.cursor_column, 6);
    assert_int_equal(term->state.cursor_row, 3);
    assert_true(term->state.cursor_visible);
    /* The cursor is not in the cells. */
    assert_int_equal(term_cell(term, 3, 6).attributes, 0);
    term_free(term);
}

static void long_lines_wrap(void **state)
{
    (void)state;
    struct term *term = term_after(10, 4, "abcdefghijklmno");
    expect_rows(term, (const char *[]){"abcdefghij", "klmno", ""}, 3);
    term_free(term);
}

static void colours_and_attributes_are_kept(void **state)
{
    (void)state;
    struct term *term =
        term_after(20, 3,
                   "\x1b[1;31ma\x1b[0m\x1b[3;4;5;7;42mb\x1b[0m"
                   "\x1b[38;2;1;2;3mc\x1b[48:2::4:5:6md\x1b[m\x1b[38:5:9me\x1b[4:3mf");
    struct grid_cell a = term_cell(term, 0, 0), b = term_cell(term, 0, 1),
                     d = term_cell(term, 0, 3);
    assert_int_equal(a.attributes, GRID_BOLD);
    assert_int_equal(a.foreground, GRID_COLOR_INDEX | 1);
    assert_int_equal(a.background, GRID_COLOR_DEFAULT);
    assert_int_equal(b.attributes, GRID_ITALIC | GRID_UNDERLINE | GRID_BLINK | GRID_INVERSE);
    assert_int_equal(b.background, GRID_COLOR_INDEX | 2);
    assert_int_equal(term_cell(term, 0, 2).foreground, GRID_COLOR_RGB | 0x010203);
    assert_int_equal(d.foreground, GRID_COLOR_RGB | 0x010203);
    assert_int_equal(d.background, GRID_COLOR_RGB | 0x040506);
    assert_int_equal(term_cell(term, 0, 4).foreground, GRID_COLOR_INDEX | 9);
    assert_int_equal(term_cell(term, 0, 5).attributes, GRID_UNDERLINE);
    term_free(term);
}

static void utf8_and_wide_characters_take_their_cells(void **state)
{
    (void)state;
    struct term *term = term_after(10, 3, "\xc3\xa4\xe4\xb8\xad\xe6\x96\x87x");
    assert_int_equal(term_cell(term, 0, 0).code, 0xe4);
    assert_int_equal(term_cell(term, 0, 1).code, 0x4e2d);
    assert_int_equal(term_cell(term, 0, 1).width, 2);
    assert_int_equal(term_cell(term, 0, 2).width, 0);
    assert_int_equal(term_cell(term, 0, 3).code, 0x6587);
    assert_int_equal(term_cell(term, 0, 5).code, 'x');
    term_free(term);
}

static void utf8_may_be_cut_between_frames(void **state)
{
    (void)state;
    struct term *term = term_start(10, 3);
    const char *bytes = "\xc3\xa4\xc2\xa9\x1b[1;31mx";
    for (const char *byte = bytes; *byte; byte++)
        term_data(term, byte, 1);
    assert_int_equal(term_end(term), 0);
    assert_int_equal(term_cell(term, 0, 0).code, 0xe4);
    assert_int_equal(term_cell(term, 0, 1).code, 0xa9);
    assert_int_equal(term_cell(term, 0, 2).code, 'x');
    assert_int_equal(term_cell(term, 0, 2).foreground, GRID_COLOR_INDEX | 1);
    term_free(term);
}

static void wide_character_in_the_last_column_is_clipped(void **state)
{
    (void)state;
    struct term *term = term_after(4, 3, "abc\xe4\xb8\xad");
    assert_int_equal(term_cell(term, 0, 3).code, ' ');
    assert_int_equal(term_cell(term, 0, 3).width, 1);
    term_free(term);
}

static void what_ncurses_sends_is_understood(void **state)
{
    (void)state;
    struct term *term =
        term_after(20, 4, "-\x1b[9b|\x1b[3`C\x1b[2EE\x1b[1FF\x1b[s\x1b[4;20Hq\x1b[ur");
    expect_rows(term, (const char *[]){"--C-------|", "Fr", "E", "                   q"}, 4);
    term_free(term);
}

/* vi sends these: none of them is an attribute, a reset, or text. */
static void key_options_and_questions_change_nothing(void **state)
{
    (void)state;
    struct term *term = term_after(20, 3,
                                   "main\x1b[?1049h\x1b[H\x1b[>4;2m\x1b[?12$p\x1b[>1u\x1b[2 q"
                                   "\x1b[22;0;0t\x1b[?1s\x1b[?4m\x1b[62;1\"px");
    assert_string_equal(term_row(term, 0), "x");
    assert_int_equal(term_cell(term, 0, 0).attributes, 0);
    assert_true(term->state.modes & GRID_MODE_ALTERNATE_SCREEN);
    term_free(term);
}

static void title_is_told(void **state)
{
    (void)state;
    struct term *term = term_after(20, 3, "\x1b]0;ti\xc3\xa4tle\x07x\x1b]1;icon\x1b\\y");
    assert_string_equal(term->state.title, "ti\xc3\xa4tle");
    assert_string_equal(term_row(term, 0), "xy");
    assert_int_equal(term->state.bells, 0);
    term_free(term);
}

static void modes_are_told(void **state)
{
    (void)state;
    struct term *term = term_after(
        20, 3, "\x1b[?1;2004h\x1b=\x1b[?1002h\x1b[?1006h\x1b[?25l\x1b[20h\a\a\x1b[?1049h");
    assert_int_equal(term->state.modes, GRID_MODE_APPLICATION_CURSOR | GRID_MODE_BRACKETED_PASTE |
                                            GRID_MODE_APPLICATION_KEYPAD | GRID_MODE_MOUSE_DRAG |
                                            GRID_MODE_MOUSE_SGR | GRID_MODE_NEWLINE |
                                            GRID_MODE_ALTERNATE_SCREEN);
    assert_false(term->state.cursor_visible);
    assert_int_equal(term->state.bells, 2);
    term_free(term);
    term = term_after(20, 3, "\x1b[?1;2004h\x1b=\x1b[?1;2004l\x1b>\x1b[?1000h\x1b[!p");
    assert_int_equal(term->state.modes, 0);
    term_free(term);
}

static void questions_are_answered(void **state)
{
    (void)state;
    char answer[64] = "";
    struct term *term = term_after(20, 3, "ab\x1b[6n\x1b[5n\x1b[c");
    ssize_t length = read(term->replies, answer, sizeof(answer) - 1);
    assert_true(length > 0);
    assert_non_null(strstr(answer, "\x1b[1;3R\x1b[0n\x1b[?"));
    term_free(term);
}

static void replies_that_nobody_reads_stop_nothing(void **state)
{
    (void)state;
    struct term *term = term_start(20, 3);
    for (int i = 0; i < 40000; i++)
        term_say(term, "\x1b[c");
    term_say(term, "alive");
    assert_int_equal(term_end(term), 0);
    assert_string_equal(term_row(term, 0), "alive");
    term_free(term);
}

/* ---- sizes ------------------------------------------------------------------------------ */

static void resize_keeps_what_stands_above_the_cursor(void **state)
{
    (void)state;
    struct term *term = term_start(20, 6);
    term_say(term, "one\r\ntwo\r\nthree");
    term_resize(term, 30, 4);
    assert_int_equal(term_end(term), 0);
    assert_int_equal(term->state.columns, 30);
    assert_int_equal(term->state.rows, 4);
    assert_int_equal(term->state.top, 0);
    expect_rows(term, (const char *[]){"one", "two", "three", ""}, 4);
    assert_int_equal(term->state.cursor_row, 2);
    assert_int_equal(term->state.cursor_column, 5);
    term_free(term);
}

static void resize_scrolls_away_what_no_longer_fits(void **state)
{
    (void)state;
    struct term *term = term_start(20, 6);
    term_say(term, "1\r\n2\r\n3\r\n4\r\n5");
    term_resize(term, 20, 2);
    term_resize(term, 20, 4);
    term_say(term, "x");
    assert_int_equal(term_end(term), 0);
    assert_int_equal(term->state.top, 3);
    for (unsigned int i = 0; i < 3; i++)
        assert_int_equal(term_line(term, i)[0], '1' + (int)i);
    expect_rows(term, (const char *[]){"4", "5x", "", ""}, 4);
    term_free(term);
}

static void sizes_are_cut_to_what_is_possible(void **state)
{
    (void)state;
    static const uint16_t sizes[][4] = {{1, 1, GRID_COLUMNS_MIN, GRID_ROWS_MIN},
                                        {0, 0, GRID_COLUMNS_MIN, GRID_ROWS_MIN},
                                        {65535, 65535, GRID_COLUMNS_MAX, GRID_ROWS_MAX}};
    for (size_t i = 0; i < 3; i++) {
        struct term *term = term_start(80, 24);
        term_resize(term, sizes[i][0], sizes[i][1]);
        term_say(term, "a\xe4\xb8\xad\xe4\xb8\xad\x1b[9Cb\tc\x1b[Zd");
        assert_int_equal(term_end(term), 0);
        assert_int_equal(term->state.columns, sizes[i][2]);
        assert_int_equal(term->state.rows, sizes[i][3]);
        term_free(term);
    }
}

static void resizes_in_between_lose_no_text(void **state)
{
    (void)state;
    struct term *term = term_start(20, 6);
    for (uint16_t i = 0; i < 200; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "\r\n%u", i);
        term_say(term, text);
        term_resize(term, (uint16_t)(10 + i % 20), (uint16_t)(2 + i % 11));
    }
    assert_int_equal(term_end(term), 0);
    uint64_t number = term->state.first;
    for (int i = 0; i < 200; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%d", i);
        while (number < term->state.top + term->state.rows && !*term_line(term, number))
            number++;
        assert_string_equal(term_line(term, number), text);
        number++;
    }
    term_free(term);
}

/* ---- scrollback ------------------------------------------------------------------------- */

/* Lines 1..count went through; the ring must hold the last ones, in order, each once. */
static void expect_numbered(struct term *term, int count)
{
    uint64_t end = term->state.top + term->state.cursor_row; /* the cursor's line is empty */
    uint64_t lines = end - term->state.first;
    assert_true(lines <= (uint64_t)count);
    for (uint64_t i = 0; i < lines; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%d", count - (int)i);
        assert_string_equal(term_line(term, end - 1 - i), text);
    }
}

static void lines_say(struct term *term, int from, int to, int pause_every)
{
    char text[32];
    for (int i = from; i <= to; i++) {
        (void)snprintf(text, sizeof(text), "%d\r\n", i);
        term_say(term, text);
        if (pause_every && i % pause_every == 0)
            (void)poll(NULL, 0, 20);
    }
}

static void scrollback_holds_each_line_once(void **state)
{
    (void)state;
    static const int pauses[] = {0, 7, 100};
    for (size_t i = 0; i < 3; i++) {
        int count = i == 1 ? 500 : 5000;
        struct term *term = term_start(40, 24);
        lines_say(term, 1, count, pauses[i]);
        assert_int_equal(term_end(term), 0);
        if (count == 500)
            assert_int_equal(term->state.top, 500 - 23);
        else
            assert_int_equal(term->state.top + 24 - term->state.first, GRID_LINES);
        expect_numbered(term, count);
        term_free(term);
    }
}

/* A flood may leave fewer lines, but those in order and each once. */
static void scrollback_is_exact_after_a_flood(void **state)
{
    (void)state;
    struct term *term = term_start(80, 50);
    lines_say(term, 1, 100, 0);
    (void)poll(NULL, 0, 100);
    lines_say(term, 101, 1000000, 0);
    (void)poll(NULL, 0, 200);
    lines_say(term, 1000001, 1000100, 10);
    assert_int_equal(term_end(term), 0);
    assert_true(term->state.top - term->state.first >= 1024);
    expect_numbered(term, 1000100);
    term_free(term);
}

static void alternate_screen_leaves_scrollback_alone(void **state)
{
    (void)state;
    struct term *term = term_start(20, 5);
    lines_say(term, 1, 20, 0);
    term_say(term, "\x1b[?1049h\x1b[H");
    lines_say(term, 1000, 1100, 10);
    (void)poll(NULL, 0, 50);
    term_say(term, "\x1b[?1049l");
    assert_int_equal(term_end(term), 0);
    assert_false(term->state.modes & GRID_MODE_ALTERNATE_SCREEN);
    assert_int_equal(term->state.top, 16);
    expect_numbered(term, 20);
    term_free(term);
}

static void clearing_the_scrollback_empties_it(void **state)
{
    (void)state;
    struct term *term = term_start(20, 5);
    lines_say(term, 1, 50, 0);
    term_say(term, "\x1b[3J");
    lines_say(term, 51, 60, 0);
    assert_int_equal(term_end(term), 0);
    assert_int_equal(term->state.top - term->state.first, 10);
    expect_numbered(term, 60);
    term_free(term);
}

/* ---- publishing ------------------------------------------------------------------------- */

static void a_key_is_answered_at_once(void **state)
{
    (void)state;
    struct term *term = term_start(20, 5);
    assert_true(wake_within(term, PATIENCE_MS));
    (void)poll(NULL, 0, 50);
    double start = clock_s();
    term_say(term, "x");
    assert_true(wake_within(term, PATIENCE_MS));
    assert_true(clock_s() - start < 0.1);
    assert_true(grid_read_state(&term->grid, &term->state));
    assert_string_equal(term_row(term, 0), "x");
    assert_int_equal(term_end(term), 0);
    term_free(term);
}

static void only_changed_lines_get_a_new_generation(void **state)
{
    (void)state;
    struct term *term = term_start(20, 5);
    term_say(term, "one\r\ntwo\r\nthree");
    assert_true(wake_within(term, PATIENCE_MS));
    (void)poll(NULL, 0, 100);
    uint64_t before[3], generation = grid_generation(&term->grid);
    for (uint64_t i = 0; i < 3; i++)
        before[i] = grid_line_generation(&term->grid, i);
    term_say(term, "\x1b[2;1HTWO");
    assert_int_equal(term_end(term), 0);
    assert_true(grid_generation(&term->grid) > generation);
    assert_int_equal(grid_line_generation(&term->grid, 0), before[0]);
    assert_true(grid_line_generation(&term->grid, 1) > before[1]);
    assert_int_equal(grid_line_generation(&term->grid, 2), before[2]);
    term_free(term);
}

static void a_flood_is_published_some_sixty_times_a_second(void **state)
{
    (void)state;
    struct term *term = term_start(80, 24);
    assert_int_equal(fcntl(term->wake, F_SETFL, O_NONBLOCK), 0);
    double start = clock_s();
    while (clock_s() - start < 0.5)
        term_say(term, "some words of a program that never stops\r\n");
    assert_int_equal(term_end(term), 0);
    double seconds = clock_s() - start;
    char bytes[4096];
    ssize_t wakes = read(term->wake, bytes, sizeof(bytes));
    assert_true(wakes > 3);
    assert_true((double)wakes < seconds * 70 + 5);
    term_free(term);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_stands_where_it_was_written),
        cmocka_unit_test(long_lines_wrap),
        cmocka_unit_test(colours_and_attributes_are_kept),
        cmocka_unit_test(utf8_and_wide_characters_take_their_cells),
        cmocka_unit_test(utf8_may_be_cut_between_frames),
        cmocka_unit_test(wide_character_in_the_last_column_is_clipped),
        cmocka_unit_test(what_ncurses_sends_is_understood),
        cmocka_unit_test(key_options_and_questions_change_nothing),
        cmocka_unit_test(title_is_told),
        cmocka_unit_test(modes_are_told),
        cmocka_unit_test(questions_are_answered),
        cmocka_unit_test(replies_that_nobody_reads_stop_nothing),
        cmocka_unit_test(resize_keeps_what_stands_above_the_cursor),
        cmocka_unit_test(resize_scrolls_away_what_no_longer_fits),
        cmocka_unit_test(sizes_are_cut_to_what_is_possible),
        cmocka_unit_test(resizes_in_between_lose_no_text),
        cmocka_unit_test(scrollback_holds_each_line_once),
        cmocka_unit_test(scrollback_is_exact_after_a_flood),
        cmocka_unit_test(alternate_screen_leaves_scrollback_alone),
        cmocka_unit_test(clearing_the_scrollback_empties_it),
        cmocka_unit_test(a_key_is_answered_at_once),
        cmocka_unit_test(only_changed_lines_get_a_new_generation),
        cmocka_unit_test(a_flood_is_published_some_sixty_times_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
