/* compare_choose: asks what a side shows: the host, a container, or a process by its pid. A box with
 * a line to type in and the rows that fit what was typed. Opened by compare.c; changes nothing. */
#include "compare.h"

#include "../widgets/line_input.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES_MAX 200
#define CHOICE_NOTE 64

struct choice {
    struct thing thing;
    char name[THING_NAME_SIZE];
    char note[CHOICE_NOTE];
};

struct chooser {
    struct line_input input;
    struct choice *choices;
    size_t count, capacity;
    size_t shown[CHOICES_MAX]; /* of the choices, those that fit what was typed */
    struct list list;
    char title[64];
    int input_row, input_column;
    void (*done)(void *data, const struct thing *thing);
    void *data;
};

static void add_choice(struct chooser *chooser, const struct thing *thing, const char *name,
                       const char *note)
{
    if (chooser->count >= CHOICES_MAX)
        return;
    array_grow(&chooser->choices, chooser->count, &chooser->capacity, sizeof(*chooser->choices));
    struct choice *choice = &chooser->choices[chooser->count++];
    *choice = (struct choice){.thing = *thing};
    snprintf(choice->name, sizeof(choice->name), "%s", name);
    snprintf(choice->note, sizeof(choice->note), "%s", note);
}

static void thing_of_process(struct app *app, const struct process *process, struct thing *thing)
{
    *thing = (struct thing){.kind = THING_PROCESS,
                            .pid = process->pid,
                            .start_time = process->start_time,
                            .host = process_differs(app->now, process) == 0};
    text_printable(thing->command, sizeof(thing->command), process->comm, strlen(process->comm),
                   draw_utf8());
    if (process->container)
        text_printable(thing->name, sizeof(thing->name), process->container,
                       strlen(process->container), draw_utf8());
}

static void add_sessions(struct app *app, struct chooser *chooser)
{
    for (size_t i = 0; app->sessions && i < app->sessions->count; i++) {
        const struct session_state *state = &app->sessions->items[i];
        char note[CHOICE_NOTE];
        if (state->condition != SESSION_RUNNING || state->pid <= 0)
            continue;
        struct thing thing = {
            .kind = THING_SESSION, .pid = state->pid, .start_time = state->pid_start, .ours = true};
        snprintf(thing.name, sizeof(thing.name), "%s", state->name);
        snprintf(note, sizeof(note), "%s, pid %d", session_kind_names[state->kind],
                 (int)state->pid);
        add_choice(chooser, &thing, state->name, note);
    }
}

static bool is_listed(const struct chooser *chooser, const char *name)
{
    for (size_t i = 0; i < chooser->count; i++)
        if (strcmp(chooser->choices[i].thing.name, name) == 0)
            return true;
    return false;
}

/* Containers of others: of each the first process that is in one. */
static void add_found(struct app *app, struct chooser *chooser)
{
    for (size_t i = 0; app->now && i < app->now->process_count; i++) {
        const struct process *process = &app->now->processes[i];
        char note[CHOICE_NOTE];
        struct thing thing;
        if (!process->container || process->zombie || process_differs(app->now, process) == 0)
            continue;
        thing_of_process(app, process, &thing);
        if (is_listed(chooser, thing.name))
            continue;
        snprintf(note, sizeof(note), "found, pid %d %.40s", (int)thing.pid, thing.command);
        thing.kind = THING_SESSION;
        add_choice(chooser, &thing, thing.name, note);
    }
}

/* Rows whose name has what was typed in it. */
static void sift(struct chooser *chooser)
{
    int count = 0;
    for (size_t i = 0; i < chooser->count; i++)
        if (strstr(chooser->choices[i].name, chooser->input.text))
            chooser->shown[count++] = i;
    list_fit(&chooser->list, count, chooser->list.rows);
}

/* ---- the dialog ----------------------------------------------------------------------------- */

static void choose_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                        int *columns)
{
    struct chooser *chooser = dialog->data;
    (void)screen_rows;
    *rows = (int)chooser->count + 5 < 9 ? 9 : (int)chooser->count + 5;
    *columns = screen_columns < 60 ? screen_columns : 60;
}

static void choose_title(struct dialog *dialog, char *text, size_t size)
{
    const struct chooser *chooser = dialog->data;
    snprintf(text, size, "%s", chooser->title);
}

