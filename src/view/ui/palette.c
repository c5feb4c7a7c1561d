/* palette: key `:`, any action by its name, with its key. Made from the keymap of the open view.
 * Opened by the app. */
#include "core.h"
#include "doors.h"
#include "widgets/line_input.h"
#include "widgets/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PALETTE_ROWS    8
#define PALETTE_COLUMNS 66

struct palette {
    struct line_input input;
    enum key_context context; /* of the view below */
    const struct keymap_row *rows[256];
    size_t all;
    size_t found;
    struct list list;
    int row, column; /* of the terminal's cursor */
};

/* The actions whose name or help has all that was typed; those whose name begins with it first. */
static void search(struct palette *palette)
{
    const char *typed = palette->input.text;
    palette->all = palette->found = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < keymap_count; i++) {
            const struct keymap_row *row = &keymap_rows[i];
            if (keymap_find(palette->context, row->request) != row || row->request == REQ_PALETTE ||
                palette->found >= array_length(palette->rows))
                continue;
            palette->all += pass == 0;
            bool begins = strncasecmp(row->name, typed, strlen(typed)) == 0;
            bool has = strcasestr(row->name, typed) != NULL || strcasestr(row->help, typed) != NULL;
            if (pass == 0 ? begins : has && !begins)
                palette->rows[palette->found++] = row;
        }
    list_fit(&palette->list, (int)palette->found, PALETTE_ROWS);
}

static void palette_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                         int *columns)
{
    (void)dialog;
    (void)screen_rows;
    *rows = PALETTE_ROWS + 6;
    *columns = screen_columns < PALETTE_COLUMNS ? screen_columns : PALETTE_COLUMNS;
}

static void palette_title(struct dialog *dialog, char *text, size_t size)
{
    (void)dialog;
    snprintf(text, size, "Do what?");
}

static void draw_found(struct palette *palette, struct box box)
{
    list_fit(&palette->list, (int)palette->found, box.rows);
    for (int i = 0; i < box.rows && palette->list.top + i < palette->list.count; i++) {
        int index = palette->list.top + i;
        const struct keymap_row *row = palette->rows[index];
        bool here = index == palette->list.cursor;
        int line = box.row + i;
        char keys[32] = "";
        if (row->keys[0] > ' ')
            snprintf(keys, sizeof(keys), row->fkey != 0 ? "%c  F%d" : "%c", (int)row->keys[0],
                     row->fkey);
        draw_blank(line, box.column, box.columns, role_here(ROLE_PLAIN, here));
        draw_text(line, box.column, 2, role_here(ROLE_OWN, here), here ? ">" : "");
        draw_text(line, box.column + 2, 20, role_here(ROLE_PLAIN, here), row->name);
        draw_text(line, box.column + 23, 6, role_here(ROLE_KEY, here), keys);
        draw_text(line, box.column + 30, box.columns - 30, role_here(ROLE_PLAIN, here), row->help);
    }
}

static void palette_draw(struct dialog *dialog, struct box box)
{
    struct palette *palette = dialog->data;
    struct thing thing = app_thing(dialog->app);
    char name[160];
    draw_text(box.row, box.column, 2, ROLE_OWN, ":");
    palette->row = box.row;
    line_input_draw(&palette->input, box.row, box.column + 2, box.columns - 2, ROLE_INPUT,
                    &palette->column);
    draw_found(palette, (struct box){box.row + 2, box.column, box.rows - 4, box.columns});
    draw_textf(box.row + box.rows - 1, box.column, box.columns, ROLE_PLAIN,
               "%zu of %zu actions   on: %s", palette->found, palette->all,
               thing_describe(&thing, name, sizeof(name)));
}

static bool palette_cursor(struct dialog *dialog, int *row, int *column)
{
    const struct palette *palette = dialog->data;
    *row = palette->row;
    *column = palette->column;
    return true;
}

static void run_chosen(struct dialog *dialog)
{
    struct app *app = dialog->app;
    struct palette *palette = dialog->data;
    if (palette->found == 0) {
        app_error(app, "no action has that in its name; Esc leaves");
        return;
    }
    enum request request = palette->rows[palette->list.cursor]->request;
    app_dialog_close(app, dialog);
    app_request(app, request);
}

static bool palette_raw_key(struct dialog *dialog, struct key key)
{
    struct palette *palette = dialog->data;
    if (!key.is_function && key.code == '\t' && palette->found > 0) {
        line_input_set(&palette->input, palette->rows[palette->list.cursor]->name);
        search(palette);
        return true;
    }
    switch (line_input_key(&palette->input, key)) {
    case LINE_INPUT_CHANGED:
        palette->list.cursor = 0;
        search(palette);
        return true;
    case LINE_INPUT_MOVED:
        return true;
    case LINE_INPUT_ENTER:
        run_chosen(dialog);
        return true;
    case LINE_INPUT_ESC:
        app_dialog_close(dialog->app, dialog);
        return true;
    case LINE_INPUT_NOT_MINE:
        break;
    }
    return false;
}

static bool palette_request(struct dialog *dialog, enum request request)
{
    return list_request(&((struct palette *)dialog->data)->list, request);
}

static void palette_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint, "Type part of the name  `Up Down` choose  `Enter` do it  `Tab` complete  "
                   "`Esc` leave");
}

static void palette_close(struct dialog *dialog)
{
    free(dialog->data);
}

static const struct dialog_ops palette_ops = {
    .context = CONTEXT_TEXT,
    .size = palette_size,
    .title = palette_title,
    .draw = palette_draw,
    .cursor = palette_cursor,
    .raw_key = palette_raw_key,
    .request = palette_request,
    .hint = palette_hint,
    .close = palette_close,
};

void palette_open(struct app *app, const struct thing *thing)
{
    (void)thing;
    struct palette *palette = xcalloc(1, sizeof(*palette));
    /* Behind the prefix of a pane: what can be asked of it while it is watched. */
    palette->context = frame_context(app);
    if (palette->context == CONTEXT_PANE_PREFIX || palette->context == CONTEXT_PANE_TYPE)
        palette->context = CONTEXT_PANE_WATCH;
    search(palette);
    app_dialog_open(app, &palette_ops, palette);
}
