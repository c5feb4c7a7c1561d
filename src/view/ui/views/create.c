/* The create form (C, F2): what a launch can ask for, checked while it is typed, with the steps
 * that will be taken and the line that does the same in a shell. Run runs that very line. */
#include "create.h"
#include "../doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREVIEW_ROWS 3
#define LINE_ROWS    3   /* of the line that does the same, its rule too */
#define WIDE         120 /* columns from which there is room */
#define INPUT_NARROW 24
#define INPUT_WIDE   64

/* A first name that no session of ours has. */
static void create_name_suggest(struct create *create)
{
    char name[32];
    for (int number = 1; number < 1000; number++) {
        (void)snprintf(name, sizeof(name), "box-%d", number);
        if (!app_session(create->app, name))
            break;
    }
    line_input_set(&create->fields[CREATE_NAME].input, name);
}

static void create_changed(void *data, struct field *field)
{
    struct create *create = data;
    if (field == &create->fields[CREATE_PRESET])
        create_preset_apply(create);
    bool rootless = !create->fields[CREATE_ROOT].input.text[0];
    create->fields[CREATE_ENTER].off = rootless;
    create->fields[CREATE_LAYOUT].off = rootless;
    create->fields[CREATE_WRITES].off = rootless;
    create->fields[CREATE_COMMAND].off = create_has_shell(create);
    bool hidden = create->fields[CREATE_MORE].choice == 0;
    for (int i = CREATE_MORE_FIRST; i <= CREATE_MORE_LAST; i++)
        create->fields[i].hidden = hidden;
    create_more_words(create, create->more, sizeof(create->more));
    create->fields[CREATE_MORE].hint = create->more;
    create_preview_ask(create);
    app_redraw(create->app);
}

/* nstui run -d has printed the name of the session that it made, or said why not (in line 23). */
static void create_done(struct app *app, void *data, const struct command_result *result)
{
    struct create *create = data;
    create->running = false;
    if (result->status != 0) {
        app_redraw(app);
        return;
    }
    if (create->dialog)
        app_dialog_close(app, create->dialog);
    line_input_set(&create->fields[CREATE_NAME].input, "");
    app_refresh(app);
    app_open_session(app, REQ_ATTACH_TYPING, result->out);
}

static void create_run(struct create *create)
{
    int first = 0;
    create->run_wanted = create->preview.asked;
    if (create->running || create->run_wanted)
        return;
    if (form_errors(&create->form, &first)) {
        if (create->fields[first].hidden) {
            create->fields[CREATE_MORE].choice = 1;
            create_changed(create, &create->fields[CREATE_MORE]);
        }
        form_go(&create->form, first);
        app_error(create->app, "not run: %s: %s", create->fields[first].label,
                  create->fields[first].error);
        return;
    }
    if (!create->preview.good && create->preview.problem[0]) {
        app_error(create->app, "%s", create->preview.problem);
        return;
    }
    _cleanup_strings_ struct strings words = {0};
    create_words(create, &words);
    create->running = true;
    app_command_run(create->app, (const char *const *)words.items, create_done, create);
}

/* Run was pressed while the form was still looked at: now it is known whether it may. */
static void create_answered(struct create *create)
{
    if (create->run_wanted && create->dialog)
        create_run(create);
    create->run_wanted = false;
}

static void create_pressed(void *data, struct field *field)
{
    (void)field;
    create_run(data);
}

/* ---- drawing --------------------------------------------------------------------------- */

static int columns_for(int width)
{
    return width >= WIDE - 3 ? 3 : 2;
}

/* A list in two or three columns, numbered downwards. */
static void create_list_draw(const struct strings *list, struct box box)
{
    int columns = columns_for(box.columns), width = box.columns / columns;
    for (size_t i = 0; i < list->count; i++) {
        int row = (int)i % box.rows, column = (int)i / box.rows;
        if (column >= columns)
            break;
        draw_textf(box.row + row, box.column + column * width, width - 1, ROLE_PLAIN, "%2zu %s",
                   i + 1, list->items[i]);
    }
}

