/* form_box: see form_box.h. Called by the dialogs join and unshare; runs nothing but their line. */
#include "form_box.h"

#include <stdio.h>
#include <stdlib.h>

#define WIDTH     70
#define LINE_ROWS 2 /* of the line that runs, at most */

static char *box_line(struct form_box *box)
{
    _cleanup_strings_ struct strings words = {0};
    box->ops->words(box, &words);
    return app_command_line(box->app, (const char *const *)words.items);
}

/* ---- running ------------------------------------------------------------------------------- */

/* A command that is under way; it may end later than the dialog. */
struct form_box_run {
    struct form_box *box; /* null: closed meanwhile */
    command_done done;
};

static void run_ended(struct app *app, void *data, const struct command_result *result)
{
    struct form_box_run *run = data;
    command_done done = run->done;
    if (run->box)
        run->box->run = NULL;
    if (run->box && result->status == 0)
        app_dialog_close(app, run->box->dialog);
    free(run);
    done(app, NULL, result);
}

static void box_run(struct form_box *box)
{
    int first = 0;
    if (box->run)
        return;
    if (form_errors(&box->form, &first)) {
        form_go(&box->form, first);
        return;
    }
    if (box->ops->check && !box->ops->check(box))
        return;
    _cleanup_strings_ struct strings words = {0};
    box->ops->words(box, &words);
    struct form_box_run *run = xcalloc(1, sizeof(*run));
    *run = (struct form_box_run){.box = box, .done = box->ops->done};
    box->run = run;
    app_command_run(box->app, (const char *const *)words.items, run_ended, run);
}

static void box_changed(void *data, struct field *field)
{
    struct form_box *box = data;
    (void)field;
    if (box->ops->changed)
        box->ops->changed(box);
    app_redraw(box->app);
}

static struct field *first_button(const struct form_box *box)
{
    return &box->form.fields[box->form.count - 2];
}

static void box_pressed(void *data, struct field *field)
{
    struct form_box *box = data;
    if (field == first_button(box))
        box_run(box);
    else
        app_dialog_close(box->app, box->dialog);
}

/* ---- drawing ------------------------------------------------------------------------------- */

static int field_rows(const struct form *form)
{
    int rows = 0;
    for (int i = 0; i < form->count; i++)
        rows += form->fields[i].kind == FIELD_BUTTON ? 0 : form_field_rows(form, &form->fields[i]);
    return rows;
}

static void draw_wrapped(const char *text, struct box box)
{
    char line[512];
    for (int i = 0; i < box.rows && text_wrap(text, box.columns, i, line, sizeof(line)); i++)
        draw_text(box.row + i, box.column, box.columns, ROLE_PLAIN, line);
}

/* From the bottom: the buttons, the line, the sentence; the fields get what is left, and of a small
 * screen the sentence and then the second row of the line go first. */
static void box_draw(struct dialog *dialog, struct box inside)
{
    struct form_box *box = dialog->data;
    _cleanup_text_ struct text sentence = {0};
    _cleanup_free_ char *line = box_line(box);
    text_add(&sentence, "");
    box->ops->sentence(box, &sentence);
    int room = inside.rows - 1, width = inside.columns - 2;
    int spare = room - field_rows(&box->form) - 1;
    int line_rows = text_wrap_count(line, width) > 1 && spare > 0 ? LINE_ROWS : 1;
    spare -= line_rows - 1;
    int sentences = text_wrap_count(sentence.data, inside.columns);
    sentences = sentences < spare ? sentences : spare > 0 ? spare : 0;
    room -= line_rows;
    box->form.buttons_row = inside.row + inside.rows - 1;
    box->fields = (struct box){inside.row, inside.column + 2, room - sentences, width};
    form_draw(&box->form, box->fields);
    draw_wrapped(sentence.data, (struct box){inside.row + room - sentences, inside.column,
                                             sentences, inside.columns});
    draw_wrapped(line, (struct box){inside.row + room, inside.column + 2, line_rows, width});
}

static bool box_cursor(struct dialog *dialog, int *row, int *column)
{
    const struct form_box *box = dialog->data;
    return form_cursor(&box->form, box->fields, row, column);
}

static void box_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                     int *columns)
{
    const struct form_box *box = dialog->data;
    (void)screen_rows;
    *rows = field_rows(&box->form) + box->ops->sentences + LINE_ROWS + 3; /* buttons, the border */
    *columns = screen_columns < WIDTH ? screen_columns : WIDTH;
}

static void box_title(struct dialog *dialog, char *text, size_t size)
{
    struct form_box *box = dialog->data;
    box->ops->title(box, text, size);
}

static void box_hint(struct dialog *dialog, struct text *hint)
{
    const struct form_box *box = dialog->data;
    text_addf(hint, "`F2` %s  `Space` or the letter ticks a box  `Tab` next  `Esc` leave",
              box->ops->act);
}

static void box_bar(struct dialog *dialog, struct text *bar)
{
    const struct form_box *box = dialog->data;
    text_addf(bar, "`F1`Help  `F2`%s  `Esc` Leave", first_button(box)->label);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static bool box_explain(struct dialog *dialog, char *title, size_t size, struct text *text)
{
    const struct form_box *box = dialog->data;
    return form_explain(&box->form, title, size, text);
}

static bool box_raw_key(struct dialog *dialog, struct key key)
{
    struct form_box *box = dialog->data;
    return form_raw_key(&box->form, key);
}

static bool box_request(struct dialog *dialog, enum request request)
{
    struct form_box *box = dialog->data;
    bool runs = request == REQ_RUN || (request != REQ_NONE && request == box->ops->request);
    if (!runs)
        return form_request(&box->form, request);
    box_run(box);
    return true;
}

static void box_close(struct dialog *dialog)
{
    struct form_box *box = dialog->data;
    if (box->run)
        box->run->box = NULL;
    free(box);
}

static const struct dialog_ops form_box_dialog = {
    .context = CONTEXT_FORM,
    .size = box_size,
    .title = box_title,
    .draw = box_draw,
    .cursor = box_cursor,
    .hint = box_hint,
    .bar = box_bar,
    .explain = box_explain,
    .raw_key = box_raw_key,
    .request = box_request,
    .close = box_close,
};

void form_box_open(struct app *app, struct form_box *box, const struct form_box_ops *ops)
{
    box->app = app;
    box->ops = ops;
    box->form.tall_ticks = true;
    box->form.changed = box_changed;
    box->form.pressed = box_pressed;
    box->form.data = box;
    box->dialog = app_dialog_open(app, &form_box_dialog, box);
}
