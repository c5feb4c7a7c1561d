/* menu: see menu.h. The menu of what can be done, choices in forms, lists of signals. Does nothing
 * itself: it tells which row was chosen. */
#include "menu.h"

#include "list.h"

#include <stdio.h>
#include <stdlib.h>

struct opened {
    char *title, *foot;
    struct menu_row *rows; /* strings are its own */
    size_t count;
    struct list list;
    bool right;
    void (*done)(struct app *, void *, int);
    void *data;
};

static char *copy(const char *string)
{
    return string != NULL ? xstrdup(string) : NULL;
}

static void menu_close(struct dialog *dialog)
{
    struct opened *menu = dialog->data;
    for (size_t i = 0; i < menu->count; i++) {
        free((char *)menu->rows[i].keys);
        free((char *)menu->rows[i].label);
        free((char *)menu->rows[i].note);
    }
    free(menu->rows);
    free(menu->title);
    free(menu->foot);
    free(menu);
}

static int widest(const struct opened *menu, const char *(*part)(const struct menu_row *))
{
    int most = 0;
    for (size_t i = 0; i < menu->count; i++) {
        const char *text = part(&menu->rows[i]);
        int columns = text != NULL ? text_columns(text) : 0;
        most = columns > most ? columns : most;
    }
    return most;
}

static const char *part_keys(const struct menu_row *row)
{
    return row->keys;
}

static const char *part_label(const struct menu_row *row)
{
    return row->label;
}

static const char *part_note(const struct menu_row *row)
{
    return row->note;
}

static void menu_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                      int *columns)
{
    (void)screen_rows;
    (void)screen_columns;
    const struct opened *menu = dialog->data;
    int keys = widest(menu, part_keys);
    int note = widest(menu, part_note);
    *columns = 4 + 1 + (keys > 0 ? keys + 2 : 0) + widest(menu, part_label) +
               (note > 0 ? note + 2 : 0) + 1;
    int least = text_columns(menu->title) + 8;
    int foot = menu->foot != NULL ? text_columns(menu->foot) + 4 : 0;
    *columns = *columns > least ? *columns : least;
    *columns = *columns > foot ? *columns : foot;
    *rows = (int)menu->count + 2 + (menu->foot != NULL ? 2 : 0);
}

static void menu_title(struct dialog *dialog, char *text, size_t size)
{
    snprintf(text, size, "%s", ((struct opened *)dialog->data)->title);
}

static void draw_row(const struct opened *menu, const struct menu_row *row, struct box line,
                     bool here)
{
    enum role words = row->refused ? ROLE_NOT_NOW : ROLE_PLAIN;
    int end = line.column + line.columns;
    int keys = widest(menu, part_keys);
    int at = line.column;
    if (row->label == NULL) {
        draw_rule(line.row, at, line.columns, false, "", "");
        return;
    }
    draw_blank(line.row, at, line.columns, role_here(words, here));
    draw_text(line.row, at, 1, role_here(ROLE_OWN, here), here ? ">" : " ");
    at++;
    if (keys > 0) {
        enum role role = row->refused ? ROLE_NOT_NOW : ROLE_KEY;
        draw_text(line.row, at, keys, role_here(role, here), row->keys ? row->keys : "");
        at += keys + 2;
    }
    draw_text(line.row, at, end - at, role_here(words, here), row->label);
    at += widest(menu, part_label) + 2;
    if (row->note != NULL && at < end)
        draw_text(line.row, at, end - at, role_here(words, here), row->note);
}

static void menu_draw(struct dialog *dialog, struct box box)
{
    struct opened *menu = dialog->data;
    int rows = box.rows;
    if (menu->foot != NULL && rows > 4) {
        rows -= 2;
        draw_rule(box.row + rows, box.column, box.columns, false, "", "");
        draw_text(box.row + rows + 1, box.column, box.columns, ROLE_PLAIN, menu->foot);
    }
    list_fit(&menu->list, (int)menu->count, rows);
    for (int i = 0; i < rows && menu->list.top + i < menu->list.count; i++) {
        int index = menu->list.top + i;
        draw_row(menu, &menu->rows[index], (struct box){box.row + i, box.column, 1, box.columns},
                 index == menu->list.cursor);
    }
}

