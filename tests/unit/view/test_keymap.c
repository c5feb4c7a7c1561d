/* The table of keys: no key means two things in a place, and every row can be told to a person. */
#include "../../../src/view/ui/keymap.h"
#include "nstui/base.h"

#include <curses.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool rows_share_a_key(const struct keymap_row *left, const struct keymap_row *right)
{
    for (size_t i = 0; i < 4 && left->keys[i] != 0; i++)
        for (size_t j = 0; j < 4 && right->keys[j] != 0; j++)
            if (left->keys[i] == right->keys[j])
                return true;
    for (size_t i = 0; i < 4 && left->curses_keys[i] != 0; i++)
        for (size_t j = 0; j < 4 && right->curses_keys[j] != 0; j++)
            if (left->curses_keys[i] == right->curses_keys[j])
                return true;
    return left->fkey != 0 && left->fkey == right->fkey;
}

static void no_key_means_two_things_in_one_context(void **state)
{
    (void)state;
    for (size_t i = 0; i < keymap_count; i++)
        for (size_t j = i + 1; j < keymap_count; j++) {
            if (keymap_rows[i].context != keymap_rows[j].context)
                continue;
            if (rows_share_a_key(&keymap_rows[i], &keymap_rows[j]))
                fail_msg("%s and %s share a key in %s", keymap_rows[i].name, keymap_rows[j].name,
                         keymap_context_name(keymap_rows[i].context));
        }
}

static void every_row_has_a_name_and_a_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < keymap_count; i++) {
        assert_non_null(keymap_rows[i].name);
        assert_non_null(keymap_rows[i].help);
        assert_true(strlen(keymap_rows[i].help) <= 44);
        assert_true(keymap_rows[i].request != REQ_NONE);
    }
}

static void a_request_is_told_on_the_help_page_or_with_the_row_above(void **state)
{
    (void)state;
    for (size_t i = 0; i < keymap_count; i++)
        if (keymap_rows[i].shown == NULL)
            assert_true(i > 0 && keymap_rows[i - 1].context == keymap_rows[i].context);
}

static void every_f_key_in_the_bar_has_a_letter_but_in_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < keymap_count; i++) {
        const struct keymap_row *row = &keymap_rows[i];
        if (row->context == CONTEXT_FORM || row->context == CONTEXT_TEXT || row->fkey == 0)
            continue;
        assert_true(row->keys[0] != 0);
    }
}

static void small_letters_never_act(void **state)
{
    (void)state;
    for (size_t i = 0; i < keymap_count; i++) {
        const struct keymap_row *row = &keymap_rows[i];
        bool is_view = row->context == CONTEXT_LIST || row->context == CONTEXT_EVERYWHERE;
        for (size_t j = 0; is_view && row->group == GROUP_ACT && row->keys[j] != 0; j++)
            assert_true(row->keys[j] >= 'A' && row->keys[j] <= 'Z');
    }
}

static void a_context_asks_its_parents(void **state)
{
    (void)state;
    struct key question_mark = {.code = '?'}, f4 = {.code = KEY_F(4), .is_function = true};
    assert_int_equal(keymap_request(CONTEXT_COMPARE, question_mark), REQ_HELP);
    assert_int_equal(keymap_request(CONTEXT_COMPARE, f4), REQ_FILTER);
    assert_int_equal(keymap_request(CONTEXT_COMPARE, (struct key){.code = 'n'}),
                     REQ_DIFFERENCE_NEXT);
    assert_int_equal(keymap_request(CONTEXT_LIST, (struct key){.code = 'n'}), REQ_FIND_NEXT);
    assert_int_equal(keymap_request(CONTEXT_PANE_TYPE, question_mark), REQ_NONE);
}

/* A function key of curses and a letter may have the same number. */
static void a_letter_is_no_function_key_of_the_same_number(void **state)
{
    (void)state;
    struct key as_letter = {.code = KEY_F(1)};
    assert_int_equal(keymap_request(CONTEXT_LIST, as_letter), REQ_NONE);
    assert_int_equal(keymap_request(CONTEXT_LIST, (struct key){.code = 'x', .is_function = true}),
                     REQ_NONE);
}

/* The help page at 80 columns: 26 at the left, 28 at the right. */
static void no_row_of_the_help_page_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < keymap_count; i++) {
        const struct keymap_row *row = &keymap_rows[i];
        size_t room = row->group == GROUP_LOOK ? 26 : 28;
        if (row->shown != NULL && strlen(row->help) > room)
            fail_msg("%s in %s: \"%s\" is longer than %zu", row->name,
                     keymap_context_name(row->context), row->help, room);
    }
}

/* Text as mdoc(7) wants it between quotes and on a line of its own. */
static void add_mdoc(struct text *text, const char *words)
{
    for (; *words; words++) {
        if (*words == '"')
            text_add(text, "\\(dq");
        else if (*words == '\\')
            text_add(text, "\\e");
        else
            text_addf(text, "%c", *words);
    }
}

static void the_manual_page_tells_every_key(void **state)
{
    (void)state;
    char *manual = NULL;
    size_t length;
    struct err err = {0};
    assert_int_equal(
        file_read(AT_FDCWD, SOURCE_DIR "/doc/nstui.1", 1 << 20, &manual, &length, &err), 0);
    for (size_t i = 0; i < keymap_count; i++) {
        const struct keymap_row *row = &keymap_rows[i];
        _cleanup_text_ struct text wanted = {0}, heading = {0};
        if (row->shown == NULL)
            continue;
        text_addf(&heading, "\n.Ss Keys in %s\n", keymap_context_name(row->context));
        text_add(&wanted, "\n.It \"");
        add_mdoc(&wanted, row->shown);
        text_add(&wanted, "\"\n");
        add_mdoc(&wanted, row->help);
        text_add(&wanted, "\n");
        const char *section = strstr(manual, heading.data);
        const char *end = section ? strstr(section, "\n.El\n") : NULL;
        const char *found = section ? strstr(section, wanted.data) : NULL;
        if (!end || !found || found > end)
            fail_msg("doc/nstui.1 has no%s below%s", wanted.data, heading.data);
    }
    free(manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_means_two_things_in_one_context),
        cmocka_unit_test(every_row_has_a_name_and_a_help),
        cmocka_unit_test(a_request_is_told_on_the_help_page_or_with_the_row_above),
        cmocka_unit_test(no_row_of_the_help_page_is_cut),
        cmocka_unit_test(the_manual_page_tells_every_key),
        cmocka_unit_test(every_f_key_in_the_bar_has_a_letter_but_in_forms),
        cmocka_unit_test(small_letters_never_act),
        cmocka_unit_test(a_context_asks_its_parents),
        cmocka_unit_test(a_letter_is_no_function_key_of_the_same_number),
    };
    return cmocka_run_group_tests_name("keymap", tests, NULL, NULL);
}
