/* The join dialog (J, F5): which namespaces of the thing under the cursor, and which command. The
 * line that it shows is the one that runs; the shell comes up in a pane of its own. */
#include "../doors.h"
#include "../widgets/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum join_field {
    JOIN_NAMESPACES,
    JOIN_COMMAND,
    JOIN_TAKE,
    JOIN_TOOLS,
    JOIN_RUN,
    JOIN_CANCEL,
    JOIN_FIELDS
};

struct join_dialog {
    struct app *app;
    struct dialog *dialog;
    struct thing thing;
    struct form form;
    struct field fields[JOIN_FIELDS];
    ns_set own; /* the types in which the target is elsewhere than the host */
};

static const char *const take_choices[] = {"nothing more", "its environment", "its cgroup", "both",
                                           NULL};
enum { TAKE_ENVIRONMENT = 1, TAKE_CGROUP = 2 }; /* bits of the choice */
static const char *const tools_choices[] = {"its own", "the host's", NULL};

static const struct field join_fields[JOIN_FIELDS] = {
    [JOIN_NAMESPACES] = {.kind = FIELD_NAMESPACES, .label = ""},
    [JOIN_COMMAND] = {.kind = FIELD_TEXT, .label = "Command"},
    [JOIN_TAKE] = {.kind = FIELD_CHOICE, .label = "Take", .choices = take_choices},
    [JOIN_TOOLS] = {.kind = FIELD_CHOICE,
                    .label = "Programs",
                    .choices = tools_choices,
                    .hint = "the host's where it has no shell"},
    [JOIN_RUN] = {.kind = FIELD_BUTTON, .label = "Join"},
    [JOIN_CANCEL] = {.kind = FIELD_BUTTON, .label = "Cancel"},
};

/* A namespace by itself is its own TARGET; with others beside it, who is in them all: the container,
 * or the leader. Returns text. */
static char *join_target(const struct join_dialog *join, char *text, size_t size)
{
    const struct thing *thing = &join->thing;
    bool alone = join->fields[JOIN_NAMESPACES].ticked == NS_BIT(thing->type);
    if (thing->kind != THING_NAMESPACE || alone || thing->pid <= 0)
        return thing_target(thing, text, size);
    if (thing->ours)
        (void)snprintf(text, size, "%s", thing->name);
    else
        (void)snprintf(text, size, "%d", (int)thing->pid);
    return text;
}

static void join_words(const struct join_dialog *join, struct strings *words)
{
    ns_set ticked = join->fields[JOIN_NAMESPACES].ticked;
    char letters[NS_TYPES + 1], target[THING_NAME_SIZE];
    strings_add(words, "join");
    strings_add(words, join_target(join, target, sizeof(target)));
    strings_add(words, "-d");
    if (ticked)
        strings_addf(words, "-%s", ns_set_letters(ticked, letters));
    if (join->fields[JOIN_TAKE].choice & TAKE_ENVIRONMENT)
        strings_add(words, "--env");
    if (join->fields[JOIN_TAKE].choice & TAKE_CGROUP)
        strings_add(words, "--cgroup");
    if (join->fields[JOIN_TOOLS].choice)
        strings_add(words, "--tools");
    if (join->fields[JOIN_COMMAND].input.text[0]) {
        strings_add(words, "--");
        (void)text_shell_split(join->fields[JOIN_COMMAND].input.text, words, NULL);
    }
}

/* Behind a tick: the identity where it differs from the host's. */
static void join_tick_note(void *data, enum ns_type type, char *text, size_t size)
{
    const struct join_dialog *join = data;
    const struct process *process = app_process(join->app, &join->thing);
    uint64_t inode = process ? process->identities[type] : 0;
    if (join->thing.kind == THING_NAMESPACE && join->thing.type == type)
        inode = join->thing.inode;
    if (inode && join->own & NS_BIT(type))
        (void)snprintf(text, size, "%llu", (unsigned long long)inode);
    else
        (void)snprintf(text, size, "%s", inode ? "the same as the host's" : "not known");
}

static void join_changed(void *data, struct field *field)
{
    struct join_dialog *join = data;
    struct err err = {0};
    _cleanup_strings_ struct strings words = {0};
    struct field *command = &join->fields[JOIN_COMMAND];
    command->error[0] = '\0';
    if (text_shell_split(command->input.text, &words, &err) < 0)
        (void)snprintf(command->error, sizeof(command->error), "%s", err.text);
    (void)field;
    app_redraw(join->app);
}

/* nstui join -d has printed the name of the session, or said why not. */
static void join_done(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    if (result->status != 0)
        return;
    app_refresh(app);
    app_open_session(app, REQ_ATTACH_TYPING, result->out);
}

static void join_run(struct join_dialog *join)
{
    int first = 0;
    if (form_errors(&join->form, &first)) {
        form_go(&join->form, first);
        return;
    }
    if (!join->fields[JOIN_NAMESPACES].ticked) {
        app_error(join->app, "nothing to join: no namespace is ticked");
        return;
    }
    _cleanup_strings_ struct strings words = {0};
    join_words(join, &words);
    struct app *app = join->app;
    app_dialog_close(app, join->dialog);
    app_command_run(app, (const char *const *)words.items, join_done, NULL);
}

static void join_pressed(void *data, struct field *field)
{
    struct join_dialog *join = data;
    if (field == &join->fields[JOIN_RUN])
        join_run(join);
    else
        app_dialog_close(join->app, join->dialog);
}

