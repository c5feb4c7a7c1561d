/* compare_cursor: where the cursor of the compare view is: on which part of the page, which line, which
 * row, also after the rows have changed below it. Called by the view's other files. Draws nothing.
 */
#include "compare.h"

#define WIDE   120 /* columns from which both tabs are one page */
#define NARROW 70  /* columns below which one side is shown at a time */

bool compare_is_wide(const struct compare *compare)
{
    return compare->view->app->columns >= WIDE && compare->view->app->rows >= 30;
}

bool compare_is_narrow(const struct compare *compare)
{
    return compare->view->app->columns < NARROW;
}

bool compare_on_names(const struct compare *compare)
{
    return compare_is_wide(compare) ? compare->in_names : compare->tab == TAB_HOSTNAME;
}

const struct compare_line *compare_line_now(const struct compare *compare)
{
    if (compare_on_names(compare) || compare->list.cursor >= (int)compare->lines.count)
        return NULL;
    return &compare->lines.items[compare->list.cursor];
}

const struct compare_row *compare_row_now(const struct compare *compare)
{
    const struct compare_line *line = compare_line_now(compare);
    return line && line->folded == 0 ? &compare->rows.items[line->row] : NULL;
}

int compare_names(const struct compare *compare, enum name_row rows[NAMES])
{
    const struct look *left = &compare->sides[LEFT].look;
    const struct look *right = &compare->sides[RIGHT].look;
    bool known = left->has_hostname && right->has_hostname;
    int count = 0;
    for (int i = 0; i < NAMES; i++)
        if (!compare->wish.only_different || !known ||
            name_row_differs(&left->hostname, &right->hostname, (enum name_row)i))
            rows[count++] = (enum name_row)i;
    return count;
}

void compare_remember(struct compare *compare)
{
    const struct compare_line *line = compare_line_now(compare);
    if (line)
        compare->key = compare_row_key(&compare->rows.items[line->row]);
}

void compare_refit(struct compare *compare, int visible)
{
    compare_lines_free(&compare->lines);
    compare_lines_make(&compare->rows, visible > 0 ? (size_t)visible : 1, &compare->wish,
                       &compare->lines);
    int at = compare_lines_find(&compare->rows, &compare->lines, &compare->key);
    if (at >= 0)
        compare->list.cursor = at;
    list_fit(&compare->list, (int)compare->lines.count, visible);
}
