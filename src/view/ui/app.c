/* app: what a key means, where we are, what line 23 says. Called by the loop with keys and ticks, by
 * views and dialogs with wishes. Knows no view by name. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- views ----------------------------------------------------------------------------- */

static bool view_open(struct view *view)
{
    struct err err = {0};
    if (view->is_open)
        return true;
    if (view->ops->open != NULL && view->ops->open(view, &err) == -1) {
        app_error(view->app, "%s", err.text);
        return false;
    }
    view->is_open = true;
    return true;
}

struct view *app_view_find(struct app *app, int digit)
{
    for (size_t i = 0; i < app->view_count; i++)
        if (app->views[i].ops->digit == digit)
            return &app->views[i];
    return NULL;
}

static void view_names(struct app *app, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < app->view_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d %s", i > 0 ? ", " : "",
                                 app->views[i].ops->digit, app->views[i].ops->name);
}

static void view_switch(struct app *app, struct view *view)
{
    if (view == app->view)
        return;
    if (app->view != NULL && app->view->ops->hidden != NULL)
        app->view->ops->hidden(app->view);
    app->view_before = app->view;
    app->view = view;
    if (view->ops->on_resize != NULL)
        view->ops->on_resize(view, app->rows, app->columns);
    if (view->ops->shown != NULL)
        view->ops->shown(view);
    app_redraw(app);
}

struct view *app_view_go(struct app *app, int digit)
{
    struct view *view = app_view_find(app, digit);
    if (view == NULL) {
        char names[256];
        view_names(app, names, sizeof(names));
        app_error(app, "no view on %d; there are %s", digit, names);
        return NULL;
    }
    if (!view_open(view))
        return NULL;
    view_switch(app, view);
    return view;
}

void app_view_back(struct app *app)
{
    struct view *view = app->view_before != NULL ? app->view_before : &app->views[0];
    if (view == app->view)
        view = &app->views[0];
    if (view_open(view))
        view_switch(app, view);
    app->view_before = NULL;
}

static void view_step(struct app *app, int step)
{
    size_t at = (size_t)(app->view - app->views);
    size_t next =
        step > 0 ? (at + 1) % app->view_count : (at + app->view_count - 1) % app->view_count;
    app_view_go(app, app->views[next].ops->digit);
}

struct thing app_thing(struct app *app)
{
    struct thing thing = {.kind = THING_NONE};
    if (app->view != NULL && app->view->ops->thing != NULL)
        app->view->ops->thing(app->view, &thing);
    return thing;
}

/* ---- doors ----------------------------------------------------------------------------- */

static const struct door *door_find(struct app *app, enum request request)
{
    for (size_t i = 0; i < app->door_count; i++)
        if (app->doors[i].request == request)
            return &app->doors[i];
    return NULL;
}

const char *app_refusal(struct app *app, enum request request, const struct thing *thing,
                        char *text, size_t size)
{
    const struct door *door = door_find(app, request);
    return door != NULL && door->refuse != NULL ? door->refuse(app, request, thing, text, size)
                                                : NULL;
}

bool app_open(struct app *app, enum request request, const struct thing *thing)
{
    char reason[160];
    const struct door *door = door_find(app, request);
    if (door == NULL)
        return false;
    const char *refused = app_refusal(app, request, thing, reason, sizeof(reason));
    if (refused != NULL)
        app_error(app, "%s", refused);
    else
        door->open(app, thing);
    return true;
}

void app_open_session(struct app *app, enum request request, const char *printed)
{
    struct thing thing = {.kind = THING_SESSION, .ours = true};
    snprintf(thing.name, sizeof(thing.name), "%.*s", (int)strcspn(printed, "\n"), printed);
    if (thing.name[0] != '\0')
        (void)app_open(app, request, &thing);
}

/* ---- what keys ask --------------------------------------------------------------------- */

static void toggle_freeze(struct app *app)
{
    app->frozen = !app->frozen;
    app->frozen_since = time(NULL);
    if (!app->frozen)
        source_thaw(app->core);
}

static void show_command(struct app *app)
{
    _cleanup_text_ struct text line = {0};
    bool shown = app->view->ops->command != NULL && app->view->ops->command(app->view, &line);
    if (shown && line.data != NULL)
        app_result(app, "%s", line.data);
    else
        app_result(app, "no command prints this screen");
}

static void interrupt(struct app *app)
{
    if (++app->core->interrupts >= 2)
        app_result(app, "q leaves nstui, Q from anywhere; containers go on");
    else
        app_request(app, REQ_LEAVE);
}

static void refresh(struct app *app)
{
    source_refresh(app->core);
    app_result(app, "looking again at everything");
}

