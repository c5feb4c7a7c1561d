/* The unshare dialog (U, F7): new namespaces and nothing else, held until they are stopped, as
 * exercise 2 begins; or pinned to files, where no process holds them. The line that it shows is the one
 * that runs. */
#include "../doors.h"
#include "../widgets/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum unshare_field {
    UNSHARE_NAMESPACES,
    UNSHARE_HOSTNAME,
    UNSHARE_PIN,
    UNSHARE_RUN,
    UNSHARE_CANCEL,
    UNSHARE_FIELDS
};

struct unshare_dialog {
    struct app *app;
    struct dialog *dialog;
    struct form form;
    struct field fields[UNSHARE_FIELDS];
};

static const struct field unshare_fields[UNSHARE_FIELDS] = {
    [UNSHARE_NAMESPACES] = {.kind = FIELD_NAMESPACES, .label = ""},
    [UNSHARE_HOSTNAME] = {.kind = FIELD_TEXT, .label = "Hostname", .hint = "with uts"},
    [UNSHARE_PIN] = {.kind = FIELD_TEXT, .label = "Pin in", .hint = "a directory; no process then"},
    [UNSHARE_RUN] = {.kind = FIELD_BUTTON, .label = "Unshare"},
    [UNSHARE_CANCEL] = {.kind = FIELD_BUTTON, .label = "Cancel"},
};

static void unshare_words(const struct unshare_dialog *unshare, struct strings *words)
{
    const struct field *fields = unshare->fields;
    char letters[NS_TYPES + 1];
    bool pinned = fields[UNSHARE_PIN].input.text[0] != '\0';
    strings_add(words, "unshare");
    if (!pinned)
        strings_add(words, "-d");
    if (*ns_set_letters(fields[UNSHARE_NAMESPACES].ticked, letters))
        strings_addf(words, "-%s", letters);
    if (fields[UNSHARE_HOSTNAME].input.text[0]) {
        strings_add(words, "--hostname");
        strings_add(words, fields[UNSHARE_HOSTNAME].input.text);
    }
    if (pinned) {
        strings_add(words, "--pin");
        strings_add(words, fields[UNSHARE_PIN].input.text);
    }
}

static void tick_note(void *data, enum ns_type type, char *text, size_t size)
{
    static const char *const notes[NS_TYPES] = {
        [NS_MNT] = "mounts",
        [NS_UTS] = "hostname and domain name",
        [NS_IPC] = "shared memory, queues",
        [NS_PID] = "process numbers",
        [NS_NET] = "network devices, ports",
        [NS_USER] = "user and group ids",
        [NS_CGROUP] = "the root of the cgroup tree",
        [NS_TIME] = "clocks since boot",
    };
    (void)data;
    (void)snprintf(text, size, "%s", notes[type]);
}

static void unshare_changed(void *data, struct field *field)
{
    struct unshare_dialog *unshare = data;
    (void)field;
    app_redraw(unshare->app);
}

static void unshare_done(struct app *app, void *data, const struct command_result *result)
{
    (void)data;
    if (result->status != 0)
        return;
    app_refresh(app);
    if (result->out[0] != '/') /* else it was pinned, and that is its file */
        app_open_session(app, REQ_SHOW_CONTAINER, result->out);
}

static void unshare_run(struct unshare_dialog *unshare)
{
    _cleanup_strings_ struct strings words = {0};
    struct app *app = unshare->app;
    if (!unshare->fields[UNSHARE_NAMESPACES].ticked) {
        app_error(app, "nothing to make: no namespace is ticked");
        return;
    }
    unshare_words(unshare, &words);
    app_dialog_close(app, unshare->dialog);
    app_command_run(app, (const char *const *)words.items, unshare_done, NULL);
}

static void unshare_pressed(void *data, struct field *field)
{
    struct unshare_dialog *unshare = data;
    if (field == &unshare->fields[UNSHARE_RUN])
        unshare_run(unshare);
    else
        app_dialog_close(unshare->app, unshare->dialog);
}

static void unshare_draw(struct dialog *dialog, struct box box)
{
    struct unshare_dialog *unshare = dialog->data;
    bool pinned = unshare->fields[UNSHARE_PIN].input.text[0] != '\0';
    const char *sentence = pinned ? "A file in there holds each of them until nstui unpin."
                                  : "A process of its own holds them until you stop it.";
    unshare->form.buttons_row = box.row + box.rows - 1;
    struct box fields = {box.row, box.column + 2, box.rows - 3, box.columns - 2};
    form_draw(&unshare->form, fields);
    draw_text(box.row + box.rows - 3, box.column, box.columns, ROLE_PLAIN, sentence);
    _cleanup_strings_ struct strings words = {0};
    unshare_words(unshare, &words);
    _cleanup_free_ char *line = app_command_line(unshare->app, (const char *const *)words.items);
    draw_text(box.row + box.rows - 2, box.column + 2, box.columns - 2, ROLE_PLAIN, line);
}

static void unshare_size(struct dialog *dialog, int screen_rows, int screen_columns, int *rows,
                         int *columns)
{
    (void)dialog;
    (void)screen_rows;
    *rows = NS_TYPES + 7; /* ticks, two lines, a sentence, the line, buttons, the border */
    *columns = screen_columns < 70 ? screen_columns : 70;
}

static void unshare_title(struct dialog *dialog, char *text, size_t size)
{
    (void)dialog;
    (void)snprintf(text, size, "New namespaces, and nothing else");
}

static void unshare_hint(struct dialog *dialog, struct text *hint)
{
    (void)dialog;
    text_add(hint, "`Space` or the letter ticks a box  `Tab` next  `F2` unshare  `Esc` leave");
}

static void unshare_bar(struct dialog *dialog, struct text *bar)
{
    (void)dialog;
    text_add(bar, "`F1`Help  `F2`Unshare  `Esc` Leave");
}

static bool unshare_raw_key(struct dialog *dialog, struct key key)
{
    struct unshare_dialog *unshare = dialog->data;
    return form_raw_key(&unshare->form, key);
}

static bool unshare_request(struct dialog *dialog, enum request request)
{
    struct unshare_dialog *unshare = dialog->data;
    if (request != REQ_RUN)
        return form_request(&unshare->form, request);
    unshare_run(unshare);
    return true;
}

static void unshare_close(struct dialog *dialog)
{
    free(dialog->data);
}

static const struct dialog_ops unshare_ops = {
    .context = CONTEXT_FORM,
    .size = unshare_size,
    .title = unshare_title,
    .draw = unshare_draw,
    .hint = unshare_hint,
    .bar = unshare_bar,
    .raw_key = unshare_raw_key,
    .request = unshare_request,
    .close = unshare_close,
};

int dialog_unshare_open(struct app *app)
{
    struct unshare_dialog *unshare = xcalloc(1, sizeof(*unshare));
    unshare->app = app;
    memcpy(unshare->fields, unshare_fields, sizeof(unshare_fields));
    unshare->fields[UNSHARE_NAMESPACES].ticked = NS_BIT(NS_UTS);
    unshare->form = (struct form){.fields = unshare->fields,
                                  .count = UNSHARE_FIELDS,
                                  .label_width = 8,
                                  .input_width = 30,
                                  .tall_ticks = true,
                                  .tick_note = tick_note,
                                  .changed = unshare_changed,
                                  .pressed = unshare_pressed,
                                  .data = unshare};
    unshare->dialog = app_dialog_open(app, &unshare_ops, unshare);
    return 0;
}
