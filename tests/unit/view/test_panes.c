/* Panes without a terminal: how keys are encoded for the program in there, and how panes share the
 * screen. */
#include "../../../src/view/ui/widgets/pane_keys.h"
#include "../../../src/view/ui/widgets/split.h"
#include "nstui/base.h"
#include "nstui/grid.h"

#include <curses.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- keys ------------------------------------------------------------------------------- */

static void expect_key(int code, bool is_function, uint32_t modes, const char *wanted)
{
    char bytes[PANE_KEY_MAX + 1];
    const struct key key = {.code = (wint_t)code, .is_function = is_function};
    size_t length = pane_key_encode(key, modes, bytes);
    bytes[length] = '\0';
    assert_string_equal(bytes, wanted);
}

static void letters_go_as_they_are(void **state)
{
    (void)state;
    expect_key('q', false, 0, "q");
    expect_key(0x1b, false, 0, "\033");
    expect_key(3, false, 0, "\003");
    expect_key(127, false, 0, "\177");
    expect_key('\r', false, 0, "\r");
    expect_key('\n', false, 0, "\n");
    expect_key('\r', false, GRID_MODE_NEWLINE, "\r\n");
    expect_key(KEY_ENTER, true, GRID_MODE_NEWLINE, "\r\n");
}

static void letters_beyond_ascii_go_as_utf8(void **state)
{
    (void)state;
    if (setlocale(LC_ALL, "C.UTF-8") == NULL) {
        print_message("skip: there is no locale C.UTF-8 here\n");
        skip();
    }
    expect_key(0xe4, false, 0, "\xc3\xa4");
    expect_key(0x4e2d, false, 0, "\xe4\xb8\xad");
    expect_key(0x1f600, false, 0, "\xf0\x9f\x98\x80");
    setlocale(LC_ALL, "C");
    expect_key(0xe4, false, 0, "\xe4"); /* where our locale has bytes only, the byte that came */
}

static void arrows_follow_the_mode_that_the_program_asked_for(void **state)
{
    (void)state;
    expect_key(KEY_UP, true, 0, "\033[A");
    expect_key(KEY_UP, true, GRID_MODE_APPLICATION_CURSOR, "\033OA");
    expect_key(KEY_LEFT, true, GRID_MODE_APPLICATION_CURSOR, "\033OD");
    expect_key(KEY_HOME, true, 0, "\033[H");
    expect_key(KEY_END, true, GRID_MODE_APPLICATION_CURSOR, "\033OF");
    expect_key(KEY_PPAGE, true, GRID_MODE_APPLICATION_CURSOR, "\033[5~");
    expect_key(KEY_SLEFT, true, GRID_MODE_APPLICATION_CURSOR, "\033[1;2D");
}

static void other_keys_are_those_of_an_xterm(void **state)
{
    (void)state;
    expect_key(KEY_BACKSPACE, true, 0, "\177");
    expect_key(KEY_BTAB, true, 0, "\033[Z");
    expect_key(KEY_DC, true, 0, "\033[3~");
    expect_key(KEY_IC, true, 0, "\033[2~");
    expect_key(KEY_F(1), true, 0, "\033OP");
    expect_key(KEY_F(4), true, 0, "\033OS");
    expect_key(KEY_F(5), true, 0, "\033[15~");
    expect_key(KEY_F(6), true, 0, "\033[17~");
    expect_key(KEY_F(12), true, 0, "\033[24~");
    expect_key(KEY_F(13), true, 0, "\033[1;2P");
    expect_key(KEY_F(17), true, 0, "\033[15;2~");
    expect_key(KEY_F(25), true, 0, "\033[1;5P");
    expect_key(KEY_MOUSE, true, 0, "");
}

/* ---- rectangles ------------------------------------------------------------------------- */

struct found {
    struct box boxes[8];
    size_t count;
};

static void keep_box(void *data, void *leaf, struct box box)
{
    struct found *found = data;
    found->boxes[*(int *)leaf] = box;
    found->count++;
}

