/* compare: two lists of processes beside each other, the fold, the cursor that finds its row again,
 * the names and their history. Pure functions on lists made here. */
#include "../../../src/view/ui/views/compare.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root_user[] = "root";
static char no_tty[] = "?";

static struct look_process process_of(pid_t pid, pid_t ppid, pid_t host_pid, uint64_t start,
                                      char *command)
{
    return (struct look_process){.pid = pid,
                                 .ppid = ppid,
                                 .host_pid = host_pid,
                                 .start_time = start,
                                 .state = 'S',
                                 .user = root_user,
                                 .tty = no_tty,
                                 .command = command};
}

/* A host of `others` processes from 1 on, and three of a container from 5001 on. */
struct pair {
    struct look_process host[400];
    struct look_process inner[3];
    struct look_ps left, right;
    char names[3][16];
};

static struct pair *pair_new(size_t others)
{
    static char other[] = "other";
    struct pair *pair = calloc(1, sizeof(*pair));
    assert_non_null(pair);
    for (size_t i = 0; i < others; i++)
        pair->host[i] = process_of((pid_t)i + 1, 0, (pid_t)i + 1, 10 + i, other);
    for (size_t i = 0; i < 3; i++) {
        snprintf(pair->names[i], sizeof(pair->names[i]), "inner %zu", i);
        pid_t host_pid = (pid_t)(5001 + i);
        pid_t parent = i == 0 ? 1 : host_pid - 1;
        pair->host[others + i] = process_of(host_pid, parent, host_pid, 900 + i, pair->names[i]);
        pair->inner[i] = process_of((pid_t)i + 1, (pid_t)i, host_pid, 900 + i, pair->names[i]);
    }
    pair->left = (struct look_ps){.rows = pair->host, .count = others + 3};
    pair->right = (struct look_ps){.rows = pair->inner, .count = 3};
    return pair;
}

/* ---- aligning ------------------------------------------------------------------------------ */

static void one_process_is_one_row_though_its_pid_differs(void **state)
{
    (void)state;
    struct pair *pair = pair_new(4);
    struct compare_rows rows;
    compare_rows_align(&pair->left, &pair->right, &rows);
    assert_int_equal(rows.count, 7);
    assert_int_equal(rows.both, 3);
    assert_int_equal(rows.differing, 3);
    assert_int_equal(rows.only[LEFT], 4);
    assert_int_equal(rows.only[RIGHT], 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows.items[4 + i].sides[LEFT]->pid, 5001 + i);
        assert_int_equal(rows.items[4 + i].sides[RIGHT]->pid, 1 + i);
        assert_true(rows.items[4 + i].differs);
    }
    assert_null(rows.items[0].sides[RIGHT]);
    compare_rows_free(&rows);
    free(pair);
}

static void the_same_on_both_sides_is_equal(void **state)
{
    (void)state;
    struct pair *pair = pair_new(4);
    struct compare_rows rows;
    compare_rows_align(&pair->left, &pair->left, &rows);
    assert_int_equal(rows.both, 7);
    assert_int_equal(rows.differing, 0);
    compare_rows_free(&rows);
    free(pair);
}

static void age_and_state_are_no_difference(void **state)
{
    (void)state;
    static char command[] = "top";
    struct look_process left = process_of(7, 1, 7, 50, command);
    struct look_process right = left;
    right.state = 'R';
    right.up_s = 99;
    struct look_ps left_ps = {.rows = &left, .count = 1}, right_ps = {.rows = &right, .count = 1};
    struct compare_rows rows;
    compare_rows_align(&left_ps, &right_ps, &rows);
    assert_int_equal(rows.both, 1);
    assert_int_equal(rows.differing, 0);
    compare_rows_free(&rows);
}

static void a_number_used_again_is_another_process(void **state)
{
    (void)state;
    static char command[] = "sh";
    struct look_process left = process_of(7, 1, 7, 50, command);
    struct look_process right = process_of(2, 1, 7, 60, command);
    struct look_ps left_ps = {.rows = &left, .count = 1}, right_ps = {.rows = &right, .count = 1};
    struct compare_rows rows;
    compare_rows_align(&left_ps, &right_ps, &rows);
    assert_int_equal(rows.both, 0);
    assert_int_equal(rows.only[LEFT], 1);
    assert_int_equal(rows.only[RIGHT], 1);
    compare_rows_free(&rows);
}

static void what_the_host_does_not_know_is_never_matched_and_comes_last(void **state)
{
    (void)state;
    static char command[] = "sh";
    struct look_process left[2] = {process_of(3, 1, 0, 50, command),
                                   process_of(9, 1, 9, 40, command)};
    struct look_process right[1] = {process_of(3, 1, 0, 50, command)};
    struct look_ps left_ps = {.rows = left, .count = 2}, right_ps = {.rows = right, .count = 1};
    struct compare_rows rows;
    compare_rows_align(&left_ps, &right_ps, &rows);
    assert_int_equal(rows.count, 3);
    assert_int_equal(rows.both, 0);
    assert_int_equal(rows.items[0].sides[LEFT]->pid, 9);
    compare_rows_free(&rows);
}

