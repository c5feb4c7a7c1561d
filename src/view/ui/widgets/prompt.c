/* prompt: see prompt.h. */
#include "prompt.h"

#include "line_input.h"

#include <stdio.h>
#include <stdlib.h>

struct asked {
    char *label, *hint;
    struct line_input input;
    void (*changed)(struct app *, void *, const char *);
    void (*done)(struct app *, void *, const char *, bool);
    void *data;
    int row, column; /* of the terminal's cursor */
};

static void prompt_draw(struct dialog *dialog, struct box box)
{
    struct asked *asked = dialog->data;
    int label =
        draw_textf(box.row, box.column + 1, box.columns - 1, ROLE_OWN, "%s: ", asked->label);
    int start = box.column + 1 + label;
    char plain[256];
    size_t used = 0;
    for (const char *at = asked->hint; *at != '\0' && used + 1 < sizeof(plain); at++)
        if (*at != '`')
            plain[used++] = *at;
    plain[used] = '\0';
    int hint = text_columns(plain);
    int width = box.columns - (start - box.column) - hint - 2;
    if (width < 16) {
        width = box.columns - (start - box.column) - 1;
        hint = 0;
    }
    line_input_draw(&asked->input, box.row, start, width, ROLE_INPUT, &asked->column);
    asked->row = box.row;
    if (hint > 0)
        draw_hint(box.row, start + width + 1, hint, asked->hint);
}

static bool prompt_cursor(struct dialog *dialog, int *row, int *column)
{
    const struct asked *asked = dialog->data;
    *row = asked->row;
    *column = asked->column;
    return true;
}

static void finish(struct dialog *dialog, bool kept)
{
    struct app *app = dialog->app;
    struct asked *asked = dialog->data;
    void (*done)(struct app *, void *, const char *, bool) = asked->done;
    void *data = asked->data;
    _cleanup_free_ char *text = xstrdup(asked->input.text);
    app_dialog_close(app, dialog);
    if (done != NULL)
        done(app, data, text, kept);
}

static bool prompt_raw_key(struct dialog *dialog, struct key key)
{
    struct asked *asked = dialog->data;
    switch (line_input_key(&asked->input, key)) {
    case LINE_INPUT_CHANGED:
        if (asked->changed != NULL)
            asked->changed(dialog->app, asked->data, asked->input.text);
        return true;
    case LINE_INPUT_MOVED:
        return true;
    case LINE_INPUT_ENTER:
        finish(dialog, true);
        return true;
    case LINE_INPUT_ESC:
        finish(dialog, false);
        return true;
    case LINE_INPUT_NOT_MINE:
        break;
    }
    return false;
}

static void prompt_close(struct dialog *dialog)
{
    struct asked *asked = dialog->data;
    free(asked->label);
    free(asked->hint);
    free(asked);
}

static const struct dialog_ops prompt_ops = {
    .context = CONTEXT_TEXT,
    .line = true,
    .draw = prompt_draw,
    .cursor = prompt_cursor,
    .raw_key = prompt_raw_key,
    .close = prompt_close,
};

void prompt_open(struct app *app, const struct prompt *prompt)
{
    struct asked *asked = xcalloc(1, sizeof(*asked));
    asked->label = xstrdup(prompt->label);
    asked->hint = xstrdup(prompt->hint != NULL ? prompt->hint : "");
    line_input_set(&asked->input, prompt->text != NULL ? prompt->text : "");
    asked->changed = prompt->changed;
    asked->done = prompt->done;
    asked->data = prompt->data;
    app_dialog_open(app, &prompt_ops, asked);
}