static void expect_box(struct box box, int row, int column, int rows, int columns)
{
    assert_int_equal(box.row, row);
    assert_int_equal(box.column, column);
    assert_int_equal(box.rows, rows);
    assert_int_equal(box.columns, columns);
}

static int leaves[4] = {0, 1, 2, 3};

static struct found lay_out(const struct split *tree, int rows, int columns)
{
    struct found found = {.count = 0};
    split_walk(tree, (struct box){2, 0, rows, columns}, keep_box, NULL, &found);
    return found;
}

static void panes_are_below_each_other_on_80_columns(void **state)
{
    (void)state;
    struct split *tree = NULL;
    split_add(&tree, NULL, &leaves[0], SPLIT_AUTO);
    split_add(&tree, &leaves[0], &leaves[1], SPLIT_AUTO);
    struct found found = lay_out(tree, 20, 80);
    assert_int_equal(found.count, 2);
    expect_box(found.boxes[0], 2, 0, 10, 80);
    expect_box(found.boxes[1], 12, 0, 10, 80);
    split_free(&tree);
}

static void panes_are_beside_each_other_from_120_columns(void **state)
{
    (void)state;
    struct split *tree = NULL;
    split_add(&tree, NULL, &leaves[0], SPLIT_AUTO);
    split_add(&tree, &leaves[0], &leaves[1], SPLIT_AUTO);
    split_add(&tree, &leaves[0], &leaves[2], SPLIT_AUTO);
    struct found found = lay_out(tree, 46, 160);
    expect_box(found.boxes[1], 2, 80, 46, 80);
    expect_box(found.boxes[0], 2, 0, 23, 79);
    expect_box(found.boxes[2], 25, 0, 23, 79);
    expect_box(lay_out(tree, 46, 119).boxes[1], 25, 0, 23, 119);
    split_free(&tree);
}

static void a_closed_pane_leaves_its_room_to_its_neighbour(void **state)
{
    (void)state;
    struct split *tree = NULL;
    for (size_t i = 0; i < 4; i++)
        split_add(&tree, i ? &leaves[i - 1] : NULL, &leaves[i], SPLIT_BELOW);
    split_remove(&tree, &leaves[1]);
    split_remove(&tree, &leaves[3]);
    struct found found = lay_out(tree, 20, 80);
    assert_int_equal(found.count, 2);
    expect_box(found.boxes[0], 2, 0, 10, 80);
    expect_box(found.boxes[2], 12, 0, 10, 80);
    split_remove(&tree, &leaves[0]);
    expect_box(lay_out(tree, 20, 80).boxes[2], 2, 0, 20, 80);
    split_remove(&tree, &leaves[2]);
    assert_null(tree);
}

static void a_pane_asked_for_at_the_right_is_there_on_80_columns_too(void **state)
{
    (void)state;
    struct split *tree = NULL;
    split_add(&tree, NULL, &leaves[0], SPLIT_AUTO);
    split_add(&tree, &leaves[0], &leaves[1], SPLIT_RIGHT);
    expect_box(lay_out(tree, 20, 80).boxes[1], 2, 40, 20, 40);
    expect_box(lay_out(tree, 20, 40).boxes[1], 12, 0, 10, 40); /* no room for it */
    split_free(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_go_as_they_are),
        cmocka_unit_test(letters_beyond_ascii_go_as_utf8),
        cmocka_unit_test(arrows_follow_the_mode_that_the_program_asked_for),
        cmocka_unit_test(other_keys_are_those_of_an_xterm),
        cmocka_unit_test(panes_are_below_each_other_on_80_columns),
        cmocka_unit_test(panes_are_beside_each_other_from_120_columns),
        cmocka_unit_test(a_closed_pane_leaves_its_room_to_its_neighbour),
        cmocka_unit_test(a_pane_asked_for_at_the_right_is_there_on_80_columns_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