static void a_side_without_a_list_leaves_the_other_alone(void **state)
{
    (void)state;
    struct pair *pair = pair_new(4);
    struct look_ps none = {0};
    struct compare_rows rows;
    compare_rows_align(&pair->left, &none, &rows);
    assert_int_equal(rows.only[LEFT], 7);
    compare_rows_free(&rows);
    compare_rows_align(NULL, NULL, &rows);
    assert_int_equal(rows.count, 0);
    compare_rows_free(&rows);
    free(pair);
}

static const struct compare_wish all = {0};
static const struct compare_wish unfolded = {.unfolded = true};
static const struct compare_wish different = {.only_different = true};

/* ---- folding ------------------------------------------------------------------------------- */

static void what_fits_is_not_folded(void **state)
{
    (void)state;
    struct pair *pair = pair_new(10);
    struct compare_rows rows;
    struct compare_lines lines;
    compare_rows_align(&pair->left, &pair->right, &rows);
    compare_lines_make(&rows, 13, &all, &lines);
    assert_int_equal(lines.count, 13);
    for (size_t i = 0; i < lines.count; i++)
        assert_int_equal(lines.items[i].folded, 0);
    compare_lines_free(&lines);
    compare_rows_free(&rows);
    free(pair);
}

/* Every row is on a line or in exactly one fold, in order. */
static size_t rows_told(const struct compare_lines *lines)
{
    size_t next = 0;
    for (size_t i = 0; i < lines->count; i++) {
        assert_int_equal(lines->items[i].row, next);
        next += lines->items[i].folded > 0 ? lines->items[i].folded : 1;
    }
    return next;
}

static void rows_alike_fold_until_the_rest_fits(void **state)
{
    (void)state;
    struct pair *pair = pair_new(139);
    struct compare_rows rows;
    struct compare_lines lines;
    compare_rows_align(&pair->left, &pair->right, &rows);
    for (size_t visible = 8; visible < 40; visible++) {
        compare_lines_make(&rows, visible, &all, &lines);
        assert_int_equal(lines.count, visible);
        assert_int_equal(rows_told(&lines), rows.count);
        compare_lines_free(&lines);
    }
    compare_lines_make(&rows, 8, &all, &lines);
    assert_int_equal(lines.items[2].folded, 135);
    assert_int_equal(lines.items[5].row, 139);
    compare_lines_free(&lines);
    compare_rows_free(&rows);
    free(pair);
}

static void unfolded_shows_every_row(void **state)
{
    (void)state;
    struct pair *pair = pair_new(139);
    struct compare_rows rows;
    struct compare_lines lines;
    compare_rows_align(&pair->left, &pair->right, &rows);
    compare_lines_make(&rows, 8, &unfolded, &lines);
    assert_int_equal(lines.count, 142);
    compare_lines_free(&lines);
    compare_rows_free(&rows);
    free(pair);
}

static void only_different_hides_equal_rows_and_rows_of_one_side(void **state)
{
    (void)state;
    struct pair *pair = pair_new(20);
    pair->inner[1].pid = 5002;
    pair->inner[1].ppid = 5001;
    struct compare_rows rows;
    struct compare_lines lines;
    compare_rows_align(&pair->left, &pair->right, &rows);
    assert_int_equal(rows.differing, 2);
    compare_lines_make(&rows, 5, &different, &lines);
    assert_int_equal(lines.count, 2);
    assert_int_equal(rows.items[lines.items[1].row].sides[LEFT]->pid, 5003);
    compare_lines_free(&lines);
    compare_rows_free(&rows);
    free(pair);
}

static void a_filter_takes_the_words_of_either_side(void **state)
{
    (void)state;
    struct pair *pair = pair_new(100);
    struct compare_rows rows;
    struct compare_lines lines;
    struct compare_wish wish = {0};
    compare_rows_align(&pair->left, &pair->right, &rows);
    static const struct {
        const char *text;
        size_t count;
    } filters[] = {{"", 103}, {"inner", 3}, {"5002", 1}, {"inner 5003", 1}, {"nobody", 0}};
    for (size_t i = 0; i < array_length(filters); i++) {
        filter_parse(&wish.filter, filters[i].text);
        compare_lines_make(&rows, 200, &wish, &lines);
        assert_int_equal(lines.count, filters[i].count);
        compare_lines_free(&lines);
    }
    compare_rows_free(&rows);
    free(pair);
}

