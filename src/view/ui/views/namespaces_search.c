/* namespaces_search: filter, find and order of the namespaces view: the words are asked in line 23 and
 * the rows answer while they are typed; the order is a menu. Called by namespaces.c. */
#include "../widgets/menu.h"
#include "../widgets/prompt.h"
#include "namespaces.h"

#include <stdio.h>

void namespaces_set_filter(struct namespaces *view, const char *text)
{
    snprintf(view->filter, sizeof(view->filter), "%s", text);
    filter_parse(&view->rows.filter, text);
    namespaces_rebuild(view);
}

static void filter_changed(struct app *app, void *data, const char *text)
{
    (void)app;
    namespaces_set_filter(data, text);
}

static void filter_done(struct app *app, void *data, const char *text, bool kept)
{
    struct namespaces *view = data;
    (void)app;
    if (!kept)
        view->cursor = view->cursor_before;
    namespaces_set_filter(view, kept ? text : "");
}

static bool go_to_match(struct namespaces *view, int step, bool from_here)
{
    struct filter filter;
    int count = (int)view->rows.count;
    filter_parse(&filter, view->find);
    if (filter.count == 0)
        return false;
    for (int i = from_here ? 0 : 1; i <= count; i++) {
        int at = (view->list.cursor + step * i + count * 2) % count;
        if (row_matches(&view->rows.items[at], &filter, view->app->now)) {
            list_move(&view->list, at);
            namespaces_moved(view);
            return true;
        }
    }
    return false;
}

static void find_changed(struct app *app, void *data, const char *text)
{
    struct namespaces *view = data;
    (void)app;
    snprintf(view->find, sizeof(view->find), "%s", text);
    if (view->rows.count > 0)
        go_to_match(view, 1, true);
}

static void find_done(struct app *app, void *data, const char *text, bool kept)
{
    struct namespaces *view = data;
    if (kept && *text != '\0' && (view->rows.count == 0 || !go_to_match(view, 1, true)))
        app_error(app, "no row has %s", text);
}

void namespaces_ask_filter(struct namespaces *view)
{
    view->cursor_before = view->cursor;
    prompt_open(view->app, &(struct prompt){.label = "Filter",
                                            .text = view->filter,
                                            .hint = "`Enter` keep it   `Esc` show all again",
                                            .changed = filter_changed,
                                            .done = filter_done,
                                            .data = view});
}

void namespaces_ask_find(struct namespaces *view)
{
    prompt_open(view->app, &(struct prompt){.label = "Find",
                                            .hint = "`Enter` stay there   `n` `N` go on",
                                            .changed = find_changed,
                                            .done = find_done,
                                            .data = view});
}

void namespaces_find_again(struct namespaces *view, int step)
{
    if (view->find[0] == '\0')
        app_result(view->app, "nothing was searched yet; f finds");
    else if (view->rows.count == 0 || !go_to_match(view, step, false))
        app_error(view->app, "no row has %s", view->find);
}

static void order_chosen(struct app *app, void *data, int value)
{
    struct namespaces *view = data;
    struct rows *rows = &view->rows;
    if (value < 0)
        return;
    rows->reverse = rows->order == (enum rows_order)value && !rows->reverse;
    rows->order = (enum rows_order)value;
    namespaces_rebuild(view);
    const struct rows_order_words *words = &rows_orders[value];
    app_result(app, "in each type by %s, %s", words->column,
               rows->reverse ? words->first_reversed : words->first);
}

/* The one in force is under the cursor: o and Enter reverse it. */
void namespaces_ask_order(struct namespaces *view)
{
    struct menu_row rows[ROWS_ORDERS];
    const struct rows *now = &view->rows;
    for (int i = 0; i < ROWS_ORDERS; i++) {
        bool turns = (enum rows_order)i == now->order && !now->reverse;
        rows[i] =
            (struct menu_row){.label = rows_orders[i].column,
                              .note = turns ? rows_orders[i].first_reversed : rows_orders[i].first,
                              .value = i};
    }
    menu_open(view->app, "Order by", rows, ROWS_ORDERS, (size_t)now->order, false,
              "again on the same: reversed", order_chosen, view);
}