static void choose_draw(struct dialog *dialog, struct box box)
{
    struct chooser *chooser = dialog->data;
    int label = draw_text(box.row, box.column, box.columns, ROLE_PLAIN, "name or pid  ");
    chooser->input_row = box.row;
    line_input_draw(&chooser->input, box.row, box.column + label, box.columns - label, ROLE_INPUT,
                    &chooser->input_column);
    list_fit(&chooser->list, chooser->list.count, box.rows - 2);
    if (chooser->list.count == 0)
        draw_text(box.row + 2, box.column + 2, box.columns - 2, ROLE_PLAIN,
                  "no such container; Enter takes a pid");
    for (int i = 0; i < chooser->list.rows && chooser->list.top + i < chooser->list.count; i++) {
        int at = chooser->list.top + i;
        const struct choice *choice = &chooser->choices[chooser->shown[at]];
        bool on_cursor = at == chooser->list.cursor;
        enum role role = on_cursor ? (enum role)(ROLE_PLAIN | ROLE_ON_CURSOR) : ROLE_PLAIN;
        int half = box.columns / 2 - 2;
        draw_text(box.row + 2 + i, box.column, 2, role, on_cursor ? "> " : "  ");
        draw_field(box.row + 2 + i, box.column + 2, half, role, choice->name);
        draw_field(box.row + 2 + i, box.column + 2 + half, box.columns - 2 - half, role,
                   choice->note);
    }
}

static bool choose_cursor(struct dialog *dialog, int *row, int *column)
{
    const struct chooser *chooser = dialog->data;
    *row = chooser->input_row;
    *column = chooser->input_column;
    return true;
}

static void choose_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint, "type a name or a pid  `Up` `Down` choose  `Enter` take it  `Esc` leave");
}

static void answer(struct dialog *dialog, const struct thing *thing)
{
    struct chooser *chooser = dialog->data;
    struct app *app = dialog->app;
    void (*done)(void *data, const struct thing *thing) = chooser->done;
    void *data = chooser->data;
    struct thing copy = thing ? *thing : (struct thing){0};
    app_dialog_close(app, dialog);
    done(data, thing ? &copy : NULL);
}

/* Enter: a pid that was typed, else the row under the cursor. */
static void take(struct dialog *dialog)
{
    struct chooser *chooser = dialog->data;
    struct app *app = dialog->app;
    int64_t pid;
    if (number_parse(chooser->input.text, 1, INT32_MAX, &pid)) {
        /* One that the newest snapshot does not know may be younger than it: the look will tell. */
        struct thing thing = {.kind = THING_PROCESS, .pid = (pid_t)pid};
        const struct process *process =
            app->now ? snapshot_find_process(app->now, (pid_t)pid) : NULL;
        if (process)
            thing_of_process(app, process, &thing);
        answer(dialog, &thing);
        return;
    }
    if (chooser->list.count > 0)
        answer(dialog, &chooser->choices[chooser->shown[chooser->list.cursor]].thing);
}

static bool choose_key(struct dialog *dialog, struct key key)
{
    struct chooser *chooser = dialog->data;
    if (key.is_function && (key.code == KEY_UP || key.code == KEY_DOWN)) {
        list_request(&chooser->list, key.code == KEY_UP ? REQ_UP : REQ_DOWN);
        return true;
    }
    switch (line_input_key(&chooser->input, key)) {
    case LINE_INPUT_NOT_MINE:
        return false;
    case LINE_INPUT_ENTER:
        take(dialog);
        break;
    case LINE_INPUT_ESC:
        answer(dialog, NULL);
        break;
    case LINE_INPUT_CHANGED:
        sift(chooser);
        break;
    case LINE_INPUT_MOVED:
        break;
    }
    return true;
}

static void choose_close(struct dialog *dialog)
{
    struct chooser *chooser = dialog->data;
    free(chooser->choices);
    free(chooser);
}

static const struct dialog_ops choose_ops = {
    .context = CONTEXT_TEXT,
    .size = choose_size,
    .title = choose_title,
    .draw = choose_draw,
    .cursor = choose_cursor,
    .hint = choose_hint,
    .raw_key = choose_key,
    .close = choose_close,
};

void compare_choose_open(struct app *app, const char *title,
                         void (*done)(void *data, const struct thing *thing), void *data)
{
    struct chooser *chooser = xcalloc(1, sizeof(*chooser));
    struct thing host = {.kind = THING_NONE, .host = true};
    chooser->done = done;
    chooser->data = data;
    chooser->list.rows = 1;
    snprintf(chooser->title, sizeof(chooser->title), "%s", title);
    add_choice(chooser, &host, "host", "what is out here, pid 1");
    add_sessions(app, chooser);
    add_found(app, chooser);
    sift(chooser);
    app_dialog_open(app, &choose_ops, chooser);
}
