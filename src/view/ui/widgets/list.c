/* list: see list.h. Pure numbers. */
#include "list.h"

#include <stdio.h>

static int clamp(int value, int low, int high)
{
    if (value > high)
        value = high;
    return value < low ? low : value;
}

void list_fit(struct list *list, int count, int rows)
{
    list->count = count;
    list->rows = rows > 1 ? rows : 1;
    list->cursor = clamp(list->cursor, 0, count - 1);
    if (list->cursor < list->top)
        list->top = list->cursor;
    if (list->cursor >= list->top + list->rows)
        list->top = list->cursor - list->rows + 1;
    list->top = clamp(list->top, 0, count - list->rows);
}

void list_move(struct list *list, int row)
{
    list->cursor = row;
    list_fit(list, list->count, list->rows);
}

bool list_request(struct list *list, enum request request)
{
    int half = list->rows / 2 > 0 ? list->rows / 2 : 1;
    int by = 0;
    switch (request) {
    case REQ_UP:
        by = -1;
        break;
    case REQ_DOWN:
        by = 1;
        break;
    case REQ_HALF_UP:
        by = -half;
        break;
    case REQ_HALF_DOWN:
        by = half;
        break;
    case REQ_PAGE_UP:
        by = -list->rows;
        break;
    case REQ_PAGE_DOWN:
        by = list->rows;
        break;
    case REQ_FIRST:
        by = -list->count;
        break;
    case REQ_LAST:
        by = list->count;
        break;
    default:
        return false;
    }
    list_move(list, list->cursor + by);
    return true;
}

char *list_position(const struct list *list, char *text, size_t size)
{
    int last = list->top + list->rows < list->count ? list->top + list->rows : list->count;
    if (list->count == 0)
        snprintf(text, size, "no rows");
    else
        snprintf(text, size, "rows %d-%d of %d", list->top + 1, last, list->count);
    return text;
}
