/* Text against columns: cut, broken, shortened; hostile bytes never get through. */
#include "../../../src/view/ui/draw_private.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *cut(const char *text, int columns, bool utf8)
{
    static char result[256];
    text_cut(result, sizeof(result), text, columns, utf8);
    return result;
}

static void text_that_fits_is_left_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(cut("hostname", 8, true), "hostname");
    assert_string_equal(cut("", 8, true), "");
    assert_string_equal(cut("anything", 0, true), "");
}

static void longer_text_ends_with_the_sign_of_cut_text(void **state)
{
    (void)state;
    assert_string_equal(cut("hostname", 5, false), "host~");
    assert_string_equal(cut("hostname", 5, true), "host\u2026");
    assert_string_equal(cut("hostname", 1, false), "~");
}

static void a_wide_character_is_never_cut_in_two(void **state)
{
    (void)state;
    assert_string_equal(cut("\u65e5\u672c\u8a9e", 5, true), "\u65e5\u672c\u2026");
    assert_string_equal(cut("\u65e5\u672c\u8a9e", 4, true), "\u65e5\u2026");
    assert_int_equal(text_columns("\u65e5\u672c"), 4);
}

static void control_bytes_and_broken_utf8_become_question_marks(void **state)
{
    (void)state;
    assert_string_equal(cut("a\033[2Jb", 20, true), "a?[2Jb");
    assert_string_equal(cut("\302\233x", 20, true), "?x");           /* C1 */
    assert_string_equal(cut("\xff\xfe", 20, true), "??");            /* no UTF-8 */
    assert_string_equal(cut("\u202ex", 20, true), "?x");             /* turns the line round */
    assert_string_equal(cut("gr\u00fc\u00dfe", 20, false), "gr??e"); /* an ASCII screen */
}

static void a_path_keeps_its_beginning_and_its_end(void **state)
{
    (void)state;
    char path[64];
    assert_int_equal(text_cut_middle(path, sizeof(path), "/var/lib/docker/merged", 13, false), 13);
    assert_string_equal(path, "/var/l~merged");
    text_cut_middle(path, sizeof(path), "/var", 13, false);
    assert_string_equal(path, "/var");
}

static void lines_are_broken_at_blanks_and_at_line_ends(void **state)
{
    (void)state;
    char line[64];
    const char *text = "one two three\nfour";
    assert_int_equal(text_wrap_count(text, 8), 3);
    assert_true(text_wrap(text, 8, 0, line, sizeof(line)));
    assert_string_equal(line, "one two");
    assert_true(text_wrap(text, 8, 1, line, sizeof(line)));
    assert_string_equal(line, "three");
    assert_true(text_wrap(text, 8, 2, line, sizeof(line)));
    assert_string_equal(line, "four");
    assert_false(text_wrap(text, 8, 3, line, sizeof(line)));
}

static void a_word_longer_than_the_line_is_broken(void **state)
{
    (void)state;
    char line[64];
    assert_int_equal(text_wrap_count("abcdefghij", 4), 3);
    assert_true(text_wrap("abcdefghij", 4, 2, line, sizeof(line)));
    assert_string_equal(line, "ij");
    assert_int_equal(text_wrap_count("\u65e5\u672c", 1), 2); /* wider than the line: still ends */
}

static void an_empty_line_stays(void **state)
{
    (void)state;
    char line[64];
    assert_int_equal(text_wrap_count("a\n\nb", 10), 3);
    assert_true(text_wrap("a\n\nb", 10, 1, line, sizeof(line)));
    assert_string_equal(line, "");
}

static void numbers_are_shortened_as_the_screens_have_them(void **state)
{
    (void)state;
    char text[16];
    assert_string_equal(text_count(9999, text, sizeof(text)), "9999");
    assert_string_equal(text_count(12345, text, sizeof(text)), "12k");
    assert_string_equal(text_span(9, text, sizeof(text)), "9s");
    assert_string_equal(text_span(725, text, sizeof(text)), "12m");
    assert_string_equal(text_span(5 * 3600 + 600, text, sizeof(text)), "5h10m");
    assert_string_equal(text_span(2 * 86400 + 3 * 3600, text, sizeof(text)), "2d03h");
    assert_string_equal(text_bytes(912, text, sizeof(text)), "912");
    assert_string_equal(text_bytes(12 * 1024, text, sizeof(text)), "12K");
    assert_string_equal(text_bytes(3251634, text, sizeof(text)), "3.1M");
}

static int with_utf8(void **state)
{
    (void)state;
    draw_text_begin(true);
    return setlocale(LC_ALL, "C.UTF-8") != NULL ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_fits_is_left_as_it_is),
        cmocka_unit_test(longer_text_ends_with_the_sign_of_cut_text),
        cmocka_unit_test(a_wide_character_is_never_cut_in_two),
        cmocka_unit_test(control_bytes_and_broken_utf8_become_question_marks),
        cmocka_unit_test(a_path_keeps_its_beginning_and_its_end),
        cmocka_unit_test(lines_are_broken_at_blanks_and_at_line_ends),
        cmocka_unit_test(a_word_longer_than_the_line_is_broken),
        cmocka_unit_test(an_empty_line_stays),
        cmocka_unit_test(numbers_are_shortened_as_the_screens_have_them),
    };
    return cmocka_run_group_tests_name("draw", tests, with_utf8, NULL);
}