/* A key that the help names for all lists, in one that has no use for it: not silence. */
static void nothing_here(struct app *app, enum request request)
{
    const struct keymap_row *row = keymap_find(frame_context(app), request);
    if (row != NULL)
        app_result(app, "%s: nothing to do for that in %s", row->name, app->view->ops->name);
}

/* What is the same in every view. */
static void request_everywhere(struct app *app, enum request request)
{
    const struct thing thing = app_thing(app);
    if (request >= REQ_VIEW_1 && request <= REQ_VIEW_9) {
        app_view_go(app, (int)(request - REQ_VIEW_1) + 1);
        return;
    }
    switch (request) {
    case REQ_VIEW_PREVIOUS:
        view_step(app, -1);
        break;
    case REQ_VIEW_NEXT:
        view_step(app, 1);
        break;
    case REQ_BACK:
    case REQ_QUIT:
        app_quit(app);
        break;
    case REQ_INTERRUPT:
        interrupt(app);
        break;
    case REQ_SUSPEND:
        app->core->suspend(app->core);
        break;
    case REQ_REFRESH:
        refresh(app);
        break;
    case REQ_FREEZE:
        toggle_freeze(app);
        break;
    case REQ_SHOW_COMMAND:
        show_command(app);
        break;
    default:
        if (!app_open(app, request, &thing))
            nothing_here(app, request);
        break;
    }
}

static void dialog_request(struct app *app, struct dialog *dialog, enum request request)
{
    if (dialog->ops->request != NULL && dialog->ops->request(dialog, request))
        return;
    if (request == REQ_HELP)
        (void)app_open(app, REQ_HELP, &(struct thing){.kind = THING_NONE});
    else if (request == REQ_QUIT)
        app_quit(app);
    else if (request == REQ_LEAVE || request == REQ_BACK || request == REQ_INTERRUPT)
        app_dialog_close(app, dialog);
}

void app_request(struct app *app, enum request request)
{
    app_redraw(app);
    if (request == REQ_NONE)
        return;
    if (app->dialog != NULL) {
        dialog_request(app, app->dialog, request);
        return;
    }
    /* Esc goes back like q, but not out of nstui. */
    enum request asked = request == REQ_LEAVE ? REQ_BACK : request;
    if (app->view->ops->request != NULL && app->view->ops->request(app->view, asked))
        return;
    if (request != REQ_LEAVE)
        request_everywhere(app, request);
}

bool app_wants_raw_keys(struct app *app)
{
    return app->dialog == NULL && app->view->ops->wants_raw_keys != NULL &&
           app->view->ops->wants_raw_keys(app->view);
}

void app_key(struct app *app, struct key key)
{
    app_redraw(app);
    if (app->message_kind == MESSAGE_ERROR)
        app->message_kind = MESSAGE_NONE;
    if (key.is_function || key.code != 3)
        app->core->interrupts = 0;
    struct dialog *dialog = app->dialog;
    struct view *view = app->view;
    if (dialog != NULL) {
        if (dialog->ops->raw_key == NULL || !dialog->ops->raw_key(dialog, key))
            app_request(app, keymap_request(dialog->ops->context, key));
        return;
    }
    if (view->ops->raw_key == NULL || !view->ops->raw_key(view, key))
        app_request(app, keymap_request(frame_context(app), key));
}

/* ---- time and snapshots ---------------------------------------------------------------- */

void app_tick(struct app *app, int64_t now_ms)
{
    if (app->message_kind == MESSAGE_RESULT && now_ms >= app->message_until_ms) {
        app->message_kind = MESSAGE_NONE;
        app_redraw(app);
    }
    if (app->view->ops->on_tick != NULL && app->view->ops->on_tick(app->view, now_ms))
        app_redraw(app);
    for (struct dialog *dialog = app->dialog; dialog != NULL; dialog = dialog->below)
        if (dialog->ops->on_tick != NULL && dialog->ops->on_tick(dialog, now_ms))
            app_redraw(app);
}

void app_tell_snapshot(struct app *app)
{
    for (size_t i = 0; i < app->view_count; i++)
        if (app->views[i].is_open && app->views[i].ops->on_snapshot != NULL)
            app->views[i].ops->on_snapshot(&app->views[i]);
    for (struct dialog *dialog = app->dialog; dialog != NULL; dialog = dialog->below)
        if (dialog->ops->on_snapshot != NULL)
            dialog->ops->on_snapshot(dialog);
    app_redraw(app);
}

void app_close_all(struct app *app)
{
    while (app->dialog != NULL)
        app_dialog_close(app, app->dialog);
    for (size_t i = 0; i < app->view_count; i++)
        if (app->views[i].is_open && app->views[i].ops->close != NULL)
            app->views[i].ops->close(&app->views[i]);
}

void app_refresh(struct app *app)
{
    source_refresh(app->core);
}

void app_quit(struct app *app)
{
    app->core->leaving = true;
    uv_stop(app->loop);
}