/* What the shell will see, in a sentence or two. */
static void join_sentence(const struct join_dialog *join, char *text, size_t size)
{
    ns_set ticked = join->fields[JOIN_NAMESPACES].ticked;
    struct text sentence = {0};
    char target[THING_NAME_SIZE];
    bool pid_alone = ticked & NS_BIT(NS_PID) && !(ticked & NS_BIT(NS_MNT));
    if (!(ticked & join->own))
        text_add(&sentence, "Nothing ticked differs from the host: it will be a shell out here.");
    else
        text_addf(&sentence, "It is a shell of its own; closing it does not end %s.",
                  join_target(join, target, sizeof(target)));
    if (pid_alone && join->own & NS_BIT(NS_PID))
        text_add(&sentence, " Its /proc stays the one of the host, so ps shows the host.");
    (void)snprintf(text, size, "%s", sentence.data);
    text_free(&sentence);
}

static struct box join_form_box(struct box box)
{
    return (struct box){box.row, box.column + 2, box.rows, box.columns - 2};
}

static void join_draw(struct dialog *dialog, struct box box)
{
    struct join_dialog *join = dialog->data;
    char text[512], line[256];
    int room = box.rows - 2; /* the line that will run, the buttons */
    int free_rows = room - NS_TYPES - 3;
    join_sentence(join, text, sizeof(text));
    int sentences = text_wrap_count(text, box.columns);
    sentences = sentences < free_rows ? sentences : free_rows > 0 ? free_rows : 0;
    join->form.buttons_row = box.row + box.rows - 1;
    struct box fields = join_form_box(box);
    fields.rows = room - sentences;
    form_draw(&join->form, fields);
    for (int i = 0; i < sentences && text_wrap(text, box.columns, i, line, sizeof(line)); i++)
        draw_text(box.row + room - sentences + i, box.column, box.columns, ROLE_PLAIN, line);
    _cleanup_strings_ struct strings words = {0};
    join_words(join, &words);
    _cleanup_free_ char *command = app_command_line(join->app, (const char *const *)words.items);
    draw_text(box.row + box.rows - 2, box.column + 2, box.columns - 2, ROLE_PLAIN, command);
}

static void join_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                      int *columns)
{
    (void)dialog;
    (void)screen_rows;
    *rows = NS_TYPES +
            9; /* ticks, command, two choices, two sentences, the line, buttons, the border */
    *columns = screen_columns < 70 ? screen_columns : 70;
}

static void join_title(struct dialog *dialog, char *text, size_t size)
{
    const struct join_dialog *join = dialog->data;
    char what[160];
    thing_describe(&join->thing, what, sizeof(what));
    (void)snprintf(text, size, "Join %s", what);
}

static void join_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint, "`Enter` join  `Space` or the letter ticks a box  `Tab` next  `Esc` leave");
}

static void join_bar(struct dialog *dialog, struct text *bar)
{
    (void)dialog;
    text_add(bar, "`F1`Help  `F2`Join  `Esc` Leave");
}

static bool join_raw_key(struct dialog *dialog, struct key key)
{
    struct join_dialog *join = dialog->data;
    return form_raw_key(&join->form, key);
}

static bool join_request(struct dialog *dialog, enum request request)
{
    struct join_dialog *join = dialog->data;
    if (request != REQ_RUN && request != REQ_JOIN)
        return form_request(&join->form, request);
    join_run(join);
    return true;
}

static void join_close(struct dialog *dialog)
{
    free(dialog->data);
}

static const struct dialog_ops join_ops = {
    .context = CONTEXT_FORM,
    .size = join_size,
    .title = join_title,
    .draw = join_draw,
    .hint = join_hint,
    .bar = join_bar,
    .raw_key = join_raw_key,
    .request = join_request,
    .close = join_close,
};

/* The types to offer: for a namespace that one, for the rest all that differ from the host. */
static ns_set join_types(struct app *app, const struct thing *thing, ns_set *own)
{
    const struct process *process = app_process(app, thing);
    *own = app->now && process ? process_differs(app->now, process) : 0;
    if (thing->kind != THING_NAMESPACE)
        return *own;
    if (!thing->host)
        *own |= NS_BIT(thing->type);
    return thing->name[0] ? *own : NS_BIT(thing->type);
}

int dialog_join_open(struct app *app, const struct thing *thing)
{
    if (thing->kind == THING_NONE) {
        app_error(app, "nothing to join: the cursor is on no process or namespace");
        return -1;
    }
    struct join_dialog *join = xcalloc(1, sizeof(*join));
    join->app = app;
    join->thing = *thing;
    memcpy(join->fields, join_fields, sizeof(join_fields));
    join->fields[JOIN_NAMESPACES].ticked = join_types(app, thing, &join->own);
    line_input_set(&join->fields[JOIN_COMMAND].input, "/bin/bash");
    join->form = (struct form){.fields = join->fields,
                               .count = JOIN_FIELDS,
                               .current = JOIN_RUN,
                               .label_width = 8,
                               .input_width = 40,
                               .tall_ticks = true,
                               .tick_note = join_tick_note,
                               .changed = join_changed,
                               .pressed = join_pressed,
                               .data = join};
    join->dialog = app_dialog_open(app, &join_ops, join);
    return 0;
}
