/* compare_find: / and f in the list of processes of the compare view: hide the rows that do not match
 * what is typed, or go to those that do. Called by compare.c with those keys. */
#include "compare.h"

#include "../widgets/prompt.h"

#include <stdio.h>
#include <string.h>

static bool is_in_processes(struct compare *compare)
{
    if (!compare_on_names(compare))
        return true;
    app_result(compare->view->app, "this works in the list of processes");
    return false;
}

static void set_filter(struct compare *compare, const char *text)
{
    snprintf(compare->filter, sizeof(compare->filter), "%s", text);
    filter_parse(&compare->wish.filter, compare->filter);
    compare_refit(compare, compare->list.rows);
    app_redraw(compare->view->app);
}

static void filter_changed(struct app *app, void *data, const char *text)
{
    (void)app;
    set_filter(data, text);
}

static void filter_done(struct app *app, void *data, const char *text, bool kept)
{
    (void)app;
    set_filter(data, kept ? text : "");
    compare_remember(data);
}

void compare_ask_filter(struct compare *compare)
{
    if (is_in_processes(compare))
        prompt_open(compare->view->app,
                    &(struct prompt){.label = "Filter",
                                     .text = compare->filter,
                                     .hint = "`Enter` keep it   `Esc` show all again",
                                     .changed = filter_changed,
                                     .done = filter_done,
                                     .data = compare});
}

/* The line under the cursor as a number of a row, 0 where there is none. */
static size_t row_now(const struct compare *compare)
{
    const struct compare_line *line = compare_line_now(compare);
    return line ? line->row : 0;
}

/* Goes to a row that matches, also into a fold, which opens. */
static bool go_to_match(struct compare *compare, size_t from, int by, bool from_here)
{
    struct filter wanted;
    size_t count = compare->rows.count;
    filter_parse(&wanted, compare->find);
    for (size_t i = from_here ? 0 : 1; wanted.count > 0 && i <= count && count > 0; i++) {
        size_t at = by > 0 ? (from + i) % count : (from + 2 * count - i) % count;
        const struct compare_row *row = &compare->rows.items[at];
        struct compare_key key = compare_row_key(row);
        if (!compare_row_matches(row, &wanted) ||
            !compare_row_matches(row, &compare->wish.filter) ||
            (compare->wish.only_different && !row->differs))
            continue;
        int line = compare_lines_find(&compare->rows, &compare->lines, &key);
        if (line >= 0 && compare->lines.items[line].folded > 0)
            compare->wish.unfolded = true;
        compare->key = key;
        compare_refit(compare, compare->list.rows);
        return true;
    }
    return false;
}

static void find_changed(struct app *app, void *data, const char *text)
{
    struct compare *compare = data;
    snprintf(compare->find, sizeof(compare->find), "%s", text);
    compare->key = compare->find_from;
    compare_refit(compare, compare->list.rows);
    if (text[0] != '\0' && !go_to_match(compare, row_now(compare), 1, true))
        app_error(app, "no row has %s", text);
    app_redraw(app);
}

static void find_done(struct app *app, void *data, const char *text, bool kept)
{
    struct compare *compare = data;
    if (kept) {
        find_changed(app, data, text);
        return;
    }
    compare->find[0] = '\0';
    compare->key = compare->find_from;
    compare_refit(compare, compare->list.rows);
}

void compare_ask_find(struct compare *compare)
{
    if (!is_in_processes(compare))
        return;
    compare_remember(compare);
    compare->find_from = compare->key;
    prompt_open(compare->view->app, &(struct prompt){.label = "Find",
                                                     .hint = "`Enter` stay there   `n` `N` go on",
                                                     .changed = find_changed,
                                                     .done = find_done,
                                                     .data = compare});
}

void compare_find_again(struct compare *compare, int by)
{
    if (!go_to_match(compare, row_now(compare), by, false))
        app_error(compare->view->app, "no row has %s", compare->find);
}

bool compare_find_forget(struct compare *compare)
{
    if (compare->filter[0] != '\0')
        set_filter(compare, "");
    else if (compare->find[0] != '\0')
        compare->find[0] = '\0';
    else
        return false;
    return true;
}