/* Instead of the steps, what is in their way: whole, since there is little room beside a field. */
static void create_errors_draw(const struct create *create, struct box box)
{
    int row = 0;
    for (int i = 0; i < CREATE_FIELDS; i++) {
        const struct field *field = &create->fields[i];
        char whole[FIELD_ERROR_SIZE + 32], line[FIELD_ERROR_SIZE + 32];
        if (field->error[0] == '\0' || field->off)
            continue;
        (void)snprintf(whole, sizeof(whole), "%s: %s", field->label, field->error);
        for (int j = 0; row < box.rows && text_wrap(whole, box.columns, j, line, sizeof(line)); j++)
            draw_text(box.row + row++, box.column, box.columns, ROLE_WRONG, line);
    }
}

static void create_steps_draw(const struct create *create, struct box box)
{
    if (create->preview.shown)
        create_list_draw(&create->preview.summary, box);
    else if (create->preview.problem[0])
        draw_text(box.row, box.column, box.columns, ROLE_WRONG, create->preview.problem);
    else
        create_errors_draw(create, box);
}

/* Where there is room for all of them: each call. */
static void create_calls_draw(const struct create *create, struct box box, int room)
{
    const struct strings *steps = &create->preview.steps;
    int columns = columns_for(box.columns);
    int rows = ((int)steps->count + columns - 1) / columns;
    if (!create->preview.shown || rows == 0 || rows + 1 > room)
        return;
    draw_rule(box.row, 0, box.columns + 3, false, "each call of it", "");
    create_list_draw(steps, (struct box){box.row + 1, box.column, rows, box.columns});
}

static void create_line_draw(const struct create *create, struct box box)
{
    _cleanup_strings_ struct strings words = {0};
    create_words(create, &words);
    _cleanup_free_ char *line = app_command_line(create->app, (const char *const *)words.items);
    char part[1024];
    for (int i = 0; i < box.rows && text_wrap(line, box.columns - 4, i, part, sizeof(part)); i++)
        draw_text(box.row + i, box.column + (i ? 4 : 0), box.columns - 4, ROLE_PLAIN, part);
}

static void create_button_note(const struct create *create, int row, int column, int width)
{
    int errors = form_errors(&create->form, NULL);
    const char *note = create->running         ? "running .."
                       : create->preview.shown ? "F2, or Enter here"
                       : create->preview.asked ? "looking at it .."
                                               : "";
    if (errors)
        draw_textf(row, column, width, ROLE_WARN, "not yet: %d field%s a change (Enter goes to it)",
                   errors, errors == 1 ? " needs" : "s need");
    else
        draw_text(row, column, width, ROLE_HOST, note);
}

static struct box create_form_box(struct box box)
{
    return (struct box){box.row, box.column + 2, box.rows, box.columns - 3};
}

static bool is_in_the_way(const struct create *create)
{
    return !create->preview.shown &&
           (form_errors(&create->form, NULL) || create->preview.problem[0]);
}

/* What will happen, or what is in its way; returns the rows taken. */
static int create_middle_draw(const struct create *create, struct box box, struct box inside,
                              int row, int left)
{
    char count[48] = "";
    if (left <= 1)
        return 0;
    if (create->preview.shown)
        (void)snprintf(count, sizeof(count), "%zu steps, F3 shows all",
                       create->preview.steps.count);
    draw_rule(row, box.column, box.columns, false,
              is_in_the_way(create) ? "what is in the way" : "what will happen, in order", count);
    int most = box.columns >= WIDE && left > 6 ? 6 : PREVIEW_ROWS;
    int rows = left - 1 < most ? left - 1 : most;
    create_steps_draw(create, (struct box){row + 1, inside.column, rows, inside.columns});
    return rows + 1;
}

/* The line, or where the steps had no room, what is wrong. Returns the rows taken. */
static int create_line_part(const struct create *create, struct box box, struct box inside, int row,
                            bool steps_shown)
{
    char position[48];
    struct box lines = {row + 1, inside.column, LINE_ROWS - 1, inside.columns};
    form_position(&create->form, position, sizeof(position));
    bool wrong = !steps_shown && is_in_the_way(create);
    draw_rule(row, box.column, box.columns, false,
              wrong ? "what is in the way" : "the same, typed in a shell", position);
    if (wrong)
        create_steps_draw(create, lines);
    else
        create_line_draw(create, lines);
    return LINE_ROWS;
}

/* From the top: the fields, which scroll where they are too many; what will happen, where there is
 * room; the line; the button. */