static void menu_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint, "`Up Down` and `Enter`, or the letter itself  `Esc` leaves");
}

static void choose(struct dialog *dialog, int value)
{
    struct app *app = dialog->app;
    struct opened *menu = dialog->data;
    void (*done)(struct app *, void *, int) = menu->done;
    void *data = menu->data;
    app_dialog_close(app, dialog);
    if (done != NULL)
        done(app, data, value);
}

static void choose_row(struct dialog *dialog, const struct menu_row *row)
{
    if (row->label == NULL)
        return;
    if (row->refused)
        app_error(dialog->app, "%s: %s", row->label, row->note != NULL ? row->note : "not now");
    else
        choose(dialog, row->value);
}

static bool menu_raw_key(struct dialog *dialog, struct key key)
{
    const struct opened *menu = dialog->data;
    for (size_t i = 0; i < menu->count; i++)
        if (menu->rows[i].key != 0 && !key.is_function && menu->rows[i].key == key.code) {
            choose_row(dialog, &menu->rows[i]);
            return true;
        }
    return false;
}

/* Rows that only divide are stepped over. */
static void skip_dividers(struct opened *menu, int step)
{
    while (menu->rows[menu->list.cursor].label == NULL) {
        int next = menu->list.cursor + step;
        if (next < 0 || next >= menu->list.count)
            step = -step;
        list_move(&menu->list, menu->list.cursor + step);
    }
}

static bool menu_request(struct dialog *dialog, enum request request)
{
    struct opened *menu = dialog->data;
    if (request == REQ_PRESS) {
        choose_row(dialog, &menu->rows[menu->list.cursor]);
        return true;
    }
    if (request == REQ_LEAVE) {
        choose(dialog, -1);
        return true;
    }
    if (!list_request(&menu->list, request))
        return false;
    skip_dividers(menu, request == REQ_UP || request == REQ_LAST ? -1 : 1);
    return true;
}

static const struct dialog_ops menu_ops = {
    .context = CONTEXT_MENU,
    .size = menu_size,
    .title = menu_title,
    .draw = menu_draw,
    .hint = menu_hint,
    .raw_key = menu_raw_key,
    .request = menu_request,
    .close = menu_close,
};

static const struct dialog_ops menu_right_ops = {
    .context = CONTEXT_MENU,
    .right = true,
    .size = menu_size,
    .title = menu_title,
    .draw = menu_draw,
    .hint = menu_hint,
    .raw_key = menu_raw_key,
    .request = menu_request,
    .close = menu_close,
};

void menu_open(struct app *app, const char *title, const struct menu_row *rows, size_t count,
               size_t cursor, bool right, const char *foot,
               void (*done)(struct app *app, void *data, int value), void *data)
{
    if (count == 0)
        return;
    struct opened *menu = xcalloc(1, sizeof(*menu));
    menu->title = xstrdup(title);
    menu->foot = copy(foot);
    menu->rows = xcalloc(count, sizeof(*menu->rows));
    menu->count = count;
    for (size_t i = 0; i < count; i++) {
        menu->rows[i] = rows[i];
        menu->rows[i].keys = copy(rows[i].keys);
        menu->rows[i].label = copy(rows[i].label);
        menu->rows[i].note = copy(rows[i].note);
    }
    list_fit(&menu->list, (int)count, (int)count);
    list_move(&menu->list, (int)cursor);
    skip_dividers(menu, 1);
    menu->done = done;
    menu->data = data;
    app_dialog_open(app, right ? &menu_right_ops : &menu_ops, menu);
}
