/* Layout files: the lab's notation is read as it stands on a course page, and what makes no sense is
 * told with file, line and reason. */
#include <string.h>

#include "nstui/engine.h"
#include "support.h"

static const struct layout_entry *entry_of(const struct layout *layout, const char *target)
{
    for (size_t at = 0; at < layout->count; at++) {
        if (strcmp(layout->entries[at].target, target) == 0)
            return &layout->entries[at];
    }
    fail_msg("no entry for %s", target);
    return NULL;
}

static void parse(const char *text, struct layout *layout)
{
    struct err err = {0};
    if (layout_parse("test.layout", text, layout, &err) < 0)
        fail_msg("%s", err.text);
}

static void list_of_a_course_page_is_read_as_it_is(void **state)
{
    (void)state;
    _cleanup_layout_ struct layout layout = {0};
    parse("[D] /bin *\r\n"
          "  [D]* /sbin\n"
          "/lib* [D]\n"
          "* [D] /usr # the rest of the system\n"
          "\n"
          "# devices\n"
          "- [F] /dev/null\n"
          "\u2022 [f] /dev/zero\n"
          "[D] /home\n"
          "[D] /proc\n",
          &layout);
    assert_int_equal(layout.count, 8);
    static const char *const read_only[] = {"/bin", "/sbin", "/lib", "/usr"};
    for (size_t at = 0; at < array_length(read_only); at++) {
        const struct layout_entry *entry = entry_of(&layout, read_only[at]);
        assert_true(entry->directory && entry->read_only);
        assert_string_equal(entry->source, read_only[at]);
    }
    assert_false(entry_of(&layout, "/dev/null")->directory);
    assert_false(entry_of(&layout, "/dev/zero")->directory);
    assert_false(entry_of(&layout, "/home")->read_only);
    assert_int_equal(entry_of(&layout, "/dev/zero")->line, 8);
}

static void proc_of_the_list_becomes_a_new_one(void **state)
{
    (void)state;
    _cleanup_layout_ struct layout layout = {0};
    parse("[D] /proc *\n", &layout);
    assert_int_equal(layout.entries[0].kind, LAYOUT_PROC);
    assert_true(layout.entries[0].read_only);
}

static void arrow_puts_an_entry_elsewhere(void **state)
{
    (void)state;
    _cleanup_layout_ struct layout layout = {0};
    parse("[D] /opt//tools/./x/ * ? -> /tools\n", &layout);
    assert_string_equal(layout.entries[0].source, "/opt/tools/x");
    assert_string_equal(layout.entries[0].target, "/tools");
    assert_true(layout.entries[0].optional && layout.entries[0].read_only);
}

static void words_of_our_own_are_read(void **state)
{
    (void)state;
    _cleanup_layout_ struct layout layout = {0};
    parse("proc /proc\ndevpts /dev/pts\ntmpfs /run\ndir /tmp 1777\ndir /root\n"
          "link /dev/ptmx -> pts/ptmx\n",
          &layout);
    static const enum layout_kind kinds[] = {LAYOUT_PROC, LAYOUT_DEVPTS, LAYOUT_TMPFS,
                                             LAYOUT_DIR,  LAYOUT_DIR,    LAYOUT_LINK};
    assert_int_equal(layout.count, array_length(kinds));
    for (size_t at = 0; at < array_length(kinds); at++)
        assert_int_equal(layout.entries[at].kind, kinds[at]);
    assert_int_equal(layout.entries[3].mode, 01777);
    assert_int_equal(layout.entries[4].mode, 0755);
    assert_string_equal(layout.entries[5].source, "pts/ptmx");
}

static void line_without_sense_is_told_with_file_line_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"[D] /bin\n[X] /lib\n", "test.layout:2: \"[X]\" is no mark"},
        {"/bin\n", "test.layout:1: /bin has no mark"},
        {"[D]\n", "test.layout:1: there is no path"},
        {"[D] bin\n", "\"bin\" is no mark and no absolute path"},
        {"[D] /../etc\n", "test.layout:1: \"/../etc\" cannot be bound"},
        {"[D] /\n", "\"/\" cannot be bound"},
        {"[D] [F] /a\n", "the entry is [D] and [F] at once"},
        {"[D] /a [F]\n", "/a is [D] and [F] at once"},
        {"[D] /a /b\n", "a second path, \"/b\""},
        {"[D] /a -> b\n", "behind -> stands one absolute path"},
        {"[D] /a ->\n", "behind -> stands one absolute path"},
        {"[D] /a -> /b /c\n", "behind -> stands one absolute path"},
        {"[D] /a -> /b/../..\n", "behind -> stands one absolute path"},
        {"proc\n", "behind proc stands an absolute path"},
        {"devpts /dev/pts now\n", "nothing is known to stand here: \"now\""},
        {"dir /tmp 9\n", "\"9\" is no mode"},
        {"link /dev/fd\n", "a link is written"},
        {"[D] /a b c d e f g h i\n", "more words than a line can have"},
        {"[D] /a\033[2J -> x\n", "behind -> stands"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        struct layout layout = {0};
        struct err err = {0};
        int result = layout_parse("test.layout", cases[at].text, &layout, &err);
        assert_int_equal(result, -1);
        if (!strstr(err.text, cases[at].wanted))
            fail_msg("\"%s\" gave: %s", cases[at].text, err.text);
        layout_free(&layout);
    }
}

static void escape_bytes_do_not_come_out_of_a_message(void **state)
{
    (void)state;
    struct layout layout = {0};
    struct err err = {0};
    assert_int_equal(layout_parse("a\033b", "[D] x\033[31m\n", &layout, &err), -1);
    assert_null(strchr(err.text, '\033'));
}

static void layout_is_found_by_name_or_by_path(void **state)
{
    (void)state;
    _cleanup_layout_ struct layout studio = {0}, none = {0}, nothing = {0};
    struct err err = {0};
    assert_int_equal(layout_load(SOURCE_DIR "/assets/layouts/studio.layout", &studio, &err), 0);
    assert_true(studio.count > 15);
    assert_int_equal(layout_load("none", &none, &err), 0);
    assert_int_equal(none.count, 0);
    assert_int_equal(layout_load("nosuch", &nothing, &err), -1);
    assert_non_null(strstr(err.text, "there is no layout \"nosuch\""));
    assert_int_equal(layout_load("./nosuch", &nothing, &err), -1);
    assert_int_equal(layout_load("/tmp", &nothing, &err), -1);
    assert_int_equal(layout_load("/tmp/", &nothing, &err), -1);
    assert_non_null(strstr(err.text, "it is no file"));
}

static void file_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct layout layout = {0};
    struct err err = {0};
    assert_int_equal(layout_load("/bin/true", &layout, &err), -1);
    assert_int_equal(layout.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_of_a_course_page_is_read_as_it_is),
        cmocka_unit_test(proc_of_the_list_becomes_a_new_one),
        cmocka_unit_test(arrow_puts_an_entry_elsewhere),
        cmocka_unit_test(words_of_our_own_are_read),
        cmocka_unit_test(line_without_sense_is_told_with_file_line_and_reason),
        cmocka_unit_test(escape_bytes_do_not_come_out_of_a_message),
        cmocka_unit_test(layout_is_found_by_name_or_by_path),
        cmocka_unit_test(file_that_is_no_text_is_refused),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