static void the_cursor_finds_its_row_again(void **state)
{
    (void)state;
    struct pair *pair = pair_new(139);
    struct compare_rows rows;
    struct compare_lines lines;
    compare_rows_align(&pair->left, &pair->right, &rows);
    compare_lines_make(&rows, 8, &all, &lines);
    struct compare_key inner = compare_row_key(&rows.items[140]);
    struct compare_key folded = compare_row_key(&rows.items[70]);
    assert_int_equal(compare_lines_find(&rows, &lines, &inner), 6);
    assert_int_equal(compare_lines_find(&rows, &lines, &folded), 2);
    compare_lines_free(&lines);
    compare_rows_free(&rows);

    /* The first hundred have ended; the second of the container's has, too. */
    struct look_ps fewer = {.rows = pair->host + 100, .count = pair->left.count - 100};
    compare_rows_align(&fewer, &pair->right, &rows);
    compare_lines_make(&rows, 60, &all, &lines);
    assert_int_equal(compare_lines_find(&rows, &lines, &inner), 40);
    assert_int_equal(compare_lines_find(&rows, &lines, &folded), -1);
    compare_lines_free(&lines);
    compare_rows_free(&rows);
    free(pair);
}

/* ---- names --------------------------------------------------------------------------------- */

static struct look_hostname names_of(char *nodename, uint64_t uts)
{
    static char none[] = "(none)", kernel[] = "6.1", machine[] = "aarch64", nothing[] = "";
    static char file[] = "raspberrypi";
    return (struct look_hostname){.nodename = nodename,
                                  .domain = none,
                                  .kernel = kernel,
                                  .machine = machine,
                                  .problem = nothing,
                                  .uts = uts,
                                  .file = LOOK_FILE_READ,
                                  .file_name = file};
}

static void names_differ_row_by_row(void **state)
{
    (void)state;
    char host_name[] = "raspberrypi", inner_name[] = "mycontainer", unknown_name[] = "";
    struct look_hostname host = names_of(host_name, 1), inner = names_of(inner_name, 2);
    assert_true(name_row_differs(&host, &inner, NAME_HOSTNAME));
    assert_true(name_row_differs(&host, &inner, NAME_UTS));
    assert_false(name_row_differs(&host, &inner, NAME_FILE));
    assert_false(name_row_differs(&host, &inner, NAME_DOMAIN));
    struct look_hostname unknown = names_of(unknown_name, 0);
    assert_false(name_row_differs(&host, &unknown, NAME_HOSTNAME));
    assert_false(name_row_differs(&host, &unknown, NAME_UTS));
    inner.file = LOOK_FILE_MISSING;
    assert_true(name_row_differs(&host, &inner, NAME_FILE));
    inner.file = LOOK_FILE_NOT_ASKED;
    assert_false(name_row_differs(&host, &inner, NAME_FILE));
}

static void a_change_of_the_name_is_remembered_for_five_minutes(void **state)
{
    (void)state;
    char host_name[] = "raspberrypi", inner_name[] = "mycontainer";
    struct look_hostname before = names_of(host_name, 2), after = names_of(inner_name, 2);
    struct history history = {0};
    assert_false(history_compare(&history, "lab8", &before, &before, 1000));
    assert_int_equal(history.count, 0);
    assert_true(history_compare(&history, "lab8", &before, &after, 1000));
    assert_int_equal(history.count, 1);
    assert_string_equal(history.entries[0].text, "lab8  hostname  raspberrypi -> mycontainer");
    history_unchanged(&history, "host", 1200);
    assert_int_equal(history.count, 2);
    assert_string_equal(history.entries[0].text, "host  hostname  unchanged");
    history_age(&history, 1000 + HISTORY_SECONDS);
    assert_int_equal(history.count, 2);
    history_age(&history, 1001 + HISTORY_SECONDS);
    assert_int_equal(history.count, 1);
    for (int i = 0; i < 2 * HISTORY_MAX; i++)
        history_compare(&history, "lab8", i % 2 ? &before : &after, i % 2 ? &after : &before, 1300);
    assert_int_equal(history.count, HISTORY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_process_is_one_row_though_its_pid_differs),
        cmocka_unit_test(the_same_on_both_sides_is_equal),
        cmocka_unit_test(age_and_state_are_no_difference),
        cmocka_unit_test(a_number_used_again_is_another_process),
        cmocka_unit_test(what_the_host_does_not_know_is_never_matched_and_comes_last),
        cmocka_unit_test(a_side_without_a_list_leaves_the_other_alone),
        cmocka_unit_test(what_fits_is_not_folded),
        cmocka_unit_test(rows_alike_fold_until_the_rest_fits),
        cmocka_unit_test(unfolded_shows_every_row),
        cmocka_unit_test(only_different_hides_equal_rows_and_rows_of_one_side),
        cmocka_unit_test(a_filter_takes_the_words_of_either_side),
        cmocka_unit_test(the_cursor_finds_its_row_again),
        cmocka_unit_test(names_differ_row_by_row),
        cmocka_unit_test(a_change_of_the_name_is_remembered_for_five_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
