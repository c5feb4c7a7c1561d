/* compare_move: the cursor of the compare view: up and down, from the names into the processes and
 * back where both are on one page, and on to what differs or was searched. Called by compare.c with
 * those keys. */
#include "compare.h"

static bool row_is_different(const struct compare *compare, int line)
{
    const struct compare_line *item = &compare->lines.items[line];
    return item->folded == 0 && compare->rows.items[item->row].differs;
}

static bool name_is_different(const struct compare *compare, int at)
{
    enum name_row rows[NAMES];
    compare_names(compare, rows);
    return name_row_differs(&compare->sides[LEFT].look.hostname,
                            &compare->sides[RIGHT].look.hostname, rows[at]);
}

/* One row on or back, from the names into the processes and out of them where both are shown. False
 * at the end. */
static bool step(struct compare *compare, int by)
{
    enum name_row rows[NAMES];
    bool wide = compare_is_wide(compare);
    if (compare_on_names(compare)) {
        int last = compare_names(compare, rows) - 1;
        int next = compare->name_cursor + by;
        if (next >= 0 && next <= last)
            compare->name_cursor = next;
        else if (wide && next > last && compare->lines.count > 0) {
            compare->in_names = false;
            list_move(&compare->list, 0);
        } else
            return false;
        return true;
    }
    int next = compare->list.cursor + by;
    if (next >= 0 && next < (int)compare->lines.count)
        list_move(&compare->list, next);
    else if (wide && next < 0 && compare_names(compare, rows) > 0) {
        compare->in_names = true;
        compare->name_cursor = compare_names(compare, rows) - 1;
    } else
        return false;
    return true;
}

static bool is_on_difference(const struct compare *compare)
{
    if (compare_on_names(compare))
        return name_is_different(compare, compare->name_cursor);
    return compare->lines.count > 0 && row_is_different(compare, compare->list.cursor);
}

static void next_difference(struct compare *compare, int by)
{
    bool in_names = compare->in_names;
    int name_cursor = compare->name_cursor;
    int cursor = compare->list.cursor;
    while (step(compare, by))
        if (is_on_difference(compare))
            return;
    compare->in_names = in_names;
    compare->name_cursor = name_cursor;
    list_move(&compare->list, cursor);
    app_result(compare->view->app, "no %s row that differs", by > 0 ? "further" : "earlier");
}

void compare_move_next(struct compare *compare, int by)
{
    if (compare->find[0] != '\0' && !compare_on_names(compare))
        compare_find_again(compare, by);
    else
        next_difference(compare, by);
}

bool compare_move(struct compare *compare, enum request request)
{
    enum name_row rows[NAMES];
    int last = compare_names(compare, rows) - 1;
    bool moved = true;
    if (request == REQ_UP || request == REQ_DOWN)
        step(compare, request == REQ_UP ? -1 : 1);
    else if (request == REQ_FIRST && compare_is_wide(compare)) {
        compare->in_names = true;
        compare->name_cursor = 0;
    } else if (request == REQ_LAST && compare_is_wide(compare)) {
        compare->in_names = false;
        list_request(&compare->list, request);
    } else if (!compare_on_names(compare))
        moved = list_request(&compare->list, request);
    else if (request == REQ_FIRST || request == REQ_PAGE_UP || request == REQ_HALF_UP)
        compare->name_cursor = 0;
    else if (request == REQ_LAST || request == REQ_PAGE_DOWN || request == REQ_HALF_DOWN)
        compare->name_cursor = last > 0 ? last : 0;
    else
        moved = false;
    return moved;
}