static void create_draw(struct dialog *dialog, struct box page)
{
    struct create *create = dialog->data;
    struct box box = draw_page_title(page, "Create a container", "nothing has been made yet");
    struct box inside = create_form_box(box);
    int end = box.row + box.rows - 1; /* the button */
    bool has_line = box.rows >= LINE_ROWS + 8;
    create->form.buttons_row = end;
    create->form.input_width = page.columns >= WIDE ? INPUT_WIDE : INPUT_NARROW;
    inside.rows = box.rows - 1 - (has_line ? LINE_ROWS : 0);
    int row = box.row + form_draw(&create->form, inside);
    int left = end - row - (has_line ? LINE_ROWS : 0);
    if (left > PREVIEW_ROWS + 1)
        row++, left--; /* a blank one below the fields */
    int steps = has_line ? create_middle_draw(create, box, inside, row, left) : 0;
    row += steps;
    if (has_line)
        row += create_line_part(create, box, inside, row, steps > 0);
    inside.row = row;
    create_calls_draw(create, inside, end - row);
    create_button_note(create, end, inside.column + 10, inside.columns - 10);
}

static bool create_cursor(struct dialog *dialog, int *row, int *column)
{
    const struct create *create = dialog->data;
    /* The page begins in line 2 and its title takes one more (draw_page_title). */
    struct box box = {2, 0, create->app->rows - 4, create->app->columns};
    return form_cursor(&create->form, create_form_box(box), row, column);
}

static void create_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint,
             "`Tab` next  `Up` back  `Space` choose or tick  `F2` run  `Esc` leave, the draft "
             "is kept");
}

static void create_bar(struct dialog *dialog, struct text *bar)
{
    (void)dialog;
    text_add(bar, "`F1`Help  `F2`Run  `F3`All steps  `Esc` Leave");
}

/* ---- keys ------------------------------------------------------------------------------ */

static void create_steps_page(struct create *create)
{
    _cleanup_text_ struct text page = {0};
    for (size_t i = 0; i < create->preview.steps.count; i++)
        text_addf(&page, "%3zu  %s\n", i + 1, create->preview.steps.items[i]);
    app_page_open(create->app, "What will happen, call by call", page.data ? page.data : "");
}

static bool create_raw_key(struct dialog *dialog, struct key key)
{
    struct create *create = dialog->data;
    return form_raw_key(&create->form, key);
}

static bool create_request(struct dialog *dialog, enum request request)
{
    struct create *create = dialog->data;
    if (request == REQ_RUN)
        create_run(create);
    else if (request == REQ_STEPS)
        create_steps_page(create);
    else
        return form_request(&create->form, request);
    return true;
}

static void create_close(struct dialog *dialog)
{
    struct create *create = dialog->data;
    create->dialog = NULL; /* the draft stays, for the next C */
}

static bool create_explain(struct dialog *dialog, char *title, size_t size, struct text *text)
{
    const struct create *create = dialog->data;
    return form_explain(&create->form, title, size, text);
}

static const struct dialog_ops create_ops = {
    .context = CONTEXT_FORM,
    .page = true,
    .draw = create_draw,
    .cursor = create_cursor,
    .hint = create_hint,
    .bar = create_bar,
    .explain = create_explain,
    .raw_key = create_raw_key,
    .request = create_request,
    .close = create_close,
};

int dialog_create_open(struct app *app)
{
    if (!app->create) {
        struct create *create = xcalloc(1, sizeof(*create));
        create->app = app;
        memcpy(create->fields, create_fields, sizeof(create_fields));
        create->form = (struct form){.fields = create->fields,
                                     .count = CREATE_FIELDS,
                                     .label_width = 11,
                                     .input_width = INPUT_NARROW,
                                     .changed = create_changed,
                                     .pressed = create_pressed,
                                     .data = create};
        create->preview.answered = create_answered;
        create_preset_apply(create);
        app->create = create;
    }
    struct create *create = app->create;
    if (create->dialog)
        return 0;
    if (!create->fields[CREATE_NAME].input.text[0])
        create_name_suggest(create);
    create->dialog = app_dialog_open(app, &create_ops, create);
    create_changed(create, &create->fields[CREATE_NAME]);
    return 0;
}

void dialog_create_forget(struct app *app)
{
    if (!app->create)
        return;
    create_preview_free(&app->create->preview);
    free(app->create);
    app->create = NULL;
}
